#pragma once

#include <cstdint>

namespace tinfoil::sharding {

/// The most shards that a plan has, whoever asks for them: settings, commands, the control API, the
/// scaler. num_shards_max is further: what can be told and read.
inline constexpr std::uint32_t shards_max = 100'000;

}  // namespace tinfoil::sharding
