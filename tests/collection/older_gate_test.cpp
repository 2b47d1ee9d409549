#include "collection/older_gate.hpp"
#include "support/catch.hpp"

#include <string>

using namespace tinfoil;
using namespace tinfoil::collection;

using gate = older_gate<std::string>;

TEST_CASE("handover: a frozen side keeps what still comes, and gives it back in its order")
{
    gate it;
    const auto first = it.freeze();
    CHECK_FALSE(it.is_shut());  // What the shards have in hand goes to plugins.
    CHECK(it.took_effect(first));
    REQUIRE(it.is_shut());
    it.keep("a");
    it.keep("b");
    CHECK(it.thaw() == std::vector<std::string>{"a", "b"});
    CHECK_FALSE(it.is_shut());
    CHECK(it.thaw().empty());
}

TEST_CASE("handover: a thaw outruns the freeze that has not taken effect, also of one after it")
{
    gate it;
    const auto first = it.freeze();
    CHECK(it.thaw().empty());
    CHECK_FALSE(it.took_effect(first));
    CHECK_FALSE(it.is_shut());

    // Frozen, thawed and frozen again before any of it took effect: only the last counts.
    const auto second = it.freeze();
    CHECK(it.thaw().empty());
    const auto third = it.freeze();
    CHECK_FALSE(it.took_effect(second));
    CHECK_FALSE(it.is_shut());
    CHECK(it.took_effect(third));
    CHECK(it.is_shut());
}

TEST_CASE("handover: behind the commit nobody gets what the older side still brought")
{
    gate it;
    CHECK(it.took_effect(it.freeze()));
    it.keep("late");
    it.drop();
    CHECK(it.thaw().empty());
}
