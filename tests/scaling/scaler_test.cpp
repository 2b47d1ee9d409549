#include "scaling/scaler.hpp"
#include "scaling/scene.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::scaling_test;

namespace {

// A scaler that looks every five seconds at what the test says.
class watch {
public:
    std::vector<decided> look(const situation& at, duration later = 5s)
    {
        now_ += later;
        return feed(looked{at});
    }

    // Looks until something is to be done, for so long.
    std::vector<decided> until_done(const situation& at, duration most)
    {
        for (const instant end = now_ + most; now_ < end;)
            if (auto made = look(at); !made.empty() && made.back().is_to_be_done)
                return made;
        return {};
    }

    std::vector<decided> end(const decided& what, outcome::kind how = outcome::kind::done)
    {
        return feed(
            ended{what.number, std::vector<outcome>(what.what.actions.size(), {how, "no"})});
    }

    std::vector<decided> feed(const scaler_input& what)
    {
        std::vector<scaler_action> todo;
        it.on(what, now_, todo);
        std::vector<decided> made;
        for (scaler_action& each : todo)
            made.push_back(std::get<decided>(std::move(each)));
        return made;
    }

    [[nodiscard]] instant now() const { return now_; }

    scaler it;

private:
    instant now_{1h};
};

const situation hot = scene(1, {{45, 0}});

}  // namespace

