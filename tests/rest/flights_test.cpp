// What is under way: how much of it, and what is learned of it whatever has become of its caller.
#include "rest/limiter_player.hpp"
#include "rest/retry.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::rest;
using namespace std::chrono_literals;

namespace {

struct flying : test::limiter_player {
    using limiter_player::limiter_player;

    std::string get(request_id id, const std::string& path, duration patience = 1h)
    {
        return feed(
            submitted{id, discord::route_of("GET", path), now + patience, false, "", "", true});
    }
    std::string post(request_id id, const std::string& path, duration patience = 1h)
    {
        return feed(submitted{id, discord::route_of("POST", path), now + patience, false});
    }
    std::string respond(request_id id)
    {
        const std::string path = "/interactions/" + std::to_string(id) + "/t/callback";
        return feed(submitted{id, discord::route_of("POST", path), now + 3s, true});
    }
    /// Of a bucket with five in five seconds.
    std::string reply(request_id id, int status, int remaining)
    {
        discord::rate_limit_headers said;
        said.bucket = "b";
        said.limit = 5;
        said.remaining = remaining;
        said.reset_after = 5s;
        if (status == 429)
            said.retry_after = 5s;
        return feed(answered{id, status, said});
    }
};

}  // namespace

TEST_CASE("limiter: no more is under way than connections can take")
{
    flying it({4, 1});
    for (request_id id = 1; id <= 3; ++id)
        CHECK(it.get(id, "/channels/" + std::to_string(id)) == "go" + std::to_string(id) + " ");
    CHECK(it.get(4, "/channels/4") == "");
    CHECK(it.limits.look(it.now).waiting == 1);
    CHECK(it.feed(answered{1, 200, {}}) == "done1 go4 ");
}

TEST_CASE("limiter: first answers to interactions have room of their own")
{
    flying it({4, 1});
    for (request_id id = 1; id <= 4; ++id)
        it.get(id, "/channels/" + std::to_string(id));
    CHECK(it.respond(5) == "go5 ");
    CHECK(it.respond(6) == "");
    CHECK(it.feed(answered{5, 204, {}}) == "done5 go6 ");
    // They may have all of it, and go before bulk work.
    CHECK(it.respond(7) == "");
    CHECK(it.feed(answered{1, 200, {}}) == "done1 go7 ");
    CHECK(it.feed(answered{2, 200, {}}) == "done2 ");
    CHECK(it.feed(answered{7, 204, {}}) == "done7 go4 ");
}

// discord.md, thread 23
TEST_CASE("limiter: what waits for a connection at its deadline is refused, and was never sent",
          "[thread-23]")
{
    flying it({2, 1});
    it.get(1, "/channels/1");
    CHECK(it.get(2, "/channels/2", 2s) == "");
    it.now += 2s;
    CHECK(it.feed(elapsed{}) == "no2 ");
    CHECK(it.limits.look(it.now).global_used == 1);
}

TEST_CASE("limiter: what has not left yet holds its place")
{
    flying it;
    for (request_id id = 1; id <= 50; ++id)
        it.get(id, "/channels/" + std::to_string(id));
    CHECK(it.get(51, "/channels/51") == "");
    it.now += 30s;
    CHECK(it.feed(elapsed{}) == "");
    // It arrives within five seconds, and counts for one.
    CHECK(it.feed(departed{1, it.now}) == "");
    it.now += 6s - 1ns;
    CHECK(it.feed(elapsed{}) == "");
    it.now += 1ns;
    CHECK(it.feed(elapsed{}) == "go51 ");
}

TEST_CASE("limiter: what was sent and has no answer may still arrive")
{
    for (const bool has_departed : {false, true}) {
        flying it;
        for (request_id id = 1; id <= 50; ++id)
            it.post(id, "/channels/" + std::to_string(id) + "/messages");
        CHECK(it.get(51, "/channels/51") == "");
        if (has_departed)
            it.feed(departed{1, it.now});
        CHECK(it.feed(failed{1, true}) == "done1 ");
        it.now += 6s - 1ns;
        CHECK(it.feed(elapsed{}) == "");
        it.now += 1ns;
        CHECK(it.feed(elapsed{}) == "go51 ");
    }
}

