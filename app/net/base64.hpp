#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::net {

/// RFC 4648, 4, with padding.
[[nodiscard]] std::string to_base64(std::string_view bytes);
/// Nothing for what is no base64; the padding may be missing.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace tinfoil::net
