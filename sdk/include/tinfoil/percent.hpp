#pragma once

#include <string>
#include <string_view>

namespace tinfoil::detail {

/// Everything but unreserved characters as %XX (RFC 3986, 2.3).
inline std::string percent_encoded(std::string_view text)
{
    constexpr char digits[] = "0123456789ABCDEF";
    std::string safe;
    safe.reserve(text.size());
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            safe += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        safe += '%';
        safe += digits[byte >> 4];
        safe += digits[byte & 0x0F];
    }
    return safe;
}

}  // namespace tinfoil::detail
