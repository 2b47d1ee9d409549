#include "base/random.hpp"
#include "dispatch/swap.hpp"
#include "support/catch.hpp"

#include <deque>
#include <map>

using namespace tinfoil;
using namespace tinfoil::dispatch;
using namespace std::chrono_literals;

namespace {

std::string text_of(const swap_action& each)
{
    if (const auto* told = std::get_if<swap_told>(&each)) {
        constexpr const char* names[] = {"loaded", "reloaded", "unloaded", "refused", "superseded"};
        return std::to_string(told->ticket) + ":" + names[static_cast<int>(told->how)] +
               (told->why.empty() ? "" : "(" + told->why + ")");
    }
    constexpr const char* names[] = {"load",      "hold", "save",   "start",
                                     "take_over", "drop", "remove", "release"};
    return names[each.index()];
}

struct player {
    std::string feed(const swap_input& what)
    {
        std::vector<swap_action> todo;
        it.on(what, now, todo);
        std::string seen;
        for (const auto& each : todo)
            seen += (seen.empty() ? "" : " ") + text_of(each);
        return seen;
    }
    void run()
    {
        feed(swap_wanted{1, false});
        feed(swap_loaded{});
        REQUIRE(feed(version_started{}) == "take_over 1:loaded");
        REQUIRE(it.generation() == 1);
    }

    swap it;
    instant now{};
};

}  // namespace

TEST_CASE("swap: a plugin that is new starts with nobody to wait for")
{
    player it;
    CHECK(it.feed(swap_wanted{1, false}) == "load");
    CHECK(it.feed(swap_loaded{}) == "start");
    CHECK(it.feed(version_started{}) == "take_over 1:loaded");
    CHECK(it.it.is_running());
    CHECK(it.it.deadline() == never);
}

TEST_CASE("swap: a reload holds, drains, saves, starts, and takes over before it releases")
{
    player it;
    it.run();
    CHECK(it.feed(swap_wanted{2, false}) == "load");
    CHECK(it.feed(swap_loaded{}) == "hold");
    CHECK(it.feed(handlers_left{2}) == "");
    CHECK(it.feed(handlers_left{0}) == "save");
    CHECK(it.feed(state_saved{}) == "start");
    CHECK(it.feed(version_started{}) == "take_over release");
    CHECK(it.feed(events_released{}) == "2:reloaded");
    CHECK(it.it.generation() == 2);
    CHECK(it.it.is_steady());
}

TEST_CASE("swap: a handler that never ends is waited for 1.5 s, and cut off only when the new "
          "version runs",
          "[plugins/73]")
{
    player it;
    it.run();
    it.feed(swap_wanted{2, false});
    it.feed(swap_loaded{});
    CHECK(it.feed(handlers_left{1}) == "");
    CHECK(it.it.deadline() == it.now + 1500ms);
    it.now += 1499ms;
    CHECK(it.feed(swap_elapsed{}) == "");
    it.now += 1ms;
    CHECK(it.feed(swap_elapsed{}) == "save");
    CHECK(it.feed(state_saved{}) == "start");
    CHECK(it.feed(version_started{}) == "take_over release");
}

TEST_CASE("swap: whatever fails, the old version goes on with what waited, in the same generation",
          "[plugins/72]")
{
    for (int step = 0; step < 4; ++step) {
        player it;
        it.run();
        std::string seen = it.feed(swap_wanted{2, false});
        seen += " " +
                it.feed(swap_loaded{step == 0 ? std::optional<std::string>("bad") : std::nullopt});
        if (step > 0) {
            it.feed(handlers_left{0});
            seen += " " + it.feed(state_saved{step == 1 ? std::optional<std::string>("bad")
                                                        : std::nullopt});
        }
        if (step == 3)
            it.now += 1s + 1ns;
        if (step > 1)
            seen += " " + it.feed(version_started{step == 2 ? std::optional<std::string>("bad")
                                                            : std::nullopt});
        seen += " " + it.feed(events_released{});
        INFO(step << ": " << seen);
        CHECK(seen.find("2:refused(") != std::string::npos);
        CHECK((step == 3) == (seen.find("it took 1000 ms to start") != std::string::npos));
        CHECK(seen.find("take_over") == std::string::npos);
        CHECK((step == 0) == (seen.find("drop") == std::string::npos));
        CHECK((step == 0) == (seen.find("release") == std::string::npos));
        CHECK(it.it.is_running());
        CHECK(it.it.is_steady());
        CHECK(it.it.generation() == 1);
    }
}

TEST_CASE("swap: of versions that follow fast the last one wins, and events go on waiting",
          "[plugins/76]")
{
    player it;
    it.run();
    it.feed(swap_wanted{2, false});
    it.feed(swap_loaded{});
    it.now += 50ms;
    CHECK(it.feed(swap_wanted{3, false}) == "2:superseded(a newer one was wanted) drop load");
    CHECK(it.feed(swap_loaded{}) == "hold");
    // Still of the first: an interaction waits no longer for it.
    CHECK(it.it.deadline() == instant{} + 1500ms);
    it.now += 50ms;
    CHECK(it.feed(swap_wanted{4, false}) == "3:superseded(a newer one was wanted) drop load");
    CHECK(it.feed(swap_loaded{"bad"}) == "release");
    CHECK(it.feed(swap_wanted{5, false}) == "");
    CHECK(it.feed(swap_wanted{6, false}) == "5:superseded(a newer one was wanted)");
    CHECK(it.feed(events_released{}) == "4:refused(bad) load");
    CHECK(it.feed(swap_loaded{}) == "hold");
    CHECK(it.it.deadline() == it.now + 1500ms);
    it.feed(handlers_left{0});
    it.feed(state_saved{});
    CHECK(it.feed(version_started{}) == "take_over release");
    CHECK(it.feed(events_released{}) == "6:reloaded");
}

