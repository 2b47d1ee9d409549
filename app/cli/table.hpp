#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::cli {

enum class colour { plain, dim, bold, green, yellow, red, cyan };

/// What tables and screens are written on.
struct sheet {
    static constexpr std::size_t endless = SIZE_MAX;
    // NOLINTNEXTLINE(google-explicit-constructor): colours are all that most callers mind.
    sheet(bool with_colours, std::size_t characters = endless)
        : colours(with_colours),
          width(characters)
    {
    }

    bool colours;
    std::size_t width;  ///< In characters.
};

/// The text in that colour, or just as it is.
[[nodiscard]] std::string paint(const sheet& on, colour with, const std::string& text);

struct cell {
    std::string text;  ///< Printable already.
    colour with = colour::plain;
};

struct column {
    std::string title;
    bool is_number = false;  ///< Stands at the right.
};

/// Lines of columns side by side under their titles, two spaces between them. Each row has a cell
/// for each column. Where they are too wide for the sheet, texts are cut with an ellipsis, those of
/// the widest column first, and of several the last; numbers never are, so a sheet can also be too
/// narrow.
[[nodiscard]] std::string table(const std::vector<column>& columns,
                                const std::vector<std::vector<cell>>& rows, const sheet& on);

/// The first `width` characters, the last of them an ellipsis when there were more.
[[nodiscard]] std::string cut(const std::string& text, std::size_t width);

/// In characters.
[[nodiscard]] std::size_t width_of(std::string_view text);

/// `4 s`, `12 m`, `3 h 20 m`, `5 d 7 h`: the two largest units.
[[nodiscard]] std::string length_of_time(long long ms);

}  // namespace tinfoil::cli
