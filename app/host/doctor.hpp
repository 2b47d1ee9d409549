#pragma once

#include "base/error.hpp"
#include "discord/application.hpp"
#include "discord/session_start_limit.hpp"
#include "host/config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::host {

/// Of a disk or a folder.
struct room {
    bool is_there = false;     ///< Otherwise what follows is of the folder above it that is.
    bool is_writable = false;  ///< By this user.
    std::uint64_t free_bytes = 0;
};

/// What was found out about this machine, its network and Discord before the verdict; nothing where
/// it could not even be tried.
struct symptoms {
    std::optional<error> settings;  ///< Why there is no configuration: nothing else is known then.
    config how;                     ///< Without a token where `token` has an error.
    std::optional<error> token;
    std::string token_from;
    std::uint64_t open_files = 0, open_files_most = 0;
    room state;
    struct plugin_file {
        std::string name;
        std::string wrong;          ///< Empty: it can be loaded.
        std::uint64_t intents = 0;  ///< Privileged ones that it wants.
    };
    std::optional<error> plugin_folder;
    bool has_plugin_folder = false;
    std::vector<plugin_file> plugins;
    std::optional<result<std::string>> status;  ///< Of the host that runs.
    std::string api_host;
    std::optional<result<std::size_t>> addresses;  ///< How many its name has.
    std::optional<result<void>> api_reached;  ///< Asked only where there is no token to ask with.
    std::optional<result<discord::application>> application;
    std::optional<result<discord::gateway_bot>> gateway;
    std::optional<std::int64_t> clock_ahead_ms;  ///< Of the API's clock.
    std::optional<result<void>> gateway_reached;
};

enum class verdict { ok, note, bad };

struct finding {
    std::string check;  ///< One word: `token`, `clock`.
    verdict is = verdict::ok;
    std::string what;
    std::string remedy;  ///< Empty: there is nothing to do.
};

/// One finding for each check, in a fixed order: settings, token, files, disk, plugins, host, dns,
/// tls, api, clock, intents, budget, gateway. What could not be tried is a `note` that says why.
[[nodiscard]] std::vector<finding> judge(const symptoms& of);

/// Looks at all of it, with a deadline for each step; at most about 20 s in all. Blocks.
[[nodiscard]] symptoms look_around(const flags& given, const environment& env);

/// `ok`, `note`, `bad`.
[[nodiscard]] std::string_view name(verdict is);
[[nodiscard]] std::string findings_json(const std::vector<finding>& all);

}  // namespace tinfoil::host
