#include "fleet/fleet_world.hpp"
#include "sharding/plan.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;
using discord::slot;

namespace {

operation_wish some_wish(fleet_world& in)
{
    random_source& random = in.random();
    const auto plan = in.plan();
    operation_wish made;
    const slot which = plan[random.below(plan.size())];
    made.slots = {which};
    switch (random.below(5)) {
    case 0:
        made.count = static_cast<std::uint32_t>(2 + random.below(2));
        return made;
    case 1:
        made.kind = operation_kind::merge;
        for (const slot other : plan)
            if (other != which && sharding::merge(std::vector{which, other}))
                made.slots.push_back(other);
        return made;
    case 2:
        made.kind = operation_kind::reshard;
        made.slots.clear();
        made.count = static_cast<std::uint32_t>(1 + random.below(6));
        return made;
    case 3:
        made.kind = operation_kind::renew;
        return made;
    default:
        made.kind = operation_kind::move;
        made.to = static_cast<std::uint32_t>(random.below(4));
        return made;
    }
}

// Half an hour of operations in which what is given goes wrong, and a calm in which nothing does.
void live_through(std::uint64_t seed, const world_faults& faults,
                  std::map<std::string, std::uint64_t>& seen, duration calm = 3h)
{
    INFO("seed " << seed);
    fleet_world it(seed, faults);
    it.run_for(30s);
    for (int i = 0; i < 60; ++i) {
        it.run_for(duration(1s) * static_cast<int>(it.random().below(60)));
        if (it.plan().empty())
            continue;
        const auto what = it.random().below(12);
        if (what == 0)
            it.cancel();
        else if (what == 1 && it.shards().collections().size() < 4)
            it.add_collection();
        else if (what == 2 && faults.collection_dies > 0)
            it.retire_collection(static_cast<std::uint32_t>(it.random().below(4)));
        else if (it.plan().size() < 24)
            it.ask(some_wish(it));
    }
    it.be_kind();
    it.run_for(calm);
    CHECK(it.broken() == std::vector<std::string>{});
    CHECK(it.what_is_wrong() == "");
    for (const auto& [name, count] : it.seen)
        seen[name] += count;
}

// TINFOIL_SEEDS in place of the usual number.
std::uint64_t seeds(std::uint64_t usual)
{
    const char* asked = std::getenv("TINFOIL_SEEDS");
    return asked == nullptr ? usual : std::strtoull(asked, nullptr, 10);
}

}  // namespace

TEST_CASE("fleet: in a world where nothing fails every operation is done, and none costs more")
{
    std::map<std::string, std::uint64_t> seen;
    for (std::uint64_t seed = 1; seed <= seeds(5); ++seed)
        live_through(seed, {}, seen);
    CHECK(seen["operation failed"] == 0);
    for (const char* kind : {"split", "merge", "reshard", "renew", "move"})
        CHECK(seen[std::string("operation done: ") + kind] > 0);
}

TEST_CASE("fleet: whoever dies at whatever step, each key has one owner and no session is given up")
{
    const world_faults all{.host_dies = 0.002,
                           .collection_dies = 0.002,
                           .disk_fails = 0.02,
                           .session_lost = 0.02,
                           .record_torn = 0.1,
                           .handoff_fails = 0.1,
                           .move_fails = 0.05};
    std::map<std::string, std::uint64_t> seen;
    for (std::uint64_t seed = 1; seed <= seeds(30); ++seed) {
        // Each kind of fault is off in some worlds, or it would hide others.
        random_source picks(seed * 77);
        world_faults some = all;
        for (double* each :
             {&some.host_dies, &some.collection_dies, &some.disk_fails, &some.session_lost,
              &some.record_torn, &some.handoff_fails, &some.move_fails})
            *each *= picks.below(3) == 0 ? 0 : static_cast<double>(1 + picks.below(4)) / 2;
        live_through(seed, some, seen);
    }
    for (const char* each : {"host died", "collection died", "collection died while it journalled",
                             "commit not written", "handoff committed", "handoff not committed",
                             "move failed", "moved", "session lost", "operation cancelled"}) {
        INFO(each);
        CHECK(seen[each] > 0);
    }
}

// All that can be said of a kill at such a moment: whose it was, and what it was in the middle of.
TEST_CASE("fleet: kill -9 of host or collection at 500 moments of handoffs and moves harms nothing")
{
    const world_faults some{.record_torn = 0.1, .handoff_fails = 0.02, .killed = 0.1};
    const std::uint64_t wanted = std::max<std::uint64_t>(500, seeds(0) * 5);
    std::map<std::string, std::uint64_t> seen;
    for (std::uint64_t seed = 1; seen["deaths in operations"] < wanted; ++seed) {
        REQUIRE(seed <= wanted);
        live_through(seed * 1009, some, seen, 1h);
    }
    for (const char* who : {"host", "collection"}) {
        for (const char* phase : handoff_phases) {
            INFO(who << " at a handoff, " << phase);
            CHECK(seen[std::string(who) + " died: handoff " + phase] > 0);
        }
        for (const char* phase : move_phases) {
            INFO(who << " at a move, " << phase);
            CHECK(seen[std::string(who) + " died: move " + phase] > 0);
        }
    }
    if (std::getenv("TINFOIL_COVERAGE") != nullptr)
        for (const auto& [name, count] : seen)
            std::printf("%6llu %s\n", static_cast<unsigned long long>(count), name.c_str());
}
