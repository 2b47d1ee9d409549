#include "cli/sandbox_command.hpp"

#include "cli/account.hpp"
#include "cli/stage_command.hpp"
#include "cli/surroundings.hpp"
#include "cli/text.hpp"
#include "host/config.hpp"
#include "net/clock.hpp"
#include "sandbox/scenario.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <iterator>

namespace tinfoil::cli {
namespace {

error bad(std::string text)
{
    return {errc::invalid_argument, std::move(text)};
}

// `127.0.0.1:0`.
result<std::pair<std::string, std::uint16_t>> parse_listen(std::string_view text)
{
    const auto colon = text.rfind(':');
    std::string_view address = text.substr(0, colon);
    const std::string_view digits = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    const bool in_brackets = address.starts_with('[') && address.ends_with(']');
    if (in_brackets)
        address = address.substr(1, address.size() - 2);
    std::uint16_t port = 0;
    const auto [stopped, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (digits.empty() || failed != std::errc{} || stopped != digits.data() + digits.size() ||
        in_brackets != (address.find(':') != std::string_view::npos))
        return bad(fmt::format("--listen: \"{}\" is no address with a port; write for example "
                               "127.0.0.1:0 (any free port) or 127.0.0.1:8443",
                               text));
    if (address == "localhost")
        address = "127.0.0.1";
    // What it tells of itself, and its certificate, say localhost.
    if (address != "127.0.0.1")
        return bad(fmt::format("--listen: bots reach the sandbox at localhost, so it listens on "
                               "127.0.0.1 only, not on {}; write for example 127.0.0.1:{}",
                               address, port));
    return std::pair(std::string(address), port);
}

result<void> plan_faults(const sandbox_flags& given, sandbox::scenario& play,
                         discordsim::settings& to)
{
    to.plan = std::move(play.plan);
    for (const std::string& each : given.faults) {
        auto parsed = sandbox::parse_fault_line(each);
        if (!parsed)
            return bad("--fault: " + parsed.error().detail);
        to.plan.emplace_back(duration::zero(), std::move(*parsed));
    }
    return {};
}

// Of a command that can be copied: quoted where the shell would take it apart.
std::string quoted(const std::string& word)
{
    if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "/._-:") == std::string::npos)
        return word;
    std::string safe = "'";
    for (const char each : word)
        safe += each == '\'' ? std::string("'\\''") : std::string(1, each);
    return safe + "'";
}

void print(const std::string& line)
{
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

void introduce(const sandbox::endpoint& where, const std::filesystem::path& ca_file,
               const std::filesystem::path& info)
{
    print("A Discord of your own is at " + where.api + "; Ctrl-C ends it.");
    if (!where.plain_api.empty())
        print("Without TLS it is at " + where.plain_api + ".");
    if (!info.empty())
        return print("What a script needs to know is in " + printable(info.string(), 400) + ".");
    const std::string port = where.gateway.substr(where.gateway.rfind(':') + 1);
    print("A bot runs on it with, in another terminal (and --plugins FOLDER, if they are "
          "elsewhere):");
    print(fmt::format("  DISCORD_TOKEN={} tinfoil run --api {} --ca-file {} --state {}",
                      where.token, where.api, quoted(ca_file.string()),
                      quoted((ca_file.parent_path() / ("sandbox-" + port)).string())));
    print("Its people, its faults and what it saw: tinfoil sandbox say | call | watch | fault | "
          "verdict");
}

std::string content_of(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string describe(const sandbox::session_news& what)
{
    using kind = sandbox::session_news::kind;
    std::string shard = "shard " + to_string(what.slot);
    switch (what.what) {
    case kind::identified:
        return shard + " identified";
    case kind::resumed:
        return fmt::format("{} resumed from {}", shard, what.sequence);
    case kind::closed:
        return fmt::format("{} closed ({}) at {}", shard, what.code, what.sequence);
    }
    return shard;
}

}  // namespace

void add_sandbox_flags(CLI::App& command, sandbox_flags& given)
{
    command.add_option("--listen", given.listen,
                       "127.0.0.1 and a port; port 0 is any free one (default: 127.0.0.1:0)");
    command.add_flag("--plain", given.plain, "Serve http and ws as well, on another free port");
    const CLI::Validator is_file(
        [](const std::string& name) {
            return name.empty() ? std::string("an empty name is no file") : std::string();
        },
        "");
    command
        .add_option("--info", given.info,
                    "Write where it is to this file when it is ready, for scripts")
        ->check(is_file);
    for (const sandbox::count_wish& each : sandbox::count_wishes()) {
        std::string flag = "--" + std::string(each.key);
        std::replace(flag.begin(), flag.end(), '_', '-');
        command.add_option(flag, given.*each.to, std::string(each.means))
            ->check(CLI::Range(1, each.most));
    }
    command.add_option("--session-timeout", given.session_timeout,
                       "How long a lost session may be resumed (default: 3m)");
    command.add_option("--heartbeat-interval", given.heartbeat_interval,
                       "How often it wants a heartbeat (default: 41250ms)");
    command.add_option("--privileged", given.privileged,
                       "Privileged intents that the application may have: none, or some of "
                       "members,presences,content (default: members,content)");
    command.add_option("--rate", given.rate,
                       "Events a second of all guilds together, as 2000/s (default: a slow chat)");
    command.add_flag("--mix", given.mix,
                     "That rate is of all kinds of events, as large bots get them: presences, "
                     "typing, reactions, ...; otherwise of messages");
    command.add_option("--zipf", given.zipf,
                       "Guilds are large and busy by Zipf's law with this exponent, as 1.1 "
                       "(default: all alike)");
    command.add_flag("--day-curve", given.day_curve,
                     "Evenings are busier than mornings, by the clock in UTC");
    command.add_flag("--bursts", given.bursts,
                     "Now and then a guild is twenty times as busy for a minute");
    command.add_option("--seed", given.seed,
                       "The same people do the same things with the same seed (default: 1)");
    command.add_option("--scenario", given.scenario,
                       "File that says how large it is and what breaks when (share/sandbox/)");
    command
        .add_option("--fault", given.faults,
                    "Break something from the start, as \"no-acks for=5m\"; may be repeated; "
                    "tinfoil sandbox fault lists what can be broken")
        ->allow_extra_args(false);
    command.add_flag("--smooth", given.smooth,
                     "Without the habits of the world: answers in chunks and compressed, messages "
                     "in fragments, connections that end");
    command
        .add_option("--log", given.log,
                    "Append a line for each event, session, payload and request to this file")
        ->check(is_file);
    command.add_option("--report", given.report, "Write its counts to this file at the end")
        ->check(is_file);
    command.add_option("--for", given.run_for, "End after this time: 30s, 5m, 1h");
}

result<sandbox::run_settings> sandbox_settings(const sandbox_flags& given)
{
    sandbox::run_settings made;
    const auto listen = parse_listen(given.listen);
    if (!listen)
        return listen.error();
    made.how.address = listen->first;
    made.how.port = listen->second;
    made.how.plain = given.plain;
    made.how.smooth = given.smooth;
    made.how.log = given.log;
    made.how.rules.seed = given.seed;
    sandbox::scenario play;
    if (!given.scenario.empty()) {
        auto read = sandbox::read_scenario(given.scenario);
        if (!read)
            return bad("--scenario: " + read.error().detail);
        play = std::move(*read);
    }
    if (auto planned = plan_faults(given, play, made.how.rules); !planned)
        return planned.error();
    if (auto applied = apply(sandbox::joined(given, play.wanted), made.how.rules); !applied)
        return applied.error();
    if (given.run_for) {
        const auto length = host::parse_duration(*given.run_for);
        if (!length)
            return bad("--for: " + length.error().detail);
        made.run_for = *length;
    }
    made.info = given.info.empty() ? usual_info() : given.info;
    made.report = given.report;
    return made;
}

int run_sandbox(const sandbox_flags& given)
{
    const auto settings = sandbox_settings(given);
    if (!settings)
        return fail(settings.error());
    if (given.info.empty()) {
        std::error_code ignored;
        std::filesystem::create_directories(settings->info.parent_path(), ignored);
    }
    account people(shows_colours(), net::now, print);
    sandbox::onlooker looks;
    std::string own_info;
    looks.ready = [&](const sandbox::endpoint& where, const std::filesystem::path& ca_file) {
        own_info = content_of(settings->info);
        introduce(where, ca_file, given.info);
    };
    looks.session = [&](const sandbox::session_news& what) { people.note(describe(what)); };
    const auto ended = sandbox::run(*settings, looks);
    if (given.info.empty()) {
        std::error_code ignored;
        // Another one may have been started since, and have written it anew.
        if (own_info == content_of(settings->info)) {
            std::filesystem::remove(settings->info, ignored);
            std::filesystem::remove(settings->info.string() + ".ca.pem", ignored);
        }
    }
    return ended ? EXIT_SUCCESS : fail(ended.error());
}

}  // namespace tinfoil::cli
