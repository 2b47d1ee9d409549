#include "discord/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tinfoil::discord {
namespace {

error bad(std::string_view text, const char* why)
{
    constexpr std::size_t shown = 200;
    return {errc::invalid_argument,
            "\"" + std::string(text.substr(0, shown)) + "\" is no usable address: " + why};
}

std::optional<std::uint16_t> port_of(std::string_view scheme)
{
    if (scheme == "https" || scheme == "wss")
        return std::uint16_t{443};
    if (scheme == "http" || scheme == "ws")
        return std::uint16_t{80};
    return std::nullopt;
}

bool is_host(std::string_view text)
{
    return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == '_' || c == ':';
    });
}

}  // namespace

result<url> parse_url(std::string_view text)
{
    if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c >= 0x7f; }))
        return bad(text, "it has spaces or characters outside of ASCII");
    const auto colon = text.find("://");
    if (colon == std::string_view::npos)
        return bad(text, "it needs to start with https://");
    url found;
    found.scheme = text.substr(0, colon);
    std::transform(found.scheme.begin(), found.scheme.end(), found.scheme.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const auto usual_port = port_of(found.scheme);
    if (!usual_port)
        return bad(text, "only https, wss, http and ws are spoken");
    found.port = *usual_port;
    const std::string_view rest = text.substr(colon + 3);
    const auto slash = std::min(rest.find_first_of("/?"), rest.size());
    std::string_view authority = rest.substr(0, slash);
    found.path = rest.substr(slash);
    if (found.path.starts_with('?'))
        found.path.insert(0, "/");
    if (found.path.find('#') != std::string::npos)
        return bad(text, "it has a fragment (#)");
    if (authority.find('@') != std::string_view::npos)
        return bad(text, "it has a user name");
    const bool bracketed = authority.starts_with('[');
    const auto host_end =
        bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
    if (host_end == std::string_view::npos)
        return bad(text, "the bracket of the host is not closed");
    found.host = authority.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
    authority.remove_prefix(host_end + (bracketed ? 1 : 0));
    if (!is_host(found.host) || (!bracketed && found.host.find(':') != std::string::npos))
        return bad(text, "the host is no host name");
    if (authority.empty())
        return found;
    authority.remove_prefix(1);
    const char* end = authority.data() + authority.size();
    const auto [stopped, failed] = std::from_chars(authority.data(), end, found.port);
    if (failed != std::errc{} || stopped != end || found.port == 0)
        return bad(text, "the port needs to be 1 to 65535");
    return found;
}

std::string percent_encoded(std::string_view text)
{
    constexpr char digits[] = "0123456789ABCDEF";
    std::string safe;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            safe += c;
        else
            (safe += '%') += {digits[byte >> 4], digits[byte & 0x0F]};
    }
    return safe;
}

bool is_loopback(const url& where)
{
    const auto is_number = [](char c) { return c == '.' || (c >= '0' && c <= '9'); };
    return where.host == "localhost" || where.host == "::1" ||
           (where.host.starts_with("127.") &&
            std::all_of(where.host.begin(), where.host.end(), is_number));
}

}  // namespace tinfoil::discord
