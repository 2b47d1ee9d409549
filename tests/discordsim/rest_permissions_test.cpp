// What the bot may not do. Discord Docs/Permissions.
#include "discordsim/permissions.hpp"
#include "gateway_scene.hpp"
#include "rest_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

struct permissions_scene : rest_scene {
    [[nodiscard]] guild& home() { return all.guilds[0]; }
    /// Without any of these in the whole guild.
    void lose(std::uint64_t what)
    {
        home().roles[1].permissions = everything_allowed & ~permission::administrator & ~what;
        home().roles[0].permissions &= ~what;
    }
    /// Its code when it is refused with 403.
    std::int64_t refusal(const std::string& method, const std::string& path,
                         const std::string& body = "")
    {
        const auto got = ask(method, path, body);
        return got.status == 403 ? got.at("/code").as_int64() : 0;
    }
};

struct deed_needs {
    std::string method, path, body;
    std::uint64_t needed;
};

}  // namespace

TEST_CASE("rest permissions: each operation needs its own", "[rest/missing-permissions]")
{
    permissions_scene it;
    auto& people = it.home().people;
    const std::string by_other = it.message_path();
    const auto message = it.home().channels[0].messages.back().id;
    it.home().channels[0].messages.back().author = people[1];
    const std::string guild = it.guild_path(), channel = it.channel_path(),
                      member = guild + "/members/" + it.person(1), id = to_string(message);
    const std::string role = it.id(it.ask("POST", guild + "/roles", R"({"name":"mods"})"));
    const std::vector<deed_needs> all{
        {"POST", channel + "/messages", R"({"content":"a"})", permission::send_messages},
        {"POST", channel + "/messages/bulk-delete", R"({"messages":["1","2"]})",
         permission::manage_messages},
        {"PUT", channel + "/messages/pins/" + id, "", permission::pin_messages},
        {"PUT", by_other + "/reactions/%F0%9F%91%8D/@me", "", permission::add_reactions},
        {"DELETE", by_other + "/reactions", "", permission::manage_messages},
        {"POST", by_other + "/threads", R"({"name":"t"})", permission::create_public_threads},
        {"DELETE", by_other, "", permission::manage_messages},
        {"POST", channel + "/threads", R"({"name":"t","type":12})",
         permission::create_private_threads},
        {"PATCH", channel, R"({"name":"b"})", permission::manage_channels},
        {"DELETE", channel, "", permission::manage_channels},
        {"PUT", channel + "/permissions/" + role, R"({"type":0})", permission::manage_roles},
        {"POST", channel + "/webhooks", R"({"name":"w"})", permission::manage_webhooks},
        {"PATCH", guild, R"({"name":"bb"})", permission::manage_guild},
        {"POST", guild + "/channels", R"({"name":"c"})", permission::manage_channels},
        {"POST", guild + "/roles", "{}", permission::manage_roles},
        {"PATCH", guild + "/roles/" + role, R"({"name":"b"})", permission::manage_roles},
        {"PUT", member + "/roles/" + role, "", permission::manage_roles},
        {"PATCH", member, R"({"nick":"n"})", permission::manage_nicknames},
        {"PATCH", member, R"({"roles":[]})", permission::manage_roles},
        {"PATCH", member, R"({"communication_disabled_until":null})", permission::moderate_members},
        {"PATCH", guild + "/members/@me", R"({"nick":"n"})", permission::change_nickname},
        {"DELETE", member, "", permission::kick_members},
        {"PUT", guild + "/bans/" + it.person(1), "", permission::ban_members},
        {"GET", guild + "/bans", "", permission::ban_members}};
    for (const auto& [method, path, body, needed] : all) {
        INFO(method << " " << path);
        it.lose(needed);
        CHECK(it.refusal(method, path, body) == 50013);
        CHECK(it.events.empty());
        it.home().roles[1].permissions = needed | permission::view_channel;
        // What it names may be gone by now, but nobody forbids it.
        CHECK(it.refusal(method, path, body) == 0);
        if (method == "DELETE" && path == channel)
            it.all.add_channel(it.home(),
                               {discord::parse_snowflake(channel.substr(10)).value(), "x"});
    }
}

TEST_CASE("rest permissions: the bot deletes its own messages, and its own role is not deleted",
          "[rest/missing-permissions]")
{
    permissions_scene it;
    const std::string own = it.message_path();
    CHECK(it.ask("GET", it.guild_path() + "/roles").at("/1/tags/bot_id") ==
          boost::json::value(to_string(it.all.bot.id)));
    CHECK(it.ask("DELETE", it.guild_path() + "/roles/" + to_string(it.home().roles[1].id))
              .at("/code") == 50028);
    it.lose(permission::manage_messages);
    CHECK(it.ask("DELETE", own).status == 204);
}

