#pragma once

#include "base/error.hpp"
#include "gateway/transport.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::net {

/// The receiving side of a transport compression, one stream a connection: of `zlib-stream`, whose
/// payloads end with an empty stored block, or of `zstd-stream`, one endless frame in which each
/// WebSocket message is a whole payload. Discord Docs/Gateway, "Transport Compression".
///
/// All inflaters of a thread share the room that payloads lie in, so that an idle connection holds
/// its window only.
class inflater {
public:
    /// `how` is one that compresses; the same of deflater.
    explicit inflater(gateway::compression how, std::size_t payload_bytes_max);
    ~inflater();

    /// Takes one WebSocket message. The payload once it is whole, valid until the next call for any
    /// inflater of this thread; malformed or too_large (also what inflates to too much) end the
    /// stream for good.
    result<std::optional<std::string_view>> add(std::string_view bytes);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// The sending side of a transport compression.
class deflater {
public:
    explicit deflater(gateway::compression how);
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
