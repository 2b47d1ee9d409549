#pragma once

namespace tinfoil::host {

/// How the plugin folder is watched: told by the kernel and read now and again, only read, or
/// neither.
enum class plugin_watch { automatic, poll, off };

/// What it means for a plugin that runs when its file is deleted.
enum class on_delete { unload, keep };

}  // namespace tinfoil::host
