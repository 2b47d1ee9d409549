#include "rest/limiter_player.hpp"
#include "rest/retry.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::rest;
using namespace std::chrono_literals;

namespace {

struct player : test::limiter_player {
    std::string ask(request_id id, const char* path = "/channels/1/messages",
                    duration patience = 1h, bool urgent = false)
    {
        return feed(submitted{id, discord::route_of("POST", path), now + patience, urgent});
    }
    std::string call(request_id id, const char* method, const char* path, const char* owner = "",
                     const char* kind = "")
    {
        return feed(submitted{id, discord::route_of(method, path), now + 1h, false, owner, kind,
                              is_idempotent(method)});
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
    CHECK(it.reply(3, 200, 1, 2s) == "done3 ");
    CHECK(it.reply(4, 200, 0, 2s) == "done4 ");
    CHECK(it.limits.deadline() == it.now + 2s + 1ms);
    // How long a window is has not been seen; the first of the new one tells what it has.
    it.now += 2s + 1ms;
    CHECK(it.feed(elapsed{}) == "go5 ");
    CHECK(it.reply(5, 200, 4, 2s) == "done5 go6 ");
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
    it.now += 3s + 1ms;
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
    for (request_id id = 1; id <= 50; ++id)
        CHECK(it.feed(answered{id, 200, {}}).find("go") == std::string::npos);
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
    CHECK(it.ask(2) == "");
    CHECK(it.feed(answered{1, 401, {}}) == "token no2 done1 ");
    CHECK(it.ask(3) == "no3 ");
    CHECK(it.ask(4, "/interactions/1/t/callback") == "go4 ");
    CHECK(it.feed(token_changed{}) == "");
    it.now += 1s;
    CHECK(it.ask(5) == "go5 ");
}

// Discord Docs/Rate Limits, "Invalid Request Limit"
TEST_CASE("limiter: too many invalid requests close the gate for a while")
{
    player it;
    budget generous;
    generous.invalid = 20'000;
    it.feed(budget_changed{"", generous});
    for (request_id id = 1; id <= 9000; ++id) {
        const std::string path = "/channels/" + std::to_string(id) + "/messages";
        it.now += 21ms;
        REQUIRE(it.ask(id, path.c_str()) == "go" + std::to_string(id) + " ");
        it.feed(answered{id, 403, {}});
    }
    CHECK(it.ask(9001) == "no9001 ");
    it.now += 10min;
    CHECK(it.ask(9002) == "go9002 ");
}

TEST_CASE("limiter: who withdraws does not go")
{
    player it;
    it.ask(1);
    it.ask(2);
    it.ask(3);
    CHECK(it.feed(withdrawn{2}) == "");
    CHECK(it.reply(1, 200, 4, 5s) == "done1 go3 ");
    CHECK(it.feed(withdrawn{77}) == "");
}

TEST_CASE("limiter: the queue has a bound, and so has each owner's part of it")
{
    player it;
    it.call(1, "POST", "/channels/1/messages", "a");
    request_id id = 1;
    for (const char* owner : {"a", "b"})
        for (std::size_t i = 0; i < budget{}.waiting; ++i)
            REQUIRE(it.call(++id, "POST", "/channels/1/messages", owner) == "");
    CHECK(it.call(999'998, "POST", "/channels/1/messages", "c") == "no999998 ");
    it.feed(withdrawn{id});
    CHECK(it.call(999'999, "POST", "/channels/1/messages", "a") == "no999999 ");
    CHECK(it.call(999'997, "POST", "/channels/1/messages", "c") == "");
}

TEST_CASE("limiter: among owners the one with the fewest turns is next")
{
    player it;
    it.call(1, "POST", "/channels/1/messages", "a");
    for (request_id id = 2; id <= 100; ++id)
        it.call(id, "POST", "/channels/1/messages", "a");
    it.call(101, "POST", "/channels/1/messages", "b");
    it.call(102, "POST", "/channels/1/messages", "b");
    CHECK(it.reply(1, 200, 4, 2s) == "done1 go2 go101 go3 go102 ");
}

TEST_CASE("limiter: an owner's budget is its own")
{
    player it;
    budget small;
    small.in_flight = 1;
    it.feed(budget_changed{"a", small});
    CHECK(it.call(1, "GET", "/channels/1", "a") == "go1 ");
    CHECK(it.call(2, "GET", "/channels/2", "a") == "");
    CHECK(it.call(3, "GET", "/channels/2", "b") == "go3 ");
    CHECK(it.feed(answered{3, 200, {}}) == "done3 ");
    CHECK(it.feed(answered{1, 200, {}}) == "done1 go2 ");
    const view seen = it.limits.look(it.now);
    REQUIRE(seen.owners.size() == 2);
    CHECK(seen.owners[0].name == "a");
    CHECK(seen.owners[0].seen.sent == 2);
    CHECK(seen.owners[0].in_flight == 1);
}

TEST_CASE("limiter: an owner's share of a second and of invalid requests")
{
    player it;
    budget small;
    small.per_second = 2;
    small.invalid = 3;
    it.feed(budget_changed{"a", small});
    CHECK(it.call(1, "GET", "/channels/1", "a") == "go1 ");
    CHECK(it.call(2, "GET", "/channels/2", "a") == "go2 ");
    CHECK(it.call(3, "GET", "/channels/3", "a") == "");
    it.feed(answered{1, 403, {}});
    it.feed(answered{2, 403, {}});
    CHECK(it.limits.deadline() == it.now + 1s);
    it.now += 1s;
    CHECK(it.feed(elapsed{}) == "go3 ");
    it.feed(answered{3, 403, {}});
    CHECK(it.call(4, "GET", "/channels/4", "a") == "no4 ");
    CHECK(it.call(5, "GET", "/channels/4", "b") == "go5 ");
}

// Discord Docs/Rate Limits, "Invalid Request Limit"
TEST_CASE("limiter: what is in flight could be invalid, too")
{
    player it;
    budget generous;
    generous.invalid = 20'000;
    it.feed(budget_changed{"", generous});
    it.feed(global_limit_changed{100'000});
    for (request_id id = 1; id < 9000; ++id) {
        it.call(id, "GET", ("/channels/" + std::to_string(id)).c_str());
        it.feed(answered{id, 403, {}});
    }
    CHECK(it.call(9000, "GET", "/guilds/1") == "go9000 ");
    CHECK(it.call(9001, "GET", "/guilds/2") == "");
    CHECK(it.feed(answered{9000, 200, {}}) == "done9000 go9001 ");
}

TEST_CASE("limiter: what an earlier process sent counts until it would have there")
{
    player it;
    it.feed(past{std::vector<duration>(48, 700ms), std::vector<duration>(8'800, 4min)});
    CHECK(it.limits.look(it.now).global_used == 48);
    CHECK(it.limits.look(it.now).invalid == 8'800);
    CHECK(it.ask(1, "/channels/1/messages") == "go1 ");
    CHECK(it.ask(2, "/channels/2/messages") == "go2 ");
    CHECK(it.ask(3, "/channels/3/messages") == "");
    CHECK(it.ask(4, "/interactions/1/t/callback", 3s, true) == "go4 ");
    it.now += 699ms;
    CHECK(it.feed(elapsed{}) == "");
    it.now += 1ms;
    CHECK(it.feed(elapsed{}) == "go3 ");
    it.now += 4min - 701ms;
    CHECK(it.limits.look(it.now).invalid == 8'800);
    it.now += 1ms;
    CHECK(it.limits.look(it.now).invalid == 0);
}

TEST_CASE("limiter: what it leaves to the next process has the ages that it has")
{
    const auto sorted = [](std::vector<duration> all) {
        std::sort(all.begin(), all.end());
        return all;
    };
    player it;
    it.ask(1, "/channels/1/messages");
    it.feed(answered{1, 403, {}});
    it.now += 3min;
    it.ask(2, "/channels/2/messages");
    it.feed(answered{2, 403, {}});
    // One has an answer, one has left, one is about to.
    it.now += 400ms;
    it.ask(3, "/channels/3/messages");
    it.feed(departed{3, it.now});
    it.now += 100ms;
    it.ask(4, "/channels/4/messages");
    const past left = it.limits.carried(it.now);
    CHECK(sorted(left.sent) == std::vector<duration>{500ms, 5900ms, 6s});
    CHECK(sorted(left.invalid) == std::vector<duration>{7min - 500ms, 10min - 500ms});

    // However often a process follows another, each counts for no longer than it does.
    past carried = left;
    for (int i = 0; i < 9; ++i) {
        player next;
        next.now = it.now + i * 1min;
        next.feed(carried);
        next.now += 1min;
        carried = next.limits.carried(next.now);
        CHECK(carried.sent.empty());
        CHECK(carried.invalid.size() == (i < 6 ? 2 : 1));
    }
    player last;
    last.feed(carried);
    last.now += 1min;
    CHECK(last.limits.carried(last.now).invalid.empty());
}

TEST_CASE("limiter: of more than there may be what counts longest is taken over")
{
    player it;
    std::vector<duration> sent;
    for (int i = 1; i <= 80; ++i)
        sent.emplace_back(i * 10ms);
    it.feed(past{sent, {-1s, 0s}});
    CHECK(it.limits.look(it.now).global_used == 50);
    CHECK(it.limits.look(it.now).invalid == 0);
    CHECK(it.ask(1, "/channels/1/messages") == "");
    it.now += 310ms;
    CHECK(it.feed(elapsed{}) == "go1 ");
}

TEST_CASE("limiter: an answer to an interaction passes everybody")
{
    player it;
    it.ask(1);
    it.call(2, "POST", "/channels/1/messages");
    it.ask(3, "/channels/1/messages", 3s, true);
    CHECK(it.reply(1, 200, 1, 2s) == "done1 go3 ");
}

TEST_CASE("limiter: within a bucket the earliest deadline goes first, equal ones as they came")
{
    player it;
    it.ask(1);
    it.ask(2, "/channels/1/messages", 1h);
    it.ask(3, "/channels/1/messages", 1h);
    it.ask(4, "/channels/1/messages", 1min);
    CHECK(it.reply(1, 200, 4, 2s) == "done1 go4 go2 go3 ");
}

// Discord Docs/Rate Limits, "Rate Limit Buckets"
TEST_CASE("limiter: a route goes to the bucket that its answers name, and only that route")
{
    player it;
    const auto named = [](const char* bucket, int remaining) {
        discord::rate_limit_headers said;
        said.bucket = bucket;
        said.limit = 5;
        said.remaining = remaining;
        said.reset_after = 5s;
        return said;
    };
    CHECK(it.call(1, "PUT", "/channels/1/messages/2/reactions/x/@me") == "go1 ");
    CHECK(it.call(2, "DELETE", "/channels/1/messages/2/reactions/x/@me") == "go2 ");
    CHECK(it.feed(answered{1, 204, named("one", 4)}) == "done1 ");
    // Both are one bucket, of which the second has had one, too.
    CHECK(it.feed(answered{2, 204, named("one", 3)}) == "done2 ");
    for (request_id id = 3; id <= 5; ++id)
        CHECK(it.call(id, "PUT", "/channels/1/messages/2/reactions/x/@me") != "");
    CHECK(it.call(6, "PUT", "/channels/1/messages/2/reactions/x/@me") == "");
    CHECK(it.call(7, "DELETE", "/channels/1/messages/2/reactions/x/@me") == "");
    // What is in flight of it goes along, which leaves room for the other route.
    CHECK(it.feed(answered{3, 204, named("two", 1)}) == "done3 go6 go7 ");
}

// discord.md, thread 21: a limit that the headers deny
TEST_CASE("limiter: a refusal of a bucket with room is a line of its own",
          "[thread-21][rest/sub-limit]")
{
    player it;
    const auto with_room = [](int status) {
        discord::rate_limit_headers said;
        said.bucket = "c";
        said.limit = 20;
        said.remaining = 15;
        said.reset_after = 5s;
        if (status == 429)
            said.retry_after = 598s;
        return said;
    };
    const auto rename = [&](request_id id) {
        return it.call(id, "PATCH", "/channels/1", "", "name");
    };
    for (request_id id = 1; id <= 2; ++id, it.now += 1s) {
        CHECK(rename(id) == "go" + std::to_string(id) + " ");
        it.feed(answered{id, 200, with_room(200)});
    }
    CHECK(rename(3) == "go3 ");
    CHECK(it.feed(answered{3, 429, with_room(429)}) == "again3 ");
    // Others of the bucket go on.
    CHECK(it.call(4, "PATCH", "/channels/1") == "go4 ");
    it.feed(answered{4, 200, with_room(200)});
    const instant refused = it.now;
    CHECK(rename(5) == "");
    // Two in ten minutes, as was seen: none of them is refused again.
    int sent = 0;
    std::vector<instant> at;
    for (request_id id = 6; id < 20; ++id)
        rename(id);
    while (it.now < refused + 55min) {
        it.now = std::min(it.limits.deadline(), refused + 55min);
        std::string seen = it.feed(elapsed{});
        while (seen.starts_with("go")) {
            at.push_back(it.now);
            ++sent;
            seen = it.feed(answered{std::stoul(seen.substr(2)), 200, with_room(200)});
            seen = seen.find("go") == std::string::npos ? "" : seen.substr(seen.find("go"));
        }
    }
    CHECK(sent == 10);
    for (std::size_t i = 2; i < at.size(); ++i)
        CHECK(at[i] - at[i - 2] >= 10min);
}

TEST_CASE("limiter: others have used up what is shared, which is nobody's fault")
{
    player it;
    it.ask(1);
    discord::rate_limit_headers said;
    said.bucket = "b";
    said.limit = 5;
    said.remaining = 4;
    said.reset_after = 1s;
    said.retry_after = 7s;
    said.scope = discord::limit_scope::shared;
    CHECK(it.feed(answered{1, 429, said}) == "again1 ");
    CHECK(it.limits.look(it.now).invalid == 0);
    it.now += 7s;
    CHECK(it.feed(elapsed{}) == "");
    it.now += 1ms;
    CHECK(it.feed(elapsed{}) == "go1 ");
}

TEST_CASE("limiter: a 429 of what stands before Discord stops everything")
{
    player it;
    it.ask(1);
    discord::rate_limit_headers said;
    said.is_edge = true;
    CHECK(it.feed(answered{1, 429, said}) == "again1 ");
    CHECK(it.ask(2, "/interactions/1/t/callback", 3s, true) == "no2 ");
    CHECK(it.ask(3, "/interactions/1/u/callback", 2min, true) == "");
    it.now += 1min;
    CHECK(it.feed(elapsed{}) == "go3 go1 ");
}

// discord.md, thread 22
TEST_CASE("limiter: a 401 to the token of an interaction says nothing of the bot's", "[thread-22]")
{
    player it;
    CHECK(it.ask(1, "/interactions/1/t/callback") == "go1 ");
    CHECK(it.feed(answered{1, 401, {}}) == "done1 ");
    CHECK(it.ask(2, "/webhooks/1/t") == "go2 ");
    CHECK(it.feed(answered{2, 401, {}}) == "done2 ");
    CHECK(it.ask(3) == "go3 ");
}

TEST_CASE("limiter: an answer to the token before does not lock the new one out")
{
    player it;
    it.ask(1);
    it.feed(token_changed{});
    CHECK(it.feed(answered{1, 401, {}}) == "again1 ");
    it.now += 1s;
    CHECK(it.feed(elapsed{}) == "go1 ");
    CHECK(it.reply(1, 200, 4, 5s) == "done1 ");
}

// Discord Docs/Rate Limits, "Invalid Request Limit"
TEST_CASE("limiter: a webhook that is gone is not asked again")
{
    player it;
    CHECK(it.ask(1, "/webhooks/1/t") == "go1 ");
    CHECK(it.feed(answered{1, 404, {}, 10015}) == "done1 ");
    CHECK(it.ask(2, "/webhooks/1/t") == "no2 ");
    CHECK(it.call(3, "PATCH", "/webhooks/1/t/messages/5") == "no3 ");
    CHECK(it.ask(4, "/webhooks/1/u") == "go4 ");
    // A message of it that is gone is another thing.
    CHECK(it.call(5, "PATCH", "/webhooks/1/v/messages/5") == "go5 ");
    CHECK(it.feed(answered{5, 404, {}, 10008}) == "done5 ");
    CHECK(it.call(6, "PATCH", "/webhooks/1/v/messages/6") == "go6 ");
}

TEST_CASE("limiter: an interaction that was followed up too early is not gone")
{
    player it;
    it.ask(1, "/webhooks/1/t");
    it.feed(answered{1, 404, {}, 10015});
    it.ask(2, "/interactions/9/t/callback");
    it.feed(answered{2, 204, {}});
    CHECK(it.ask(3, "/webhooks/1/t") == "go3 ");
}

TEST_CASE("limiter: what may be done twice is tried again, a bounded number of times")
{
    player it;
    CHECK(it.call(1, "GET", "/channels/1") == "go1 ");
    for (int attempt = 1; attempt < attempts_max; ++attempt) {
        CHECK(it.feed(answered{1, 502, {}}) == "again1 ");
        const instant next = it.limits.deadline();
        CHECK(next > it.now);
        CHECK(next <= it.now + 5s);
        it.now = next;
        std::string seen = it.feed(elapsed{});
        // The bucket is unknown still, and a pioneer waits a second.
        while (seen.empty()) {
            it.now = it.limits.deadline();
            seen = it.feed(elapsed{});
        }
        CHECK(seen == "go1 ");
    }
    CHECK(it.feed(answered{1, 502, {}}) == "done1 ");
}

TEST_CASE("limiter: what may not be done twice is tried again only if it never left")
{
    player it;
    CHECK(it.call(1, "POST", "/channels/1/messages") == "go1 ");
    CHECK(it.feed(failed{1, true}) == "done1 ");
    it.now += 1s;
    CHECK(it.call(2, "POST", "/channels/1/messages") == "go2 ");
    CHECK(it.feed(failed{2, false}) == "again2 ");
    it.now = it.limits.deadline();
    CHECK(it.feed(elapsed{}) == "go2 ");
    CHECK(it.feed(answered{2, 503, {}}) == "done2 ");
    it.now += 1s;
    CHECK(it.call(3, "POST", "/channels/1/messages") == "go3 ");
    CHECK(it.feed(failed{3, false, false}) == "done3 ");
}

TEST_CASE("limiter: no attempt after the deadline")
{
    player it;
    it.feed(
        submitted{1, discord::route_of("GET", "/channels/1"), it.now + 100ms, false, "", "", true});
    CHECK(it.feed(answered{1, 502, {}}) == "done1 ");
}

// discord.md, thread 23
TEST_CASE("limiter: what was never sent gives its places back", "[thread-23]")
{
    player it;
    it.ask(1);
    it.reply(1, 200, 4, 5s);
    for (request_id id = 2; id <= 5; ++id)
        CHECK(it.ask(id) == "go" + std::to_string(id) + " ");
    CHECK(it.ask(6) == "");
    CHECK(it.feed(failed{5, false, false}) == "done5 go6 ");
    // One that was sent may have been counted.
    CHECK(it.feed(failed{6, true, false}) == "done6 ");
    CHECK(it.ask(7) == "");
}
