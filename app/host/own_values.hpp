#pragma once

namespace tinfoil::host {

// Keys of state::store::own_value().
inline constexpr const char* last_facts = "last_facts";
inline constexpr const char* last_care = "plugin_care";
inline constexpr const char* remembered_plugins = "plugins";
inline constexpr const char* handoff_lessons = "handoff_lessons";
inline constexpr const char* asked_shards = "asked_shards";
inline constexpr const char* kept_collections = "collections";
inline constexpr const char* requests_before = "requests_before";

}  // namespace tinfoil::host
