#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::host {

/// When a change of a setting does something.
enum class takes_effect {
    at_once,       ///< With `tinfoil config reload`.
    next_process,  ///< With the next start of a collection, after such a reload.
    next_start,    ///< With the next start of the host.
};

/// A setting that is one line in `tinfoil.toml`, `TINFOIL_*` as a variable and perhaps a flag.
struct setting {
    std::string_view key;
    std::string_view fallback;  ///< As it would be written; empty: none, or it depends on folders.
    std::string_view flag;      ///< Empty: none.
    takes_effect when;
    bool is_list = false;  ///< In the file a list of texts, in a variable with commas.
};

/// All that are not in a table. share/tinfoil.toml.example says what they mean, and a test
/// compares.
inline constexpr std::array settings{
    setting{"api", "https://discord.com/api/v10", "--api", takes_effect::next_start},
    setting{"ca_file", "", "--ca-file", takes_effect::next_start},
    setting{"token_file", "", "--token-file", takes_effect::next_start},
    setting{"shards", "auto", "--shards", takes_effect::next_start},
    setting{"collections", "1", "--collections", takes_effect::next_start},
    setting{"compression", "auto", "", takes_effect::next_process},
    setting{"plugins_dir", "", "--plugins", takes_effect::next_start},
    setting{"state_dir", "", "--state", takes_effect::next_start},
    setting{"resume_patience", "5m", "", takes_effect::next_process},
    setting{"drop_when_full", "", "", takes_effect::next_process, true},
    setting{"on_crash", "isolate", "", takes_effect::at_once},
    setting{"handler_warn", "100ms", "", takes_effect::next_process},
    setting{"handler_hung", "5s", "", takes_effect::next_process},
    setting{"identify_reserve", "20", "", takes_effect::next_start},
    setting{"watch", "auto", "", takes_effect::next_start},
    setting{"on_delete", "unload", "", takes_effect::at_once},
    setting{"dev_guilds", "", "", takes_effect::next_start, true},
    setting{"guild_view", "64", "", takes_effect::next_process},
    setting{"guild_view_guilds", "10000", "", takes_effect::next_process},
    setting{"log", "auto", "--log", takes_effect::next_start},
    setting{"log_level", "", "--log-level", takes_effect::at_once},
    setting{"metrics", "", "--metrics", takes_effect::next_start}};

/// A table of `tinfoil.toml`: what is in it has names of its own.
struct setting_table {
    std::string_view key;
    takes_effect when;
};
inline constexpr std::array setting_tables{
    setting_table{"plugins", takes_effect::next_process},
    setting_table{"plugin_placement", takes_effect::next_process},
    setting_table{"presence", takes_effect::at_once},
    setting_table{"rest", takes_effect::at_once},
    setting_table{"network", takes_effect::next_start},
    setting_table{"scaler", takes_effect::at_once}};

/// A setting as a run has it.
struct effective_setting {
    std::string key;    ///< `shards`, `rest.connections`, `plugins.greeter`.
    std::string value;  ///< As it would be written; of a secret only `set` or `not set`.
    std::string from;   ///< `default`, a flag, a variable, or a file with its line.
    takes_effect when = takes_effect::next_start;
};

/// Nothing for a key that there is not.
[[nodiscard]] constexpr const setting* find_setting(std::string_view key)
{
    const auto* const found = std::find_if(settings.begin(), settings.end(),
                                           [&](const setting& each) { return each.key == key; });
    return found == settings.end() ? nullptr : found;
}

}  // namespace tinfoil::host
