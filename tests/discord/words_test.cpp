#include "discord/application.hpp"
#include "discord/close_code.hpp"
#include "discord/envelope.hpp"
#include "discord/intents.hpp"
#include "discord/payload.hpp"
#include "discord/rate_limit_headers.hpp"
#include "discord/route.hpp"
#include "discord/session_start_limit.hpp"
#include "discord/slot.hpp"
#include "discord/url.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

using namespace tinfoil;
using namespace tinfoil::discord;
using namespace std::chrono_literals;

// Discord Docs/Gateway Events, "Payload Structure"
TEST_CASE("envelope: op, s, t and d are found in any order")
{
    for (const char* text : {R"({"t":"A_B","s":7,"op":0,"d":{"x":[1,"}\""]}})",
                             R"( { "d" : {"x":[1,"}\""]} , "op" : 0 , "s" : 7 , "t" : "A_B" } )"}) {
        const auto found = scan_envelope(text);
        REQUIRE(found);
        CHECK(found->op == 0);
        CHECK(found->sequence == 7);
        CHECK(found->type == "A_B");
        CHECK(found->data == R"({"x":[1,"}\""]})");
    }
}

TEST_CASE("envelope: what is written as Discord does reads as anything else does")
{
    for (const std::string& text : {
             std::string(R"({"t":"A_B","s":7,"op":0,"d":{"x":1}})"),
             std::string(R"({"t":"A_B","s":-7,"op":0,"d":{}})"),
             std::string(R"({"t":"a1","s":7,"op":0,"d":{}})"),
             std::string(R"({"t":"","s":7,"op":0,"d":{}})"),
             std::string(R"({"t":"A","s":7,"op":10,"d":{}})"),
             std::string(R"({"t":"A","s":7.5,"op":0,"d":{}})"),
             std::string(R"({"t":"A","s":99999999999999999999,"op":0,"d":{}})"),
             std::string(R"({"t":"A","s":7,"op":0,"d":[{}}})"),
             std::string(R"({"t":"A","s":7,"op":0,"d":}})"),
             std::string(R"({"t":"A","s":7,"op":0,"d":{}}})"),
             std::string(R"({"t":"A","s":7,"op":0,"d":1,"x":{}})"),
             std::string(R"({"t":"A","s":7,"op":0,"d":{}},"y":{}})"),
             std::string(R"({"t":"A","s":7}})"),
             std::string(R"({"t":"A}})"),
         }) {
        CAPTURE(text);
        const std::string moved = " " + text;
        const auto usual = scan_envelope(text), walked = scan_envelope(moved);
        REQUIRE(usual.has_value() == walked.has_value());
        if (!usual)
            continue;
        CHECK(usual->op == walked->op);
        CHECK(usual->sequence == walked->sequence);
        CHECK(usual->type == walked->type);
        CHECK(usual->data == walked->data);
    }
}

