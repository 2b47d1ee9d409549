#include "base/random.hpp"
#include "base/recent_ids.hpp"
#include "support/catch.hpp"

#include <deque>
#include <set>

using namespace tinfoil;

TEST_CASE("recent ids: the oldest goes when there are too many")
{
    recent_ids it(3);
    for (const std::uint64_t id : {5U, 1U, 9U})
        CHECK(it.insert(id));
    CHECK_FALSE(it.insert(1));
    CHECK_FALSE(it.insert(0));
    CHECK(it.insert(2));
    CHECK_FALSE(it.contains(5));
    CHECK(it.contains(1));
    CHECK(it.size() == 3);
    it.erase(9);
    it.erase(77);
    CHECK_FALSE(it.contains(9));
    CHECK_FALSE(it.contains(0));
    CHECK(it.size() == 2);
}

TEST_CASE("recent ids: does what a set and a queue do")
{
    constexpr std::size_t most = 50;
    random_source random(7);
    recent_ids it(most);
    std::set<std::uint64_t> known;
    std::deque<std::uint64_t> order;
    // Few enough numbers that their places collide, and each comes in once.
    std::uint64_t last = 0;
    for (int i = 0; i < 20'000; ++i) {
        if (random.next() % 3 == 0 && !order.empty()) {
            const std::uint64_t gone = order[random.next() % order.size()];
            it.erase(gone);
            known.erase(gone);
        } else {
            last += 1 + random.next() % 3 * (std::uint64_t{1} << 22U);
            REQUIRE(it.insert(last));
            known.insert(last);
            order.push_back(last);
            if (order.size() > most) {
                known.erase(order.front());
                order.pop_front();
            }
        }
        REQUIRE(it.size() == known.size());
        for (const std::uint64_t each : order)
            REQUIRE(it.contains(each) == known.contains(each));
    }
}
