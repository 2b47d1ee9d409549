#pragma once

#include "base/error.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::net {

/// Discord's `zlib-stream`: one zlib stream a connection, a payload ends with an empty stored
/// block. Discord Docs/Gateway, "Transport Compression".
class inflater {
public:
    explicit inflater(std::size_t payload_bytes_max);
    ~inflater();

    /// Takes one WebSocket message. The payload once it is whole, valid until the next call;
    /// malformed or too_large (also what inflates to too much) end the stream for good.
    result<std::optional<std::string_view>> add(std::string_view bytes);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// The sending side of a transport compression, of `zlib-stream` or `zstd-stream`.
class deflater {
public:
    enum class format { zlib_stream, zstd_stream };

    explicit deflater(format how);
    ~deflater();
    /// One payload, as one WebSocket message.
    [[nodiscard]] std::string add(std::string_view payload);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// A zlib document (RFC 1950), as Discord's payload compression has it, or a gzip one (RFC 1952),
/// as HTTP has it.
enum class document { zlib, gzip };
[[nodiscard]] std::string compress(document how, std::string_view bytes);

/// A whole gzip document. malformed, or too_large where more than `bytes_max` would come of it.
[[nodiscard]] result<std::string> gunzip(std::string_view packed, std::size_t bytes_max);

}  // namespace tinfoil::net