TEST_CASE("envelope: ids and the end of d come of one walk")
{
    const std::string data =
        R"({"mentions":[],"x":{},"guild_id":"175928847299117063","author":{"id":"1759288472991170631"},)"
        R"("user_ix":"1","channel_id":"17592884729911706","member":[{"user":1}],"guild_ix":"5"})";
    const std::string whole = data + R"(,"more":{}})";
    std::string_view value;
    const auto found = ids_in(whole, &value);
    CHECK(found.guild == 175'928'847'299'117'063);
    CHECK(found.channel == 17'592'884'729'911'706);
    CHECK(found.user == 1'759'288'472'991'170'631);
    CHECK(value == data);
    CHECK(guild_in(data) == found.guild);
    CHECK(guild_in(R"({"guild_id":"8","cut off)") == 8);
    CHECK(guild_in(R"({"x":{"guild_id":"8"}})") == 0);
    for (const std::string& broken :
         {std::string(R"({"a":[1})"), std::string("{x}}"), std::string("7")}) {
        (void)ids_in(broken, &value);
        CHECK(value == first_value(broken));
    }
}

TEST_CASE("snowflake: digits only, as many as 64 bits have room for")
{
    for (const std::string& good :
         {std::string("1"), std::string("123456789012345"), std::string("1234567890123456"),
          std::string("12345678901234567"), std::string("175928847299117063"),
          std::string("9999999999999999999"), std::string("18446744073709551615")}) {
        const auto id = parse_snowflake(good);
        REQUIRE(id);
        CHECK(to_string(*id) == good);
    }
    CHECK_FALSE(parse_snowflake(""));
    CHECK_FALSE(parse_snowflake("18446744073709551616"));
    for (std::size_t digits = 1; digits < 21; ++digits)
        for (std::size_t at = 0; at < digits; ++at)
            for (const char wrong : {'/', ':', ' ', '-', '\0', 'p', '\xB0'}) {
                std::string text(digits, '1');
                text[at] = wrong;
                CAPTURE(text);
                CHECK_FALSE(parse_snowflake(text));
            }
}

TEST_CASE("envelope: what is no payload is refused")
{
    for (const std::string& text :
         {std::string(""), std::string("{"), std::string("[]"), std::string(R"({"d":1})"),
          std::string(R"({"op":"x"})"), std::string(R"({"op":0,"d":{"a":"})"),
          std::string(R"({"op":0} x)"), std::string(R"({"op":0,"d":[})")})
        CHECK_FALSE(scan_envelope(text));
}

TEST_CASE("envelope: what lies in d is stepped over, however it is made")
{
    const auto data_of = [](const std::string& data) {
        const std::string text = R"({"d":)" + data + R"(,"op":0})";
        const auto found = scan_envelope(text);
        return found ? std::string(found->data) : "";
    };
    // Blocks of 64 bytes: what begins in one goes on in the next, wherever the border lies.
    for (std::size_t shift = 0; shift < 130; ++shift)
        for (const std::string& inside :
             {std::string(R"("\\\\\"]}")"), std::string(R"("\\")"), std::string(R"("{[\"\\\"[{")"),
              std::string(R"([[],[[{}]]])"), std::string(R"({"]":"}"})")}) {
            const std::string data = "[" + std::string(shift, ' ') + inside + "]";
            REQUIRE(data_of(data) == data);
        }
    const std::string deep = std::string(200, '[') + std::string(200, ']');
    CHECK(data_of(deep) == deep);
    CHECK(data_of("[}") == "[}");
}

TEST_CASE(
    "envelope: d of a dispatch is not looked into where it comes last, and first_value() ends it")
{
    const auto data_of = [](const std::string& rest) {
        const std::string text = R"({"t":"A","s":1,"op":0,"d":)" + rest;
        const auto found = scan_envelope(text);
        return found ? std::string(found->data) : "(none)";
    };
    CHECK(data_of(R"({"x":[1]}})") == R"({"x":[1]})");
    CHECK(data_of("{} \n}\t\r\n") == "{}");
    CHECK(data_of("[1,{}]}") == "[1,{}]");
    CHECK(data_of("null}") == "null");
    CHECK(data_of("{}") == "(none)");
    CHECK(data_of("{") == "(none)");
    CHECK(data_of("{}}}") == "{}}");  // No JSON, which its reader will see.
    const std::string more = data_of(R"({"x":"}"},"later":{"y":1}})");
    CHECK(more == R"({"x":"}"},"later":{"y":1})");
    CHECK(first_value(more) == R"({"x":"}"})");
    CHECK(find_member(more, "x") == "}");
    CHECK(find_member(more, "y").empty());
    CHECK(first_value(R"({"x")") == R"({"x")");
    CHECK(data_of(R"({"x":1},"later":2})") == R"({"x":1})");
}

TEST_CASE("envelope: an escaped quote does not end a text, an escaped backslash does not hide one")
{
    CHECK(find_member(R"({"a":"x\\","b":"y"})", "b") == "y");
    CHECK(find_member(R"({"a":"x\"b\":1","b":"y"})", "b") == "y");
    CHECK(find_member(R"({"a":{"b":"inner"},"b":12})", "b") == "12");
    CHECK(find_member(R"({"a":null})", "a").empty());
}

TEST_CASE("slot: only id/count with id below count is one")
{
    CHECK(parse_slot("3/16") == slot{3, 16});
    for (const char* text : {"", "3", "16/16", "-1/4", "1/0", "a/b", "1/4 ", "1/2/3"})
        CHECK_FALSE(parse_slot(text));
    // Discord Docs/Gateway, "Sharding": (guild_id >> 22) % num_shards
    CHECK(slot{1, 4}.serves(snowflake{5ULL << 22}));
    CHECK_FALSE(slot{1, 4}.serves(snowflake{6ULL << 22}));
}

// Discord Docs/Opcodes and Status Codes, "Gateway Close Event Codes"
TEST_CASE("close code: fatal ones give up, lost sessions identify, the rest resumes")
{
    for (const int code : {4004, 4010, 4011, 4012, 4013, 4014})
        CHECK(meaning_of(code) == after_close::give_up);
    for (const int code : {4006, 4007, 4009})
        CHECK(meaning_of(code) == after_close::identify);
    CHECK(meaning_of(4003) == after_close::resume_once);
    for (const int code : {1000, 1001, 1006, 4000, 4001, 4002, 4005, 4008, 4999, 0})
        CHECK(meaning_of(code) == after_close::resume);
}

