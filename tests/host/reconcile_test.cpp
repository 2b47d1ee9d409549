#include "host/reconcile.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using discord::session_record;

namespace {

session_record record(discord::slot which, const char* session, std::int64_t sequence,
                      std::uint32_t generation)
{
    return {.which = which,
            .generation = generation,
            .point = {session, "", sequence},
            .unfinished = {}};
}

}  // namespace

TEST_CASE("reconcile: the newest record of a slot is the truth, also that it has no session")
{
    const discord::slot behind{0, 3}, lost{1, 3}, untold{2, 3};
    auto doubtful = record(untold, "c", 5, 1);
    doubtful.doubtful = true;
    const auto found =
        host::reconcile({record(behind, "a", 5, 4), record(lost, "b", 5, 2), doubtful},
                        {{behind, record(behind, "a", 9, 1)}, {lost, record(lost, "", 0, 3)}});
    REQUIRE(found.all.size() == 2);
    CHECK(found.all[0].point.sequence == 9);
    CHECK(found.all[0].generation == 4);
    CHECK(found.all[1].point.session_id == "c");
    CHECK(found.all[1].doubtful);
    REQUIRE(found.newer.size() == 1);
    CHECK(found.newer[0].which == behind);
    REQUIRE(found.gone.size() == 1);
    CHECK(found.gone[0].point.session_id == "b");
    CHECK(found.gone[0].generation == 2);
}

TEST_CASE("reconcile: of one session the record that got further, of others that of more losses")
{
    const discord::slot one{0, 1};
    const auto newer = [&](const session_record& is, const session_record& than) {
        CHECK(host::is_newer(is, than));
        CHECK_FALSE(host::is_newer(than, is));
    };
    newer(record(one, "a", 9, 1), record(one, "a", 5, 2));
    auto busy = record(one, "a", 9, 1);
    busy.unfinished = {{8, "ping"}, {9, "ping"}};
    auto less_busy = busy;
    less_busy.unfinished.pop_back();
    newer(record(one, "a", 9, 1), less_busy);
    newer(less_busy, busy);
    newer(record(one, "b", 1, 2), record(one, "a", 9, 1));
    newer(record(one, "", 0, 2), record(one, "a", 9, 1));
    newer(record(one, "a", 1, 1), record(one, "", 0, 1));  // It had none at first.
    // Nothing tells, so what comes later counts.
    CHECK_FALSE(host::is_newer(record(one, "a", 9, 1), record(one, "b", 9, 1)));
    std::map<discord::slot, session_record> left;
    for (const char* id : {"a", "b"})
        host::take_in({record(one, id, 9, 1)}, left);
    CHECK(left.at(one).point.session_id == "b");
}

TEST_CASE("reconcile: a file whose sessions went on elsewhere does not outdo the state")
{
    const discord::slot further{0, 3}, another{1, 3};
    const auto found = host::reconcile(
        {record(further, "a", 9, 1), record(another, "b2", 3, 2)},
        {{further, record(further, "a", 5, 1)}, {another, record(another, "b1", 7, 1)}});
    REQUIRE(found.all.size() == 2);
    CHECK(found.all[0].point.sequence == 9);
    CHECK(found.all[1].point.session_id == "b2");
    CHECK(found.newer.empty());
    CHECK(found.gone.empty());
}
