#pragma once

#include "base/error.hpp"
#include "link/codec.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tinfoil::link {

/// Cuts the bytes of a link into frame bodies. Pure and incremental: any split of the bytes gives
/// the same bodies. A length above frame_bytes_max is an error for good.
///
/// Its memory grows with what has come, not with what a length announces, and shrinks again behind
/// a large frame.
class frame_reader {
public:
    /// Where to put what the socket brings: at least one byte. Invalidates views.
    [[nodiscard]] std::span<char> space();
    /// So many bytes of space() were filled.
    void filled(std::size_t bytes);

    /// The next body, valid until the next call of the reader; nothing when more bytes are needed;
    /// errc::malformed.
    [[nodiscard]] result<std::optional<std::string_view>> next();

    /// What is held for bytes that wait or may come.
    [[nodiscard]] std::size_t capacity() const { return buffer_.size(); }

private:
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;  // Unread bytes of buffer_.
    std::size_t wanted_ = 0;           // Of the frame that is not whole yet, with its length.
};

}  // namespace tinfoil::link
