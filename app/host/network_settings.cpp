#include "host/network_settings.hpp"

#include "base/likely_meant.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <vector>

namespace tinfoil::host {
namespace {

using kind = network_settings::kind;

error bad(std::string text)
{
    return {errc::invalid_argument, std::move(text)};
}

std::optional<kind> kind_of(std::string_view word)
{
    return word == "local"    ? std::optional(kind::local)
           : word == "exec"   ? std::optional(kind::exec)
           : word == "plugin" ? std::optional(kind::plugin)
                              : std::nullopt;
}

result<void> take(network_settings& into, std::string_view key, std::string_view text)
{
    if (key == "up")
        into.up = text;
    else if (key == "down")
        into.down = text;
    else if (key == "plugin")
        into.plugin = text;
    else if (const auto manager = kind_of(text))
        into.manager = *manager;
    else
        return bad(R"(manager in [network] is "local", "exec" or "plugin")");
    return {};
}

}  // namespace

result<network_settings> parse_network_settings(std::string_view text)
{
    static const std::vector<std::string> known{"manager", "up", "down", "plugin"};
    boost::system::error_code failed;
    const auto read = boost::json::parse({text.data(), text.size()}, failed);
    if (failed || !read.is_object())
        return bad("write [network] as a table, with manager, and up and down, or plugin");
    network_settings made;
    for (const auto& [name, value] : read.get_object()) {
        const std::string key(name);
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            const std::string meant = did_you_mean(key, known);
            return bad(
                fmt::format("there is no setting {} in [network]{}", key,
                            meant.empty() ? "; known are manager, up, down, plugin" : meant));
        }
        const auto* words = value.if_string();
        if (words == nullptr || words->empty())
            return bad(fmt::format("{} in [network] needs a text", key));
        if (auto taken = take(made, key, *words); !taken)
            return taken.error();
    }
    if (made.manager == kind::exec && (made.up.empty() || made.down.empty()))
        return bad(R"(manager = "exec" in [network] needs the commands up and down)");
    if (made.manager == kind::plugin && made.plugin.empty())
        return bad(
            R"(manager = "plugin" in [network] needs plugin = "NAME", the name of a network )"
            "manager in the plugin folder");
    // Who says another manager may leave the rest where it is.
    if (!read.get_object().contains("manager") && !read.get_object().empty())
        return bad(made.plugin.empty()
                       ? R"(up and down in [network] are for manager = "exec", which is to be said)"
                       : R"(plugin in [network] is for manager = "plugin", which is to be said)");
    if (made.manager != kind::plugin)
        made.plugin.clear();
    return made;
}

}  // namespace tinfoil::host
