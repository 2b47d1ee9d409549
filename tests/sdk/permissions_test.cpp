// Discord Docs/Permissions.
#include "support/catch.hpp"

#include <set>
#include <tinfoil/member_permissions.hpp>

namespace tinfoil {
namespace {

using namespace permission;
namespace json = boost::json;

constexpr snowflake guild = 100, red = 101, blue = 102, somebody = 7;
constexpr snowflake both[] = {red, blue};
constexpr snowflake only_red[] = {red};

permissions in_channel(const permission_holder& who, std::vector<role_grant> roles,
                       std::vector<overwrite> overwrites, channel_kind in = channel_kind::text)
{
    return channel_permissions(guild, who, roles, overwrites, in);
}

constexpr permissions chat = view_channel | send_messages | read_message_history;

}  // namespace

// "Bitwise Permission Flags", and the examples above and below it.
TEST_CASE("permissions: each has Discord's bit and name")
{
    CHECK((add_reactions | send_messages) == 2112);
    CHECK(has(2112, 0x40));
    CHECK(has(2112, 0x800));
    CHECK_FALSE(has(2112, kick_members));
    CHECK_FALSE(has(2112, add_reactions | kick_members));
    CHECK(administrator == 0x8);
    CHECK(view_channel == 0x400);
    CHECK(moderate_members == 0x0000010000000000);
    CHECK(send_voice_messages == 0x0000400000000000);
    CHECK(set_voice_channel_status == 0x0001000000000000);
    CHECK(bypass_slowmode == 0x0010000000000000);
    CHECK(named("SEND_MESSAGES") == send_messages);
    CHECK(named("BYPASS_SLOWMODE") == bypass_slowmode);
    CHECK(named("USE_EXTERNAL_APPS") == use_external_apps);
    CHECK(named("") == 0);
    CHECK(named("send_messages") == 0);
    CHECK(names_of(2112) == "ADD_REACTIONS, SEND_MESSAGES");
    CHECK(names_of(1ULL << 47 | kick_members) == "KICK_MEMBERS, 1<<47");
    CHECK(names_of(0).empty());
    // 52 of them, each with a name of its own.
    std::set<std::string_view> different;
    for (const auto name : names)
        if (!name.empty())
            different.insert(name);
    CHECK(different.size() == 52);
    CHECK(permission::all == ((1ULL << 53) - 1 - (1ULL << 47)));
}

// "Permission Overwrites", its list and its pseudocode.
TEST_CASE("permissions: a guild gives what @everyone and the member's roles have")
{
    const std::vector<role_grant> roles{{guild, view_channel}, {red, send_messages}, {blue, speak}};
    CHECK(guild_permissions(guild, {somebody, {}}, roles) == view_channel);
    CHECK(guild_permissions(guild, {somebody, only_red}, roles) == (view_channel | send_messages));
    CHECK(guild_permissions(guild, {somebody, both}, roles) ==
          (view_channel | send_messages | speak));
    CHECK(guild_permissions(guild, {somebody, {}, true}, roles) == permission::all);
    const std::vector<role_grant> admins{{guild, 0}, {red, administrator}};
    CHECK(guild_permissions(guild, {somebody, only_red}, admins) == permission::all);
    CHECK(guild_permissions(guild, {somebody, {}}, admins) == 0);
}

TEST_CASE("permissions: overwrites come in the order everyone, roles, member")
{
    const std::vector<role_grant> roles{{guild, chat}, {red, 0}, {blue, 0}};
    const permission_holder who{somebody, both};
    CHECK(in_channel(who, roles, {}) == chat);
    // Denied to everyone, allowed to a role.
    CHECK(in_channel(who, roles, {{guild, false, 0, send_messages}}) == (chat & ~send_messages));
    CHECK(in_channel(who, roles,
                     {{red, false, send_messages, 0}, {guild, false, 0, send_messages}}) == chat);
    // Of roles an allowance wins, whatever their order and position.
    const overwrite denies{red, false, 0, view_channel}, allows{blue, false, view_channel, 0};
    CHECK(in_channel(who, roles, {denies, allows}) == chat);
    CHECK(in_channel(who, roles, {allows, denies}) == chat);
    CHECK(in_channel({somebody, only_red}, roles, {allows, denies}) == 0);
    // What is said of the member goes last.
    CHECK(in_channel(who, roles, {{somebody, true, 0, view_channel}, allows}) == 0);
    CHECK(in_channel(who, roles, {{somebody, true, speak, 0}, {guild, false, 0, speak}}) ==
          (chat | speak));
    // Of others they are not ours.
    CHECK(in_channel(who, roles, {{8, true, 0, view_channel}, {103, false, 0, view_channel}}) ==
          chat);
    // A role and a member are different things, even of one id.
    CHECK(in_channel({red, only_red}, roles, {{red, true, speak, 0}}) == (chat | speak));
}

TEST_CASE("permissions: neither owners nor administrators are bound by overwrites")
{
    const std::vector<role_grant> roles{{guild, 0}, {red, administrator}};
    const overwrite nothing{guild, false, 0, ~permissions{0}};
    CHECK(in_channel({somebody, {}, true}, roles, {nothing}) == permission::all);
    CHECK(in_channel({somebody, only_red}, roles, {nothing}) == permission::all);
    CHECK(in_channel({somebody, {}}, roles, {nothing}) == 0);
    // Administrator by an overwrite is none in Discord either, but neither does it take away.
    CHECK(has(in_channel({somebody, {}}, roles, {{guild, false, view_channel, 0}}), view_channel));
}

// "Implicit Permissions".
TEST_CASE("permissions: without the one there is no use in the other")
{
    const permissions loud =
        chat | mention_everyone | send_tts_messages | attach_files | embed_links | add_reactions;
    CHECK(usable(loud, channel_kind::text) == loud);
    CHECK(usable(loud & ~view_channel, channel_kind::text) == 0);
    CHECK(usable(loud & ~send_messages, channel_kind::text) ==
          (view_channel | read_message_history | add_reactions));
    const permissions talk = chat | connect | speak | stream | manage_channels | move_members;
    CHECK(usable(talk, channel_kind::voice) == talk);
    CHECK(usable(talk & ~connect, channel_kind::voice) == chat);
    CHECK(usable(talk & ~connect, channel_kind::text) == (talk & ~connect));
}

// "Inherited Permissions (Threads)".
TEST_CASE("permissions: in a thread one has to be allowed to send in threads")
{
    const std::vector<role_grant> sends{{guild, chat | attach_files}};
    CHECK(in_channel({somebody, {}}, sends, {}, channel_kind::thread) ==
          (view_channel | read_message_history));
    const std::vector<role_grant> threads{
        {guild, view_channel | send_messages_in_threads | attach_files}};
    CHECK(in_channel({somebody, {}}, threads, {}, channel_kind::thread) ==
          (view_channel | send_messages | send_messages_in_threads | attach_files));
    CHECK(in_channel({somebody, {}}, threads, {}) == (view_channel | send_messages_in_threads));
    CHECK(in_channel({somebody, {}}, {{guild, send_messages_in_threads}}, {},
                     channel_kind::thread) == 0);
}

// "Permissions For Timed Out Members".
TEST_CASE("permissions: a time-out leaves reading")
{
    const std::vector<role_grant> roles{{guild, chat | add_reactions}, {red, administrator}};
    CHECK(in_channel({somebody, {}, false, true}, roles, {}) ==
          (view_channel | read_message_history));
    CHECK(guild_permissions(guild, {somebody, {}, false, true}, roles) ==
          (view_channel | read_message_history));
    CHECK(in_channel({somebody, {}, false, true}, roles, {{guild, false, 0, view_channel}}) == 0);
    CHECK(in_channel({somebody, {}, true, true}, roles, {}) == permission::all);
    CHECK(in_channel({somebody, only_red, false, true}, roles, {}) == permission::all);
}

// Discord Docs/Channel, "Channel Types".
TEST_CASE("permissions: a channel's type says what can be done in it")
{
    for (const int type : {0, 1, 3, 4, 5, 14, 15, 16})
        CHECK(kind_of_channel(type) == channel_kind::text);
    CHECK(kind_of_channel(2) == channel_kind::voice);
    CHECK(kind_of_channel(13) == channel_kind::voice);
    for (const int type : {10, 11, 12})
        CHECK(kind_of_channel(type) == channel_kind::thread);
}

TEST_CASE("permissions: they come out of Discord's JSON")
{
    // Without its ADMINISTRATOR the role is the example of "Role Object".
    const json::object here = json::parse(R"({"id":"41771983423143930","owner_id":"1","roles":[
            {"id":"41771983423143930","permissions":"3072"},
            {"id":"41771983423143936","name":"WE DEM BOYZZ!!!!!!","permissions":"66321463"}]})")
                                  .as_object();
    const json::object member = json::parse(R"({"roles":["41771983423143936"],
                        "communication_disabled_until":"2024-01-01T00:01:00.000000+00:00"})")
                                    .as_object();
    const auto year = std::chrono::sys_days(std::chrono::year(2024) / 1 / 1);
    const std::chrono::minutes minute(1);
    const member_permissions before(here, member, 5, year), after(here, member, 5, year + minute);
    CHECK(before.in_guild() == (view_channel | read_message_history));
    CHECK(after.in_guild() == 66321463);
    json::object admins = here;
    admins["roles"].as_array()[1].as_object()["permissions"] = "66321471";
    CHECK(member_permissions(admins, member, 5, year).in_guild() == permission::all);
    CHECK(member_permissions(here, {}, 5, year).in_guild() == 3072);
    CHECK(member_permissions(here, {}, 1, year).in_guild() == permission::all);
    const json::object room = json::parse(R"({"id":"9","type":0,"permission_overwrites":[
            {"id":"41771983423143930","type":0,"allow":"0","deny":"2048"},
            {"id":"5","type":1,"allow":"2048","deny":"0"}]})")
                                  .as_object();
    CHECK(member_permissions(here, {}, 6, year).in_channel(room) == view_channel);
    CHECK(member_permissions(here, {}, 5, year).in_channel(room) == 3072);
    CHECK(member_permissions(here, {}, 5, year).in_thread_of(room) == view_channel);
    // What is no permission, role or member adds none.
    CHECK(member_permissions({}, {}, 5, year).in_channel({}) == 0);
}

}  // namespace tinfoil
