// What a client may send. Discord Docs/Gateway Events, "Send Events".
#include "gateway_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;
using scene = gateway_scene;
namespace json = boost::json;

constexpr const char* members = "2";

struct requests_scene : scene {
    explicit requests_scene(settings how = quiet()) : scene(std::move(how)) {}

    std::vector<json::value> ask(connection_id id, const std::string& fields, std::size_t which = 0)
    {
        return payloads(op(id, 8, R"({"guild_id":")" + guild_id(which) + "\"," + fields + "}"));
    }
    static std::size_t size(const json::value& chunk)
    {
        return chunk.at_pointer("/d/members").as_array().size();
    }
};

settings many_people(int people)
{
    auto how = scene::quiet();
    how.people_per_guild = people;
    return how;
}

}  // namespace

TEST_CASE("gateway: five presences in twenty seconds are heard, a sixth is not",
          "[gateway/presence-limit]")
{
    // Discord Docs/Gateway Events, "Update Presence".
    scene it;
    it.identify(1);
    const std::string presence = R"({"since":null,"activities":[],"status":"idle","afk":false})";
    for (int i = 0; i < 5; ++i)
        CHECK(scene::texts(it.op(1, 3, presence)) == list{});
    CHECK(it.breaches().empty());
    it.now += 20s - 1ms;
    CHECK(scene::texts(it.op(1, 3, presence)) == list{});
    CHECK(it.breaches() == list{"gateway/presence-limit"});
    it.now += 20s;
    it.op(1, 3, presence);
    CHECK(it.breaches().size() == 1);
}

