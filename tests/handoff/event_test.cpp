#include "handoff/event.hpp"
#include "support/catch.hpp"

#include <string>

using namespace tinfoil;
using namespace tinfoil::handoff;

namespace {

const event_reader reader{{77}, ~std::uint64_t{0}, ~std::uint64_t{0}};

event of_guild(std::string_view type, const std::string& members)
{
    return reader.read(type, R"({"guild_id":"41771983423143937",)" + members + "}");
}

}  // namespace

TEST_CASE("handoff event: the order of members, blanks and message content change no hash")
{
    CHECK(canonical_hash(R"({"a":1,"b":[1,2]})") == canonical_hash(R"({ "b" : [1, 2], "a":1 })"));
    CHECK(canonical_hash(R"({"a":1})") != canonical_hash(R"({"a":2})"));
    CHECK(canonical_hash(R"({"a":1})") != canonical_hash(R"({"a":"1"})"));
    CHECK(canonical_hash(R"({"a":[1,2]})") != canonical_hash(R"({"a":[2,1]})"));
    CHECK(canonical_hash(R"({"a":{"b":1},"c":2})") != canonical_hash(R"({"a":{"c":2},"b":1})"));
    CHECK(canonical_hash(R"({"id":"5","content":"x","embeds":[{"a":1}]})") ==
          canonical_hash(R"({"id":"5","content":"","embeds":[]})"));
    CHECK(canonical_hash(R"({"message":{"content":"x","id":"1"}})") ==
          canonical_hash(R"({"message":{"id":"1"}})"));
    CHECK(canonical_hash(R"({"a":"\"}"})") != canonical_hash(R"({"a":"\"]"})"));
}

TEST_CASE("handoff event: what is no JSON is known by its bytes")
{
    for (const std::string_view text :
         {"", "{", "{\"a\"", "[1,", "\"", "{\"a\":}", "nope]", "{}x"}) {
        CHECK(canonical_hash(text) == canonical_hash(std::string(text)));
        static_cast<void>(reader.read("MESSAGE_UPDATE", text));
        static_cast<void>(reader.read("GUILD_CREATE", text));
    }
    const std::string deep(5000, '[');
    CHECK(canonical_hash(deep) != canonical_hash(deep + "["));
}

TEST_CASE("handoff event: unique events have a key, by what makes them unique")
{
    const auto create = of_guild("MESSAGE_CREATE", R"("id":"9","content":"x")");
    CHECK(create.is == event_class::unique);
    CHECK(create.key == message_key({9}));
    CHECK(create.stream == stream_id{stream_id::kind::guild, {41771983423143937}});
    CHECK(of_guild("MESSAGE_DELETE", R"("id":"9")").key != create.key);
    const auto member = [](const char* joined) {
        return of_guild("GUILD_MEMBER_ADD",
                        std::string(R"("user":{"id":"3"},"joined_at":")") + joined + '"');
    };
    CHECK(member("2026-01-01").key == member("2026-01-01").key);
    CHECK(member("2026-01-01").key != member("2026-01-02").key);
    CHECK(of_guild("MESSAGE_DELETE_BULK", R"("ids":["1","2"])").key !=
          of_guild("MESSAGE_DELETE_BULK", R"("ids":["1","3"])").key);
    // Without what should be in it, it is like any other.
    CHECK(of_guild("GUILD_MEMBER_ADD", R"("user":{"id":"3"})").is == event_class::positional);
    CHECK(of_guild("MESSAGE_UPDATE", R"("id":"9")").is == event_class::positional);
    CHECK(of_guild("NOT_KNOWN_YET", R"("id":"9")").is == event_class::positional);
    CHECK(of_guild("TYPING_START", R"("user_id":"9")").is == event_class::ephemeral);
    CHECK(of_guild("INTERACTION_CREATE", R"("id":"9")").is == event_class::interaction);
}

TEST_CASE("handoff event: a session's own events are what they mean")
{
    const auto there = reader.read(
        "GUILD_CREATE",
        R"({"id":"4194305","channels":[{"id":"1","last_message_id":"20"},{"last_message_id":"30"},{"last_message_id":null}]})");
    CHECK(there.means == own_event::guild_there);
    CHECK(there.last.value == 30);
    CHECK(there.stream.id.value == 4194305);
    CHECK(reader.read("GUILD_CREATE", R"({"id":"4194305","unavailable":true})").means ==
          own_event::guild_gone);
    CHECK(reader.read("GUILD_DELETE", R"({"id":"4194305"})").means == own_event::guild_gone);
    const auto chunk = [](const char* nonce) {
        return of_guild("GUILD_MEMBERS_CHUNK", std::string(R"("nonce":")") + nonce + '"').nonce;
    };
    CHECK(chunk("handoff-12") == 12);
    CHECK(chunk("somebody-12") == 0);
    CHECK(chunk("handoff-x") == 0);
    CHECK(of_guild("SOUNDBOARD_SOUNDS", R"("soundboard_sounds":[])").means == own_event::sounds);
    const auto voice = of_guild("VOICE_STATE_UPDATE", R"("user_id":"77","channel_id":"5")");
    CHECK(voice.means == own_event::voice);
    CHECK(voice.channel.value == 5);
    CHECK(of_guild("VOICE_STATE_UPDATE", R"("user_id":"78")").is == event_class::positional);
}

TEST_CASE("handoff event: without a guild it belongs to its channel, or to nobody")
{
    CHECK(reader.read("MESSAGE_CREATE", R"({"id":"1","channel_id":"8"})").stream ==
          stream_id{stream_id::kind::dm, {8}});
    CHECK(reader.read("CHANNEL_UPDATE", R"({"id":"8","type":1})").stream ==
          stream_id{stream_id::kind::dm, {8}});
    CHECK(reader.read("ENTITLEMENT_CREATE", R"({"id":"1"})").stream == stream_id{});
    CHECK(reader.read("USER_UPDATE", R"({"id":"1"})").stream == stream_id{});
}

TEST_CASE("handoff event: what only one side's intents bring is compared with nothing")
{
    constexpr std::uint64_t guilds = 1, members = 1U << 1, typing = 1U << 11,
                            direct_typing = 1U << 14;
    const event_reader more{{77}, guilds | typing, guilds | typing | members | direct_typing};
    const auto in_guild = [&](std::string_view type) {
        return more.read(type, R"({"guild_id":"4194305","channel_id":"2","id":"1"})").one_sided;
    };
    CHECK(in_guild("GUILD_MEMBER_ADD"));
    CHECK(in_guild("GUILD_MEMBER_UPDATE"));
    CHECK(in_guild("THREAD_MEMBERS_UPDATE"));
    CHECK_FALSE(in_guild("TYPING_START"));
    CHECK_FALSE(in_guild("CHANNEL_CREATE"));
    CHECK(more.read("TYPING_START", R"({"channel_id":"2"})").one_sided);
}
