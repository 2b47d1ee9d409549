// Whole runs of two collections between which a shard moves while a plugin counts.
#include "host/reload_world.hpp"

using namespace tinfoil;

namespace {

struct moving {
    moving() : it(0, 2)
    {
        it.settings.shards = 2;
        it.install("mover", "mover.so");
    }
    // Says something, and waits until the plugin has counted it.
    void say(int count)
    {
        it.say("hello");
        INFO(it.seen.all());
        REQUIRE(it.seen.hears(" has " + std::to_string(count)));
    }
    // The shard of the guild in which it is said, to the other collection.
    void move()
    {
        const boost::json::object wanted{{"slots", {shard()}}, {"to", own() == 0 ? 1 : 0}};
        const auto done = net::control_client(it.settings.state)
                              .call("POST", "/v1/shards/move", boost::json::serialize(wanted));
        REQUIRE(done);
        INFO(done->json);
        REQUIRE(done->status < 300);
    }
    [[nodiscard]] std::uint64_t own() const
    {
        return (it.sandbox().where().guilds.front().id.value >> 22) & 1U;
    }
    [[nodiscard]] std::string shard() const { return std::to_string(own()) + "/2"; }

    reload_world it;
};

}  // namespace

TEST_CASE("moves: what a plugin knows of a guild moves along, inside a collection and apart")
{
    const bool is_apart = GENERATE(false, true);
    INFO(is_apart);
    moving at;
    if (is_apart)
        at.it.settings.care.isolated = {"mover"};
    at.it.start();
    REQUIRE(at.it.seen.hears("ready"));
    at.say(1);
    at.say(2);
    at.move();
    INFO(at.it.seen.all());
    REQUIRE(at.it.seen.hears("shard " + at.shard() + " leaves"));
    REQUIRE(at.it.seen.hears("shard " + at.shard() + " arrived with {\""));
    at.say(3);
    CHECK(at.it.seen.all().find("gap of") == std::string::npos);
    CHECK(at.it.sandbox().so_far().resumes == 1);
    CHECK(at.it.sandbox().so_far().breaches == 0);
    at.it.stop();
}

TEST_CASE("moves: a session that is lost while its shard moves is told as a gap, where it is now")
{
    moving at;
    at.it.start();
    REQUIRE(at.it.seen.hears("ready"));
    // Its handler outlives the move, so the shard is let go of after 100 ms.
    at.it.say("wait");
    REQUIRE(at.it.seen.hears(" has 1"));
    at.move();
    // It strikes a session that has a connection, as this one has before and after the move.
    for (int tries = 0; tries < 1000 && at.it.sandbox().so_far().sessions == 2; ++tries)
        at.it.order("/sandbox/fault", {{"fault", "invalid-session"}, {"shard", at.shard()}});
    INFO(at.it.seen.all());
    REQUIRE(at.it.seen.hears("shard " + at.shard() + " arrived with {\""));
    REQUIRE(at.it.seen.hears("gap of 0 in " + at.shard()));
    REQUIRE(at.it.seen.hears("ready"));
    CHECK(at.it.seen.all().find("shard " + at.shard() + ": its guilds may have missed events: ") !=
          std::string::npos);
    at.say(1);  // What came along is in doubt, and the plugin begins anew.
    at.it.stop();
}
