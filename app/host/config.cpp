#include "host/config.hpp"

#include "base/duration_text.hpp"
#include "base/likely_meant.hpp"
#include "discord/event_names.hpp"
#include "discord/intents.hpp"
#include "discord/url.hpp"
#include "host/effective_settings.hpp"
#include "host/setting.hpp"
#include "host/setting_reader.hpp"
#include "sharding/shards_max.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace tinfoil::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* no_token =
    "no bot token: set DISCORD_TOKEN, or name a file that holds it with --token-file FILE;\n"
    "to try everything without a Discord account: tinfoil run --sandbox";

error bad(std::string text)
{
    return {errc::invalid_argument, std::move(text)};
}

result<std::string> read_file(const fs::path& file, const std::string& what)
{
    auto text = read_text_file(file);
    if (!text)
        return bad(what + ": " + text.error().detail);
    return text;
}

bool is_there(const fs::path& file)
{
    std::error_code failed;
    return fs::exists(file, failed);
}

fs::path xdg(const environment& env, const char* variable, const char* below_home)
{
    const auto set = env(variable);
    const fs::path base = set && fs::path(*set).is_absolute()
                              ? fs::path(*set)
                              : fs::path(env("HOME").value_or(".")) / below_home;
    return base / "tinfoil";
}

// A flag names the folder itself; the general settings are shared by the real bot and the sandbox.
fs::path choose_state(const flags& given, const environment& env, const setting_reader& setting)
{
    if (given.state)
        return *given.state;
    if (const auto state = setting({}, "", "state_dir"))
        return given.sandbox ? fs::path(state->value) / "sandbox" : fs::path(state->value);
    return xdg(env, "XDG_STATE_HOME", ".local/state") / (given.sandbox ? "sandbox" : "bot");
}

result<redacted> clean_token(std::string text, const std::string& from)
{
    const auto blank = [](unsigned char each) { return each <= ' '; };
    while (!text.empty() && blank(static_cast<unsigned char>(text.back())))
        text.pop_back();
    text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), blank));
    if (text.starts_with("Bot "))
        text.erase(0, 4);
    // It becomes part of an HTTP header: one word of visible ASCII, or it is no token.
    if (text.empty() || text.size() > 512 ||
        !std::all_of(text.begin(), text.end(), [](char each) { return each > ' ' && each < 0x7f; }))
        return bad(from +
                   " holds no bot token: a token is one word of letters, digits, dots, dashes and "
                   "underscores (Discord Developer Portal, Bot, Reset Token)");
    return redacted(std::move(text));
}

result<void> find_token(const flags& given, const environment& env, const setting_reader& setting,
                        config& into)
{
    const token_place place = find_token_place(given, env, setting);
    if (place.from.empty())
        return bad(no_token);
    auto token =
        place.is_file ? read_token(place.value, place.from) : clean_token(place.value, place.from);
    if (!token)
        return token.error();
    into.token = std::move(*token);
    if (place.is_file)
        into.token_file = place.value;
    return {};
}

result<int> find_reserve(const setting_reader& setting)
{
    const auto text = setting({}, "", "identify_reserve");
    if (!text)
        return config{}.identify_reserve;
    int percent = -1;
    const auto& value = text->value;
    const auto [stopped, failed] =
        std::from_chars(value.data(), value.data() + value.size(), percent);
    if (failed != std::errc{} || stopped != value.data() + value.size() || percent < 0 ||
        percent > 100)
        return bad(fmt::format("{}: \"{}\" is no percentage; write 0 to 100", text->from, value));
    return percent;
}

