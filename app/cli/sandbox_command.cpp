#include "cli/sandbox_command.hpp"

#include "cli/account.hpp"
#include "cli/stage_command.hpp"
#include "cli/text.hpp"
#include "host/config.hpp"
#include "net/clock.hpp"
#include "sandbox/scenario.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace tinfoil::cli {
namespace {

constexpr double rate_max = 1'000'000;
constexpr double zipf_max = 3;
constexpr double day_curve = 0.6;
// Discord Docs/Application, "Application Flags": GATEWAY_PRESENCE_LIMITED.
constexpr std::uint64_t flag_presences = 1U << 13;

error bad(std::string text)
{
    return {errc::invalid_argument, std::move(text)};
}

// `127.0.0.1:0` or `[::1]:0`.
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
                               "127.0.0.1:0 (any free port) or [::1]:8443",
                               text));
    return std::pair(std::string(address), port);
}

// `2000/s`; the unit may be left out.
result<double> parse_rate(std::string_view text)
{
    const std::string_view digits = text.ends_with("/s") ? text.substr(0, text.size() - 2) : text;
    double rate = 0;
    const auto [stopped, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), rate);
    if (digits.empty() || failed != std::errc{} || stopped != digits.data() + digits.size() ||
        !(rate >= 0 && rate <= rate_max))
        return bad(fmt::format("--rate: \"{}\" is no number of events a second; write for example "
                               "200/s or 2000/s, at most {:.0f}/s, 0/s for silence",
                               text, rate_max));
    return rate;
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

result<void> take_life(const sandbox_flags& given, bool has_rate, discordsim::settings& to)
{
    const auto needs_rate = [&](bool is_given, const char* flag) -> result<void> {
        if (is_given && !has_rate)
            return bad(fmt::format("{}: there is no crowd without --rate; add for example "
                                   "--rate 200/s",
                                   flag));
        return {};
    };
    for (const auto& fine :
         {needs_rate(given.mix, "--mix"), needs_rate(given.day_curve, "--day-curve"),
          needs_rate(given.bursts, "--bursts")})
        if (!fine)
            return fine;
    if (given.zipf && !(*given.zipf > 0 && *given.zipf <= zipf_max))
        return bad(fmt::format("--zipf: {} is no exponent above 0 and up to {}; 1.1 is usual",
                               *given.zipf, zipf_max));
    to.life = {given.mix, given.zipf.value_or(0), given.day_curve ? day_curve : 0, given.bursts};
    if (given.mix)
        to.flags |= flag_presences;
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

int fail(const error& why)
{
    fmt::print(stderr, "tinfoil: {}\n", why.detail);
    return exit_code(why.code);
}

}  // namespace

void add_sandbox_flags(CLI::App& command, sandbox_flags& given)
{
    command.add_option("--listen", given.listen,
                       "Loopback address and port; port 0 is any free one (default: 127.0.0.1:0)");
    command.add_flag("--plain", given.plain, "Serve http and ws as well, on another free port");
    command.add_option("--info", given.info,
                       "Write where it is to this file when it is ready, for scripts");
    command.add_option("--guilds", given.guilds, "How many guilds there are (default: 3)")
        ->check(CLI::Range(1, 50'000));
    command
        .add_option("--people", given.people, "How many people a guild has on average (default: 5)")
        ->check(CLI::Range(1, 1'000));
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
    command.add_option("--shards", given.shards, "How many it recommends to bots (default: 1)")
        ->check(CLI::Range(1, 100'000));
    command
        .add_option("--max-concurrency", given.max_concurrency,
                    "How many may IDENTIFY within five seconds (default: 1)")
        ->check(CLI::Range(1, 10'000));
    command
        .add_option("--replay-events", given.replay_events,
                    "How many events a session keeps for RESUME (default: 50000)")
        ->check(CLI::Range(1, 10'000'000));
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
    command.add_option("--log", given.log, "Append a line for each event and session to this file");
    command.add_option("--report", given.report, "Write its counts to this file at the end");
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
    auto& rules = made.how.rules;
    rules.guilds = given.guilds.value_or(play.guilds.value_or(rules.guilds));
    rules.people_per_guild = given.people.value_or(play.people.value_or(rules.people_per_guild));
    // As Discord recommends: a shard for each thousand guilds.
    const int recommended = std::max(1, (rules.guilds + 999) / 1000);
    rules.recommended_shards = given.shards.value_or(play.shards.value_or(recommended));
    if (rules.guilds > rules.recommended_shards * rules.guilds_per_shard_max)
        return bad(fmt::format("--shards: {} can't serve {} guilds, at most {} each",
                               rules.recommended_shards, rules.guilds, rules.guilds_per_shard_max));
    rules.max_concurrency =
        given.max_concurrency.value_or(play.max_concurrency.value_or(rules.max_concurrency));
    made.how.rules.replay_events = given.replay_events;
    if (const auto& text = given.rate ? given.rate : play.rate) {
        const auto rate = parse_rate(*text);
        if (!rate)
            return rate.error();
        set_rate(made.how.rules, *rate);
    }
    if (auto taken = take_life(given, given.rate || play.rate, made.how.rules); !taken)
        return taken.error();
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
    const bool colours = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    account people(colours, net::now, print);
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
