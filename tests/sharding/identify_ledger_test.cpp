#include "sharding/identify_ledger.hpp"
#include "sharding/plan.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::sharding;
using namespace std::chrono_literals;
using discord::slot;

namespace {

struct player {
    explicit player(ledger_settings how = {.reserve_percent = 0}) : it(how) {}

    identify_ledger it;
    instant now{1000h};
    std::string said;

    std::string feed(const identify_ledger_input& what)
    {
        std::vector<identify_ledger_action> todo;
        it.on(what, now, todo);
        std::string seen;
        for (const auto& each : todo) {
            if (const auto* turn = std::get_if<permit>(&each))
                seen += to_string(turn->slot) + " ";
            else if (const auto* words = std::get_if<notice>(&each))
                said += (words->warning ? "! " : "") + words->text + "\n";
            else
                seen += "refresh ";
        }
        return seen;
    }
    std::string want(slot which, reason why = reason::cold_start, double load = 0)
    {
        return feed(requested{which, why, load});
    }
    /// The whole of a turn that works.
    void succeed(slot which)
    {
        feed(recorded{which});
        feed(ended{which, true});
        feed(established{which});
    }
    std::string wait()
    {
        now = it.deadline();
        return feed(elapsed{});
    }
    [[nodiscard]] ledger_view look() const { return it.look(now); }
};

std::string text(const ledger_view& of)
{
    std::string all;
    for (const auto& each : of.waiting)
        all +=
            to_string(each.slot) + " " + std::string(name(each.by)) +
            (each.in ? " " + std::to_string(
                                 std::chrono::duration_cast<std::chrono::seconds>(*each.in).count())
                     : "") +
            "; ";
    return all;
}

}  // namespace

// Discord Docs/Gateway, "Max Concurrency"
TEST_CASE("ledger: one bucket gives a turn five seconds after proof, others do not wait")
{
    player it;
    it.feed(budget{1000, 1000, 24h, 2});
    CHECK(it.want({0, 4}) == "0/4 ");
    CHECK(it.want({2, 4}) == "");
    CHECK(it.want({1, 4}) == "1/4 ");
    it.now += 3s;
    CHECK(it.feed(ended{{0, 4}, true}) == "");
    CHECK(it.it.deadline() == it.now + 5s);
    it.now += 5s - 1ns;
    CHECK(it.feed(elapsed{}) == "");
    it.now += 1ns;
    CHECK(it.feed(elapsed{}) == "2/4 ");
}

TEST_CASE("ledger: what was not proven received may still be on its way")
{
    player it;
    it.feed(budget{1000, 1000, 24h, 1});
    CHECK(it.want({0, 2}) == "0/2 ");
    it.want({1, 2});
    it.feed(ended{{0, 2}, false});
    CHECK(it.it.deadline() == it.now + 6s);
}

TEST_CASE("ledger: who leaves gets no turn, and a turn left counts as used")
{
    player it;
    it.feed(budget{1000, 1000, 24h, 1});
    CHECK(it.want({0, 2}) == "0/2 ");
    it.want({1, 2});
    it.feed(left{{1, 2}});
    it.feed(left{{0, 2}});
    it.want({1, 2});
    it.now += 5s;
    CHECK(it.feed(elapsed{}) == "");
    it.now += 1s;
    CHECK(it.feed(elapsed{}) == "1/2 ");
}

TEST_CASE("ledger: a turn that nobody ends expires")
{
    player it;
    it.feed(budget{1000, 1000, 24h, 1});
    it.want({0, 2});
    it.feed(recorded{{0, 2}});
    it.want({1, 2});
    CHECK(it.wait() == "");
    CHECK(it.now - instant{1000h} == identify_ledger::turn_max);
    CHECK(it.wait() == "1/2 ");
    CHECK(it.look().expired == 1);
}

