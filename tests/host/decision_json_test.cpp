#include "host/decision_json.hpp"
#include "scaling/scene.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::scaling_test;
using kind = scaling::outcome::kind;

TEST_CASE("decision: a new start knows what was done and what was called off, and since when")
{
    scaling::record of;
    of.number = 3;
    of.was_to_be_done = true;
    of.what.what = aim::spread;
    of.what.actions = {move{{0, 4}, 0, 1}, move{{1, 4}, 0, 1}, move{{2, 4}, 0, 1}};
    const host::decision_outcome how{
        host::errand_state::cancelled,
        "cancelled",
        70'000,
        {{kind::done, ""}, {kind::failed, "no"}, {kind::called_off, ""}}};
    const auto past =
        host::past_actions(of, 10'000, host::parse_outcome(host::outcome_json(how)), 100'000);
    REQUIRE(past.size() == 2);
    CHECK(past[0].how == kind::done);
    CHECK(past[0].why == aim::spread);
    CHECK(past[1].how == kind::called_off);
    CHECK(past[1].what == of.what.actions[2]);
    CHECK(past[1].ago == 30s);

    // Nobody saw its end, so all of it may have been done, as soon as it was decided.
    const auto unseen = host::past_actions(of, 10'000, std::nullopt, 100'000);
    REQUIRE(unseen.size() == 3);
    CHECK(unseen[1].how == kind::done);
    CHECK(unseen[1].ago == 90s);
}
