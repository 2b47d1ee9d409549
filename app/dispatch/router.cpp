#include "dispatch/router.hpp"

#include "base/assert.hpp"
#include "discord/envelope.hpp"

#include <algorithm>

namespace tinfoil::dispatch {
namespace {

template <class Map>
const std::size_t* find(const Map& in, std::string_view key)
{
    const auto found = in.find(key);
    return found == in.end() ? nullptr : &found->second;
}

}  // namespace

result<void> router::check(const subscriber& who, std::optional<std::size_t> in_place_of) const
{
    const auto is_taken = [&](const std::size_t* by) {
        return by != nullptr && in_place_of != *by;
    };
    if (is_taken(find(by_name_, who.name)))
        return error{errc::plugin_refused,
                     "another file holds a plugin named " + who.name + " too; remove one of them"};
    for (const std::string& command : who.commands)
        if (const auto* taken = find(by_command_, command); is_taken(taken))
            return error{errc::plugin_refused, "the command /" + command + " of " + who.name +
                                                   " belongs to " + all_[*taken]->name +
                                                   " already; rename one of them"};
    return {};
}

std::size_t router::add(subscriber who)
{
    TINFOIL_ASSERT(check(who).has_value());
    auto place = std::find_if(all_.begin(), all_.end(), [](const auto& each) { return !each; });
    if (place == all_.end())
        place = all_.emplace(place);
    *place = std::move(who);
    index();
    return static_cast<std::size_t>(place - all_.begin());
}

void router::replace(std::size_t number, subscriber who)
{
    TINFOIL_ASSERT(number < all_.size() && all_[number]);
    TINFOIL_ASSERT(check(who, number).has_value());
    all_[number] = std::move(who);
    index();
}

void router::remove(std::size_t number)
{
    TINFOIL_ASSERT(number < all_.size() && all_[number]);
    all_[number].reset();
    index();
}

void router::index()
{
    by_name_.clear();
    by_command_.clear();
    by_type_.clear();
    for (std::size_t number = 0; number < all_.size(); ++number) {
        if (!all_[number])
            continue;
        by_name_.emplace(all_[number]->name, number);
        for (const std::string& command : all_[number]->commands)
            by_command_.emplace(command, number);
        for (const std::string& type : all_[number]->events)
            by_type_[type].push_back(number);
    }
}

std::span<const std::size_t> router::route(std::string_view type, std::string_view data) const
{
    if (type == "INTERACTION_CREATE")
        if (const std::size_t* only = owner(data))
            return {only, 1};
    const auto* const listed = by_type_.find(type);
    return listed == nullptr ? std::span<const std::size_t>() : *listed;
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
