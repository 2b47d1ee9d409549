#include "cli/rest_command.hpp"

#include "cli/fields.hpp"
#include "cli/streams.hpp"
#include "cli/surroundings.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "host/rest_call.hpp"
#include "host/rest_control.hpp"
#include "net/clock.hpp"
#include "net/control_client.hpp"

#include <boost/json.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <iostream>

namespace tinfoil::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t name_width = 60;

// Body and files together; Discord takes less, and so does the socket of a host.
constexpr std::size_t sent_bytes_max = 25U << 20;

// Also of what never ends no more than may be sent is kept.
result<std::string> read_all(std::istream& from, const std::string& what, std::size_t room)
{
    std::string text;
    std::array<char, 64U << 10> some;
    while (from.read(some.data(), some.size()), from.gcount() > 0) {
        text.append(some.data(), static_cast<std::size_t>(from.gcount()));
        if (text.size() > room)
            return error{errc::invalid_argument,
                         fmt::format("{} is too large: body and files may have 25 MiB together; "
                                     "send less",
                                     what)};
    }
    if (from.bad())
        return error{errc::invalid_argument, fmt::format("{} can't be read to its end", what)};
    return text;
}

result<std::string> read_file(const std::string& path, std::size_t room)
{
    std::ifstream in(path, std::ios::binary);
    if (!in || std::filesystem::is_directory(path))
        return error{
            errc::invalid_argument,
            fmt::format("{} can't be read; does it exist, and may this user read it?", path)};
    return read_all(in, path, room);
}

void indent(std::string& to, const json::value& from, std::size_t depth)
{
    const auto line = [&](std::size_t by) { to += "\n" + std::string(2 * by, ' '); };
    if (from.is_object() && !from.get_object().empty()) {
        to += '{';
        for (const char* between = ""; const auto& each : from.get_object()) {
            to += between;
            between = ",";
            line(depth + 1);
            to += json::serialize(json::string(each.key())) + ": ";
            indent(to, each.value(), depth + 1);
        }
        line(depth);
        to += '}';
    } else if (from.is_array() && !from.get_array().empty()) {
        to += '[';
        for (const char* between = ""; const auto& each : from.get_array()) {
            to += between;
            between = ",";
            line(depth + 1);
            indent(to, each, depth + 1);
        }
        line(depth);
        to += ']';
    } else {
        to += json::serialize(from);
    }
}

result<discord::rest_response> call(const rest_flags& given)
{
    auto request = rest_request_of(given);
    if (!request)
        return request.error();
    const auto state = state_of(given.where);
    if (!state)
        return state.error();
    const auto answer =
        net::control_client(*state).call("POST", "/v1/rest", host::rest_call_json(*request));
    if (answer)
        return host::parse_rest_answer(answer->json);
    if (answer.error().code != errc::unreachable || given.where.sandbox)
        return answer.error();
    const auto settings = host::make_config(given.where, variable);
    if (!settings)
        return settings.error();
    return host::call_rest(*settings, std::move(*request));
}

// A number that may be unknown.
std::string shown(const json::value& from, std::string_view name)
{
    return field(from, name) == nullptr ? "-" : std::to_string(number(from, name));
}

std::string seconds(long long ms)
{
    return ms == 0 ? "-" : fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
}

std::string buckets_table(const json::array& all, const sheet& on)
{
    std::vector<std::vector<cell>> rows;
    for (const json::value& from : all) {
        std::string routes;
        for (const json::value& route : list(from, "routes"))
            if (route.is_string())
                routes += (routes.empty() ? "" : ", ") + std::string(route.get_string());
        const long long blocked = number(from, "blocked_for_ms");
        rows.push_back({{printable(routes, name_width)},
                        {text(from, "major", name_width)},
                        {shown(from, "remaining")},
                        {shown(from, "limit")},
                        {seconds(number(from, "reset_after_ms"))},
                        {shown(from, "waiting")},
                        {shown(from, "in_flight")},
                        {seconds(blocked), blocked != 0 ? colour::yellow : colour::plain}});
    }
    return table({{"route"},
                  {"of"},
                  {"left", true},
                  {"limit", true},
                  {"reset", true},
                  {"waiting", true},
                  {"in flight", true},
                  {"blocked", true}},
                 rows, on);
}

