// What plugins notice of a handoff and of a move at 20,000 messages a second on one shard, and what
// both cost. The programs are the real ones, each in a process of its own, over TLS on loopback.
#include "discord/snowflake.hpp"
#include "harness.hpp"
#include "host/operation_json.hpp"
#include "host/operations.hpp"
#include "host/status_json.hpp"
#include "net/clock.hpp"
#include "net/control_client.hpp"
#include "program.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <map>

namespace {

using namespace tinfoil;
using namespace std::chrono_literals;
using bench::give_up;
using discord::slot;
using host::operation_kind;
namespace fs = std::filesystem;
namespace json = boost::json;

constexpr double rate = 20'000;
constexpr int moves = 60;
constexpr double added_target_ms = 50, pause_target_ms = 300;

double seconds(duration length)
{
    return std::chrono::duration<double>(length).count();
}

/// Sorts them.
double part(std::vector<double>& of, double share)
{
    if (of.empty())
        give_up("nothing was measured");
    std::sort(of.begin(), of.end());
    return of[std::min(of.size() - 1,
                       static_cast<std::size_t>(static_cast<double>(of.size()) * share))];
}

/// Of a message, by the time of day at which it was said.
struct arrival {
    std::int64_t said_ms = 0;
    double delay_ms = 0;
};

/// From, until, in ms since 1970.
using window = std::pair<std::int64_t, std::int64_t>;

/// A sandbox, and a host with two collections, each with a shard.
class scene {
public:
    scene()
    {
        fs::create_directory(place("plugins"));
        fs::create_directory(place("arrivals"));
        fs::copy_file(fs::path(TINFOIL_BENCH_PLUGINS) / "arrivals.so",
                      place("plugins") + "/arrivals.so");
        discord_ = std::make_unique<bench::program>(std::vector<std::string>{
            "sandbox", "--smooth", "--info", place("info"), "--guilds", "60", "--shards", "2",
            "--max-concurrency", "4", "--rate", std::to_string(static_cast<int>(rate)) + "/s"});
        for (const instant late = net::now() + 30s; !fs::exists(place("info"));)
            wait(late, "the sandbox does not begin");
        std::ifstream in(place("info"));
        const json::value info = json::parse(std::string{std::istreambuf_iterator<char>(in), {}});
        host_ = std::make_unique<bench::program>(
            std::vector<std::string>{"run", "--api", info.at("api").as_string().c_str(),
                                     "--ca-file", info.at("ca_file").as_string().c_str(),
                                     "--plugins", place("plugins"), "--state", place("state"),
                                     "--shards", "2", "--collections", "2"},
            std::vector<std::string>{"TINFOIL_ARRIVALS=" + place("arrivals")});
        for (const instant late = net::now() + 30s; !is_up();)
            wait(late, "the shards are not up");
    }

    /// Asks for it and looks on until it is over.
    host::operation_view perform(const host::operation_wish& what,
                                 const std::function<void(const std::string& phase)>& look = {})
    {
        const net::control_client host(place("state"));
        const auto call = host::call_of(what);
        const auto asked = host.call("POST", call.path, call.body);
        if (!asked)
            give_up(asked.error().detail);
        const auto begun = host::parse_operation_answer(asked->json, net::wall_clock_ms());
        if (!begun)
            give_up(begun.error().detail);
        for (const instant late = net::now() + 3min;;) {
            const auto told = host.call("GET", "/v1/operations?id=" + std::to_string(begun->id));
            const auto all = told ? host::parse_operations(told->json, net::wall_clock_ms())
                                  : result<host::operations_list>(told.error());
            if (!all)
                give_up(all.error().detail);
            if (!all->past.empty()) {
                const host::operation_view& over = all->past.front();
                if (over.state != host::operation_state::done)
                    give_up("an operation was not done: " + told->json);
                is_exact_ = is_exact_ && over.is_exact;
                return over;
            }
            if (look && !all->running.empty())
                look(all->running.front().phase);
            wait(late, "an operation does not end");
        }
    }

