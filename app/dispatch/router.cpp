#include "dispatch/router.hpp"

#include "base/assert.hpp"
#include "discord/envelope.hpp"

namespace tinfoil::dispatch {
namespace {

template <class Map>
const std::size_t* find(const Map& in, std::string_view key)
{
    const auto found = in.find(key);
    return found == in.end() ? nullptr : &found->second;
}

}  // namespace

result<void> router::check(const subscriber& who) const
{
    if (by_name_.contains(who.name))
        return error{errc::plugin_refused,
                     "another file holds a plugin named " + who.name + " too; remove one of them"};
    for (const std::string& command : who.commands)
        if (const auto* taken = find(by_command_, command))
            return error{errc::plugin_refused, "the command /" + command + " of " + who.name +
                                                   " belongs to " + names_[*taken] +
                                                   " already; rename one of them"};
    return {};
}

std::size_t router::add(const subscriber& who)
{
    TINFOIL_ASSERT(check(who).has_value());
    const std::size_t index = names_.size();
    names_.push_back(who.name);
    by_name_.emplace(who.name, index);
    for (const std::string& command : who.commands)
        by_command_.emplace(command, index);
    for (const std::string& type : who.events)
        by_type_[type].push_back(index);
    return index;
}

std::span<const std::size_t> router::route(std::string_view type, std::string_view data) const
{
    if (type == "INTERACTION_CREATE")
        if (const std::size_t* only = owner(data))
            return {only, 1};
    const auto listed = by_type_.find(type);
    return listed == by_type_.end() ? std::span<const std::size_t>() : listed->second;
}

const std::size_t* router::owner(std::string_view interaction) const
{
    // Discord Docs/Receiving and Responding, "Interaction Type": 2 command, 3 component,
    // 4 autocomplete of a command, 5 modal.
    const std::string_view kind = discord::find_member(interaction, "type");
    const std::string_view data = discord::find_value(interaction, "data");
    if (kind == "2" || kind == "4")
        return find(by_command_, discord::find_member(data, "name"));
    const std::string_view custom_id = discord::find_member(data, "custom_id");
    const auto colon = custom_id.find(':');
    return colon == std::string_view::npos ? nullptr : find(by_name_, custom_id.substr(0, colon));
}

}  // namespace tinfoil::dispatch
