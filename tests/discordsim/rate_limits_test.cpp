// Discord Docs/Rate Limits.
#include "rest_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

struct limits_scene {
    rate_limits::verdict take(const char* method, const std::string& path)
    {
        return limits.take({method, path}, 1'700'000'000'250, now);
    }
    static std::string header(const rate_limits::verdict& of, std::string_view name)
    {
        for (const auto& [key, value] : of.headers)
            if (key == name)
                return value;
        return "";
    }
    rate_limits limits;
    instant now{};
};

constexpr const char* bucket = "X-RateLimit-Bucket";
constexpr const char* remaining = "X-RateLimit-Remaining";
constexpr const char* reset_after = "X-RateLimit-Reset-After";
constexpr const char* scope = "X-RateLimit-Scope";

}  // namespace

TEST_CASE("rate limits: the fifty-first request of a second is one too many, whatever its route",
          "[rest/429-global]")
{
    limits_scene it;
    for (int i = 0; i < 50; ++i)
        CHECK(it.take("GET", "/guilds/" + std::to_string(i + 1)).status == 0);
    const auto got = it.take("GET", "/users/@me");
    CHECK(got.status == 429);
    CHECK(it.header(got, scope) == "global");
    CHECK(it.header(got, "X-RateLimit-Global") == "true");
    CHECK(it.header(got, bucket).empty());
    CHECK(boost::json::parse(got.body).at("global") == true);
    it.now += 1s;
    CHECK(it.take("GET", "/users/@me").status == 0);
}

TEST_CASE("rate limits: interactions and webhooks with a token are not bound to the global limit",
          "[rest/exempt-interaction]")
{
    limits_scene it;
    for (int i = 0; i < 50; ++i)
        it.take("GET", "/guilds/" + std::to_string(i + 1));
    CHECK(it.take("POST", "/interactions/1/token/callback").status == 0);
    CHECK(it.header(it.take("POST", "/interactions/1/token/callback"), bucket).empty());
    CHECK(it.take("POST", "/webhooks/1/token").status == 0);
    CHECK(it.take("GET", "/users/@me").status == 429);
}

TEST_CASE("rate limits: channels have a bucket each, of the same hash",
          "[rest/bucket-major-parameter]")
{
    limits_scene it;
    rate_limits::verdict last;
    for (int i = 0; i < 6; ++i)
        last = it.take("POST", "/channels/1/messages");
    CHECK(last.status == 429);
    CHECK(it.header(last, scope) == "user");
    CHECK(it.header(last, remaining) == "0");
    const auto other = it.take("POST", "/channels/2/messages");
    CHECK(other.status == 0);
    CHECK(it.header(other, remaining) == "4");
    CHECK(it.header(other, bucket) == it.header(last, bucket));
    CHECK(it.header(it.take("GET", "/channels/2/messages"), bucket) != it.header(last, bucket));
}

TEST_CASE("rate limits: all reactions of a channel share one bucket, whoever and whatever",
          "[rest/bucket-shared-routes]")
{
    limits_scene it;
    CHECK(it.take("PUT", "/channels/1/messages/2/reactions/a/@me").status == 0);
    CHECK(it.take("DELETE", "/channels/1/messages/3/reactions/b/@me").status == 429);
    CHECK(it.take("PUT", "/channels/2/messages/2/reactions/a/@me").status == 0);
    it.now += 250ms;
    CHECK(it.take("DELETE", "/channels/1/messages/3/reactions/b/@me").status == 0);
}

TEST_CASE("rate limits: times have decimals", "[rest/reset-after-decimals]")
{
    limits_scene it;
    it.take("POST", "/channels/1/messages");
    it.now += 1'234ms;
    rate_limits::verdict got;
    for (int i = 0; i < 5; ++i)
        got = it.take("POST", "/channels/1/messages");
    CHECK(it.header(got, reset_after) == "3.766");
    CHECK(it.header(got, "X-RateLimit-Reset") == "1700000004.016");
    CHECK(boost::json::parse(got.body).at("retry_after").as_double() == Approx(3.766));
    // The header of the answer has whole seconds, and not too few.
    CHECK(it.header(got, "Retry-After") == "4");
}