result<void> fill_api(const flags& given, const setting_reader& setting, config& into)
{
    const auto api =
        setting(given.api, "--api", "api")
            .value_or(setting_reader::found{std::string(find_setting("api")->fallback), "default"});
    into.api = api.value;
    while (into.api.ends_with('/'))
        into.api.pop_back();
    const auto parsed = discord::parse_url(into.api);
    if (!parsed)
        return bad(api.from + ": " + parsed.error().detail);
    if (parsed->scheme != "https" && parsed->scheme != "http")
        return bad(fmt::format("{}: {} needs to start with https://", api.from, into.api));
    if (parsed->scheme == "http" && !is_loopback(*parsed))
        return bad(fmt::format(
            "{}: {} would send the bot token in plain text; http:// is accepted for loopback "
            "addresses only, use https://",
            api.from, into.api));
    if (const auto authority = setting(given.ca_file, "--ca-file", "ca_file")) {
        auto pem = read_file(authority->value, authority->from);
        if (!pem)
            return pem.error();
        if (pem->find("-----BEGIN CERTIFICATE-----") == std::string::npos)
            return bad(fmt::format("{}: {} has no PEM certificate in it", authority->from,
                                   authority->value));
        into.authority_pem = std::move(*pem);
    }
    return {};
}

result<void> fill_collections(const flags& given, const setting_reader& setting, config& into)
{
    into.in_process = given.in_process;
    into.end_sessions = given.end_sessions;
    if (const auto how = setting(std::nullopt, "", "compression")) {
        const auto known = parse_compression(how->value);
        if (!known)
            return bad(how->from + ": " + known.error().detail);
        into.compression = *known;
    }
    const auto text = setting(given.collections, "--collections", "collections");
    if (!text)
        return {};
    const auto count = parse_collections(text->value);
    if (!count)
        return bad(text->from + ": " + count.error().detail);
    if (into.in_process && *count != 1)
        return bad("--in-process holds one collection; leave out " + text->from);
    into.collections = *count;
    return {};
}

result<void> fill_scaler(const settings_file& file, config& into)
{
    const auto how = policy_of(file.scaler, into.collections, into.in_process);
    if (!how) {
        // The setting that does not fit is its first word.
        const std::string& why = how.error().detail;
        const auto line = file.lines.find(why.substr(0, why.find(' ')));
        if (line != file.lines.end())
            return bad(fmt::format("{}:{}: {}", file.path.string(), line->second, why));
        return bad((file.path.empty() ? std::string() : file.path.string() + ": ") + why);
    }
    into.scaler = *how;
    into.scaler_choice = file.scaler;
    into.collections_asked = into.collections;
    into.collections =
        std::clamp(into.collections, static_cast<std::uint32_t>(how->collections_min),
                   static_cast<std::uint32_t>(how->collections_max));
    return {};
}

result<void> fill_plugins(const setting_reader& setting, config& into)
{
    if (const auto how = setting({}, "", "watch")) {
        if (how->value != "auto" && how->value != "poll" && how->value != "off")
            return bad(fmt::format("{}: \"{}\" is no way to watch the plugin folder; write auto, "
                                   "poll or off",
                                   how->from, how->value));
        into.watch = how->value == "auto"   ? plugin_watch::automatic
                     : how->value == "poll" ? plugin_watch::poll
                                            : plugin_watch::off;
    }
    if (const auto what = setting({}, "", "on_delete")) {
        if (what->value != "unload" && what->value != "keep")
            return bad(fmt::format("{}: \"{}\" is nothing to do when a plugin's file is deleted; "
                                   "write unload or keep",
                                   what->from, what->value));
        into.when_deleted = what->value == "keep" ? on_delete::keep : on_delete::unload;
    }
    return {};
}

// Between commas, without the blanks around each.
std::vector<std::string_view> items_of(std::string_view text)
{
    std::vector<std::string_view> all;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        std::string_view one = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        while (one.starts_with(' '))
            one.remove_prefix(1);
        while (one.ends_with(' '))
            one.remove_suffix(1);
        all.push_back(one);
    }
    return all;
}

// READY and RESUMED are where a session begins and goes on; GUILD_CREATE is what a guild is.
result<std::vector<std::string>> parse_droppable(std::string_view text)
{
    std::vector<std::string> all;
    for (const std::string_view one : items_of(text)) {
        if (one.empty() || one.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != one.npos)
            return bad(
                fmt::format("\"{}\" is no type of event; write for example TYPING_START", one));
        if (one == "READY" || one == "RESUMED" || one == "GUILD_CREATE" || one == "GUILD_DELETE")
            return bad(
                fmt::format("{} can't be dropped, since sessions and guilds hang on it", one));
        if (!discord::intents_of_event(one)) {
            const std::string meant = did_you_mean(one, discord::event_names());
            return bad(fmt::format("there is no event {}{}", one,
                                   meant.empty() ? "; Discord's documentation lists them" : meant));
        }
        all.emplace_back(one);
    }
    return all;
}

