#include "discord/api_error.hpp"
#include "discord/command_shape.hpp"
#include "support/catch.hpp"

using namespace tinfoil::discord;
namespace json = boost::json;

namespace {

json::object canonical(const char* text, bool is_global = true)
{
    return canonical_command(json::parse(text).as_object(), is_global);
}

bool same(const char* declared, const char* at_discord, bool is_global = true)
{
    return is_as_declared(canonical(declared, is_global), canonical(at_discord, is_global));
}

}  // namespace

// Discord Docs/Application Commands, "Application Command Object"
TEST_CASE("command shape: what Discord adds and defaults makes no difference")
{
    CHECK(same(
        R"({"name":"a","description":"b","options":[{"type":4,"name":"n","description":"d","required":false,"min_value":1}]})",
        R"({"id":"1","application_id":"2","version":"3","guild_id":"4","default_member_permissions":null,
                   "type":1,"name":"a","name_localizations":null,"description":"b","description_localizations":{},
                   "dm_permission":true,"contexts":[0,1,2],"integration_types":[0],"nsfw":false,
                   "options":[{"min_value":1.0,"type":4,"name":"n","description":"d","choices":[]}],"of_tomorrow":5})"));
    CHECK(same(R"({"name":"m","type":3})", R"({"name":"m","type":3,"description":""})"));
    CHECK(same(R"({"name":"a","contexts":[2,0],"dm_permission":true})",
               R"({"name":"a","contexts":[0,2],"dm_permission":false})"));
    CHECK(same(R"({"name":"a","options":[{"channel_types":[5,0]}]})",
               R"({"name":"a","options":[{"channel_types":[0,5]}]})"));
}

TEST_CASE("command shape: what people would notice does")
{
    const char* two = R"({"name":"a","options":[{"name":"x"},{"name":"y"}]})";
    CHECK_FALSE(same(two, R"({"name":"a","options":[{"name":"y"},{"name":"x"}]})"));
    CHECK_FALSE(same(two, R"({"name":"a","options":[{"name":"x"}]})"));
    CHECK_FALSE(same(two, R"({"name":"a"})"));
    CHECK_FALSE(same(R"({"name":"a"})", two));
    CHECK_FALSE(same(R"({"name":"a","description":"b"})", R"({"name":"a","description":"c"})"));
    CHECK_FALSE(same(R"({"name":"a"})", R"({"name":"a","default_member_permissions":"0"})"));
    CHECK_FALSE(same(R"({"name":"a"})", R"({"name":"a","nsfw":true})"));
    CHECK_FALSE(
        same(R"({"name":"a","dm_permission":false})", R"({"name":"a","dm_permission":true})"));
    CHECK_FALSE(same(R"({"name":"a","contexts":[0]})", R"({"name":"a","contexts":[0,1]})"));
    CHECK_FALSE(same(R"({"name":"a","contexts":[]})", R"({"name":"a","contexts":null})"));
    CHECK_FALSE(same(R"({"name":"a","name_localizations":{"de":"b"}})", R"({"name":"a"})"));
    CHECK_FALSE(same(R"({"name":"a"})", R"({"name":"a","name_localizations":{"de":"b"}})"));
    CHECK_FALSE(
        same(R"({"name":"a","options":[{"name":"x","choices":[{"name":"c","value":1}]}]})",
             R"({"name":"a","options":[{"name":"x","choices":[{"name":"c","value":2}]}]})"));
}

TEST_CASE("command shape: a guild's command has no contexts")
{
    const char* declared =
        R"({"name":"a","contexts":[0],"integration_types":[1],"dm_permission":false})";
    CHECK(json::serialize(canonical(declared, false)) == R"({"name":"a"})");
    CHECK(same(declared, R"({"name":"a"})", false));
}

TEST_CASE("command shape: an edit takes back what is not declared any more")
{
    const auto edit = command_edit(
        canonical(R"({"name":"a","type":2,"contexts":[0]})"),
        canonical(R"({"name":"a","type":2,"description":"d","nsfw":true,"options":[{"name":"x"}],
                      "default_member_permissions":"8","dm_permission":false})"));
    CHECK(edit ==
          json::parse(R"({"name":"a","contexts":[0],"description":"","nsfw":false,"options":[],
                                  "default_member_permissions":null,"dm_permission":true})"));
}

// Discord Docs/Reference, "Error Messages"
TEST_CASE("api error: Discord's errors come with the way to each")
{
    const auto said = read_api_error(400, R"({"code":50035,"message":"Invalid Form Body","errors":
        {"options":{"0":{"name":{"_errors":[{"code":"X","message":"Bad name"},{"message":"Worse"}]}}},
         "_errors":[{"message":"Too large"}]}})");
    CHECK(said.code == 50035);
    CHECK(said.text ==
          "Invalid Form Body: options.0.name: Bad name; options.0.name: Worse; Too large");
    CHECK(read_api_error(429, R"({"retry_after":1.5,"message":"slow"})").retry_after_s == 1.5);
    for (const char* other : {"", "<html>", "[]", R"({"message":5,"errors":{"a":[{}]}})"})
        CHECK(read_api_error(502, other).text == "HTTP status 502");
    std::string deep;
    for (int i = 0; i < 30; ++i)
        deep += R"({"a":)";
    const std::string text = R"({"message":"m","errors":)" + deep + "1" + std::string(31, '}');
    CHECK(read_api_error(400, text).text == "m");
}