TEST_CASE("rate limits: what others used up is nobody's fault", "[rest/429-shared]")
{
    limits_scene it;
    it.limits.others_use({"GET", "/guilds/1/emojis"}, 29, it.now);
    CHECK(it.take("GET", "/guilds/1/emojis").status == 0);
    const auto got = it.take("GET", "/guilds/1/emojis");
    CHECK(got.status == 429);
    CHECK(it.header(got, scope) == "shared");
    CHECK(it.header(got, remaining) == "49");
    CHECK(it.take("GET", "/guilds/2/emojis").status == 0);
    // It does not count as invalid.
    for (int i = 0; i < 20'000; ++i) {
        it.now += 20ms;
        it.take("GET", "/guilds/1/emojis");
        it.limits.others_use({"GET", "/guilds/1/emojis"}, 30, it.now);
    }
    CHECK_FALSE(it.limits.is_banned(it.now));
}

TEST_CASE("rate limits: a name may change twice in ten minutes, and no header says so",
          "[rest/sub-limit]")
{
    rest_scene it;
    const std::string path = it.channel_path();
    CHECK(it.ask("PATCH", path, R"({"name":"one"})").status == 200);
    CHECK(it.ask("PATCH", path, R"({"topic":"two"})").status == 200);
    const auto got = it.ask("PATCH", path, R"({"name":"three"})");
    CHECK(got.status == 429);
    CHECK(got.headers.at(remaining) == "19");
    CHECK(got.at("/retry_after").as_double() == Approx(588));
    CHECK(it.ask("PATCH", path, R"({"nsfw":true})").status == 200);
    CHECK(it.ask("PATCH", it.channel_path(1), R"({"name":"four"})").status == 200);
    it.now += 10min;
    CHECK(it.ask("PATCH", path, R"({"name":"three"})").status == 200);
}

TEST_CASE("rate limits: messages older than two weeks are deleted at a slower rate",
          "[rest/sub-limit]")
{
    rest_scene it;
    it.now += 15 * 24h;
    const std::string old = to_string(it.all.guilds[0].channels[0].id);  // As old as its channel.
    int refused = 0;
    for (int i = 0; i < 31; ++i) {
        it.now += 1s;
        refused += it.hurry("DELETE", it.channel_path() + "/messages/" + old).status == 429;
    }
    CHECK(refused == 1);
}

TEST_CASE("rate limits: a sliding window gives back each request on its own",
          "[rest/sliding-window]")
{
    limits_scene it;
    for (int i = 0; i < 5; ++i) {
        CHECK(it.take("PATCH", "/channels/1/messages/2").status == 0);
        it.now += 1s;
    }
    // The first comes back now, the others one after another.
    const auto got = it.take("PATCH", "/channels/1/messages/2");
    CHECK(got.status == 0);
    CHECK(it.header(got, remaining) == "0");
    CHECK(it.header(got, reset_after) == "1.000");
    CHECK(it.take("PATCH", "/channels/1/messages/2").status == 429);
    // A fixed window gives them all back at once.
    for (int i = 0; i < 5; ++i) {
        CHECK(it.take("POST", "/channels/1/messages").status == 0);
        it.now += 1s;
    }
    CHECK(it.header(it.take("POST", "/channels/1/messages"), remaining) == "4");
}

TEST_CASE("rate limits: hashes change, and the buckets with them", "[rest/hash-changes]")
{
    limits_scene it;
    const auto before = it.take("POST", "/channels/1/messages");
    it.limits.change_hashes(7);
    const auto after = it.take("POST", "/channels/1/messages");
    CHECK(it.header(before, bucket) != it.header(after, bucket));
    CHECK(it.header(after, bucket).size() == 32);
    CHECK(it.header(after, remaining) == "3");
}

TEST_CASE("rate limits: ten thousand invalid requests in ten minutes are a ban, in HTML",
          "[rest/invalid-request-ban]")
{
    rest_scene it;
    for (int i = 0; i < 9'999; ++i)
        it.send({1, "GET", "/users/@me", "", "", "Bot wrong"});
    CHECK(it.hurry("GET", "/users/@me").status == 200);
    CHECK(it.send({1, "GET", "/users/@me", "", "", "Bot wrong"}).status == 401);
    const auto got = it.hurry("GET", "/users/@me");
    CHECK(got.status == 429);
    CHECK(got.headers.at("Content-Type") == "text/html; charset=UTF-8");
    CHECK(got.headers.count(bucket) == 0);
    CHECK(got.text.starts_with("<!DOCTYPE html>"));
    it.now += 10min - 1ms;
    CHECK(it.hurry("GET", "/users/@me").status == 429);
    it.now += 1ms;
    CHECK(it.hurry("GET", "/users/@me").status == 200);
}
