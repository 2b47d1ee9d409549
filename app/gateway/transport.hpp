#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tinfoil::gateway {

/// Discord's transport compressions. Discord Docs/Gateway, "Transport Compression".
enum class compression : std::uint8_t { none, zlib_stream, zstd_stream };

/// The value of `compress` in the URL; empty for none.
[[nodiscard]] constexpr std::string_view name(compression which)
{
    switch (which) {
    case compression::zlib_stream:
        return "zlib-stream";
    case compression::zstd_stream:
        return "zstd-stream";
    case compression::none:
        break;
    }
    return "";
}

/// What `compression = auto` takes for a collection with so many shards. Inflating zstd costs half
/// of zlib's CPU, but each connection holds 0.4 MiB more (`scripts/bench gateway`): 128 MiB for the
/// most shards that get it.
inline constexpr std::size_t zstd_shards_max = 320;
[[nodiscard]] constexpr compression transport_for(std::optional<compression> wanted,
                                                  std::size_t shards)
{
    if (wanted)
        return *wanted;
    return shards <= zstd_shards_max ? compression::zstd_stream : compression::zlib_stream;
}

}  // namespace tinfoil::gateway
