#pragma once

#include "base/error.hpp"
#include "link/message.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tinfoil::link {

/// Of the frame and of the messages together; both ends have to have the same.
inline constexpr std::uint16_t version = 1;

/// Of one frame without its length; REST requests with files are the largest.
inline constexpr std::size_t frame_bytes_max = 64U << 20;

/// The number of a message on the wire; a released one never changes.
[[nodiscard]] std::uint16_t kind_of(const message& what);

/// A whole frame: four bytes of length, little-endian like all numbers, and the body.
/// A parcel whose body is above frame_bytes_max is errc::too_large.
[[nodiscard]] result<std::string> encode(const parcel& what);

/// The body of one frame. Takes any bytes: whatever is no parcel is errc::malformed. What follows
/// the last member that this version knows is ignored.
[[nodiscard]] result<parcel> decode(std::string_view body);

}  // namespace tinfoil::link
