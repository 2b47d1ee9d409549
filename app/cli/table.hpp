#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::cli {

enum class colour { plain, dim, bold, green, yellow, red, cyan };

/// The text in that colour, or just as it is.
[[nodiscard]] std::string paint(bool colours, colour with, const std::string& text);

struct cell {
    std::string text;  ///< Printable already.
    colour with = colour::plain;
};

struct column {
    std::string title;
    bool is_number = false;  ///< Stands at the right.
};

/// Lines of columns side by side under their titles, two spaces between them. Each row has a cell
/// for each column.
[[nodiscard]] std::string table(const std::vector<column>& columns,
                                const std::vector<std::vector<cell>>& rows, bool colours);

/// In characters.
[[nodiscard]] std::size_t width_of(std::string_view text);

/// `4 s`, `12 m`, `3 h 20 m`, `5 d 7 h`: the two largest units.
[[nodiscard]] std::string length_of_time(long long ms);

}  // namespace tinfoil::cli