    /// The number of the collection that has it.
    std::uint32_t home_of(slot which)
    {
        const auto told = net::control_client(place("state")).call("GET", "/v1/shards");
        const auto all = told ? host::parse_shards_list(told->json)
                              : result<std::vector<host::shard_status>>(told.error());
        if (!all)
            give_up(all.error().detail);
        for (const host::shard_status& each : *all)
            if (each.slot == which)
                return each.collection;
        give_up("the shard to be moved is not there");
    }
    /// Of both collections.
    [[nodiscard]] double cpu() const
    {
        double sum = 0;
        for (const ::pid_t each : collections_)
            sum += bench::cpu_seconds_of(each);
        return sum;
    }
    [[nodiscard]] bool is_exact() const { return is_exact_; }
    void pass(duration length) { boost::asio::steady_timer(loop_, length).wait(); }

    /// All so far; the last fifth of a second may be missing.
    std::vector<arrival> arrivals()
    {
        std::vector<arrival> all;
        for (const auto& file : fs::directory_iterator(place("arrivals"))) {
            std::ifstream in(file.path());
            std::int64_t micros = 0, marked = 0;
            std::uint64_t guild = 0, id = 0;
            while (in >> micros >> guild >> id >> marked) {
                const auto said = static_cast<std::int64_t>(discord::snowflake{id}.created_ms());
                all.push_back({said, static_cast<double>(micros - said * 1000) / 1000});
            }
        }
        return all;
    }

private:
    [[nodiscard]] std::string place(const char* name) const
    {
        return (folder_.path() / name).string();
    }
    bool is_up()
    {
        const auto told = net::control_client(place("state")).call("GET", "/v1/status");
        const auto status =
            told ? host::parse_status(told->json) : result<host::status>(told.error());
        if (!status)
            return false;
        collections_.clear();
        for (const auto& each : status->collections)
            collections_.push_back(static_cast<::pid_t>(each.pid));
        const auto up = status->shard_counts.find(gateway::state::active);
        return up != status->shard_counts.end() && up->second == 2;
    }
    void wait(instant late, const std::string& why)
    {
        if (net::now() > late)
            give_up(why);
        pass(20ms);
    }