TEST_CASE("gateway: all members come in chunks of a thousand", "[gateway/members-chunk]")
{
    // Discord Docs/Gateway Events, "Request Guild Members" and "Guild Members Chunk".
    requests_scene it(many_people(1'500));
    it.identify(1, members);
    const auto all = it.ask(1, R"("query":"","limit":0,"nonce":"n")");
    REQUIRE(all.size() == 2);
    CHECK(it.size(all[0]) == 1'000);
    CHECK(it.size(all[1]) == 501);  // The bot is one of them.
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(all[i].at("t") == "GUILD_MEMBERS_CHUNK");
        CHECK(all[i].at_pointer("/d/chunk_index") == i);
        CHECK(all[i].at_pointer("/d/chunk_count") == 2);
        CHECK(all[i].at_pointer("/d/nonce") == "n");
        CHECK(all[i].at_pointer("/d/guild_id") == json::value(it.guild_id()));
    }
}

TEST_CASE("gateway: members are found by their ids, and those that are none are told",
          "[gateway/members-chunk]")
{
    requests_scene it(many_people(150));
    it.identify(1, "0");
    const std::string known = to_string(it.home().people[2].id);
    const auto one = it.ask(1, R"("user_ids":[")" + known + R"(","7"])");
    REQUIRE(one.size() == 1);
    CHECK(it.size(one[0]) == 1);
    CHECK(one[0].at_pointer("/d/members/0/user/id") == json::value(known));
    CHECK(one[0].at_pointer("/d/not_found") == json::array{"7"});
    CHECK(!one[0].at("d").as_object().contains("nonce"));
    std::string ids;
    for (const auto& each : it.home().people)
        ids += (ids.empty() ? "\"" : ",\"") + to_string(each.id) + "\"";
    // A list of 150 ids is longer than a payload may be; numbers are the same in fewer bytes.
    std::erase(ids, '"');
    CHECK(it.size(it.ask(1, "\"user_ids\":[" + ids + "]").at(0)) == 100);
}

TEST_CASE("gateway: a prefix finds no more members than its limit, and than a hundred",
          "[gateway/members-chunk]")
{
    requests_scene it(many_people(150));
    it.identify(1, members);
    const std::string prefix = it.home().people[0].name.substr(0, 1);
    const auto found = [&](const std::string& query, const std::string& limit) {
        const auto all = it.ask(1, R"("query":")" + query + R"(","limit":)" + limit);
        REQUIRE(all.size() == 1);
        for (const auto& each : all[0].at_pointer("/d/members").as_array())
            CHECK(each.at_pointer("/user/username").as_string().starts_with(query));
        return it.size(all[0]);
    };
    CHECK(found(prefix, "1") == 1);
    CHECK(found("", "7") == 7);
    CHECK(found("", "120") == 100);
    CHECK(found("nobody is called so", "5") == 0);
    CHECK(it.breaches().empty());
}

TEST_CASE("gateway: a nonce of more than 32 bytes is left out", "[gateway/members-chunk]")
{
    requests_scene it;
    it.identify(1, members);
    const auto nonce = [&](std::size_t bytes) {
        return it.ask(1, R"("query":"x","limit":1,"nonce":")" + std::string(bytes, 'n') + "\"")
            .at(0)
            .at("d")
            .as_object()
            .contains("nonce");
    };
    CHECK(nonce(32));
    CHECK(!nonce(33));
}

TEST_CASE("gateway: a request for members that names no guild, or two, closes with 4002",
          "[gateway/members-chunk]")
{
    for (const char* data :
         {R"({"query":"","limit":0})", R"({"guild_id":["1","2"],"query":"","limit":0})",
          R"({"guild_id":"1"})"}) {
        scene it;
        it.identify(1, members);
        CHECK(scene::texts(it.op(1, 8, data)).front() == "1 close 4002");
    }
}

TEST_CASE("gateway: all members of a guild may be asked for once in thirty seconds",
          "[gateway/members-limit]")
{
    // Discord Docs/Gateway Events, "Rate Limited".
    requests_scene it;
    it.identify(1, members);
    const std::string all = R"("query":"","limit":0,"nonce":"again")";
    CHECK(it.ask(1, all).at(0).at("t") == "GUILD_MEMBERS_CHUNK");
    CHECK(it.ask(1, all, 1).at(0).at("t") == "GUILD_MEMBERS_CHUNK");
    it.now += 29s + 500ms;
    const auto limited = it.ask(1, all);
    REQUIRE(limited.size() == 1);
    CHECK(limited[0].at("t") == "RATE_LIMITED");
    CHECK(limited[0].at("d") ==
          json::value{{"opcode", 8},
                      {"retry_after", 0.5},
                      {"meta", {{"guild_id", it.guild_id()}, {"nonce", "again"}}}});
    CHECK(it.breaches() == list{"gateway/members-limit"});
    CHECK(it.ask(1, R"("query":"x","limit":1)").at(0).at("t") == "GUILD_MEMBERS_CHUNK");
    it.now += 500ms;
    CHECK(it.ask(1, all).at(0).at("t") == "GUILD_MEMBERS_CHUNK");
}

TEST_CASE("gateway: all members are for those with the intent for members",
          "[gateway/members-intent]")
{
    requests_scene it;
    it.identify(1, "1");
    CHECK(it.ask(1, R"("query":"","limit":0)").empty());
    CHECK(it.breaches() == list{"gateway/members-intent"});
}

TEST_CASE("gateway: presences of members are for those with the intent for presences",
          "[gateway/members-chunk]")
{
    auto how = scene::quiet();
    how.flags |= 1U << 12;
    requests_scene it(how);
    it.identify(1, "0");
    it.now += 5s;
    it.identify(2, "256");
    const auto has = [&](connection_id id) {
        return it.ask(id, R"("query":"x","limit":1,"presences":true)")
            .at(0)
            .at("d")
            .as_object()
            .contains("presences");
    };
    CHECK(!has(1));
    CHECK(has(2));
}

TEST_CASE("gateway: soundboard sounds come guild by guild", "[gateway/soundboard-sounds]")
{
    // Discord Docs/Gateway Events, "Request Soundboard Sounds".
    scene it;
    it.identify(1, "0");
    const auto all = scene::payloads(it.op(
        1, 31, R"({"guild_ids":[")" + it.guild_id(0) + R"(","5",")" + it.guild_id(2) + "\"]}"));
    REQUIRE(all.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(all[i].at("t") == "SOUNDBOARD_SOUNDS");
        CHECK(all[i].at_pointer("/d/guild_id") == json::value(it.guild_id(2 * i)));
        CHECK(all[i].at_pointer("/d/soundboard_sounds") == json::array());
    }
}

