#include "gateway/suspension.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::gateway;
using namespace std::chrono_literals;

namespace {

clock_reading at(duration monotonic, duration boot, duration wall)
{
    return {instant{} + monotonic, boot, wall};
}

}  // namespace

TEST_CASE("suspension: is what the monotonic clock slept through", "[suspend][thread-9]")
{
    suspension_watch it;
    CHECK_FALSE(it.look(at(100s, 500s, 9000s)));
    CHECK_FALSE(it.look(at(101s, 501s, 9001s)));
    CHECK(it.look(at(102s, 4102s, 12602s)) == 3600s);
    CHECK_FALSE(it.look(at(103s, 4103s, 12603s)));
}

TEST_CASE("suspension: a late timer, a clock set back and one set a little are none")
{
    suspension_watch it;
    CHECK_FALSE(it.look(at(100s, 500s, 9000s)));
    CHECK_FALSE(it.look(at(130s, 530s, 9030s)));
    CHECK_FALSE(it.look(at(131s, 531s, 5000s)));
    CHECK_FALSE(it.look(at(132s, 532s, 5030s)));
}

TEST_CASE("suspension: a guest whose clocks all stood still is noticed by its wall clock")
{
    suspension_watch it;
    CHECK_FALSE(it.look(at(100s, 500s, 9000s)));
    CHECK(it.look(at(101s, 501s, 9000s + 1s + 2min)) == 2min);
}