// discord.md, thread 2: a supervisor that starts a crashing process again and again.
TEST_CASE("ledger: a new owner counts every row of the one before", "[thread-2][thread-16]")
{
    player it;
    it.feed(owned{{{{1, 4}, reason::cold_start, 2s}, {{0, 4}, reason::cold_start, 30min}}});
    CHECK(it.want({3, 4}) == "");
    CHECK(it.want({2, 4}) == "");
    // Whatever the buckets are: they may be told later.
    CHECK(it.feed(budget{10, 10, 23h, 2}) == "2/4 ");
    CHECK(it.look().remaining == 7);
    // Whoever had a turn ended just now at the latest.
    CHECK(it.it.deadline() == it.now + 6s);
    it.now += 6s;
    CHECK(it.feed(elapsed{}) == "3/4 ");
}

TEST_CASE("ledger: a turn that nobody could use is given back")
{
    player it;
    it.feed(budget{2, 1, 1h, 1});
    CHECK(it.want({0, 2}) == "0/2 ");
    CHECK(it.look().remaining == 0);
    CHECK(it.feed(unused{{0, 2}}) == "");
    CHECK(it.look().remaining == 1);
    CHECK(it.want({1, 2}) == "1/2 ");
}

// Discord Docs/Gateway, "Session Start Limit Object"
TEST_CASE("ledger: never more than the day has left, and corrections are taken while it waits",
          "[thread-3]")
{
    player it;
    it.feed(budget{2, 1, 1h, 1});
    CHECK(it.want({0, 2}) == "0/2 ");
    it.succeed({0, 2});
    it.now += 10s;
    CHECK(it.want({1, 2}) == "");
    CHECK(
        it.said.find("of today's 2 session starts 0 are left; 1 shard can identify in 1 h 0 min") !=
        std::string::npos);
    CHECK(it.feed(elapsed{}) == "");
    CHECK(text(it.look()) == "1/2 starts 3590; ");
    SECTION("somebody corrects the number")
    {
        CHECK(it.feed(budget{3, 1, 1h, 1}) == "1/2 ");
    }
    SECTION("the window passes and Discord says so")
    {
        while (it.now < instant{1000h} + 1h)
            CHECK(it.wait() == "refresh ");
        CHECK(it.now == instant{1000h} + 1h);
        CHECK(it.feed(budget{2, 2, 24h, 1}) == "1/2 ");
    }
    SECTION("the window passes and nobody answers")
    {
        std::string seen;
        while (seen.find("1/2") == std::string::npos) {
            REQUIRE(it.now < instant{1000h} + 2h);
            seen = it.wait();
        }
        CHECK(it.now == instant{1000h} + 1h + 1min);
    }
}

// discord.md, thread 3: what starts when there is too little for all.
TEST_CASE("ledger: with few starts left the rest goes by priority", "[thread-3]")
{
    player it;
    it.want({3, 8});
    it.want({5, 8}, reason::session_lost, 1.0);
    it.want({6, 8}, reason::session_lost, 9.0);
    it.want({0, 8});
    it.want({7, 8}, reason::handoff);
    it.want({2, 8});
    CHECK(text(it.look()) == "7/8 unknown; 6/8 unknown; 5/8 unknown; 0/8 unknown; 2/8 unknown; 3/8 "
                             "unknown; ");
    // Each in a bucket of its own, and still the last ones have to wait.
    CHECK(it.feed(budget{1000, 4, 1h, 16}) == "7/8 6/8 5/8 0/8 ");
    CHECK(text(it.look()) == "2/8 starts 3600; 3/8 starts 3600; ");
    // A more important one whose bucket is busy is not overtaken for the last start.
    player busy;
    busy.feed(budget{1000, 2, 1h, 2});
    CHECK(busy.want({0, 8}) == "0/8 ");
    CHECK(busy.want({2, 8}, reason::session_lost) == "");
    CHECK(busy.want({1, 8}) == "");
    busy.succeed({0, 8});
    CHECK(busy.it.deadline() == busy.now + 5s);
    CHECK(busy.wait() == "2/8 ");
}

TEST_CASE("ledger: a cold start of a large bot goes in the order of buckets")
{
    player it;
    for (std::uint32_t id = 32; id-- > 0;)
        it.want({id, 32});
    it.feed(budget{1000, 1000, 24h, 16});
    for (std::uint32_t id = 0; id < 16; ++id)
        it.succeed({id, 32});
    CHECK(it.wait() == "16/32 17/32 18/32 19/32 20/32 21/32 22/32 23/32 24/32 25/32 26/32 27/32 "
                       "28/32 29/32 30/32 31/32 ");
}