TEST_CASE("payload: identify has token, intents and shard")
{
    const auto whole =
        boost::json::parse(identify_payload(redacted("abc"), {1, 2}, 513)).as_object();
    CHECK(whole.at("op") == 2);
    CHECK(whole.at("d").at("token") == "abc");
    CHECK(whole.at("d").at("intents") == 513);
    CHECK(whole.at("d").at("shard") == boost::json::array{1, 2});
}

TEST_CASE("gateway bot: a member that is missing or out of range is named")
{
    const std::string good =
        R"({"url":"wss://g","shards":2,"session_start_limit":{"total":1000,"remaining":999,"reset_after":5,"max_concurrency":1}})";
    const auto found = parse_gateway_bot(good);
    REQUIRE(found);
    CHECK(found->shards == 2);
    CHECK(found->reset_after == 5ms);
    CHECK(parse_gateway_bot("{}").error().detail.find("url") != std::string::npos);
    std::string none = good;
    none.replace(none.find("\"shards\":2"), 10, "\"shards\":0");
    CHECK(parse_gateway_bot(none).error().detail.find("shards") != std::string::npos);
}

TEST_CASE("application: privileged intents follow its flags")
{
    // Discord Docs/Application, "Application Flags"
    CHECK(granted_privileged_intents(0) == 0);
    CHECK(granted_privileged_intents(1U << 19) == intent_message_content);
    CHECK(granted_privileged_intents((1U << 14) | (1U << 13)) ==
          (intent_guild_members | intent_guild_presences));
    CHECK_FALSE(parse_application(R"({"id":"x"})"));
}

TEST_CASE("intents: an event brings the intents that it needs")
{
    CHECK(intents_of_event("GUILD_MEMBER_ADD") == intent_guild_members);
    CHECK(intents_of_event("MESSAGE_CREATE") == ((1U << 9) | (1U << 12)));
    CHECK(intents_of_event("INTERACTION_CREATE") == 0U);
    CHECK_FALSE(intents_of_event("NO_SUCH_EVENT"));
    CHECK(intent_names(intent_guilds | intent_message_content) == "GUILDS, MESSAGE_CONTENT");
}

TEST_CASE("url: good ones are taken apart, bad ones say why")
{
    const auto full = parse_url("WSS://gateway.discord.gg:8443/x?v=10");
    REQUIRE(full);
    CHECK(full->scheme == "wss");
    CHECK(full->port == 8443);
    CHECK(full->path == "/x?v=10");
    CHECK(parse_url("https://[::1]")->host == "::1");
    for (const char* text : {"", "discord.com", "ftp://x", "https://", "https://u@h", "https://h:0",
                             "https://h:99999", "https://a b", "https://h#x", "https://[::1"})
        CHECK_FALSE(parse_url(text));
    CHECK(is_loopback(*parse_url("http://127.0.0.1:1")));
    CHECK_FALSE(is_loopback(*parse_url("http://127.evil.example")));
}

// Discord Docs/Rate Limits
TEST_CASE("route: ids are replaced, the major parameter stays")
{
    const route messages = route_of("POST", "/channels/12/messages?x=1");
    CHECK(messages.name == "POST /channels/{id}/messages");
    CHECK(messages.major == "12");
    CHECK_FALSE(messages.exempt);
    const route callback = route_of("POST", "/interactions/1/abc/callback");
    CHECK(callback.name == "POST /interactions/{id}/{token}/callback");
    CHECK(callback.major == "1/abc");
    CHECK(callback.exempt);
    CHECK_FALSE(callback.bot_token);
    CHECK(route_of("PUT", "/channels/1/messages/2/reactions/x/@me").name ==
          "PUT /channels/{id}/messages/{id}/reactions");
}

TEST_CASE("rate limit headers: seconds have fractions, nonsense is absent")
{
    const auto found = parse_rate_limit_headers({{"x-ratelimit-limit", "5"},
                                                 {"x-ratelimit-remaining", "0"},
                                                 {"x-ratelimit-reset-after", "0.6501"},
                                                 {"x-ratelimit-scope", "shared"}});
    CHECK(found.limit == 5);
    CHECK(found.remaining == 0);
    CHECK(found.reset_after == 651ms);
    CHECK(found.scope == limit_scope::shared);
    for (const char* text : {"-1", "nan", "1e99", "x", "", "1 "})
        CHECK_FALSE(parse_rate_limit_headers({{"retry-after", text}}).retry_after);
}
