#include "cli/text.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <iterator>

namespace tinfoil::cli {
namespace {

struct character {
    std::uint32_t code;
    std::size_t bytes;
};

// One character of UTF-8; an invalid byte comes back alone with code 0xFFFFFFFF.
character next(std::string_view text)
{
    constexpr std::uint32_t invalid = 0xFFFFFFFF;
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = byte(0);
    if (first < 0x80)
        return {first, 1};
    const std::size_t length = first >= 0xF0 && first <= 0xF4   ? 4
                               : first >= 0xE0 && first <= 0xEF ? 3
                               : first >= 0xC2 && first <= 0xDF ? 2
                                                                : 0;
    if (length == 0 || text.size() < length)
        return {invalid, 1};
    std::uint32_t code = first & (0xFFU >> (length + 1));
    for (std::size_t at = 1; at < length; ++at) {
        if ((byte(at) & 0xC0U) != 0x80)
            return {invalid, 1};
        code = (code << 6) | (byte(at) & 0x3FU);
    }
    constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < smallest[length] || surrogate || code > 0x10FFFF)
        return {invalid, 1};
    return {code, length};
}

bool reorders(std::uint32_t code)
{
    return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0x200E || code == 0x200F || code == 0x2028 || code == 0x2029;
}

bool is_control(std::uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

}  // namespace

std::string printable(std::string_view text, std::size_t width)
{
    std::string safe;
    std::size_t count = 0;
    while (!text.empty()) {
        if (count++ == width)
            return safe + "…";
        const character one = next(text);
        if (one.code == 0xFFFFFFFF)
            fmt::format_to(std::back_inserter(safe), "\\x{:02x}",
                           static_cast<unsigned char>(text[0]));
        else if (one.code == '\n')
            safe += "\\n";
        else if (is_control(one.code) || reorders(one.code))
            fmt::format_to(std::back_inserter(safe), "\\u{{{:x}}}", one.code);
        else
            safe.append(text.substr(0, one.bytes));
        text.remove_prefix(one.bytes);
    }
    return safe;
}

std::string printable_json(std::string_view json)
{
    std::string safe;
    while (!json.empty()) {
        const character one = next(json);
        if (one.code == 0xFFFFFFFF)
            safe += "\\ufffd";
        else if (is_control(one.code) || reorders(one.code))
            fmt::format_to(std::back_inserter(safe), "\\u{:04x}", one.code);
        else
            safe.append(json.substr(0, one.bytes));
        json.remove_prefix(one.bytes);
    }
    return safe;
}

}  // namespace tinfoil::cli
