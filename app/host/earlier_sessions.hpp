#pragma once

#include "base/error.hpp"
#include "discord/session_record.hpp"
#include "state/store.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tinfoil::host {

/// Where the collections of a state folder keep their record files and private copies.
[[nodiscard]] std::filesystem::path run_folder(const std::filesystem::path& state);

/// Of the record file of a collection's process, `NUMBER-EPOCH.record`.
[[nodiscard]] std::string record_name(std::uint32_t number, std::uint64_t epoch);

/// The sessions that earlier runs left: from record files of collections that ended without their
/// host, which know best, and from the state. The record files are taken over into the state and
/// removed. Only while this process holds the state.
result<std::vector<discord::session_record>> earlier_sessions(state::store& store,
                                                              const std::filesystem::path& state);

}  // namespace tinfoil::host
