#include "sharding/plan.hpp"
#include "sharding/price.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace tinfoil;
using namespace tinfoil::sharding;
using namespace std::chrono_literals;

namespace {

wish split_of(discord::slot which)
{
    wish made;
    made.older = {which};
    made.newer = *split(which, 2);
    return made;
}

circumstances usual(const wish& what)
{
    circumstances at;
    at.identifies = {identifies_of(what), quote::verdict::fits, 900, 0s};
    at.ledger.is_known = true;
    at.ledger.total = at.ledger.remaining = 1000;
    at.ledger.reserve = 200;
    at.ledger.max_concurrency = 1;
    at.shards = {{what.older.front(), 2000, .8, .5, .1, 0}};
    return at;
}

bool refuses(const price& of, refusal why)
{
    return std::any_of(of.objections.begin(), of.objections.end(), [&](const objection& each) {
        return each.why == why && !each.text.empty();
    });
}

}  // namespace

TEST_CASE("price: a split costs two IDENTIFYs, and decodes twice while it lasts")
{
    const wish what = split_of({3, 16});
    const price made = price_of(what, usual(what));
    CHECK(made.may_be_done());
    CHECK(made.identifies == 2);
    CHECK(made.handoffs == 1);
    CHECK(made.usually == 15s + 5s + 11s);
    CHECK(made.at_most == 15s + 5s + 240s);
    CHECK(made.cpu == Approx(.4));
    CHECK(made.load_before == Approx(.8));
    CHECK(made.load_after == Approx(.36 + .08));
}

TEST_CASE("price: IDENTIFYs of other buckets go side by side, and who waits goes first")
{
    const wish what = split_of({3, 17});
    circumstances at = usual(what);
    at.ledger.max_concurrency = 16;
    CHECK(price_of(what, at).usually == 15s + 11s);
    at.ledger.waiting = {{{3, 17}, reason::session_lost, hold::turn, {}}};
    CHECK(price_of(what, at).usually == 15s + 5s + 11s);
    at.ledger.waiting.front().by = hold::reserve;
    CHECK(price_of(what, at).usually == 15s + 11s);
}

TEST_CASE("price: a reshard is as many handoffs as it has parts")
{
    wish what;
    what.older = even_plan(4);
    what.newer = even_plan(6);
    const price made = price_of(what, usual(what));
    CHECK(made.handoffs == 2);
    CHECK(made.identifies == 6);
    CHECK(made.usually == 2 * (15s + 10s + 11s));
}

TEST_CASE("price: other keys are no change of these shards")
{
    wish what = split_of({3, 16});
    what.newer.pop_back();
    CHECK(refuses(price_of(what, usual(what)), refusal::other_keys));
}

TEST_CASE("price: the budget refuses, and an operator may spend the reserve")
{
    wish what = split_of({3, 16});
    circumstances at = usual(what);
    at.identifies.is = quote::verdict::needs_operator;
    CHECK(refuses(price_of(what, at), refusal::reserve));
    what.forced = true;
    CHECK(refuses(price_of(what, at), refusal::reserve));
    what.by_operator = true;
    CHECK(price_of(what, at).may_be_done());
    at.identifies.is = quote::verdict::too_many;
    CHECK(refuses(price_of(what, at), refusal::no_starts));
    at.identifies.is = quote::verdict::unknown;
    CHECK(refuses(price_of(what, at), refusal::budget_unknown));
    at.identifies.is = quote::verdict::fits;
    at.ledger.suspended = "the token was rejected";
    CHECK(refuses(price_of(what, at), refusal::suspended));
}

TEST_CASE("price: a shard with more than 2500 guilds is refused, as estimated or as counted")
{
    wish what;
    what.older = {{3, 32}, {19, 32}};
    what.newer = {{3, 16}};
    circumstances at = usual(what);
    at.shards = {{{3, 32}, 1300, .1, .5, .1, 0}, {{19, 32}, 1300, .1, .5, .1, 0}};
    CHECK(refuses(price_of(what, at), refusal::too_many_guilds));
    at.newer_guilds = {2500};
    CHECK(price_of(what, at).may_be_done());
    at.newer_guilds = {2501};
    CHECK(refuses(price_of(what, at), refusal::too_many_guilds));
    what.forced = what.by_operator = true;
    CHECK(refuses(price_of(what, at), refusal::too_many_guilds));
}

TEST_CASE("price: the shards of a large bot stay a multiple of what Discord gave it")
{
    wish merge_them;
    merge_them.older = {{3, 32}, {19, 32}};
    merge_them.newer = {{3, 16}};
    circumstances at = usual(merge_them);
    at.multiple = 16;
    CHECK(price_of(merge_them, at).may_be_done());
    at.multiple = 32;
    CHECK(refuses(price_of(merge_them, at), refusal::not_a_multiple));
    const wish what = split_of({3, 32});
    CHECK(price_of(what,
                   [&] {
                       auto of = usual(what);
                       of.multiple = 32;
                       return of;
                   }())
              .may_be_done());
}

TEST_CASE("price: a split for the sake of one guild does not help, unless somebody insists")
{
    wish what = split_of({3, 16});
    circumstances at = usual(what);
    at.shards.front().heaviest_guild = .9;
    CHECK(refuses(price_of(what, at), refusal::one_guild));
    CHECK(price_of(what, at).load_after > .7);
    what.forced = true;
    CHECK(price_of(what, at).may_be_done());
    CHECK(price_of(what, at).overruled.size() == 1);
    // To renew such a shard is another matter.
    wish renewal;
    renewal.older = renewal.newer = {{3, 16}};
    CHECK(price_of(renewal, at).may_be_done());
}

TEST_CASE("price: a shard with voice connections is left alone unless forced")
{
    wish what = split_of({3, 16});
    circumstances at = usual(what);
    at.shards.front().voice_channels = 2;
    CHECK(refuses(price_of(what, at), refusal::voice));
    what.forced = true;
    CHECK(price_of(what, at).may_be_done());
}
