#include "sim/shrinking.hpp"
#include "support/catch.hpp"

#include <numeric>

using namespace tinfoil::sim;

namespace {

bool has(const std::vector<int>& all, int what)
{
    return std::find(all.begin(), all.end(), what) != all.end();
}

std::vector<int> first(int count)
{
    std::vector<int> all(static_cast<std::size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    return all;
}

}  // namespace

TEST_CASE("shrinking: what a failure does not need goes, in few steps")
{
    int asked = 0;
    const auto left = least_of(first(64), [&](const std::vector<int>& some) {
        ++asked;
        return has(some, 3) && has(some, 17) && has(some, 60);
    });
    CHECK(left == std::vector<int>{3, 17, 60});
    CHECK(asked < 100);
}

TEST_CASE("shrinking: what needs all of it, or none, is left so, and it ends at its bound")
{
    CHECK(least_of(first(9), [](const auto& some) { return some.size() == 9; }) == first(9));
    CHECK(least_of(first(9), [](const auto&) { return true; }).empty());
    CHECK(least_of({}, [](const auto&) { return true; }).empty());
    int asked = 0;
    (void)least_of(
        first(100),
        [&](const auto&) {
            ++asked;
            return false;
        },
        10);
    CHECK(asked == 10);
    CHECK(all_but({1, 2, 3}, {2}) == std::set<int>{1, 3});
}
