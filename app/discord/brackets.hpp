#pragma once

#include <cstddef>
#include <string_view>

namespace tinfoil::discord {

/// How many bytes the JSON object or array takes that `text` begins with: up to the bracket with
/// which as many are closed as were opened, strings left aside. 0 when it does not end. What stands
/// inside is not checked, nor whether a `{` is closed by a `}`.
[[nodiscard]] std::size_t container_length(std::string_view text);

}  // namespace tinfoil::discord
