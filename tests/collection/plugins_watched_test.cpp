#include "collection/blocked_watch.hpp"
#include "collection/placing.hpp"
#include "collection/plugin_meter.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::collection;
using namespace std::chrono_literals;

TEST_CASE("plugin meter: sums, the longest, and what 99 of 100 stay below")
{
    plugin_meter it;
    CHECK(it.calls() == 0);
    CHECK(it.p99() == 0ns);
    for (int i = 1; i <= 99; ++i)
        it.ran(1us);
    it.ran(5ms);
    CHECK(it.calls() == 100);
    CHECK(it.busy() == 99us + 5ms);
    CHECK(it.longest() == 5ms);
    CHECK(it.p99() >= 1us);
    CHECK(it.p99() <= 1250ns);
    it.ran(5ms);
    CHECK(it.p99() == 5ms);
}

TEST_CASE("plugin meter: the estimate is at most a quarter too much, at any length")
{
    for (duration length = 1ns; length < 1h; length += 1ns + length / 7) {
        plugin_meter it;
        for (int i = 0; i < 1000; ++i)
            it.ran(length);
        it.ran(2 * length);  // One in a thousand says nothing.
        CHECK(it.p99() >= length);
        CHECK(it.p99() <= length + length / 4 + 1ns);
    }
    plugin_meter odd;
    odd.ran(-1s);
    odd.ran(1000h);
    CHECK(odd.calls() == 2);
    CHECK(odd.longest() == 1000h);
}

TEST_CASE("blocked watch: one call that goes on for too long hangs, many short ones do not")
{
    blocked_watch it(5s);
    CHECK(it.interval() == 100ms);
    instant now{};
    std::uint64_t turn = 1;
    for (int i = 0; i < 200; ++i, turn += 2, now += it.interval())
        CHECK_FALSE(it.look(turn, now));
    CHECK_FALSE(it.look(turn - 1, now));  // Nobody.
    for (int i = 0; i <= 49; ++i, now += it.interval())
        CHECK_FALSE(it.look(turn, now));
    const auto hung = it.look(turn, now);
    REQUIRE(hung);
    CHECK(*hung == 5s);
    // It has returned, and nobody else pays for it.
    CHECK_FALSE(it.look(turn + 1, now));
    CHECK_FALSE(it.look(turn + 2, now + 1h));
}

TEST_CASE("blocked watch: a process that was stopped has hung nowhere")
{
    blocked_watch it(1s);
    instant now{};
    CHECK_FALSE(it.look(1, now));
    now += 5h;  // A debugger held it.
    CHECK_FALSE(it.look(1, now));
    for (int i = 0; i < 17; ++i)
        CHECK_FALSE(it.look(1, now += it.interval()));
    CHECK(it.look(1, now += it.interval()));
}

namespace {

const link::event_name event_7{{0, 1}, "abc", 7};

link::plugin_terms terms(const std::string& build, bool apart, const std::string& aside = "")
{
    return {"bad", build, static_cast<std::uint8_t>(apart ? 1 : 0), aside, {}};
}

}  // namespace

TEST_CASE("placing: what is said of every build and of this one counts")
{
    CHECK(placing().of("bad", "1").placement == 0);
    placing it({terms("1", true), terms("2", false, "it crashed")});
    CHECK(it.of("bad", "1").placement == 1);
    CHECK(it.of("bad", "1").set_aside.empty());
    CHECK(it.of("bad", "2").set_aside == "it crashed");
    CHECK(it.of("bad", "3").placement == 0);
    CHECK(it.of("good", "1").placement == 0);
    it.add(terms("", true));
    CHECK(it.of("bad", "3").placement == 1);
    CHECK(it.of("bad", "2").set_aside == "it crashed");
    it.add(terms("2", false));
    CHECK(it.of("bad", "2").set_aside.empty());
}

TEST_CASE("placing: a poison is taken once, by its plugin, and it is that event only")
{
    auto with_poison = terms("1", true);
    with_poison.poisons = {event_7};
    placing it({with_poison});
    it.add(with_poison);
    CHECK(it.has_poisons());
    CHECK_FALSE(it.takes_poison("good", event_7));
    CHECK_FALSE(it.takes_poison("bad", {{0, 1}, "abc", 8}));
    CHECK_FALSE(it.takes_poison("bad", {{0, 1}, "other", 7}));
    CHECK_FALSE(it.takes_poison("bad", {{0, 2}, "abc", 7}));
    CHECK(it.takes_poison("bad", event_7));
    CHECK_FALSE(it.takes_poison("bad", event_7));
    CHECK_FALSE(it.has_poisons());
}
