// What it costs to hand an event to a plugin: to one handler inside the process, to ten, to a
// coroutine that suspends once, and to a plugin in a process of its own.
#include "collection/isolated.hpp"
#include "collection/supervision.hpp"
#include "dispatch/recorder.hpp"
#include "harness.hpp"
#include "net/clock.hpp"
#include "plugin/instance.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <unistd.h>

namespace {

using namespace tinfoil;
namespace fs = std::filesystem;
namespace asio = boost::asio;

constexpr std::size_t plugins = 10;

[[noreturn]] void give_up(const std::string& why)
{
    std::fprintf(stderr, "plugins: %s\n", why.c_str());
    std::exit(1);
}

fs::path scratch()
{
    static const fs::path folder = [] {
        std::string made = (fs::temp_directory_path() / "tinfoil-bench-XXXXXX").string();
        if (::mkdtemp(made.data()) == nullptr)
            give_up("there is no temporary folder");
        return fs::path(made);
    }();
    return folder;
}

// The services that a handler needs which does nothing; timers end when they are asked to.
class counter final : public plugin::services {
public:
    explicit counter(collection::supervision* watch) : watch_(watch) {}

    std::uint64_t rest(discord::rest_request, rest_done) override { return 0; }
    void cancel_rest(std::uint64_t) override {}
    std::uint64_t after(duration, std::function<void()> done) override
    {
        timer = std::move(done);
        return 1;
    }
    void cancel_timer(std::uint64_t) override {}
    std::uint64_t ask_value(sharing::question, value_done) override { return 0; }
    void leave_value(std::uint64_t) override {}
    std::uint64_t send_letter(sharing::letter, letter_done) override { return 0; }
    void leave_letter(std::uint64_t) override {}
    bool post_letter(sharing::letter) override { return true; }
    std::uint64_t give_command(int, const std::string&, duration, command_done) override
    {
        return 0;
    }
    void cancel_command(std::uint64_t) override {}
    std::uint64_t ask_guild(discord::snowflake, guild_done) override { return 0; }
    void cancel_guild(std::uint64_t) override {}
    void keep_guilds() override {}
    std::uint64_t guild_revision(discord::snowflake) override { return 0; }
    void post(std::function<void()>) override {}
    void log(plugin::log_level, std::string_view text) override
    {
        std::printf("%s\n", std::string(text).c_str());
    }
    void entering(const plugin::call& what) override
    {
        if (watch_ != nullptr)
            watch_->entering(0, what);
    }
    void left() override
    {
        if (watch_ != nullptr)
            watch_->left();
    }
    [[noreturn]] void unwound() override { std::abort(); }
    [[nodiscard]] discord::snowflake application_id() const override { return {1}; }

    std::function<void()> timer;

private:
    collection::supervision* watch_;
};

std::string file_of(std::size_t number)
{
    return TINFOIL_BENCH_PLUGINS "/idle_" + std::to_string(number) + ".so";
}

std::string message(std::size_t bytes)
{
    const std::string head =
        R"({"id":"7","channel_id":"8","guild_id":"9","author":{"id":"3"},"content":")";
    return head + std::string(bytes - head.size() - 2, 'x') + "\"}";
}

plugin::event event_of(std::string_view type, std::string_view data, std::int64_t sequence)
{
    plugin::event made{.slot = {0, 1}, .sequence = sequence, .type = type, .data = data};
    made.ids = {9, 8, 3};
    return made;
}

// Inside the process, with everything that a collection does around a call.
class inside {
public:
    inside()
    {
        for (std::size_t i = 0; i < plugins; ++i) {
            auto library = plugin::library::open(file_of(i), scratch());
            if (!library)
                give_up(library.error().detail);
            auto started = plugin::instance::start(std::move(*library), with_, "{}");
            if (!started)
                give_up(started.error().detail);
            all_.push_back(std::move(*started));
        }
    }

    std::uint64_t messages(std::size_t to)
    {
        const plugin::event what = event_of("MESSAGE_CREATE", data_, 1);
        const collection::supervision::stretch measured(watch_);
        for (std::size_t i = 0; i < to; ++i)
            hand_over(*all_[i], what);
        return done_;
    }
    std::uint64_t suspends()
    {
        {
            const collection::supervision::stretch measured(watch_);
            hand_over(*all_[0], event_of("TYPING_START", data_, 1));
        }
        const auto then = std::move(with_.timer);
        then();
        return done_;
    }

private:
    void hand_over(plugin::instance& to, const plugin::event& what)
    {
        const auto ended = [this] { ++done_; };
        if (to.run(what, [&] { return plugin::instance::finished(ended); }))
            ended();
    }

