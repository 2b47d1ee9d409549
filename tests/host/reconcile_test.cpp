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
                        {{behind, record(behind, "a", 9, 1)}, {lost, record(lost, "", 0, 1)}});
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