std::string owners_table(const json::array& all, const sheet& on)
{
    std::vector<std::vector<cell>> rows;
    for (const json::value& from : all) {
        const std::string name = text(from, "plugin", name_width);
        std::vector<cell> row{{name.empty() ? "(tinfoil)" : name}};
        for (const char* each :
             {"waiting", "in_flight", "sent", "refused", "retried", "limited", "invalid"})
            row.push_back({shown(from, each)});
        rows.push_back(std::move(row));
    }
    return table({{"plugin"},
                  {"waiting", true},
                  {"in flight", true},
                  {"sent", true},
                  {"refused", true},
                  {"retried", true},
                  {"429", true},
                  {"invalid", true}},
                 rows, on);
}

int show_limits(const rest_flags& given)
{
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    const net::control_client host(*state);
    const auto show = [&]() -> result<void> {
        const auto answer = host.call("GET", "/v1/rest/limits");
        if (!answer)
            return answer.error();
        if (given.limits_json) {
            fmt::print("{}\n", answer->json);
        } else {
            const auto text = limits_table(answer->json, output_sheet());
            if (!text)
                return text.error();
            fmt::print("{}{}",
                       given.watch && is_terminal() && is_able_terminal() ? "\x1b[H\x1b[2J" : "",
                       *text);
        }
        std::fflush(stdout);
        return {};
    };
    if (auto shown = show(); !shown)
        return fail(shown.error());
    if (!given.watch)
        return EXIT_SUCCESS;
    // The host's own beat, once a second, is the clock.
    std::optional<error> failure;
    const auto followed = host.follow(
        "/v1/events",
        [&](const net::control_event& what) {
            if (what.name != "status")
                return true;
            const auto shown = show();
            if (!shown)
                failure = shown.error();
            return shown.has_value();
        },
        net::now() + std::chrono::hours(24 * 365));
    if (failure)
        return fail(*failure);
    return followed ? EXIT_SUCCESS : fail(followed.error());
}

}  // namespace

result<discord::rest_request> rest_request_of(const rest_flags& given)
{
    discord::rest_request made;
    made.method = given.method;
    std::transform(made.method.begin(), made.method.end(), made.method.begin(),
                   [](unsigned char each) { return static_cast<char>(std::toupper(each)); });
    constexpr std::array methods{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};
    if (std::find(methods.begin(), methods.end(), made.method) == methods.end())
        return error{errc::invalid_argument,
                     fmt::format("\"{}\" is no method; there are {}",
                                 printable(given.method, name_width), fmt::join(methods, ", "))};
    made.path = given.path;
    if (!made.path.starts_with('/'))
        return error{errc::invalid_argument,
                     fmt::format("\"{}\" is no path of Discord's API; it begins with /, as in "
                                 "tinfoil rest GET /users/@me",
                                 printable(given.path, name_width))};
    made.audit_log_reason = given.reason;
    made.timeout = std::chrono::seconds(9);
    std::size_t room = sent_bytes_max;
    if (given.body == "-" || given.body.starts_with('@')) {
        auto text = given.body == "-" ? read_all(std::cin, "stdin", room)
                                      : read_file(given.body.substr(1), room);
        if (!text)
            return text.error();
        made.body = std::move(*text);
    } else {
        made.body = given.body;
    }
    room -= std::min(room, made.body.size());
    for (const std::string& path : given.files) {
        auto bytes = read_file(path, room);
        if (!bytes)
            return bytes.error();
        room -= bytes->size();
        made.files.push_back({fmt::format("files[{}]", made.files.size()),
                              std::filesystem::path(path).filename().string(),
                              "application/octet-stream", std::move(*bytes)});
    }
    return made;
}

