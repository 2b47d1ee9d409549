// Sessions that nobody needs any more are seen by the witness until they are ended.
#include "gateway_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;

struct left_open_scene : gateway_scene {
    explicit left_open_scene(int guilds = 60) : gateway_scene(of(guilds)) {}
    static settings of(int guilds)
    {
        auto how = quiet();
        how.guilds = guilds;
        how.heartbeat_interval = 1h;
        return how;
    }
    void identify_next(connection_id id, const std::string& shard)
    {
        now += 5s;
        identify(id, only_messages, shard);
    }
    /// The shards in the verdict, with `+` where one is still open.
    list left_open()
    {
        list found;
        const auto verdict = direct("GET", "/sandbox/verdict").second;
        for (const auto& each : verdict.at("left_open").as_array())
            found.push_back(std::string(each.at("shard").as_string()) +
                            (each.at("open").as_bool() ? "+" : ""));
        CHECK(verdict.at_pointer("/counts/left_open") == found.size());
        CHECK(discord.so_far().left_open == found.size());
        return found;
    }
};

}  // namespace

TEST_CASE("witness: a session whose guilds newer ones serve was left open until it is ended")
{
    left_open_scene it;
    it.identify_next(1, "0,1");
    it.identify_next(2, "0,2");
    CHECK(it.left_open().empty());
    it.identify_next(3, "1,2");
    it.now += 90s;
    const auto verdict = it.direct("GET", "/sandbox/verdict").second;
    REQUIRE(verdict.at("left_open").as_array().size() == 1);
    CHECK(verdict.at("left_open").at(0) ==
          boost::json::value{
              {"shard", "0/1"}, {"at_ms", 15'000}, {"for_ms", 90'000}, {"open", true}});
    CHECK(it.breaches().empty());  // No rule of Discord's forbids it.
    it.feed(closed{1, 1000});
    CHECK(it.left_open().empty());
    CHECK(it.discord.so_far().sessions == 2);
}

TEST_CASE("witness: what was left open for five minutes is remembered")
{
    for (const bool too_long : {false, true}) {
        left_open_scene it;
        it.identify_next(1, "0,1");
        it.identify_next(2, "0,1");
        it.now += witness::left_open_patience - (too_long ? 0ms : 1ms);
        CHECK(it.left_open() == list{"0/1+"});
        it.feed(closed{1, 1000});
        CHECK(it.left_open() == (too_long ? list{"0/1"} : list{}));
    }
}

TEST_CASE("witness: a merge and a reshard leave nothing open that still serves a guild alone")
{
    left_open_scene it;
    it.identify_next(1, "0,2");
    it.identify_next(2, "1,2");
    it.identify_next(3, "0,3");
    it.identify_next(4, "1,3");
    CHECK(it.left_open().empty());
    it.identify_next(5, "2,3");
    CHECK(it.left_open() == list{"0/2+", "1/2+"});
    it.feed(closed{2, 1000});
    CHECK(it.left_open() == list{"0/2+"});
    it.identify_next(6, "0,1");
    CHECK(it.left_open() == list{"0/2+", "0/3+", "1/3+", "2/3+"});
}

TEST_CASE("witness: a shard without guilds is needed while nobody else has its number")
{
    left_open_scene it(1);
    const auto other = std::to_string((it.home().id.value / (1U << 22) + 1) % 2);
    it.identify_next(1, other + ",2");
    it.identify_next(2, other + ",2");
    CHECK(it.left_open() == list{other + "/2+"});
    it.feed(closed{2, 1000});
    it.identify_next(3, (other == "0" ? "1,2" : "0,2"));
    CHECK(it.left_open().empty());
}

TEST_CASE("witness: an older session is needed while the newer one has no connection")
{
    left_open_scene it;
    it.identify_next(1, "0,1");
    it.now += 5s;
    const auto newer = gateway_scene::session_of(it.identify(2, only_messages));
    CHECK(it.left_open() == list{"0/1+"});
    it.feed(closed{2, 4000});
    CHECK(it.left_open().empty());
    it.resume(3, newer, 1);
    CHECK(it.left_open() == list{"0/1+"});
    it.broken(R"({"fault":"invalid-session","resumable":true})");
    CHECK(it.left_open().empty());
}

TEST_CASE("witness: a session without a connection ends by itself, and was not left open")
{
    left_open_scene it;
    it.identify_next(1, "0,1");
    it.identify_next(2, "0,1");
    it.feed(closed{1, 4000});
    CHECK(it.left_open().empty());
    CHECK(it.discord.so_far().sessions == 2);
    it.run(settings{}.session_lifetime);
    CHECK(it.discord.so_far().sessions == 1);
}

TEST_CASE("witness: no more than a thousand sessions that were left open are kept")
{
    witness it(instant{});
    for (std::uint64_t i = 0; i < 1'005; ++i) {
        it.superseded(i, {0, 1}, instant{});
        it.superseded(i, {0, 1}, instant{} + 1h);  // Known.
        it.no_longer_superseded(i, instant{} + 1h);
        it.no_longer_superseded(i, instant{} + 2h);
    }
    CHECK(it.left_open(instant{} + 2h).size() == witness::breaches_max);
    CHECK(it.left_open(instant{} + 2h).back().lasted == 1h);
    CHECK(it.left_open_count() == 1'005);
}
