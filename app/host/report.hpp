#pragma once

#include "base/error.hpp"
#include "host/status.hpp"
#include "host/tally.hpp"
#include "sandbox/server.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::host {

/// All that `--report` says of a run; share/doc/report.md has the fields.
struct report {
    std::int64_t started_ms = 0;  ///< Wall clock, since 1970.
    std::int64_t stopped_ms = 0;
    std::optional<error> failure;
    std::vector<link::plugin_outcome> plugins;
    std::vector<shard_status> shards;
    std::vector<collection_status> collections;
    std::optional<sandbox::counts> witness;
};

[[nodiscard]] std::string to_json(const report& about, const tally& counted);

/// Replaces the file in one step, so that nobody ever reads half of it.
result<void> write_report(const std::filesystem::path& file, const std::string& json);

}  // namespace tinfoil::host
