#pragma once

#include "base/error.hpp"
#include "discord/slot.hpp"
#include "handoff/input.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::handoff {

/// A record with one newer session for each of those of `all`, with the streams that it serves, so
/// that each can go on alone: after the commit no session knows of another.
/// `newer`: settings::newer of the handoff.
[[nodiscard]] std::vector<commit_record> split_record(const commit_record& all,
                                                      const std::vector<discord::slot>& newer);

/// A record as bytes, to be kept, and back. Any bytes are read or refused, with errc::malformed.
[[nodiscard]] std::string to_text(const commit_record& what);
[[nodiscard]] result<commit_record> read_record(std::string_view text);

}  // namespace tinfoil::handoff
