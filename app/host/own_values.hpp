#pragma once

namespace tinfoil::host {

/// Who owns a value in the plugin store that is tinfoil's own; no plugin can have an empty name.
inline constexpr const char* own_values = "";

inline constexpr const char* last_facts = "last_facts";
inline constexpr const char* last_care = "plugin_care";
inline constexpr const char* remembered_plugins = "plugins";
inline constexpr const char* handoff_lessons = "handoff_lessons";
inline constexpr const char* asked_shards = "asked_shards";

}  // namespace tinfoil::host