result<void> fill_development(const flags& given, const setting_reader& setting, config& into)
{
    into.development = given.dev;
    const auto text = setting({}, "", "dev_guilds");
    if (!text)
        return {};
    for (const std::string_view one : items_of(text->value)) {
        const auto id = discord::parse_snowflake(one);
        if (!id || !*id)
            return bad(fmt::format("{}: \"{}\" is no id of a guild; write for example "
                                   "[\"197038439483310086\"]",
                                   text->from, one));
        into.development_guilds.push_back(*id);
    }
    return {};
}

// `false` is no memory at all, `true` what there is by default.
result<void> fill_guild_view(const setting_reader& setting, config& into)
{
    const auto number = [](const std::string& text, std::uint64_t most) {
        std::uint64_t value = most + 1;
        const auto [stopped, failed] =
            std::from_chars(text.data(), text.data() + text.size(), value);
        const bool is_whole = failed == std::errc{} && stopped == text.data() + text.size();
        return is_whole && value <= most ? std::optional(value) : std::nullopt;
    };
    constexpr std::uint64_t mib_max = 65'536, guilds_most = 10'000'000;
    if (const auto text = setting({}, "", "guild_view"); text && text->value != "true") {
        const auto mib =
            text->value == "false" ? std::optional<std::uint64_t>(0) : number(text->value, mib_max);
        if (!mib)
            return bad(fmt::format("{}: \"{}\" is no size; write false, true, or MiB from 0 to {}",
                                   text->from, text->value, mib_max));
        into.guild_bytes_max = *mib << 20;
    }
    if (const auto text = setting({}, "", "guild_view_guilds")) {
        const auto guilds = number(text->value, guilds_most);
        if (!guilds)
            return bad(fmt::format("{}: \"{}\" is no number of guilds; write 0 to {}", text->from,
                                   text->value, guilds_most));
        into.guilds_max = *guilds;
    }
    return {};
}

result<void> fill_gateway(const setting_reader& setting, config& into)
{
    if (const auto text = setting({}, "", "resume_patience")) {
        const auto length = host::parse_duration(text->value);
        if (!length)
            return bad(text->from + ": " + length.error().detail);
        into.resume_patience = *length;
    }
    if (const auto text = setting({}, "", "drop_when_full")) {
        auto types = parse_droppable(text->value);
        if (!types)
            return bad(text->from + ": " + types.error().detail);
        into.drop_when_full = std::move(*types);
    }
    return {};
}

result<void> fill_care(const setting_reader& setting, const settings_file& file, config& into)
{
    // Discord ends a connection whose heartbeats stay away for longer.
    constexpr duration hung_max = std::chrono::seconds(30);
    into.care.isolated = file.isolated;
    if (const auto text = setting({}, "", "on_crash")) {
        if (text->value == "isolate")
            into.care.policy = on_crash::isolate;
        else if (text->value == "quarantine")
            into.care.policy = on_crash::quarantine;
        else if (text->value == "restart")
            into.care.policy = on_crash::restart;
        else
            return bad(fmt::format("{}: \"{}\" is none of isolate, quarantine and restart",
                                   text->from, text->value));
    }
    for (const auto& [name, length] :
         {std::pair{"handler_warn", &into.handler_warn}, {"handler_hung", &into.handler_hung}}) {
        const auto text = setting({}, "", name);
        if (!text)
            continue;
        const auto read = host::parse_duration(text->value);
        if (!read)
            return bad(text->from + ": " + read.error().detail);
        *length = *read;
    }
    if (into.handler_hung < into.handler_warn || into.handler_hung > hung_max) {
        const auto where = setting({}, "", "handler_hung");
        return bad((where ? where->from : std::string("handler_hung (5s by default)")) +
                   ": this is to be as long as handler_warn at least, and 30s at most");
    }
    return {};
}

