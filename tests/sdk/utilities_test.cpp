// What the SDK works out, beside the values of Discord's documentation.
#include "support/catch.hpp"

#include <algorithm>
#include <limits>
#include <tinfoil/cdn.hpp>
#include <tinfoil/colour.hpp>
#include <tinfoil/markup.hpp>
#include <tinfoil/permissions.hpp>
#include <tinfoil/snowflake.hpp>
#include <tinfoil/timestamp.hpp>
#include <type_traits>

namespace tinfoil {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::year;

// g++ 12 frees twice what others hold in braces inside of a co_await.
TEST_CASE("sdk: what is written in braces owns nothing")
{
    STATIC_REQUIRE(std::is_trivially_destructible_v<image>);
    STATIC_REQUIRE(std::is_trivially_destructible_v<mention>);
    STATIC_REQUIRE(std::is_trivially_destructible_v<permission_holder>);
    STATIC_REQUIRE(std::is_trivially_destructible_v<role_grant>);
    STATIC_REQUIRE(std::is_trivially_destructible_v<overwrite>);
}

// Discord Docs/Reference, "Snowflakes": the id of its picture, and the time beside it.
TEST_CASE("snowflake: an id holds the time it was made at")
{
    CHECK(created_at(175928847299117063) ==
          sys_days(year(2016) / 4 / 30) + 11h + 18min + 25s + 796ms);
    CHECK(created_at(175928847299117063).time_since_epoch() == 1462015105796ms);
    CHECK(created_at(0) == sys_days(year(2015) / 1 / 1));
    STATIC_REQUIRE(snowflake_at(created_at(175928847299117063)) == 175928847299117063 >> 22 << 22);
    CHECK(created_at(snowflake_at(sys_days(year(2024) / 2 / 29) + 1ms)) ==
          sys_days(year(2024) / 2 / 29) + 1ms);
    CHECK(snowflake_at(sys_days(year(2014) / 12 / 31)) == 0);
    CHECK(snowflake_at(sys_days(year(9999) / 1 / 1)) >> 22 == (1ULL << 42) - 1);
}

// Discord Docs/Gateway, "Sharding".
TEST_CASE("snowflake: a guild's events go to one shard")
{
    CHECK(shard_of(41771983423143936, 1) == 0);
    CHECK(shard_of(41771983423143936, 16) == (41771983423143936 >> 22) % 16);
    CHECK(shard_of(3ULL << 22 | 0x3FFFFF, 4) == 3);
    CHECK(shard_of(7ULL << 22, 4) == 3);
}

TEST_CASE("snowflake: only a number in full is an id")
{
    CHECK(to_snowflake("80351110224678912") == 80351110224678912);
    CHECK(to_snowflake("18446744073709551615") == std::numeric_limits<snowflake>::max());
    for (const char* wrong : {"", "x", "12x", " 1", "-1", "+1", "18446744073709551616", "1.5"})
        CHECK(to_snowflake(wrong) == 0);
}

// Discord Docs/Reference, "ISO8601 Date/Time", and an example of Discord Docs/Guild.
TEST_CASE("timestamp: Discord's moments are read, and nothing else is")
{
    const auto evening = sys_days(year(2021) / 11 / 30) + 23h + 26min + 31s;
    CHECK(parse_timestamp("2021-11-30T23:26:31.452000+00:00") == evening + 452ms);
    CHECK(parse_timestamp("2021-11-30T23:26:31.4529Z") == evening + 452ms);
    CHECK(parse_timestamp("2021-11-30T23:26:31.5+00:00") == evening + 500ms);
    CHECK(parse_timestamp("2021-11-30T23:26:31Z") == evening);
    CHECK(parse_timestamp("2021-12-01T01:26:31+02:00") == evening);
    CHECK(parse_timestamp("2021-11-30T18:56:31-04:30") == evening);
    for (const char* wrong :
         {"", "2021-11-30", "2021-11-30T23:26:31", "2021-02-30T00:00:00Z", "2021-11-30T24:00:00Z",
          "2021-11-30 23:26:31Z", "2021-11-30T23:26:31.Z", "2021-11-30T23:26:31Zx",
          "2021-13-30T23:26:31Z", "x021-11-30T23:26:31Z", "2021-11-30T23:26:31+0000"})
        CHECK_FALSE(parse_timestamp(wrong).has_value());
}

// Discord Docs/Reference, "Message Formatting": its examples.
TEST_CASE("markup: mentions are written as Discord reads them")
{
    CHECK(user_mention(80351110224678912) == "<@80351110224678912>");
    CHECK(channel_mention(103735883630395392) == "<#103735883630395392>");
    CHECK(role_mention(165511591545143296) == "<@&165511591545143296>");
    CHECK(command_mention("airhorn", 816437322781949972) == "</airhorn:816437322781949972>");
    CHECK(command_mention("foo group bar", 123456789012345678) ==
          "</foo group bar:123456789012345678>");
    CHECK(emoji_markup("mmLol", 216154654256398347) == "<:mmLol:216154654256398347>");
    CHECK(emoji_markup("b1nzy", 392938283556143104, true) == "<a:b1nzy:392938283556143104>");
    CHECK(guild_link("customize") == "<id:customize>");
    const std::chrono::sys_seconds when{1618953630s};
    CHECK(time_markup(when) == "<t:1618953630>");
    CHECK(time_markup(when, time_style::short_date) == "<t:1618953630:d>");
    CHECK(time_markup(when + 999ms, time_style::relative) == "<t:1618953630:R>");
    CHECK(time_markup(std::chrono::sys_seconds{} - 1ms, time_style::medium_time) == "<t:-1:T>");
}

TEST_CASE("markup: what was written is found again")
{
    using kind = mention::kind;
    const std::string text = "hi <@80351110224678912>, <@!80351110224678913> <#1> <@&2> "
                             "</foo group bar:3> <:mmLol:4><a:b1nzy:5> <t:1618953630> "
                             "<t:-1:R> @everyone @here";
    const auto found = mentions_in(text);
    REQUIRE(found.size() == 11);
    const auto is = [&](std::size_t at, kind what, snowflake id, std::string_view name) {
        CAPTURE(at);
        CHECK(found[at].what == what);
        CHECK(found[at].id == id);
        CHECK(found[at].name == name);
    };
    is(0, kind::user, 80351110224678912, "");
    is(1, kind::user, 80351110224678913, "");
    is(2, kind::channel, 1, "");
    is(3, kind::role, 2, "");
    is(4, kind::command, 3, "foo group bar");
    is(5, kind::emoji, 4, "mmLol");
    is(6, kind::animated_emoji, 5, "b1nzy");
    is(7, kind::time, 0, "");
    CHECK(found[7].seconds == 1618953630);
    is(8, kind::time, 0, "R");
    CHECK(found[8].seconds == -1);
    is(9, kind::everyone, 0, "");
    is(10, kind::here, 0, "");
    CHECK(found[0].whole == "<@80351110224678912>");
    CHECK(found[9].whole == "@everyone");
}

TEST_CASE("markup: what only looks like a mention is none")
{
    for (const char* text : {"",
                             "<",
                             "<>",
                             "<@>",
                             "<@x>",
                             "<@1x>",
                             "<@ 1>",
                             "<#>",
                             "<@&>",
                             "</:1>",
                             "</x>",
                             "<::1>",
                             "<:x:>",
                             "<:x:1",
                             "<t:>",
                             "<t:x>",
                             "<t:1:>",
                             "<t:1:q>",
                             "<t:1:RR>",
                             "<b:x:1>",
                             "a < b > c",
                             "<@18446744073709551616>",
                             "<t:99999999999999999>",
                             "everyone"})
        CHECK(mentions_in(text).empty());
    CHECK(mentions_in("<<@1>>").size() == 1);
    CHECK(mentions_in("<@<@1>").size() == 1);
}

TEST_CASE("markup: an escaped text shows as it was written")
{
    CHECK(escape_markdown("plain text 1.5, a-b") == "plain text 1.5, a-b");
    CHECK(escape_markdown("*a* _b_ ~~c~~ `d` ||e||") ==
          "\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\`d\\` \\|\\|e\\|\\|");
    CHECK(escape_markdown("<@1> [x](y) \\") == "\\<@1\\> \\[x\\](y) \\\\");
    CHECK(escape_markdown("# a\n- b\n  + c\n-# d\n1. e\n12. f #g -h 3.") ==
          "\\# a\n\\- b\n  \\+ c\n\\-# d\n1\\. e\n12\\. f #g -h 3.");
    const std::string wild = "*_~`|[]<>\\ # - + 1. \n> x\n# y\n10. z";
    std::string back;
    const std::string escaped = escape_markdown(wild);
    for (std::size_t at = 0; at < escaped.size(); ++at)
        back += escaped[at] == '\\' ? escaped[++at] : escaped[at];
    CHECK(back == wild);
    CHECK(mentions_in(escape_markdown("<@1>")).empty());
}

// Discord Docs/Permissions, "Role Object", of its example: 3447003.
TEST_CASE("colour: a number is three parts of light")
{
    STATIC_REQUIRE(colour(3447003).red() == 0x34);
    CHECK(colour(3447003).green() == 0x98);
    CHECK(colour(3447003).blue() == 0xDB);
    CHECK(colour(3447003).text() == "#3498DB");
    CHECK(colour(0x34, 0x98, 0xDB).value() == 3447003);
    CHECK(colour(0).text() == "#000000");
    CHECK(colour::parse("#3498db") == colour(3447003));
    CHECK(colour::parse("3498DB") == colour(3447003));
    CHECK(colour::parse("#39d") == colour(0x3399DD));
    for (const char* wrong : {"", "#", "#12345", "#12345g", "1234567", "##123456", "#12 456"})
        CHECK_FALSE(colour::parse(wrong).has_value());
}

// Discord Docs/Reference, "CDN Endpoints", row by row.
TEST_CASE("cdn: each of Discord's images has its address")
{
    const std::string base = "https://cdn.discordapp.com/";
    CHECK(emoji_url(1) == base + "emojis/1.png");
    CHECK(guild_icon_url(1, "h") == base + "icons/1/h.png");
    CHECK(guild_splash_url(1, "h") == base + "splashes/1/h.png");
    CHECK(guild_discovery_splash_url(1, "h") == base + "discovery-splashes/1/h.png");
    CHECK(banner_url(1, "h") == base + "banners/1/h.png");
    CHECK(avatar_url(1, "h") == base + "avatars/1/h.png");
    CHECK(member_avatar_url(1, 2, "h") == base + "guilds/1/users/2/avatars/h.png");
    CHECK(avatar_decoration_url("h") == base + "avatar-decoration-presets/h.png");
    CHECK(application_icon_url(1, "h") == base + "app-icons/1/h.png");
    CHECK(application_asset_url(1, "2") == base + "app-assets/1/2.png");
    CHECK(achievement_icon_url(1, 2, "h") == base + "app-assets/1/achievements/2/icons/h.png");
    CHECK(store_asset_url(1, 2) == base + "app-assets/1/store/2.png");
    CHECK(sticker_pack_banner_url(2) == base + "app-assets/710982414301790216/store/2.png");
    CHECK(team_icon_url(1, "h") == base + "team-icons/1/h.png");
    CHECK(sticker_url(1, 1) == base + "stickers/1.png");
    CHECK(sticker_url(1, 2) == base + "stickers/1.png");
    CHECK(sticker_url(1, 3) == base + "stickers/1.json");
    CHECK(sticker_url(1, 4) == "https://media.discordapp.net/stickers/1.gif");
    CHECK(role_icon_url(1, "h") == base + "role-icons/1/h.png");
    CHECK(scheduled_event_cover_url(1, "h") == base + "guild-events/1/h.png");
    CHECK(member_banner_url(1, 2, "h") == base + "guilds/1/users/2/banners/h.png");
    CHECK(guild_tag_badge_url(1, "h") == base + "guild-tag-badges/1/h.png");
}

// The same page, its notes: `(user_id >> 22) % 6`, and `discriminator % 5` for the old names.
TEST_CASE("cdn: somebody without an avatar has one of Discord's")
{
    const std::string base = "https://cdn.discordapp.com/embed/avatars/";
    CHECK(default_avatar_url(80351110224678912) ==
          base + std::to_string((80351110224678912 >> 22) % 6) + ".png");
    CHECK(default_avatar_url(5ULL << 22) == base + "5.png");
    CHECK(default_avatar_url(6ULL << 22) == base + "0.png");
    CHECK(default_avatar_url(5ULL << 22, 1337) == base + "2.png");
}

TEST_CASE("cdn: formats and sizes are those that Discord has")
{
    const std::string base = "https://cdn.discordapp.com/";
    const std::string moving = "a_1269e74af4df7417b13759eae50c83dc";
    CHECK(avatar_url(1, moving) == base + "avatars/1/" + moving + ".webp?animated=true");
    CHECK(avatar_url(1, moving, {.size = 128}) ==
          base + "avatars/1/" + moving + ".webp?animated=true&size=128");
    CHECK(avatar_url(1, moving, {image_format::gif}) == base + "avatars/1/" + moving + ".gif");
    CHECK(avatar_url(1, "h", {image_format::gif}) == base + "avatars/1/h.png");
    CHECK(avatar_url(1, "h", {image_format::jpeg, 64}) == base + "avatars/1/h.jpg?size=64");
    CHECK(avatar_url(1, moving, {image_format::png}) == base + "avatars/1/" + moving + ".png");
    CHECK(guild_splash_url(1, moving) == base + "splashes/1/" + moving + ".png");
    CHECK(guild_splash_url(1, moving, {image_format::gif}) ==
          base + "splashes/1/" + moving + ".png");
    CHECK(avatar_decoration_url("h", {image_format::webp}) ==
          base + "avatar-decoration-presets/h.png");
    CHECK(emoji_url(1, true) == base + "emojis/1.webp?animated=true");
    CHECK(emoji_url(1, false, {image_format::webp}) == base + "emojis/1.webp");
    CHECK(guild_icon_url(1, "h", {.size = 1}) == base + "icons/1/h.png?size=16");
    CHECK(guild_icon_url(1, "h", {.size = 100}) == base + "icons/1/h.png?size=128");
    CHECK(guild_icon_url(1, "h", {.size = 9999}) == base + "icons/1/h.png?size=4096");
    CHECK(guild_icon_url(1, "../x") == base + "icons/1/..%2Fx.png");
}

}  // namespace tinfoil