TEST_CASE("scaler machine: acts once a condition has held, and looks at its interval")
{
    watch of;
    CHECK(of.look(hot).empty());
    CHECK(of.it.deadline() == of.now() + 5s);
    CHECK(of.until_done(hot, 115s).empty());
    const auto made = of.until_done(hot, 5s);
    REQUIRE(made.size() == 1);
    CHECK(made[0].what.what == aim::split);
    CHECK(made[0].at.shards[0].hot_for == 120'000);
    CHECK(of.it.is_acting());
}

TEST_CASE("scaler machine: a condition that goes away begins anew")
{
    watch of;
    CHECK(of.until_done(hot, 100s).empty());
    of.look(scene(1, {{39, 0}}));
    CHECK(of.until_done(hot, 115s).empty());
}

TEST_CASE("scaler machine: nothing more is done before an operation has ended")
{
    watch of;
    const auto first = of.until_done(hot, 200s);
    REQUIRE(first.size() == 1);
    CHECK(of.until_done(hot, 600s).empty());
    CHECK(of.end({first[0].number + 1, {}, first[0].what, true}).empty());  // Of no operation.
    CHECK(of.it.is_acting());
    of.end(first[0]);
    CHECK_FALSE(of.it.is_acting());
}

TEST_CASE("scaler machine: an operation that never ends has failed")
{
    watch of;
    REQUIRE_FALSE(of.until_done(hot, 200s).empty());
    CHECK(of.until_done(hot, scaler::operation_max - 10s).empty());
    // Whoever does it has not said yet that it goes on, so this look only waits.
    const situation uneven = sustained(scene(2, {{20, 0}, {20, 0}, {5, 0}, {5, 1}}));
    CHECK(of.until_done(uneven, 20s).empty());
    CHECK_FALSE(of.it.is_acting());
}

TEST_CASE("scaler machine: what fails is tried again later and later")
{
    watch of;
    auto made = of.until_done(hot, 200s);
    for (const duration pause : {5min, 10min, 20min, 40min}) {
        REQUIRE(made.size() == 1);
        const instant failed = of.now();
        of.end(made[0], outcome::kind::failed);
        made = of.until_done(hot, pause + 10s);
        CHECK(of.now() - failed >= pause);
    }
    for (int i = 0; i < 10; ++i) {
        REQUIRE(made.size() == 1);
        of.end(made[0], outcome::kind::failed);
        made = of.until_done(hot, 6h + 10s);
    }
}

TEST_CASE("scaler machine: halves rest from being merged, also over a restart of the host")
{
    const situation halves = scene(1, {{4, 0}, {4, 0}});
    watch of;
    const auto split = of.until_done(scene(1, {{45, 0}}), 200s);
    REQUIRE(split.size() == 1);
    of.end(split[0]);
    const instant began = of.now();
    const auto merge = of.until_done(halves, 2h);
    REQUIRE(merge.size() == 1);
    CHECK(merge.back().what.what == aim::merge);
    CHECK(of.now() - began >= 30min);

    watch next;
    next.feed(remembered{{{aim::split, split[0].what.actions[0], outcome::kind::done, 5min}}, 7});
    CHECK(next.until_done(halves, 24min).empty());
    CHECK_FALSE(next.until_done(halves, 2min).empty());
}

TEST_CASE("scaler machine: what was merged rests from being split")
{
    watch of;
    const auto merge = of.until_done(scene(1, {{4, 0}, {4, 0}}), 1h);
    REQUIRE(merge.size() == 1);
    of.end(merge[0]);
    const instant began = of.now();
    REQUIRE_FALSE(of.until_done(hot, 1h).empty());
    CHECK(of.now() - began >= 30min);
}

TEST_CASE("scaler machine: a collection that was added is not retired at once")
{
    watch of;
    const auto grown = of.until_done(scene(1, {{35, 0}, {35, 0}}), 200s);
    REQUIRE(grown.size() == 1);
    CHECK(grown[0].what.what == aim::grow);
    of.end(grown[0]);
    const instant began = of.now();
    situation calm = scene(2, {{10, 0}, {10, 1}});
    calm.with.splits = plan_changes::no;
    const auto retired = of.until_done(calm, 1h);
    REQUIRE(retired.size() == 1);
    CHECK(retired[0].what.what == aim::shrink);
    CHECK(of.now() - began >= 30min);
}

TEST_CASE("scaler machine: advice is told once, and again when it changes or after an hour")
{
    situation at = hot;
    at.with.does = mode::advise;
    watch of;
    std::vector<decided> told;
    for (int i = 0; i < 720; ++i)
        for (decided& each : of.look(at))
            told.push_back(std::move(each));
    REQUIRE(told.size() == 1);
    CHECK_FALSE(told[0].is_to_be_done);
    CHECK(told[0].what.what == aim::split);
    CHECK_FALSE(of.it.is_acting());
    for (int i = 0; i < 60; ++i)
        for (decided& each : of.look(at))
            told.push_back(std::move(each));
    CHECK(told.size() == 2);
}

TEST_CASE("scaler machine: a refusal is told when it begins, not at every look")
{
    situation at = hot;
    at.with.splits = plan_changes::no;
    watch of;
    std::size_t told = 0;
    for (int i = 0; i < 1000; ++i)
        for (const decided& each : of.look(at)) {
            CHECK(refuses(each.what, "plan_fixed"));
            CHECK_FALSE(each.is_to_be_done);
            ++told;
        }
    CHECK(told == 1);
}

TEST_CASE("scaler machine: a move that failed rests, and others go on")
{
    situation at = scene(2, {{20, 0}, {20, 0}, {5, 0}, {5, 1}});
    watch of;
    const auto first = of.until_done(at, 100s);
    REQUIRE(first.size() == 1);
    of.end(first[0], outcome::kind::failed);
    const auto next = of.until_done(at, 10s);
    REQUIRE(next.size() == 1);
    CHECK(next[0].what.actions != first[0].what.actions);
}

TEST_CASE("scaler machine: what an operator calls off is not done again for a cool-down")
{
    watch of;
    const auto first = of.until_done(hot, 10min);
    REQUIRE(!first.empty());
    of.end(first.back(), outcome::kind::called_off);
    const instant called_off = of.now();
    const auto again = of.until_done(hot, 2h);
    REQUIRE(!again.empty());
    CHECK(again.back().what.actions == first.back().what.actions);
    CHECK(of.now() - called_off >= hot.with.cool_down);

    // Also by the next host.
    watch next;
    next.feed(remembered{
        {{aim::split, first.back().what.actions[0], outcome::kind::called_off, 5min}}, 7});
    CHECK(next.until_done(hot, 24min).empty());
    CHECK_FALSE(next.until_done(hot, 2min).empty());
}

TEST_CASE("scaler machine: after a new start shards that nobody serves don't rest")
{
    situation at = scene(2, {{10, 0}, {10, 1}});
    at.collections[1].is = collection_phase::down;
    watch of;
    of.feed(remembered{{{aim::evacuate, move{{1, 2}, 1, 0}, outcome::kind::called_off, 1min},
                        {aim::spread, move{{1, 2}, 1, 0}, outcome::kind::called_off, 1min}},
                       7});
    of.look(at);
    CHECK(of.until_done(at, at.with.abandon_after + 5s).size() == 1);
}

TEST_CASE("scaler machine: a shard that rests from moves leaves a collection that is down")
{
    const auto how = GENERATE(outcome::kind::failed, outcome::kind::called_off);
    watch of;
    situation at = scene(2, {{20, 0}, {20, 0}, {5, 0}, {5, 1}});
    const auto spread = of.until_done(at, 100s);
    REQUIRE(spread.size() == 1);
    of.end(spread[0], how);
    at.collections[0].is = collection_phase::down;
    of.look(at);
    const auto left = of.until_done(at, at.with.abandon_after + 5s);
    REQUIRE(left.size() == 1);
    CHECK(left[0].what.what == aim::evacuate);
    CHECK(left[0].what.actions.size() == 3);
}

TEST_CASE("scaler machine: shards that could not leave are tried again soon, not at each look")
{
    const auto how = GENERATE(outcome::kind::failed, outcome::kind::called_off);
    watch of;
    situation at = scene(2, {{10, 0}, {10, 1}});
    at.collections[1].is = collection_phase::down;
    auto made = of.until_done(at, at.with.abandon_after + 10s);
    for (const duration pause : {1min, 2min, 4min, 5min, 5min}) {
        REQUIRE(made.size() == 1);
        CHECK(made[0].what.what == aim::evacuate);
        const instant failed = of.now();
        of.end(made[0], how);
        made = of.until_done(at, pause + 5s);
        CHECK(of.now() - failed >= pause);
    }
    REQUIRE(made.size() == 1);
    of.end(made[0], how);
    // When it goes away another time, what was the last time does not count.
    at.collections[1].is = collection_phase::up;
    CHECK(of.until_done(at, 2 * at.with.abandon_after).empty());
    at.collections[1].is = collection_phase::down;
    of.look(at);
    CHECK(of.until_done(at, at.with.abandon_after + 5s).size() == 1);
}

TEST_CASE("scaler machine: a collection that soon ends each time it has begun is left")
{
    watch of;
    situation at = scene(2, {{10, 0}, {10, 1}});
    at.with.collections_min = at.with.collections_max = 2;
    of.look(at);
    // It is up a third of the time, and away for a minute in all at the 19th look.
    std::vector<decided> made;
    int looks = 0;
    for (; looks < 40 && made.empty(); ++looks) {
        constexpr collection_phase loop[]{collection_phase::down, collection_phase::starting,
                                          collection_phase::up};
        at.collections[1].is = loop[looks % 3];
        made = of.look(at);
        std::erase_if(made, [](const decided& each) { return !each.is_to_be_done; });
    }
    REQUIRE(made.size() == 1);
    CHECK(made[0].what.what == aim::evacuate);
    CHECK(looks == 19);

    // Up for a minute, and what was before is forgotten.
    watch other;
    other.look(at);
    for (int i = 0; i < 8; ++i) {
        at.collections[1].is = collection_phase::down;
        CHECK(other.until_done(at, 55s).empty());
        at.collections[1].is = collection_phase::up;
        CHECK(other.until_done(at, at.with.abandon_after + 5s).empty());
    }
}

TEST_CASE("scaler machine: a collection that tries to begin again and again is down all the while")
{
    watch of;
    situation at = scene(2, {{10, 0}, {10, 1}});
    at.with.collections_min = at.with.collections_max = 2;
    of.look(at);
    std::vector<decided> made;
    for (int i = 0; i < 16 && made.empty(); ++i) {
        at.collections[1].is = i % 2 == 0 ? collection_phase::down : collection_phase::starting;
        made = of.look(at);
        std::erase_if(made, [](const decided& each) { return !each.is_to_be_done; });
    }
    REQUIRE(made.size() == 1);
    CHECK(made[0].what.what == aim::evacuate);
    CHECK(made[0].what.actions == std::vector<action>{move{{1, 2}, 1, 0}});
}
