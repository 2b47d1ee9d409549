#pragma once

#include "base/error.hpp"
#include "host/status.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::host {

inline constexpr int api_version = 1;

/// What share/doc/control-api.md promises of a host's state, as JSON on one line, and back. Secrets
/// are not among it: a status has none.
///
/// Text of strangers may be any bytes; what is no UTF-8 of it becomes U+FFFD, so that the JSON is
/// valid.

/// The text in which what is no UTF-8 has become U+FFFD.
[[nodiscard]] std::string valid(std::string_view text);

/// Without the single shards.
[[nodiscard]] std::string status_json(const status& what);
/// Without plugins, collections and shards: what is sent once a second.
[[nodiscard]] std::string summary_json(const status& what);
[[nodiscard]] std::string shard_json(const shard_status& what);
[[nodiscard]] std::string collection_json(const collection_status& what);
[[nodiscard]] std::string collections_json(const std::vector<collection_status>& all);

/// Who tells of the shards. A state file knows nothing of states and collections: they are null.
enum class shards_source { host, state_file };
[[nodiscard]] std::string shards_json(const std::vector<shard_status>& all, shards_source from);

/// Fields that are missing keep their defaults, unknown ones are passed over. errc::malformed for
/// what is not of this shape.
[[nodiscard]] result<status> parse_status(std::string_view text);
[[nodiscard]] result<std::vector<shard_status>> parse_shards_list(std::string_view text);

/// The state's word in JSON; gateway::name() is for people.
[[nodiscard]] std::string_view word(gateway::state which);
[[nodiscard]] std::optional<gateway::state> parse_word(std::string_view text);

}  // namespace tinfoil::host
