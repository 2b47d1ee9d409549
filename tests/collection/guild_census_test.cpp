#include "collection/guild_census.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::collection;

namespace {

constexpr std::string_view ready =
    R"({"v":10,"user":{"id":"9"},"guilds":[{"id":"1","unavailable":true},{"id":"2","unavailable":true}]})";

}  // namespace

TEST_CASE("guild census: READY names all guilds, and those that follow are there")
{
    guild_census it;
    it.on_event("GUILD_CREATE", R"({"id":"7"})");
    CHECK_FALSE(it.is_complete());
    CHECK(it.count() == 1);
    it.on_event("READY", ready);
    CHECK(it.is_complete());
    CHECK(it.count() == 2);
    CHECK(it.is_unavailable({1}));
    it.on_event("GUILD_CREATE", R"({"id":"1","unavailable":false})");
    CHECK_FALSE(it.is_unavailable({1}));
    CHECK(it.is_unavailable({2}));
    it.on_event("GUILD_CREATE", R"({"id":"3"})");
    CHECK(it.count() == 3);
}

TEST_CASE("guild census: a guild that is unavailable is still one, one that was left is none")
{
    guild_census it;
    it.on_event("READY", ready);
    it.on_event("GUILD_DELETE", R"({"id":"1","unavailable":true})");
    CHECK(it.count() == 2);
    CHECK(it.is_unavailable({1}));
    it.on_event("GUILD_DELETE", R"({"id":"1"})");
    CHECK(it.count() == 1);
    CHECK_FALSE(it.is_unavailable({1}));
    it.on_event("MESSAGE_CREATE", R"({"id":"1"})");
    CHECK(it.count() == 1);
}

TEST_CASE("guild census: knows in which voice channels the bot itself is")
{
    guild_census it;
    it.on_event("READY", ready);
    it.on_event("VOICE_STATE_UPDATE", R"({"guild_id":"1","channel_id":"5","user_id":"9"})");
    it.on_event("VOICE_STATE_UPDATE", R"({"guild_id":"2","channel_id":"6","user_id":"8"})");
    REQUIRE(it.voices().size() == 1);
    CHECK(it.voices().at({1}) == discord::snowflake{5});
    it.on_event("VOICE_STATE_UPDATE", R"({"guild_id":"1","channel_id":null,"user_id":"9"})");
    CHECK(it.voices().empty());
}

TEST_CASE("guild census: travels with its shard")
{
    guild_census it;
    it.on_event("READY", ready);
    it.on_event("GUILD_CREATE", R"({"id":"1"})");
    it.on_event("VOICE_STATE_UPDATE", R"({"guild_id":"1","channel_id":"5","user_id":"9"})");
    link::shard_baggage baggage;
    it.save(baggage);
    guild_census other;
    other.load(baggage);
    CHECK(other.is_complete());
    CHECK(other.guilds() == it.guilds());
    CHECK(other.is_unavailable({2}));
    CHECK_FALSE(other.is_unavailable({1}));
    CHECK(other.voices() == it.voices());
}