    boost::asio::io_context loop_;
    support::temporary_folder folder_;
    std::vector<::pid_t> collections_;
    bool is_exact_ = true;
    std::unique_ptr<bench::program> discord_, host_;
};

host::operation_wish split(slot which)
{
    host::operation_wish made;
    made.slots = {which};
    made.count = 2;
    return made;
}

host::operation_wish merge(std::vector<slot> all)
{
    host::operation_wish made;
    made.kind = operation_kind::merge;
    made.slots = std::move(all);
    return made;
}

host::operation_wish move(slot which, std::uint32_t to)
{
    host::operation_wish made;
    made.kind = operation_kind::move;
    made.slots = {which};
    made.to = to;
    return made;
}

/// CPU of one core between two looks.
struct share_of_core {
    double cpu = 0;
    duration time{};
    [[nodiscard]] double get() const { return cpu / seconds(time); }
};

/// What was seen of the handoffs and the moves.
struct course {
    std::vector<window> handoffs, moves;
    window calm;
    share_of_core before, overlap;
    std::vector<double> commits_s, pauses_ms;
    std::uint64_t held = 0, held_bytes = 0;
};

share_of_core calm(scene& on)
{
    share_of_core made;
    const double cpu = on.cpu();
    const instant begun = net::now();
    on.pass(8s);
    made.time = net::now() - begun;
    made.cpu = on.cpu() - cpu;
    return made;
}

void hand_over(scene& on, const host::operation_wish& what, course& seen)
{
    std::optional<std::pair<instant, double>> from, until;
    std::int64_t begun_ms = 0;
    const auto over = on.perform(what, [&](const std::string& phase) {
        if (begun_ms == 0 && phase != "settling")
            begun_ms = net::wall_clock_ms();
        if (phase != "following")
            return;
        until = {net::now(), on.cpu()};
        if (!from)
            from = until;
    });
    seen.handoffs.emplace_back(begun_ms, net::wall_clock_ms());
    if (from && until->first > from->first) {
        seen.overlap.time += until->first - from->first;
        seen.overlap.cpu += until->second - from->second;
    }
    for (const std::string& report : over.reports) {
        seen.commits_s.push_back(
            static_cast<double>(json::parse(report).at("took_ms").to_number<std::int64_t>()) /
            1000);
        seen.held = std::max(seen.held, host::count_in_report(report, "held_peak"));
        seen.held_bytes =
            std::max(seen.held_bytes, host::count_in_report(report, "held_bytes_peak"));
    }
}

course run(scene& on)
{
    course seen;
    on.pass(2s);
    hand_over(on, merge({{0, 2}, {1, 2}}), seen);
    on.pass(2s);
    seen.calm.first = net::wall_clock_ms();
    seen.before = calm(on);
    seen.calm.second = net::wall_clock_ms();
    const std::int64_t begun = net::wall_clock_ms();
    std::uint32_t home = on.home_of({0, 1});
    for (int i = 0; i < moves; ++i) {
        home = 1 - home;
        const auto over = on.perform(move({0, 1}, home));
        seen.pauses_ms.push_back(static_cast<double>(over.pause_us.value_or(0)) / 1000);
    }
    seen.moves.emplace_back(begun, net::wall_clock_ms());
    hand_over(on, split({0, 1}), seen);
    on.pass(500ms);
    return seen;
}

std::vector<double> delays_in(const std::vector<arrival>& all, const std::vector<window>& when)
{
    std::vector<double> found;
    for (const arrival& each : all)
        if (std::any_of(when.begin(), when.end(), [&](const window& one) {
                return each.said_ms >= one.first && each.said_ms < one.second;
            }))
            found.push_back(each.delay_ms);
    return found;
}

void measure()
{
    scene on;
    course seen = run(on);
    const auto all = on.arrivals();
    auto quiet = delays_in(all, {seen.calm});
    auto during = delays_in(all, seen.handoffs);
    auto moving = delays_in(all, seen.moves);
    const double usual = part(quiet, .5);
    const double reached = static_cast<double>(quiet.size()) * 1000 /
                           static_cast<double>(seen.calm.second - seen.calm.first);
    bench::tell(
        {.name = "handoff-commit",
         .value = part(seen.commits_s, 1),
         .unit = "s from the first IDENTIFY",
         .note = fmt::format("the longest of {}, {}; 10 s are its rule", seen.commits_s.size(),
                             on.is_exact() ? "all exact" : "NOT exact")});
    bench::tell(
        {.name = "handoff-added-delay",
         .value = part(during, .99) - usual,
         .unit = "ms p99",
         .target = added_target_ms,
         .note = fmt::format("beside p50 of no handoff, {:.1f} ms; p50 {:.1f}, max {:.1f}; "
                             "with none p99 {:.1f}, max {:.1f}; {:.0f} messages/s of {:.0f} "
                             "on one shard",
                             usual, part(during, .5) - usual, part(during, 1) - usual,
                             part(quiet, .99), part(quiet, 1), reached, rate)});
    bench::tell({.name = "handoff-cpu",
                 .value = seen.overlap.get(),
                 .unit = "cores while both live",
                 .floor = seen.before.get(),
                 .ratio = seen.overlap.get() / seen.before.get(),
                 .note = "the floor is the shard alone"});
    bench::tell({.name = "handoff-held",
                 .value = static_cast<double>(seen.held_bytes) / (1 << 20),
                 .unit = "MiB at most",
                 .note = fmt::format("{} events", seen.held)});
    bench::tell({.name = "handoff-move-pause",
                 .value = part(seen.pauses_ms, .99),
                 .unit = "ms p99",
                 .target = pause_target_ms,
                 .note = fmt::format("of {}; p50 {:.1f}, max {:.1f}; delay of messages meanwhile "
                                     "p99 {:.1f}, max {:.1f}",
                                     moves, part(seen.pauses_ms, .5), part(seen.pauses_ms, 1),
                                     part(moving, .99), part(moving, 1))});
}

const bool added = bench::add(bench::trial{"handoff", measure});

}  // namespace