TEST_CASE("ledger: the reserve is an operator's", "[thread-2]")
{
    player it(ledger_settings{.reserve_percent = 20});
    it.feed(budget{10, 4, 1h, 16});
    CHECK(it.want({1, 8}) == "1/8 ");
    CHECK(it.want({2, 8}) == "2/8 ");
    CHECK(it.want({3, 8}) == "");
    CHECK(it.want({4, 8}) == "");
    CHECK(it.said.find("2 of them in reserve") != std::string::npos);
    CHECK(it.said.find("tinfoil budget release") != std::string::npos);
    CHECK(text(it.look()) == "3/8 reserve 3600; 4/8 reserve 3600; ");
    CHECK(it.it.price(1).is == quote::verdict::needs_operator);
    CHECK(it.it.price(3).is == quote::verdict::too_many);
    CHECK(it.feed(released{slot{4, 8}}) == "4/8 ");
    CHECK(it.want({5, 8}, reason::by_operator) == "5/8 ");
    CHECK(it.look().remaining == 0);
    // Nobody can spend what is not there.
    CHECK(it.feed(released{}) == "");
    CHECK(text(it.look()) == "3/8 starts 3600; ");
}

TEST_CASE("ledger: a price names what is left and how long it takes")
{
    player it(ledger_settings{.reserve_percent = 20});
    CHECK(it.it.price(1).is == quote::verdict::unknown);
    it.feed(budget{1000, 400, 1h, 4});
    CHECK(it.it.price(200).is == quote::verdict::fits);
    CHECK(it.it.price(200).leaves == 200);
    CHECK(it.it.price(9).takes == duration(10s));
    CHECK(it.it.price(4).takes == duration::zero());
}

// discord.md, threads 1 and 7: zombies or a reconnect bug that are answered by new sessions.
TEST_CASE("ledger: a shard that identifies again and again waits longer each time",
          "[thread-1][thread-7]")
{
    player it;
    it.feed(budget{1000, 1000, 24h, 1});
    duration before{};
    for (int i = 0; i < 18; ++i) {
        std::string seen = it.want({0, 1}, reason::session_lost);
        const instant asked = it.now;
        while (seen.find("0/1") == std::string::npos) {
            REQUIRE(it.now - asked < 2h);
            seen = it.wait();
            if (seen == "refresh ")
                it.feed(budget{1000, 1000 - i, 24h, 1});
        }
        if (i < 10)
            CHECK(it.now - asked <= 6s);
        else {
            CHECK(it.now - asked >= std::min(before * 3 / 2, duration(58min)));
            before = it.now - asked;
        }
        it.feed(recorded{{0, 1}});
        it.now += 1s;
        it.feed(ended{{0, 1}, false});
    }
    CHECK(before >= 58min);
    CHECK(it.said.find("0/1 has identified 10 times within an hour") != std::string::npos);
    it.want({0, 1}, reason::session_lost);
    CHECK(text(it.look()) == "0/1 breaker 3599; ");
    it.now += 10s;
    CHECK(it.feed(released{}) == "0/1 ");
    // The same rows make the same breaker, so that a restart is no way around it.
    player next;
    std::vector<past_identify> rows;
    for (int i = 0; i < 10; ++i)
        rows.push_back({{0, 1}, reason::session_lost, 20s + i * 7s});
    next.feed(owned{rows});
    next.feed(budget{1000, 990, 24h, 1});
    CHECK(next.want({0, 1}) == "");
    CHECK(text(next.look()) == "0/1 breaker 40; ");
}

TEST_CASE("ledger: many shards that identify again trip the breaker for all, a cold start does not",
          "[thread-1]")
{
    player it;
    it.feed(budget{1000, 1000, 24h, 100});
    for (std::uint32_t id = 0; id < 100; ++id) {
        CHECK(it.want({id, 101}) == to_string(slot{id, 101}) + " ");
        it.succeed({id, 101});
    }
    it.now += 30s;
    for (std::uint32_t id = 0; id < 100; ++id) {
        CHECK(it.want({id, 101}, reason::session_lost) == to_string(slot{id, 101}) + " ");
        it.succeed({id, 101});
    }
    it.now += 30s;
    CHECK(it.said.find("100 times within an hour a shard identified") != std::string::npos);
    CHECK(it.want({7, 101}, reason::session_lost) == "");
    CHECK(text(it.look()) == "7/101 breaker 30; ");
    CHECK(it.look().breaker_pause == duration(30s));
    // One that has not identified yet is no loop.
    CHECK(it.want({100, 101}) == "100/101 ");
}