TEST_CASE("limiter: a bucket's place is held until its request has left")
{
    flying it;
    it.post(1, "/channels/1/messages");
    it.reply(1, 200, 4);
    for (request_id id = 2; id <= 5; ++id)
        CHECK(it.post(id, "/channels/1/messages") != "");
    it.now += 20s;
    CHECK(it.post(6, "/channels/1/messages") == "go6 ");
    CHECK(it.post(7, "/channels/1/messages") == "");
    it.feed(departed{2, it.now});
    it.now += 10s;
    CHECK(it.feed(elapsed{}) == "go7 ");
}

TEST_CASE("limiter: what the answer to one that was withdrawn tells is learned")
{
    flying it;
    it.post(1, "/channels/1/messages");
    it.post(2, "/channels/1/messages");
    CHECK(it.feed(withdrawn{1}) == "");
    // The pioneer is still on its way.
    it.now += 1s;
    CHECK(it.feed(elapsed{}) == "");
    CHECK(it.reply(1, 200, 1) == "go2 ");
    CHECK(it.post(3, "/channels/1/messages") == "");

    flying limited;
    limited.post(1, "/channels/1/messages");
    limited.feed(withdrawn{1});
    CHECK(limited.reply(1, 429, 0) == "");
    CHECK(limited.post(2, "/channels/1/messages") == "");
    CHECK(limited.limits.look(limited.now).invalid == 1);
    CHECK(limited.limits.look(limited.now).in_flight == 0);

    flying refused;
    refused.get(1, "/users/@me");
    refused.feed(withdrawn{1});
    CHECK(refused.feed(answered{1, 401, {}}) == "token ");
    CHECK(refused.get(2, "/users/@me") == "no2 ");

    flying lost;
    lost.get(1, "/users/@me");
    lost.feed(withdrawn{1});
    CHECK(lost.feed(failed{1, true}) == "");
    CHECK(lost.limits.look(lost.now).in_flight == 0);
}

TEST_CASE("limiter: a 401 to the token before is asked again with the present one")
{
    flying it;
    it.get(1, "/channels/1");
    it.post(2, "/channels/2/messages");
    for (request_id id = 1; id <= 2; ++id)
        it.feed(answered{id, 200, {}});
    it.get(1, "/channels/1");
    it.post(2, "/channels/2/messages");
    it.feed(token_changed{});
    // Discord did nothing of it, whatever the method.
    CHECK(it.feed(answered{1, 401, {}}) == "again1 go1 ");
    CHECK(it.feed(answered{2, 401, {}}) == "again2 go2 ");
    CHECK(it.feed(answered{1, 401, {}}) == "token done1 ");
    // The present one is refused, too.
    CHECK(it.feed(answered{2, 401, {}}) == "done2 ");
}

TEST_CASE("limiter: after a connection that had gone unnoticed the next attempt is at once")
{
    flying it;
    it.get(1, "/channels/1");
    it.feed(answered{1, 200, {}});
    it.get(2, "/channels/1");
    CHECK(it.feed(failed{2, true, true, true}) == "again2 go2 ");
    CHECK(it.feed(answered{2, 200, {}}) == "done2 ");
    CHECK(it.post(3, "/channels/1/messages") == "go3 ");
    CHECK(it.feed(failed{3, true, true, true}) == "done3 ");
}

TEST_CASE("limiter: nothing is refused that an answer under way may make room for")
{
    flying it;
    it.post(1, "/channels/1/messages");
    it.reply(1, 200, 4);
    it.now += 4s;
    for (request_id id = 2; id <= 5; ++id)
        it.post(id, "/channels/1/messages");
    CHECK(it.post(6, "/channels/1/messages", 2s) == "");
    CHECK(it.post(7, "/channels/1/messages", 500ms) == "no7 ");
}

TEST_CASE("limiter: what nobody has asked for in a quarter of an hour is forgotten")
{
    flying it;
    it.post(1, "/channels/1/messages");
    it.reply(1, 200, 4);
    it.get(2, "/channels/2");
    discord::rate_limit_headers long_one;
    long_one.scope = discord::limit_scope::user;
    long_one.retry_after = 1h;
    it.feed(answered{2, 429, long_one});
    CHECK(it.feed(withdrawn{2}) == "");
    CHECK(it.limits.look(it.now).buckets_known == 2);
    it.now += 15min;
    CHECK(it.limits.deadline() <= it.now);
    it.feed(elapsed{});
    // A limit that still holds is not.
    CHECK(it.limits.look(it.now).buckets_known == 1);
    it.now += 1h;
    it.feed(elapsed{});
    CHECK(it.limits.look(it.now).buckets_known == 0);
    CHECK(it.limits.deadline() == never);
}
