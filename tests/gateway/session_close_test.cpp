// How connections end and what becomes of their sessions. Discord Docs/Opcodes and Status Codes,
// "Gateway Close Event Codes".
#include "discord/close_code.hpp"
#include "gateway/session_player.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::gateway;
using namespace std::chrono_literals;
using list = std::vector<std::string>;

namespace {

/// A session that has lived for a minute and lost its connection in this way.
player after_close(int code)
{
    player it;
    it.reach(state::active);
    it.now += 1min;
    it.feed(lost{1, code, ""});
    if (it.shard.where() == state::backoff)
        it.wait();
    return it;
}

void check_resumes(int code)
{
    player it = after_close(code);
    INFO("code " << code);
    REQUIRE(it.shard.where() == state::dialing);
    it.feed(connected{it.generation});
    CHECK(it.get(hello) == list{"send op 6"});
}

void check_begins_anew(int code)
{
    player it = after_close(code);
    INFO("code " << code);
    REQUIRE(it.shard.where() == state::dialing);
    CHECK_FALSE(it.shard.point());
    it.feed(connected{it.generation});
    CHECK(it.get(hello) == list{"queue"});
}

void check_own_mistake(int code)
{
    check_resumes(code);
    player it;
    it.reach(state::active);
    it.now += 1min;
    duration last{};
    for (int i = 0; i < 5; ++i) {
        REQUIRE(it.feed(lost{it.generation, code, ""}) ==
                list{"own mistake " + std::to_string(code)});
        REQUIRE(it.shard.where() == state::backoff);
        last = it.shard.deadline() - it.now;
        CHECK(last >= 500ms);
        it.wait();
        it.feed(connected{it.generation});
        it.get(hello);
        it.get(R"({"op":0,"s":3,"t":"RESUMED","d":{}})");
    }
    CHECK(last >= 8s);
}

void check_fatal(int code, const std::string& remedy)
{
    for (const state in : {state::await_ready, state::await_resumed, state::active}) {
        player it;
        it.reach(in);
        const auto seen = it.feed(lost{it.generation, code, ""});
        INFO("code " << code << " while " << name(in));
        CHECK(seen.back() == "stopped " + std::to_string(code));
        CHECK(it.shard.where() == state::stopped);
        CHECK(it.shard.deadline() == never);
        CHECK_FALSE(it.shard.point());
        CHECK(it.feed(wake{}) == list{});
    }
    CHECK(discord::describe_close(code).find(remedy) != std::string_view::npos);
}

}  // namespace

TEST_CASE("session: a connection that just breaks is resumed", "[close-none][close-1006]")
{
    check_resumes(1006);
    check_resumes(1005);
}

TEST_CASE("session: we close with 4000 to keep the session and with 1000 to end it",
          "[close-by-us]")
{
    player keeps;
    keeps.reach(state::active);
    CHECK(keeps.feed(stop{false}) == list{"close 4000"});
    CHECK(keeps.shard.point());
    player ends;
    ends.reach(state::active);
    CHECK(ends.feed(stop{true}) == list{"close 1000"});
    CHECK_FALSE(ends.shard.point());
}

TEST_CASE("session: 1000 from Discord is worth a RESUME", "[close-1000]")
{
    check_resumes(1000);
}
TEST_CASE("session: 1001 from Discord is worth a RESUME", "[close-1001]")
{
    check_resumes(1001);
}
TEST_CASE("session: 4000 is resumed", "[close-4000]")
{
    check_resumes(4000);
}
TEST_CASE("session: 4001 is our own mistake, and no loop", "[close-4001]")
{
    check_own_mistake(4001);
}
TEST_CASE("session: 4002 is our own mistake, and no loop", "[close-4002]")
{
    check_own_mistake(4002);
}
TEST_CASE("session: 4003 is worth one RESUME, then comes an IDENTIFY", "[close-4003]")
{
    check_resumes(4003);
    player it = after_close(4003);
    it.feed(connected{it.generation});
    it.get(hello);
    CHECK(it.feed(lost{it.generation, 4003, ""}) == list{"resume failed", "forgotten"});
    it.wait();
    it.feed(connected{it.generation});
    CHECK(it.get(hello) == list{"queue"});

    // One that was resumed has shown that it is good.
    player good = after_close(4003);
    good.feed(connected{good.generation});
    good.get(hello);
    good.get(R"({"op":0,"s":3,"t":"RESUMED","d":{}})");
    good.feed(lost{good.generation, 4003, ""});
    CHECK(good.shard.point());
}
TEST_CASE("session: 4004 ends it and says how to get a token", "[close-4004]")
{
    check_fatal(4004, "Reset Token");
}
TEST_CASE("session: 4005 is our own mistake, and no loop", "[close-4005]")
{
    check_own_mistake(4005);
}
TEST_CASE("session: 4006 begins anew", "[close-4006]")
{
    check_begins_anew(4006);
}
TEST_CASE("session: 4007 begins anew", "[close-4007]")
{
    check_begins_anew(4007);
}
TEST_CASE("session: 4008 is our own mistake, and no loop", "[close-4008]")
{
    check_own_mistake(4008);
}
TEST_CASE("session: 4009 begins anew", "[close-4009]")
{
    check_begins_anew(4009);
}
TEST_CASE("session: 4010 ends it and names --shards", "[close-4010]")
{
    check_fatal(4010, "--shards");
}
TEST_CASE("session: 4011 ends it and offers the plan", "[close-4011]")
{
    check_fatal(4011, "--shards");
}
TEST_CASE("session: 4012 ends it", "[close-4012]")
{
    check_fatal(4012, "update tinfoil");
}
TEST_CASE("session: 4013 ends it", "[close-4013]")
{
    check_fatal(4013, "intents");
}
TEST_CASE("session: 4014 ends it and says where to switch intents on", "[close-4014]")
{
    check_fatal(4014, "Developer Portal");
}

// Discord Docs/Gateway, "Disconnecting": whatever else ends a connection, its session stays for a
// few minutes.
TEST_CASE("session: none of our own ends but the last one closes with 1000 or 1001",
          "[session-lifetime]")
{
    for (const char* payload :
         {R"({"op":7})", R"({"op":9,"d":true})", R"({"op":9,"d":false})", "garbage"}) {
        player it;
        it.reach(state::active);
        const auto seen = it.get(payload);
        CHECK(std::count(seen.begin(), seen.end(), "close 4000") == 1);
    }
}
