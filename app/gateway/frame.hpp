#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tinfoil::gateway {

/// Which end of a WebSocket connection reads: a client takes only unmasked frames, a server only
/// masked ones (RFC 6455, 5.1).
enum class role { client, server };

enum class message_kind { text, binary, ping, pong, close };

/// One whole message or control frame. The view lives until the next call of the reader.
struct message {
    message_kind kind = message_kind::text;
    std::string_view bytes;  ///< Of a close: the reason, without the code.
    int close_code = 0;      ///< Of a close; 1005 when it carried none.
};

/// Cuts a stream of bytes into WebSocket messages. Pure, and incremental: any split of the bytes
/// gives the same messages. A message that lies in one frame and one piece is never copied.
///
/// A violation of RFC 6455, or a message above `message_bytes_max`, is an error for good: close
/// with close_code() and read no more.
class frame_reader {
public:
    frame_reader(role own, std::size_t message_bytes_max) : own_(own), max_(message_bytes_max) {}

    /// Where to put what the socket brings: at least `least` bytes, and not many more while nothing
    /// is unread, so that who asks for little holds little. Invalidates views.
    [[nodiscard]] std::span<char> space(std::size_t least);
    /// So many bytes of space() were filled.
    void filled(std::size_t bytes);

    /// The next message, nothing when more bytes are needed, or errc::malformed or too_large.
    [[nodiscard]] result<std::optional<message>> next();

    /// 1002, 1007 or 1009 after an error of next().
    [[nodiscard]] int close_code() const { return close_code_; }

private:
    struct header {
        bool final;
        int opcode;
        std::uint64_t length;
        std::size_t bytes;  ///< Of the header itself, mask included.
        bool masked;
    };

    result<std::optional<header>> read_header();
    result<std::optional<message>> take(const header& head);
    result<std::optional<message>> control(const header& head, std::string_view body);
    error fail(int close_code, errc code, const char* what);

    role own_;
    std::size_t max_;
    std::unique_ptr<char[]> buffer_;
    std::size_t room_ = 0;
    std::size_t begin_ = 0, end_ = 0;  // Unread bytes of buffer_.
    std::string fragments_;
    std::optional<message_kind> fragmented_;
    bool broken_ = false;
    int close_code_ = 1002;
};

/// Appends one final frame. `mask` is the masking key of a client, unpredictable for each frame; a
/// server sends none. Control frames (ping, pong, close) hold at most 125 bytes.
void write_frame(std::string& to, message_kind kind, std::string_view body,
                 std::optional<std::uint32_t> mask);

/// Appends a server's message in two frames, the first with so many bytes of the body.
void write_in_two(std::string& to, message_kind kind, std::string_view body, std::size_t first);

/// A close frame with its code and a reason of at most 123 bytes.
void write_close(std::string& to, int code, std::string_view reason,
                 std::optional<std::uint32_t> mask);

}  // namespace tinfoil::gateway
