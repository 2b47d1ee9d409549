#include "rest/limiter.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::rest;
using namespace std::chrono_literals;

namespace {

struct player {
    limiter limits;
    instant now{};

    std::string feed(const input& what)
    {
        std::vector<action> todo;
        limits.on(what, now, todo);
        std::string seen;
        for (const action& each : todo) {
            if (const auto* go = std::get_if<dispatch>(&each))
                seen += "go" + std::to_string(go->id) + " ";
            else if (const auto* no = std::get_if<refuse>(&each))
                seen += "no" + std::to_string(no->id) + " ";
            else if (const auto* again = std::get_if<retry>(&each))
                seen += "again" + std::to_string(again->id) + " ";
            else
                seen += "done" + std::to_string(std::get<complete>(each).id) + " ";
        }
        return seen;
    }
    std::string ask(request_id id, const char* path = "/channels/1/messages",
                    duration patience = 1h, bool urgent = false)
    {
        return feed(submitted{id, discord::route_of("POST", path), now + patience, urgent});
    }
    std::string reply(request_id id, int status, int remaining, duration reset_after)
    {
        discord::rate_limit_headers said;
        said.bucket = "b";
        said.limit = 5;
        said.remaining = remaining;
        said.reset_after = reset_after;
        if (status == 429)
            said.retry_after = reset_after;
        return feed(answered{id, status, said});
    }
};

}  // namespace

// Discord Docs/Rate Limits
TEST_CASE("limiter: a pioneer goes alone, then as many as remain")
{
    player it;
    CHECK(it.ask(1) == "go1 ");
    for (request_id id = 2; id <= 6; ++id)
        CHECK(it.ask(id) == "");
    CHECK(it.reply(1, 200, 3, 2s) == "done1 go2 go3 go4 ");
    CHECK(it.reply(2, 200, 2, 2s) == "done2 ");
    CHECK(it.limits.deadline() == it.now + 2s);
    it.now += 2s;
    CHECK(it.feed(elapsed{}) == "go5 go6 ");
}

TEST_CASE("limiter: another channel has a bucket of its own")
{
    player it;
    CHECK(it.ask(1, "/channels/1/messages") == "go1 ");
    CHECK(it.ask(2, "/channels/2/messages") == "go2 ");
}

TEST_CASE("limiter: an answer that was overtaken gives nothing back")
{
    player it;
    it.ask(1);
    it.reply(1, 200, 2, 5s);
    CHECK(it.ask(2) == "go2 ");
    CHECK(it.ask(3) == "go3 ");
    CHECK(it.reply(3, 200, 0, 5s) == "done3 ");
    CHECK(it.reply(2, 200, 1, 5s) == "done2 ");
    CHECK(it.ask(4) == "");
}

TEST_CASE("limiter: a 429 waits and is sent again")
{
    player it;
    it.ask(1);
    CHECK(it.reply(1, 429, 0, 3s) == "again1 ");
    it.now += 3s;
    CHECK(it.feed(elapsed{}) == "go1 ");
    CHECK(it.reply(1, 200, 4, 5s) == "done1 ");
}

TEST_CASE("limiter: a global 429 stops every bucket but interactions")
{
    player it;
    it.ask(1);
    discord::rate_limit_headers said;
    said.scope = discord::limit_scope::global;
    said.retry_after = 4s;
    CHECK(it.feed(answered{1, 429, said}) == "again1 ");
    CHECK(it.ask(2, "/channels/2/messages") == "");
    CHECK(it.ask(3, "/interactions/1/t/callback", 3s, true) == "go3 ");
    it.now += 4s;
    CHECK(it.feed(elapsed{}) == "go1 go2 ");
}

TEST_CASE("limiter: no more than fifty a second over all routes")
{
    player it;
    int sent = 0;
    for (request_id id = 1; id <= 60; ++id)
        sent +=
            it.ask(id, ("/channels/" + std::to_string(id) + "/messages").c_str()).empty() ? 0 : 1;
    CHECK(sent == 50);
    it.now += 1s - 1ns;
    CHECK(it.feed(elapsed{}) == "");
    it.now += 1ns;
    CHECK(it.feed(elapsed{}).find("go60 ") != std::string::npos);
}

TEST_CASE("limiter: what can't be sent before its deadline is refused at once")
{
    player it;
    it.ask(1);
    it.reply(1, 200, 0, 10s);
    CHECK(it.ask(2, "/channels/1/messages", 5s) == "no2 ");
    CHECK(it.ask(3, "/channels/1/messages", 15s) == "");
}

TEST_CASE("limiter: a rejected token stops everything that would send it")
{
    player it;
    it.ask(1);
    CHECK(it.feed(answered{1, 401, {}}) == "done1 ");
    CHECK(it.ask(2) == "no2 ");
    CHECK(it.ask(3, "/interactions/1/t/callback") == "go3 ");
}

// Discord Docs/Rate Limits, "Invalid Request Limit"
TEST_CASE("limiter: too many invalid requests close the gate for a while")
{
    player it;
    for (request_id id = 1; id <= 9000; ++id) {
        const std::string path = "/channels/" + std::to_string(id) + "/messages";
        it.now += 20ms;
        it.ask(id, path.c_str());
        it.feed(answered{id, 403, {}});
    }
    CHECK(it.ask(9001) == "no9001 ");
    it.now += 10min;
    CHECK(it.ask(9002) == "go9002 ");
}

TEST_CASE("limiter: who withdraws frees the place")
{
    player it;
    it.ask(1);
    it.ask(2);
    CHECK(it.feed(withdrawn{1}) == "go2 ");
    CHECK(it.feed(withdrawn{77}) == "");
}

TEST_CASE("limiter: the queue has a bound")
{
    player it;
    it.ask(1);
    for (request_id id = 2; id < 2 + limiter::queue_max; ++id)
        REQUIRE(it.ask(id) == "");
    CHECK(it.ask(999'999) == "no999999 ");
}
