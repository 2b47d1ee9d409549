#pragma once

#include "base/error.hpp"
#include "base/redacted.hpp"
#include "base/time.hpp"
#include "discord/snowflake.hpp"
#include "gateway/transport.hpp"
#include "host/log_settings.hpp"
#include "host/metrics_endpoint.hpp"
#include "host/network_settings.hpp"
#include "host/plugin_care.hpp"
#include "host/plugin_policy.hpp"
#include "host/rest_settings.hpp"
#include "host/scaling_settings.hpp"
#include "host/setting.hpp"
#include "link/message.hpp"
#include "scaling/policy.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::host {

/// What was typed; nothing where a flag was not given.
struct flags {
    bool sandbox = false;
    bool in_process = false;
    bool end_sessions = false;
    bool dev = false;  ///< For authors: commands go to guilds, and all that plugins log is shown.
    std::optional<std::string> collections;
    std::optional<std::string> config_file, api, ca_file, token_file, shards, plugins, state,
        run_for, report;
    std::optional<std::string> log, log_level, metrics;
    std::optional<std::uint64_t> seed;
};

/// The settings of one run, checked.
struct config {
    bool sandbox = false;
    std::uint64_t seed = 1;  ///< Of the sandbox.
    std::string api;         ///< Without trailing slash; empty in the sandbox until it listens.
    redacted token;          ///< Empty in the sandbox until it listens.
    std::filesystem::path token_file;  ///< Where the token came from; empty: not from a file.
    std::string authority_pem;         ///< Trusted in addition to the system's; may be empty.
    std::filesystem::path plugins;
    std::filesystem::path state;
    std::optional<int> shards;  ///< Nothing: auto.
    std::uint32_t collections = 1;
    std::optional<gateway::compression> compression;  ///< Nothing: auto.
    int identify_reserve = 20;  ///< Percent of a day's session starts, for operators only.
    bool in_process = false;    ///< One collection, inside this process.
    bool end_sessions = false;  ///< Close with 1000 at the end, so that nothing can be resumed.
    std::string executable = "/proc/self/exe";  ///< Whose `collection` command is a collection.
    std::string newer_executable;  ///< What a restart starts; see executables. Empty: its file.
    network_settings network;
    scaling::policy scaler;
    scaling_choice scaler_choice;  ///< What `scaler` was made of, with the next.
    std::uint32_t collections_asked = 1;
    /// How long RESUME is tried without an answer; see gateway::session_settings.
    duration resume_patience = std::chrono::minutes(5);
    std::vector<std::string> drop_when_full;  ///< Event types; see collection::fullness.
    std::optional<duration> run_for;
    std::filesystem::path report;  ///< Empty: none.
    rest_choice rest;
    plugin_watch watch = plugin_watch::automatic;
    on_delete when_deleted = on_delete::unload;
    bool development = false;  ///< Commands go to guilds, where changes show at once.
    std::vector<discord::snowflake> development_guilds;  ///< None: the first that the bot is in.
    std::uint64_t guilds_max = 10'000;  ///< That each collection keeps; see guilds::view_bounds.
    std::uint64_t guild_bytes_max = 64U << 20;
    std::string presence;  ///< JSON that sessions begin with; empty: none.
    std::map<std::string, std::string> plugin_settings;  ///< Plugin's name to a JSON object.
    plugin_care::settings care;
    /// How long plugin code may hold up its loop before it is named, and before it counts as hung.
    duration handler_warn = std::chrono::milliseconds(100), handler_hung = std::chrono::seconds(5);
    log_format log = log_format::account;
    log_book::levels log_levels = usual_log_levels(false);
    std::optional<metrics_address> metrics;  ///< Nothing: they are not served.
    std::string notify_socket;               ///< Of systemd; empty: nobody waits for news.
    duration watchdog{};                     ///< Within which it wants to hear; zero: it does not.
    std::vector<effective_setting> shown;    ///< All of it for people, with where it comes from.
    /// The same flags with what file and environment say by now; nothing: it can't be read again.
    std::function<result<config>()> read_again;
};

/// What every collection is told of them; the bot's facts and each one's own are still missing.
[[nodiscard]] link::welcome welcome_of(const config& how);

/// Looks a variable up; nothing when it is unset or empty.
using environment = std::function<std::optional<std::string>(const std::string& name)>;

/// `tinfoil.toml` < `TINFOIL_*` < flags. The file is `--config`, `TINFOIL_CONFIG`, `./tinfoil.toml`
/// or
/// `$XDG_CONFIG_HOME/tinfoil/tinfoil.toml`, the first that is given or exists. The token comes from
/// DISCORD_TOKEN, a file, or the systemd credential `discord_token`, and never from a flag.
/// Every failure is an invalid_argument that names where the bad value came from.
result<config> make_config(const flags& given, const environment& env);
/// The same, but nobody looks for a token.
result<config> make_config_without_token(const flags& given, const environment& env);

/// The token in that file; an invalid_argument that names it and `from`, where its name came from.
result<redacted> read_token(const std::filesystem::path& file, const std::string& from);

/// The percentage of session starts to keep back, by the rules of `tinfoil run`.
result<int> identify_reserve(const flags& given, const environment& env);

/// The state folder of `tinfoil run` with these flags, which needs no token to be known.
result<std::filesystem::path> state_folder(const flags& given, const environment& env);

/// `30s`, `500ms`, `2m`, `1h`: a whole number above zero with its unit, at most a year.
result<duration> parse_duration(std::string_view text);

/// 1 to 1,000.
result<std::uint32_t> parse_collections(std::string_view text);

/// `auto` is nothing; otherwise `none`, `zlib-stream` or `zstd-stream`.
result<std::optional<gateway::compression>> parse_compression(std::string_view text);

/// `auto` is nothing; otherwise 1 to 100,000.
result<std::optional<int>> parse_shards(std::string_view text);

}  // namespace tinfoil::host