    static constexpr dispatch::recorder::shape room{.sessions_max = 1, .unfinished_max = 64};
    std::vector<std::uint64_t> memory_ =
        std::vector<std::uint64_t>(dispatch::recorder::bytes_for(room) / 8 + 1);
    dispatch::recorder record_{std::as_writable_bytes(std::span(memory_)), room};
    collection::supervision watch_{record_.in_charge(), std::chrono::seconds(1),
                                   [](std::size_t, const plugin::call&, duration) {}};
    counter with_{&watch_};
    std::string data_ = message(1500);
    std::uint64_t done_ = 0;
    std::vector<std::unique_ptr<plugin::instance>> all_;
};

inside& in()
{
    static inside one;
    return one;
}

struct measured {
    double median = 0, fastest = 0;
};

// Rounds so short that some of them are disturbed by nobody: the fastest is what the code takes.
measured ns_each(std::size_t times, const std::function<void()>& work)
{
    std::vector<double> rounds;
    for (int round = 0; round < 301; ++round) {
        const instant begun = net::now();
        for (std::size_t i = 0; i < times; ++i)
            work();
        rounds.push_back(static_cast<double>((net::now() - begun).count()) /
                         static_cast<double>(times));
    }
    return {bench::median(rounds), *std::min_element(rounds.begin(), rounds.end())};
}

void tell_ns(const char* name, const measured& value, double target)
{
    bench::tell({.name = name,
                 .value = value.median,
                 .unit = "ns",
                 .target = target,
                 .note = "fastest " + std::to_string(static_cast<int>(value.fastest)) + " ns"});
}

void run_inside()
{
    tell_ns("plugins-inline-one", ns_each(1'000, [] { in().messages(1); }), 50);
    tell_ns("plugins-inline-ten", ns_each(200, [] { in().messages(plugins); }), 400);
    tell_ns("plugins-inline-suspends", ns_each(1'000, [] { in().suspends(); }), 200);
}

// In a process of its own.
class apart {
public:
    apart()
    {
        auto what = plugin::examine(file_of(0));
        if (!what)
            give_up(what.error().detail);
        collection::isolated::how how;
        how.executable = TINFOIL_BENCH_EXECUTABLE;
        how.name = "bench/0";
        how.about = what->about;
        how.work.plugin = what->about.name;
        how.work.file = plugin::write_copy(*what, scratch())->string();
        how.work.private_copies = (scratch() / "copies").string();
        how.work.record_file = (scratch() / "record").string();
        how.work.settings = "{}";
        how.tell = [](const link::message& said) {
            if (const auto* refused = std::get_if<link::plugin_refused>(&said))
                give_up(refused->why);
            if (const auto* died = std::get_if<link::plugin_died>(&said))
                give_up(died->how);
        };
        how.session_of = [](discord::slot) { return std::string("bench"); };
        how.again = [] {};
        it_ = std::make_unique<collection::isolated>(loop_, with_, std::move(how));
        if (auto begun = it_->begin(); !begun)
            give_up(begun.error().detail);
        give(1);
    }

    // So many at once, and back.
    void give(std::size_t count)
    {
        const std::uint64_t until = done_ + count;
        for (std::size_t i = 0; i < count; ++i)
            it_->handle(event_of("MESSAGE_CREATE", data_, ++sequence_), [this] { ++done_; });
        while (done_ < until)
            loop_.run_one();
    }

private:
    asio::io_context loop_{1};
    counter with_{nullptr};
    std::string data_ = message(1500);
    std::int64_t sequence_ = 0;
    std::uint64_t done_ = 0;
    std::unique_ptr<collection::isolated> it_;
};

void run_apart()
{
    apart it;
    std::vector<double> trips;
    for (int i = 0; i < 20'000; ++i) {
        const instant begun = net::now();
        it.give(1);
        trips.push_back(static_cast<double>((net::now() - begun).count()) / 1000);
    }
    std::sort(trips.begin(), trips.end());
    std::vector<double> rates;
    constexpr std::size_t many = 50'000;
    for (int round = 0; round < 5; ++round) {
        const instant begun = net::now();
        it.give(many);
        rates.push_back(many * 1e9 / static_cast<double>((net::now() - begun).count()));
    }
    const double p99 = trips[trips.size() * 99 / 100];
    bench::tell({.name = "plugins-process-trip",
                 .value = trips[trips.size() / 2],
                 .unit = "us p50",
                 .target = 40,
                 .note = "p99 " + std::to_string(static_cast<int>(p99)) + " us"});
    bench::tell({.name = "plugins-process-rate",
                 .value = bench::median(rates),
                 .unit = "events/s",
                 .target = 150'000,
                 .bound = bench::figure::wanted::at_least});
}

const bool inside_one = bench::add(bench::trial{"plugins-inline", run_inside});
const bool apart_one = bench::add(bench::trial{"plugins-process", run_apart});

}  // namespace
