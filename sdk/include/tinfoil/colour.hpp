#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil {

/// Red, green and blue, as embeds and roles have it: a number below 2^24. For Discord black is no
/// colour at all.
class colour {
public:
    constexpr explicit colour(std::uint32_t rgb) : rgb_(rgb & 0xFFFFFF) {}
    constexpr colour(std::uint8_t red, std::uint8_t green, std::uint8_t blue)
        : rgb_(static_cast<std::uint32_t>(red) << 16 | static_cast<std::uint32_t>(green) << 8 |
               blue)
    {
    }

    /// `#3498db`, `3498DB` or `#39d`; nothing when the text is none of these.
    static constexpr std::optional<colour> parse(std::string_view text)
    {
        if (text.starts_with('#'))
            text.remove_prefix(1);
        if (text.size() != 3 && text.size() != 6)
            return std::nullopt;
        std::uint32_t rgb = 0;
        for (const char digit : text) {
            const char lower = static_cast<char>(digit | 0x20);
            const bool is_number = digit >= '0' && digit <= '9';
            if (!is_number && (lower < 'a' || lower > 'f'))
                return std::nullopt;
            const auto value =
                static_cast<std::uint32_t>(is_number ? digit - '0' : lower - 'a' + 10);
            rgb = rgb << 4 | value;
            if (text.size() == 3)
                rgb = rgb << 4 | value;
        }
        return colour(rgb);
    }

    /// For JSON: `{"color", tint.value()}`.
    [[nodiscard]] constexpr std::uint32_t value() const { return rgb_; }
    [[nodiscard]] constexpr std::uint8_t red() const
    {
        return static_cast<std::uint8_t>(rgb_ >> 16);
    }
    [[nodiscard]] constexpr std::uint8_t green() const
    {
        return static_cast<std::uint8_t>(rgb_ >> 8);
    }
    [[nodiscard]] constexpr std::uint8_t blue() const { return static_cast<std::uint8_t>(rgb_); }
    /// `#3498DB`
    [[nodiscard]] std::string text() const
    {
        std::string made = "#";
        for (int shift = 20; shift >= 0; shift -= 4)
            made += "0123456789ABCDEF"[rgb_ >> shift & 0xF];
        return made;
    }
    constexpr bool operator==(const colour&) const = default;

private:
    std::uint32_t rgb_;
};

}  // namespace tinfoil