TEST_CASE("swap: an unload waits for handlers, saves, and removes also what can't be saved",
          "[plugins/77]")
{
    player it;
    CHECK(it.feed(swap_wanted{1, true}) == "1:refused(it does not run)");
    it.run();
    CHECK(it.feed(swap_wanted{2, true}) == "hold");
    CHECK(it.feed(handlers_left{1}) == "");
    CHECK(it.feed(handlers_left{0}) == "save");
    CHECK(it.feed(state_saved{"save() threw"}) == "remove release");
    CHECK(it.feed(events_released{}) == "2:unloaded(save() threw)");
    CHECK_FALSE(it.it.is_running());
    CHECK(it.feed(swap_wanted{3, false}) == "load");
}

TEST_CASE("swap: any inputs in any order keep its promises", "[simulation]")
{
    const char* given = std::getenv("TINFOIL_SEEDS");
    const std::uint64_t seeds = given != nullptr ? std::strtoull(given, nullptr, 10) : 500;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        INFO("seed " << seed);
        random_source random(seed);
        swap it;
        instant now{};
        std::map<std::uint64_t, int> told;
        std::uint64_t asked = 0;
        bool beside = false, running = false, held = false;
        std::deque<swap_input> answers;
        const auto maybe = [&]() -> std::optional<std::string> {
            return random.below(4) == 0 ? std::optional<std::string>("bad") : std::nullopt;
        };
        const auto check = [&](const swap_action& each) {
            if (std::holds_alternative<load_beside>(each)) {
                REQUIRE_FALSE(beside);
                answers.emplace_back(swap_loaded{maybe()});
                beside = !std::get<swap_loaded>(answers.back()).refused;
            } else if (std::holds_alternative<hold_events>(each)) {
                held = true;
                answers.emplace_back(handlers_left{random.below(3)});
            } else if (std::holds_alternative<save_state>(each)) {
                REQUIRE(held);
                answers.emplace_back(state_saved{maybe()});
            } else if (std::holds_alternative<start_new>(each)) {
                REQUIRE(beside);
                REQUIRE((held || !running));
                answers.emplace_back(version_started{maybe()});
            } else if (std::holds_alternative<take_over>(each)) {
                REQUIRE(beside);
                beside = false;
                running = true;
            } else if (std::holds_alternative<drop_new>(each)) {
                REQUIRE(beside);
                beside = false;
            } else if (std::holds_alternative<remove_old>(each)) {
                REQUIRE((running && held && !beside));
                running = false;
            } else if (std::holds_alternative<release_events>(each)) {
                REQUIRE(held);
                answers.emplace_back(events_released{});
            } else {
                ++told[std::get<swap_told>(each).ticket];
            }
        };
        const auto feed = [&](const swap_input& what) {
            if (std::holds_alternative<events_released>(what))
                held = false;
            std::vector<swap_action> todo;
            it.on(what, now, todo);
            for (const auto& each : todo)
                check(each);
        };
        for (int step = 0; step < 60; ++step) {
            if (!answers.empty() && random.below(4) != 0) {
                const auto next = answers.front();
                answers.pop_front();
                feed(next);
            } else if (random.below(3) == 0) {
                // What is under way belongs to the one before only where it is not answered at
                // once.
                if (answers.empty() || it.is_steady() || it.is_draining())
                    feed(swap_wanted{++asked, random.below(4) == 0});
            } else if (it.deadline() != never && random.below(2) == 0) {
                now = std::max(now, it.deadline());
                feed(swap_elapsed{});
            }
            REQUIRE(it.is_running() == running);
        }
        for (int left = 0; left < 100 && !it.is_steady(); ++left) {
            if (!answers.empty()) {
                const auto next = answers.front();
                answers.pop_front();
                feed(next);
            } else {
                REQUIRE(it.deadline() != never);
                now = it.deadline();
                feed(swap_elapsed{});
            }
        }
        REQUIRE(it.is_steady());
        REQUIRE_FALSE(beside);
        REQUIRE(told.size() == asked);
        for (const auto& [ticket, times] : told)
            REQUIRE(times == 1);
    }
}

TEST_CASE("swap: a process that does not answer is not waited for beyond a second")
{
    player it;
    it.run();
    CHECK(it.feed(swap_wanted{2, false}) == "load");
    CHECK(it.feed(swap_loaded{}) == "hold");
    CHECK(it.feed(handlers_left{0}) == "save");
    CHECK(it.it.deadline() == it.now + swap::save_max);
    it.now += swap::save_max;
    CHECK(it.feed(swap_elapsed{}) == "drop release");
    CHECK(it.feed(state_saved{}) == "");
    CHECK(it.feed(events_released{}) == "2:refused(it did not save its state within a second)");
    it.feed(swap_wanted{3, false});
    it.feed(swap_loaded{});
    it.feed(handlers_left{0});
    CHECK(it.feed(state_saved{}) == "start");
    CHECK(it.it.deadline() == it.now + swap::start_max);
    it.now += swap::start_max;
    CHECK(it.feed(swap_elapsed{}) == "drop release");
    CHECK(it.feed(events_released{}) == "3:refused(it did not start within a second)");
    CHECK(it.it.generation() == 1);
}
