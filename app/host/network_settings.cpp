#include "host/network_settings.hpp"

#include "base/likely_meant.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

namespace tinfoil::host {
namespace {

error bad(std::string text)
{
    return {errc::invalid_argument, std::move(text)};
}

}  // namespace

result<network_settings> parse_network_settings(std::string_view text)
{
    boost::system::error_code failed;
    const auto read = boost::json::parse({text.data(), text.size()}, failed);
    if (failed || !read.is_object())
        return bad("write [network] as a table, with manager, up and down");
    network_settings made;
    for (const auto& [key, value] : read.get_object()) {
        const auto* words = value.if_string();
        if (key != "manager" && key != "up" && key != "down") {
            const std::string meant = did_you_mean(std::string(key), {"manager", "up", "down"});
            return bad(fmt::format("there is no setting {} in [network]{}", std::string_view(key),
                                   meant.empty() ? "; known are manager, up, down" : meant));
        }
        if (words == nullptr || words->empty())
            return bad(fmt::format("{} in [network] needs a text", std::string_view(key)));
        if (key == "up")
            made.up = std::string(std::string_view(*words));
        else if (key == "down")
            made.down = std::string(std::string_view(*words));
        else if (*words == "exec" || *words == "local")
            made.exec = *words == "exec";
        else
            return bad(R"(manager in [network] is "local" or "exec")");
    }
    if (made.exec && (made.up.empty() || made.down.empty()))
        return bad(R"(manager = "exec" in [network] needs the commands up and down)");
    // Who says local may leave the commands where they are.
    if (!read.get_object().contains("manager") && !read.get_object().empty())
        return bad(R"(up and down in [network] are for manager = "exec", which is to be said)");
    return made;
}

}  // namespace tinfoil::host