result<void> fill_operation(const flags& given, const environment& env,
                            const setting_reader& setting, config& into)
{
    const auto log = setting(given.log, "--log", "log").value_or(setting_reader::found{"auto", ""});
    const auto format = parse_log_format(log.value, env("JOURNAL_STREAM").has_value());
    if (!format)
        return bad(log.from + ": " + format.error().detail);
    into.log = *format;
    into.log_levels = usual_log_levels(given.dev);
    if (const auto text = setting(given.log_level, "--log-level", "log_level")) {
        const auto levels = parse_log_levels(text->value, into.log_levels);
        if (!levels)
            return bad(text->from + ": " + levels.error().detail);
        into.log_levels = *levels;
    }
    if (const auto text = setting(given.metrics, "--metrics", "metrics")) {
        const auto where = parse_metrics_address(text->value);
        if (!where)
            return bad(text->from + ": " + where.error().detail);
        into.metrics = *where;
    }
    into.notify_socket = env("NOTIFY_SOCKET").value_or("");
    const std::string within = env("WATCHDOG_USEC").value_or("0");
    std::int64_t us = 0;
    std::from_chars(within.data(), within.data() + within.size(), us);
    into.watchdog = std::chrono::microseconds(us);
    return {};
}

}  // namespace

result<duration> parse_duration(std::string_view text)
{
    if (const auto length = tinfoil::parse_duration(text))
        return *length;
    return bad(
        fmt::format("\"{}\" is no length of time; write for example 30s, 500ms, 2m or 1h", text));
}

result<std::optional<int>> parse_shards(std::string_view text)
{
    constexpr int shards_max = sharding::shards_max;
    if (text == "auto")
        return std::optional<int>{};
    int number = 0;
    const auto [stopped, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || stopped != text.data() + text.size() || number < 1 ||
        number > shards_max)
        return bad(
            fmt::format("\"{}\" is no number of shards; write auto, or 1 to {}", text, shards_max));
    return std::optional<int>{number};
}

result<std::optional<gateway::compression>> parse_compression(std::string_view text)
{
    using gateway::compression;
    if (text == "auto")
        return std::optional<compression>{};
    if (text == "none")
        return std::optional{compression::none};
    for (const compression each : {compression::zlib_stream, compression::zstd_stream})
        if (text == gateway::name(each))
            return std::optional{each};
    return bad(fmt::format("\"{}\" is no compression; write auto, none, zlib-stream or zstd-stream",
                           text));
}

result<std::uint32_t> parse_collections(std::string_view text)
{
    constexpr std::uint32_t collections_max = 1'000;
    std::uint32_t number = 0;
    const auto [stopped, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || stopped != text.data() + text.size() || number < 1 ||
        number > collections_max)
        return bad(fmt::format("\"{}\" is no number of collections; write 1 to {}", text,
                               collections_max));
    return number;
}

result<redacted> read_token(const fs::path& file, const std::string& from)
{
    auto text = read_file(file, from);
    if (!text)
        return text.error();
    return clean_token(std::move(*text), from + " (" + file.string() + ")");
}

result<settings_file> find_settings(const flags& given, const environment& env)
{
    const auto named = given.config_file ? given.config_file : env("TINFOIL_CONFIG");
    std::error_code failed;
    if (named) {
        const auto kind = fs::status(*named, failed).type();
        if (kind == fs::file_type::not_found || kind == fs::file_type::directory)
            return bad(fmt::format("{}: {} is no file",
                                   given.config_file ? "--config" : "TINFOIL_CONFIG", *named));
        return read_settings_file(*named);
    }
    for (const fs::path& usual :
         {fs::path("tinfoil.toml"), xdg(env, "XDG_CONFIG_HOME", ".config") / "tinfoil.toml"})
        if (fs::status(usual, failed).type() != fs::file_type::not_found)
            return read_settings_file(usual);
    return settings_file{};
}

token_place find_token_place(const flags& given, const environment& env,
                             const setting_reader& setting)
{
    if (!given.token_file)
        if (auto token = env("DISCORD_TOKEN"))
            return {"DISCORD_TOKEN", std::move(*token), false};
    if (auto file = setting(given.token_file, "--token-file", "token_file"))
        return {std::move(file->from), std::move(file->value), true};
    if (const auto credentials = env("CREDENTIALS_DIRECTORY");
        credentials && is_there(fs::path(*credentials) / "discord_token"))
        return {"systemd credential", (fs::path(*credentials) / "discord_token").string(), true};
    return {};
}