int exit_code_of_status(int status)
{
    constexpr int client_error = 14, server_error = 15;
    if (status == 401)
        return exit_code(errc::token_rejected);
    return status >= 500 ? server_error : status >= 400 ? client_error : EXIT_SUCCESS;
}

std::string pretty(std::string_view text)
{
    boost::system::error_code failed;
    const json::value whole = json::parse(text, failed);
    if (failed)
        return std::string(text);
    std::string made;
    indent(made, whole, 0);
    return made;
}

result<std::string> limits_table(std::string_view answer, const sheet& on)
{
    boost::system::error_code failed;
    const json::value whole = json::parse(answer, failed);
    if (failed || field(whole, "buckets") == nullptr || field(whole, "plugins") == nullptr)
        return error{errc::malformed,
                     "the host's answer is not what control-api.md says; is it a newer tinfoil?"};
    const json::value& global = part(whole, "global");
    const json::value& invalid = part(whole, "invalid");
    const json::value& refused = part(whole, "token_rejected");
    const long long blocked = number(global, "blocked_for_ms");
    return fmt::format("{} waiting, {} in flight; {} of {} this second{}; {} of {} invalid answers "
                       "in ten minutes{}\n\n",
                       number(whole, "waiting"), number(whole, "in_flight"), number(global, "used"),
                       number(global, "per_second"),
                       blocked != 0 ? ", blocked for " + seconds(blocked) : "",
                       number(invalid, "used"), number(invalid, "max"),
                       refused.is_bool() && refused.get_bool() ? "; the bot token is refused"
                                                               : "") +
           buckets_table(list(whole, "buckets"), on) + "\n" +
           owners_table(list(whole, "plugins"), on);
}

void add_rest_flags(CLI::App& command, rest_flags& given)
{
    command.add_option("METHOD", given.method, "GET, POST, PUT, PATCH or DELETE");
    command.add_option("PATH", given.path, "Below the API's address: /users/@me");
    command.add_option("BODY", given.body, "JSON; @FILE: that of a file; -: that of stdin");
    command.add_option("--file", given.files, "Send this file along (may be repeated)")
        ->type_size(1)
        ->allow_extra_args(false);
    command.add_option("--reason", given.reason, "For the guild's audit log");
    auto* raw = command.add_flag("--raw", given.raw, "The body just as it came");
    command.add_flag("--json", given.json, "Status and body as one JSON object")->excludes(raw);
    add_host_flags(command, given.where);
    command.add_option("--token-file", given.where.token_file,
                       "Without a host: file with the bot token (default: DISCORD_TOKEN)");
    command.add_option("--api", given.where.api, "Without a host: base URL of the API");
    command.add_option("--ca-file", given.where.ca_file,
                       "Without a host: PEM file of a certificate authority to trust as well");
    CLI::App* limits = command.add_subcommand("limits", "What the host's limiter knows and does");
    add_host_flags(*limits, given.where);
    limits->add_flag("--json", given.limits_json, "As JSON (share/doc/control-api.md)");
    limits->add_flag("--watch", given.watch, "Anew each second, until Ctrl-C");
}

int run_rest(const CLI::App& command, const rest_flags& given)
{
    if (!command.get_subcommands().empty())
        return show_limits(given);
    if (given.method.empty() || given.path.empty())
        return fail({errc::invalid_argument,
                     "which call? As in tinfoil rest GET /users/@me\nwhat there is: "
                     "tinfoil rest --help"});
    const auto answer = call(given);
    if (!answer)
        return fail(answer.error());
    if (given.json)
        fmt::print("{}\n", host::rest_answer_json(*answer));
    else if (given.raw || !is_terminal())
        fmt::print("{}", answer->body);
    else if (!answer->body.empty())
        fmt::print("{}\n", pretty(answer->body));
    if (answer->status >= 400)
        fmt::print(stderr, "tinfoil: Discord answered {}{}\n", answer->status,
                   answer->status == 401 ? ": it does not accept the bot token; copy it again from "
                                           "the Discord Developer Portal, Bot, Reset Token"
                                         : "");
    return exit_code_of_status(answer->status);
}

}  // namespace tinfoil::cli
