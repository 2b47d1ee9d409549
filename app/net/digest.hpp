#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tinfoil::net {

/// Sec-WebSocket-Key of 16 random bytes (RFC 6455, 4.1).
[[nodiscard]] std::string websocket_key(std::uint64_t high, std::uint64_t low);

/// The Sec-WebSocket-Accept that proves that the server read the key (RFC 6455, 4.2.2).
[[nodiscard]] std::string websocket_accept(std::string_view key);

/// SHA-256 in lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view text);

}  // namespace tinfoil::net