result<int> identify_reserve(const flags& given, const environment& env)
{
    const auto file = find_settings(given, env);
    if (!file)
        return file.error();
    return find_reserve(setting_reader(env, *file));
}

result<fs::path> state_folder(const flags& given, const environment& env)
{
    const auto file = find_settings(given, env);
    if (!file)
        return file.error();
    return choose_state(given, env, setting_reader(env, *file));
}

result<config> make_config(const flags& given, const environment& env)
{
    auto made = make_config_without_token(given, env);
    if (!made)
        return made;
    const auto file = find_settings(given, env);
    if (!file)
        return file.error();
    if (!made->sandbox)
        if (auto done = find_token(given, env, setting_reader(env, *file), *made); !done)
            return done.error();
    auto shown = effective_settings(given, env);
    if (!shown)
        return shown.error();
    made->shown = std::move(*shown);
    return made;
}

result<config> make_config_without_token(const flags& given, const environment& env)
{
    const auto file = find_settings(given, env);
    if (!file)
        return file.error();
    const setting_reader setting(env, *file);
    config made;
    made.sandbox = given.sandbox;
    made.seed = given.seed.value_or(1);
    made.plugin_settings = file->plugins;
    made.presence = file->presence;
    made.rest = file->rest;
    made.network = file->network;
    if (made.sandbox && (given.api || given.token_file || given.ca_file))
        return bad(
            "--sandbox brings its own Discord, token and certificate authority; leave out --api, "
            "--token-file and --ca-file, or leave out --sandbox");
    if (!made.sandbox)
        if (auto done = fill_api(given, setting, made); !done)
            return done.error();
    if (const auto text = setting(given.shards, "--shards", "shards")) {
        const auto shards = parse_shards(text->value);
        if (!shards)
            return bad(text->from + ": " + shards.error().detail);
        made.shards = *shards;
    }
    if (auto done = fill_collections(given, setting, made); !done)
        return done.error();
    if (auto done = fill_scaler(*file, made); !done)
        return done.error();
    if (auto done = fill_gateway(setting, made); !done)
        return done.error();
    if (auto done = fill_care(setting, *file, made); !done)
        return done.error();
    if (auto done = fill_plugins(setting, made); !done)
        return done.error();
    if (auto done = fill_guild_view(setting, made); !done)
        return done.error();
    if (auto done = fill_development(given, setting, made); !done)
        return done.error();
    if (auto done = fill_operation(given, env, setting, made); !done)
        return done.error();
    const auto reserve = find_reserve(setting);
    if (!reserve)
        return reserve.error();
    made.identify_reserve = *reserve;
    if (given.run_for) {
        const auto length = parse_duration(*given.run_for);
        if (!length)
            return bad("--for: " + length.error().detail);
        made.run_for = *length;
    }
    const auto plugins = setting(given.plugins, "--plugins", "plugins_dir");
    made.plugins =
        plugins ? fs::path(plugins->value) : xdg(env, "XDG_DATA_HOME", ".local/share") / "plugins";
    made.state = choose_state(given, env, setting);
    made.report = given.report.value_or("");
    return made;
}

link::welcome welcome_of(const config& how)
{
    link::welcome made;
    made.token = how.token;
    made.plugin_settings = {how.plugin_settings.begin(), how.plugin_settings.end()};
    made.authority_pem = how.authority_pem;
    if (how.compression)
        made.compression = static_cast<std::uint8_t>(1 + static_cast<int>(*how.compression));
    made.presence = how.presence;
    made.resume_patience = how.resume_patience;
    made.drop_when_full = how.drop_when_full;
    made.handler_warn = how.handler_warn;
    made.handler_hung = how.handler_hung;
    made.guilds_max = how.guilds_max;
    made.guild_bytes_max = how.guild_bytes_max;
    return made;
}

}  // namespace tinfoil::host
