#include "host/event_rates.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace std::chrono_literals;

TEST_CASE("event rates: a steady stream is measured as what it is, and silence as silence")
{
    host::event_rates it;
    const discord::slot slot{0, 2};
    instant now{};
    CHECK(it.per_second(slot, now) == 0);
    std::int64_t sequence = 1'000'000;
    it.note(slot, sequence, now);
    CHECK(it.per_second(slot, now) == 0);
    for (int second = 0; second < 60; ++second) {
        now += 1s;
        it.note(slot, sequence += 50, now);
    }
    CHECK(it.per_second(slot, now) == Approx(50).epsilon(0.1));
    CHECK(it.per_second(slot, now + 60s) < 0.5);
    CHECK(it.per_second({1, 2}, now) == 0);
}

TEST_CASE("event rates: a new session counts from its beginning")
{
    host::event_rates it;
    const discord::slot slot{0, 1};
    it.note(slot, 5'000, instant{});
    it.note(slot, 20, instant{} + 1s);
    CHECK(it.per_second(slot, instant{} + 1s) == Approx(2));
}
