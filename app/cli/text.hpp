#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tinfoil::cli {

/// Makes text of strangers safe to print: control characters, invalid UTF-8 and marks that reorder
/// a line become visible escapes, and what is longer than `width` characters is cut with an
/// ellipsis.
[[nodiscard]] std::string printable(std::string_view text, std::size_t width);

/// The same for JSON: what could move a cursor or reorder a line becomes an escape of JSON's own,
/// so that it reads back as it was; an invalid byte becomes U+FFFD.
[[nodiscard]] std::string printable_json(std::string_view json);

}  // namespace tinfoil::cli