TEST_CASE("rest permissions: files need a permission, and threads one of their own",
          "[rest/missing-permissions]")
{
    permissions_scene it;
    const auto thread = it.ask("POST", it.channel_path() + "/threads", R"({"name":"t","type":11})");
    const std::string inside = "/channels/" + it.id(thread) + "/messages";
    it.lose(permission::send_messages_in_threads);
    CHECK(it.refusal("POST", inside, R"({"content":"a"})") == 50013);
    CHECK(it.refusal("POST", it.channel_path() + "/messages", R"({"content":"a"})") == 0);
    it.lose(permission::send_messages);
    CHECK(it.refusal("POST", inside, R"({"content":"a"})") == 0);
    it.lose(permission::attach_files);
    it.now += 6s;
    const auto got = it.send({1, "POST", it.channel_path() + "/messages",
                              "--x\r\nContent-Disposition: form-data; name=\"files[0]\"; "
                              "filename=\"a.txt\"\r\n\r\nhi\r\n--x--\r\n",
                              "multipart/form-data; boundary=x", "Bot sandbox"});
    CHECK(got.status == 403);
    CHECK(got.at("/code") == 50013);
}

TEST_CASE("rest permissions: whoever began a thread may change it, and all may open it again",
          "[rest/missing-permissions]")
{
    // Discord Docs/Channel, "Modify Channel".
    permissions_scene it;
    const auto made = it.ask("POST", it.channel_path() + "/threads", R"({"name":"t","type":11})");
    const std::string path = "/channels/" + it.id(made);
    it.lose(permission::manage_threads);
    CHECK(it.ask("PATCH", path, R"({"name":"mine"})").status == 200);
    CHECK(it.ask("PATCH", path, R"({"archived":true})").status == 200);
    auto& own = *it.home().threads.front().thread;
    own.owner = it.home().people[1].id;
    CHECK(it.ask("PATCH", path, R"({"archived":false})").status == 200);
    CHECK(it.refusal("PATCH", path, R"({"name":"yours"})") == 50013);
    own.locked = true;
    CHECK(it.refusal("PATCH", path, R"({"archived":false})") == 50013);
    CHECK(it.refusal("DELETE", path) == 50013);
}

TEST_CASE("rest permissions: overwrites hold in their order, and for threads those of the parent",
          "[rest/missing-permissions]")
{
    // Discord Docs/Permissions, "Permission Overwrites".
    world all{1, {1, 3}, 1'700'000'000'000, instant{}};
    guild& of = all.guilds[0];
    channel& in = of.channels[0];
    const auto bot_role = of.roles[1].id;
    of.roles[1].permissions = 0;
    const auto may_send = [&] {
        return (permissions_of(of, {all.bot.id, of.own.roles}, &in) & permission::send_messages) !=
               0;
    };
    const std::uint64_t send = permission::send_messages;
    CHECK(may_send());
    in.overwrites = {{of.id, 0, 0, send}};
    CHECK_FALSE(may_send());
    in.overwrites.push_back({bot_role, 0, send, 0});
    CHECK(may_send());
    in.overwrites.push_back({all.bot.id, 1, 0, send});
    CHECK_FALSE(may_send());
    channel thread{{5}, "t"};
    thread.parent = in.id;
    thread.thread.emplace();
    const channel& kept = all.add_thread(of, thread);
    CHECK((permissions_of(of, {all.bot.id, of.own.roles}, &kept) & send) == 0);
    of.roles[1].permissions = permission::administrator;
    CHECK(may_send());
    const std::vector<discord::snowflake> none;
    CHECK(permissions_of(of, {of.people[0].id, none}, &in) == everything_allowed);  // The owner.
    CHECK((permissions_of(of, {of.people[1].id, none}, &in) & send) == 0);
}

TEST_CASE("rest permissions: a channel that the bot can't see is 50001",
          "[rest/missing-permissions]")
{
    permissions_scene it;
    it.lose(permission::view_channel);
    CHECK(it.refusal("GET", it.channel_path()) == 50001);
    CHECK(it.refusal("GET", it.channel_path() + "/messages") == 50001);
    CHECK(it.refusal("GET", it.guild_path()) == 0);
}

TEST_CASE("rest permissions: a lost permission is told, refused, and comes back",
          "[rest/missing-permissions]")
{
    // Discord Docs/Gateway Events, "Guild Role Update".
    gateway_scene it;
    it.identify(1);
    const auto posts = [&] {
        for (const auto& line : it.post())
            if (line.find("MESSAGE_CREATE") != std::string::npos)
                return true;
        return false;
    };
    CHECK(posts());
    const auto lose = [&](const std::string& what, const std::string& length) {
        return it.broken(R"({"fault":"permission-lost","permission":")" + what + R"(","for":")" +
                         length + "\"}");
    };
    CHECK(lose("SEND_MESSAGES", "20s").size() == 4);  // Of both roles, made and sent.
    CHECK_FALSE(posts());
    CHECK(lose("KICK_MEMBERS", "1m").size() == 2);
    it.now += 20s;
    it.feed(elapsed{});
    CHECK(posts());
    CHECK(it.home().roles[1].permissions ==
          (everything_allowed & ~permission::administrator & ~permission::kick_members));
    it.op(1, 1, "null");
    it.now += 40s;
    CHECK(it.told(elapsed{}).size() == 2);
    CHECK(it.home().roles[1].permissions == permission::administrator);
    CHECK(lose("FLY", "1m").empty());
    CHECK(it.discord.so_far().breaches == 0);
}
