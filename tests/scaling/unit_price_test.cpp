#include "scaling/unit_price.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace std::chrono_literals;

TEST_CASE("unit price: the mean of the last seconds, and never more than it may be")
{
    scaling::unit_price it(100ns);
    CHECK(it.of(1000) == 0ns);
    it.add(2us, 1000);
    CHECK(it.of(500) == 1us);
    for (int i = 0; i < 40; ++i)
        it.add(8us, 1000);
    CHECK(it.of(1000).count() == Approx(8000).epsilon(0.01));
    it.add(1s, 1);
    CHECK(it.of(10) == 1us);
    CHECK(it.of(0) == 0ns);
}

TEST_CASE("unit price: what is spent where there are no units says nothing of them")
{
    scaling::unit_price it(1ms);
    it.add(5s, 0);
    CHECK(it.of(3) == 0ns);
    it.add(3us, 3);
    it.add(5s, 0);
    CHECK(it.of(3).count() == Approx(3'000).margin(2));
    it.add(-1s, 3);
    CHECK(it.of(3) < 2us);
}