TEST_CASE(
    "ledger: after a restart the breaker for all is held to the day's number, known only later",
    "[thread-1]")
{
    // 64 shards twice within an hour: 64 repeated ones, of 100 that are usual.
    std::vector<past_identify> rows;
    for (std::uint32_t id = 0; id < 64; ++id)
        for (const duration ago : {40min, 20min})
            rows.push_back({{id, 64}, reason::cold_start, ago});
    player it;
    it.feed(owned{rows});
    it.feed(budget{1000, 872, 20h, 64});
    CHECK_FALSE(it.look().breaker_pause.has_value());
    CHECK(it.want({7, 64}) == "7/64 ");
}

TEST_CASE("ledger: somebody else who uses the token is named", "[thread-2]")
{
    player it;
    it.feed(budget{1000, 990, 20h, 1});
    CHECK(it.said ==
          "10 of today's 1000 session starts were used by something that this state does "
          "not know of\n");
    it.said.clear();
    it.want({0, 1});
    it.succeed({0, 1});
    it.now += 1min;
    it.feed(budget{1000, 989, 20h, 1});
    CHECK(it.said == "");
    it.feed(budget{1000, 985, 20h, 1});
    CHECK(it.said.find("! 4 session starts were used by somebody else") == 0);
    CHECK(it.look().spent_elsewhere == 14);
    CHECK(it.look().remaining == 985);
}

TEST_CASE("ledger: an answer that may not have what is on its way is not trusted too far")
{
    player it;
    it.feed(budget{1000, 5, 20h, 4});
    it.want({0, 4});
    it.feed(recorded{{0, 4}});
    it.now += 2s;
    // Discord counts it in this answer or does not.
    it.feed(budget{1000, 5, 20h, 4, 1s});
    CHECK(it.look().remaining == 4);
    it.feed(ended{{0, 4}, true});
    it.now += 1min;
    it.feed(budget{1000, 4, 20h, 4, 1s});
    CHECK(it.look().remaining == 4);
}

TEST_CASE("ledger: an IDENTIFY that is refused makes it ask for the numbers")
{
    player it;
    it.feed(budget{1000, 1000, 24h, 16});
    it.want({0, 1});
    it.feed(recorded{{0, 1}});
    it.now += 2min;
    it.feed(ended{{0, 1}, true});
    CHECK(it.want({0, 1}).find("refresh") != std::string::npos);
    CHECK(it.look().failed == 1);
    // The number of buckets may be another.
    CHECK(it.feed(budget{1000, 999, 24h, 1}) == "");
    it.want({1, 4});
    CHECK(it.wait() == "0/1 ");
    CHECK(it.want({3, 4}) == "");
}

TEST_CASE("ledger: nobody identifies while it is suspended, and everybody afterwards")
{
    player it;
    it.feed(budget{1000, 1000, 24h, 16});
    it.feed(suspended{"the token is refused"});
    CHECK(it.want({0, 2}) == "");
    CHECK(it.want({1, 2}) == "");
    CHECK(it.feed(released{}) == "");
    CHECK(it.look().suspended == "the token is refused");
    CHECK(text(it.look()) == "0/2 suspended; 1/2 suspended; ");
    CHECK(it.feed(sharding::resumed{}) == "0/2 1/2 ");
}

TEST_CASE("ledger: reasons have names, and foreign ones are unknown")
{
    for (const reason each : {reason::by_operator, reason::handoff, reason::session_lost,
                              reason::cold_start, reason::unknown})
        CHECK(parse_reason(name(each)) == each);
    CHECK(parse_reason("") == reason::unknown);
    CHECK(parse_reason("whatever") == reason::unknown);
}