TEST_CASE("gateway: channel info comes for a guild of the shard", "[gateway/channel-info]")
{
    // Discord Docs/Gateway Events, "Request Channel Info".
    scene it;
    it.identify(1, "0");
    const auto all = scene::payloads(
        it.op(1, 43, R"({"guild_id":")" + it.guild_id() + R"(","fields":["status"]})"));
    REQUIRE(all.size() == 1);
    CHECK(all[0].at("t") == "CHANNEL_INFO");
    CHECK(all[0].at_pointer("/d/guild_id") == json::value(it.guild_id()));
    const auto& channels = all[0].at_pointer("/d/channels").as_array();
    REQUIRE(channels.size() == it.home().channels.size());
    for (std::size_t i = 0; i < channels.size(); ++i)
        CHECK(channels[i] ==
              json::value{{"id", to_string(it.home().channels[i].id)}, {"status", nullptr}});
    CHECK(scene::texts(it.op(1, 43, R"({"guild_id":"5","fields":["status"]})")) == list{});
}

TEST_CASE("gateway: channel info tells since when somebody is in a voice channel",
          "[gateway/channel-info]")
{
    // Discord Docs/Gateway Events, "Channel Info".
    auto how = scene::quiet(2'000);
    how.life.mix = true;
    scene it(how);
    it.identify(1, "0");
    const auto since = [&] {
        const auto all = scene::payloads(it.op(
            1, 43, R"({"guild_id":")" + it.guild_id() + R"(","fields":["voice_start_time"]})"));
        REQUIRE(all.back().at("t") == "CHANNEL_INFO");
        const auto& channels = all.back().at_pointer("/d/channels").as_array();
        CHECK(channels.front().at("voice_start_time").is_null());
        CHECK_FALSE(channels.front().as_object().contains("status"));
        return channels.back().at("voice_start_time");
    };
    const auto somebody_is_in = [&] {
        for (const person& each : it.home().people)
            if (each.in.in_voice)
                return true;
        return false;
    };
    CHECK(since().is_null());
    int in = 0, out = 0;
    for (int i = 0; i < 30; ++i) {
        it.run(1s);
        const auto begun = since();
        CHECK(begun.is_null() != somebody_is_in());
        (begun.is_null() ? out : in) += 1;
        if (!begun.is_null()) {
            CHECK(begun.as_int64() >= began_ms / 1000);
            CHECK(begun.as_int64() <= began_ms / 1000 + i + 1);
        }
    }
    CHECK(in > 0);
}

TEST_CASE("gateway: joining a voice channel tells a state, and a server without an endpoint",
          "[gateway/voice-state]")
{
    // Discord Docs/Gateway Events, "Update Voice State", "Voice Server Update".
    scene it;
    it.identify(1, "128");
    const auto move = [&](const std::string& channel) {
        return scene::payloads(it.op(1, 4,
                                     R"({"guild_id":")" + it.guild_id() + R"(","channel_id":)" +
                                         channel + R"(,"self_mute":true,"self_deaf":false})"));
    };
    const std::string channel = "\"" + to_string(it.home().channels[0].id) + "\"";
    const auto joined = move(channel);
    REQUIRE(joined.size() == 2);
    CHECK(joined[0].at("t") == "VOICE_STATE_UPDATE");
    CHECK(json::serialize(joined[0].at_pointer("/d/channel_id")) == channel);
    CHECK(joined[0].at_pointer("/d/user_id") ==
          json::value(to_string(it.discord.everything().bot.id)));
    CHECK(joined[0].at_pointer("/d/self_mute") == true);
    CHECK(joined[1].at("t") == "VOICE_SERVER_UPDATE");
    CHECK(joined[1].at_pointer("/d/endpoint").is_null());
    const auto left = move("null");
    REQUIRE(left.size() == 1);
    CHECK(left[0].at_pointer("/d/channel_id").is_null());
}
