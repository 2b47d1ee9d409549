#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tinfoil::discord {

/// What Discord says in an answer that is no success. Discord Docs/Reference, "Error Messages".
struct api_error {
    std::int64_t code = 0;  ///< Discord's own, more precise than the status; 0: none was given.
    /// For people: the message, and each of `errors` with the way to it:
    /// `Invalid Form Body: options.0.name: Command name is invalid`.
    std::string text;
    double retry_after_s = 0;  ///< Of a 429; 0: it says nothing.
};

/// Of any bytes; a body that is not Discord's has its status only.
[[nodiscard]] api_error read_api_error(int status, std::string_view body);

}  // namespace tinfoil::discord
