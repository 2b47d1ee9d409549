// Discord Docs/Gateway Events, "Send Events".
#include "discord/gateway_command.hpp"
#include "discord/intents.hpp"
#include "discord/payload.hpp"
#include "support/catch.hpp"

#include <string>

using namespace tinfoil;
using namespace tinfoil::discord;

namespace {

// What goes to the socket, or the kind of the refusal.
std::string sent(int op, const std::string& data)
{
    const auto made = read_command(op, data);
    if (made)
        return command_payload(*made, "");
    CHECK(made.error().text.find("  ") == std::string::npos);
    return made.error().how == command_outcome::too_large ? "too large" : "invalid";
}

std::string ids(std::size_t count)
{
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
        list +=
            (i == 0 ? "" : ",") + ("\"" + std::to_string(900'000'000'000'000'000ULL + i) + "\"");
    return "[" + list + "]";
}

}  // namespace

TEST_CASE("command: what a bot asks for is checked and completed")
{
    CHECK(sent(3, R"({"status":"idle"})") ==
          R"({"op":3,"d":{"since":null,"activities":[],"status":"idle","afk":false}})");
    CHECK(sent(4, R"({"guild_id":"7","channel_id":"8","self_deaf":true})") ==
          R"({"op":4,"d":{"guild_id":"7","channel_id":"8","self_mute":false,"self_deaf":true}})");
    CHECK(sent(4, R"({"guild_id":"7","channel_id":null})") ==
          R"({"op":4,"d":{"guild_id":"7","channel_id":null,"self_mute":false,"self_deaf":false}})");
    CHECK(sent(8, R"({"guild_id":"7"})") ==
          R"({"op":8,"d":{"guild_id":"7","query":"","limit":0}})");
    CHECK(sent(8, R"({"guild_id":"7","user_ids":"9","presences":true})") ==
          R"({"op":8,"d":{"guild_id":"7","presences":true,"user_ids":["9"]}})");
    CHECK(sent(31, R"({"guild_ids":["7"]})") == R"({"op":31,"d":{"guild_ids":["7"]}})");
    CHECK(sent(43, R"({"guild_id":"7","fields":["status"]})") ==
          R"({"op":43,"d":{"guild_id":"7","fields":["status"]}})");
}

TEST_CASE("command: all members need an intent, and their presences another")
{
    const auto needs = [](const char* data) { return read_command(8, data)->needs; };
    CHECK(needs(R"({"guild_id":"7","query":"","limit":0})") == intent_guild_members);
    CHECK(needs(R"({"guild_id":"7","query":"a","limit":5})") == 0);
    CHECK(needs(R"({"guild_id":"7","user_ids":["1"]})") == 0);
    CHECK(needs(R"({"guild_id":"7","presences":true})") ==
          (intent_guild_members | intent_guild_presences));
    CHECK(read_command(8, R"({"guild_id":"7"})")->all_members);
    CHECK_FALSE(read_command(8, R"({"guild_id":"7","query":"","limit":1})")->all_members);
}

TEST_CASE("command: what Discord would answer with a close code is refused [request-members]",
          "[request-members]")
{
    for (const char* data :
         {R"({"guild_id":"7","query":"a","limit":101})", R"({"guild_id":"7","query":"a"})",
          R"({"guild_id":"7","query":"a","user_ids":["1"]})", R"({"query":""})",
          R"({"guild_id":"7","user_ids":[]})", R"({"guild_id":"7","user_ids":["x"]})",
          R"({"guild_id":"7","nonce":"123456789012345678901234567890123"})", R"({"guild_id":7})",
          R"({"guild_id":["7","8"]})", "[]", "{", ""})
        CHECK(sent(8, data) == "invalid");
    CHECK(sent(8, R"({"guild_id":"7","user_ids":)" + ids(101) + "}") == "invalid");
    CHECK(sent(8, R"({"guild_id":"7","user_ids":)" + ids(100) + "}").size() > 2000);
    for (const char* data :
         {R"({"status":"away"})", R"({"since":"x"})", R"({"activities":{}})", R"({"afk":1})"})
        CHECK(sent(3, data) == "invalid");
    CHECK(sent(4, R"({"guild_id":"7","channel_id":"general"})") == "invalid");
    CHECK(sent(31, R"({"guild_ids":["7","8"]})") == "invalid");
    CHECK(sent(43, R"({"guild_id":"7","fields":[1]})") == "invalid");
    for (const int op : {0, 1, 2, 6, 7, 9, 10, 11, 99})
        CHECK(sent(op, R"({"guild_id":"7"})") == "invalid");
}

TEST_CASE("command: a payload has at most 4,096 bytes, with its nonce [payload-4096]",
          "[payload-4096]")
{
    const auto query = [](std::size_t bytes) {
        return R"({"guild_id":"7","query":")" + std::string(bytes, 'q') + R"(","limit":1})";
    };
    std::size_t most = 0;
    for (std::size_t bytes = 3900; bytes < 4200; ++bytes)
        if (const auto made = read_command(8, query(bytes))) {
            CHECK(command_payload(*made, std::string(32, 'n')).size() <= 4096);
            most = bytes;
        }
    CHECK(command_payload(*read_command(8, query(most)), std::string(32, 'n')).size() == 4096);
    CHECK(sent(8, query(most + 1)) == "too large");
    CHECK(sent(8, query(1'000'000)) == "too large");
    // What counts is what goes out, not what was given.
    CHECK(sent(3, R"({"activities":[{"name":")" + std::string(4050, 'n') + R"("}]})") ==
          "too large");
}

TEST_CASE("payload: an IDENTIFY takes a presence with it if there is room [payload-4096]",
          "[payload-4096]")
{
    const std::string plain = identify_payload(redacted("token"), {3, 16}, 513);
    const auto dressed = with_presence(plain, R"({"status":"idle"})");
    REQUIRE(dressed);
    CHECK(dressed->ends_with(R"("presence":{"status":"idle"}}})"));
    CHECK(dressed->starts_with(plain.substr(0, plain.size() - 2)));
    CHECK_FALSE(with_presence(plain, "{\"status\":\"" + std::string(4000, 'x') + "\"}"));
}
