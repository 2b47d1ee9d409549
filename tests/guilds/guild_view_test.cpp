// What is kept of guilds: from events, by REST, and what becomes of both when they cross.
#include "guilds/guild_view.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <set>

using namespace tinfoil;
using namespace tinfoil::guilds;
namespace json = boost::json;

namespace {

constexpr discord::snowflake home{10}, away{20}, me{7};
constexpr discord::slot only{0, 1};

const std::string guild_body =
    R"({"id":"10","name":"Home","owner_id":"3","emojis":[{"id":"1"}],"roles":[{"id":"10","permissions":"8"},{"id":"11","permissions":"0"}]})";
const std::string channels_body =
    R"([{"id":"30","type":0,"guild_id":"10","permission_overwrites":[]},{"id":"31","type":2}])";
const std::string threads_body =
    R"({"threads":[{"id":"40","type":11,"parent_id":"30"}],"members":[]})";
const std::string member_body = R"({"user":{"id":"7"},"roles":["11"]})";

std::string created(const std::string& id = "10", const std::string& more = "")
{
    return R"({"id":")" + id + R"(","name":"Created","owner_id":"3",)" + more +
           R"("roles":[{"id":"10","permissions":"8"}],"channels":[{"id":"30","type":0}],)"
           R"("threads":[],"presences":[{"user":{"id":"7"}}],)"
           R"("members":[{"user":{"id":"3"},"roles":[]},{"user":{"id":"7"},"roles":["11"]}]} )";
}

struct world {
    explicit world(view_bounds most = {}) : it(most) { it.serve({only}); }

    void ready() { event("READY", R"({"user":{"id":"7"}},"session_id":"x")"); }
    void event(const std::string& type, const std::string& data)
    {
        guild_view::todo_list todo;
        it.on_event(only, type, data, todo);
        perform(std::move(todo));
    }
    void ask(std::uint64_t ticket, discord::snowflake guild = home)
    {
        guild_view::todo_list todo;
        it.ask(ticket, guild, todo);
        perform(std::move(todo));
    }
    void answer(part what, const result<std::string>& body)
    {
        const auto at = std::find_if(fetches.begin(), fetches.end(),
                                     [&](const auto& each) { return each.what == what; });
        REQUIRE(at != fetches.end());
        const auto asked = *at;
        fetches.erase(at);
        guild_view::todo_list todo;
        it.on_answer(asked.flight, what, body, todo);
        perform(std::move(todo));
    }
    void answer_all()
    {
        answer(part::guild, guild_body);
        answer(part::channels, channels_body);
        answer(part::threads, threads_body);
        if (fetches.size() == 1 && fetches[0].what == part::self)
            answer(part::self, std::string(R"({"id":"7"})"));
        answer(part::member, member_body);
    }
    void perform(guild_view::todo_list todo)
    {
        for (auto& each : todo)
            if (const auto* fetch = std::get_if<fetch_part>(&each))
                fetches.push_back(*fetch);
            else
                given.push_back(std::get<give_guild>(each));
    }
    std::string paths()
    {
        std::string all;
        for (const auto& each : fetches)
            all += each.path + " ";
        return all;
    }
    json::object last()
    {
        REQUIRE_FALSE(given.empty());
        REQUIRE(given.back().json);
        return json::parse(*given.back().json).as_object();
    }
    json::object now(discord::snowflake guild = home)
    {
        given.clear();
        ask(99, guild);
        REQUIRE(fetches.empty());
        return last();
    }

    guild_view it;
    std::vector<fetch_part> fetches;
    std::vector<give_guild> given;
};

std::string ids(const json::value& list)
{
    std::string all;
    for (const auto& each : list.as_array())
        all += std::string(each.at("id").as_string()) + " ";
    return all;
}

}  // namespace

TEST_CASE("guild view: the first question is asked of REST, in one flight for everybody")
{
    world it;
    for (std::uint64_t ticket = 1; ticket <= 100; ++ticket)
        it.ask(ticket);
    CHECK(it.paths() == "/guilds/10 /guilds/10/channels /guilds/10/threads/active /users/@me ");
    it.answer_all();
    REQUIRE(it.given.size() == 100);
    std::set<std::uint64_t> tickets;
    for (const auto& each : it.given) {
        tickets.insert(each.ticket);
        CHECK(each.json == it.given[0].json);
    }
    CHECK(tickets.size() == 100);
    const auto seen = it.last();
    CHECK(seen.at("revision") == it.it.revision(home));
    CHECK(seen.at("guild").at("name") == "Home");
    CHECK_FALSE(seen.at("guild").as_object().contains("emojis"));
    CHECK(ids(seen.at("guild").at("roles")) == "10 11 ");
    CHECK(ids(seen.at("channels")) == "30 31 ");
    CHECK_FALSE(seen.at("channels").at(0).as_object().contains("guild_id"));
    CHECK(ids(seen.at("threads")) == "40 ");
    CHECK(seen.at("member").at("roles").at(0) == "11");
    it.given.clear();
    it.ask(101);
    CHECK(it.fetches.empty());
    CHECK(it.given.size() == 1);
    // Who the bot is stays known.
    it.ask(102, away);
    CHECK(it.paths().find("/users/@me") == std::string::npos);
    CHECK(it.paths().find("/guilds/20/members/7") != std::string::npos);
}

TEST_CASE("guild view: GUILD_CREATE is kept once guilds are wanted, and not before")
{
    world it;
    it.ready();
    it.event("GUILD_CREATE", created());
    CHECK(it.it.guilds() == 0);
    it.it.want();
    it.event("GUILD_CREATE", created());
    CHECK(it.it.guilds() == 1);
    const auto seen = it.now();
    CHECK(seen.at("guild").at("name") == "Created");
    CHECK(seen.at("member").at("user").at("id") == "7");
    CHECK(it.it.bytes() < created().size() + 1500);
    // Unavailable: an outage, until it is created again.
    it.event("GUILD_DELETE", R"({"id":"10","unavailable":true})");
    CHECK(it.it.guilds() == 0);
    it.event("GUILD_CREATE", R"({"id":"10","unavailable":true})");
    CHECK(it.it.guilds() == 0);
}

// Discord Docs/Gateway Events, "Guilds", "Channels", "Threads"
TEST_CASE("guild view: events keep a guild current, each with a new revision")
{
    world it;
    it.ready();
    it.it.want();
    it.event("GUILD_CREATE", created());
    std::uint64_t revision = it.it.revision(home);
    const auto bytes = it.it.bytes();
    const auto after = [&](const char* type, const char* data) {
        it.event(type, data);
        CHECK(it.it.revision(home) > revision);
        revision = it.it.revision(home);
        return it.now();
    };
    auto seen =
        after("GUILD_ROLE_CREATE", R"({"guild_id":"10","role":{"id":"12","permissions":"1"}})");
    CHECK(ids(seen.at("guild").at("roles")) == "10 12 ");
    seen = after("GUILD_ROLE_UPDATE", R"({"guild_id":"10","role":{"id":"12","permissions":"2"}})");
    CHECK(seen.at("guild").at("roles").at(1).at("permissions") == "2");
    seen = after("GUILD_ROLE_DELETE", R"({"guild_id":"10","role_id":"12"})");
    CHECK(it.it.bytes() == bytes);
    CHECK(ids(seen.at("guild").at("roles")) == "10 ");
    seen = after("GUILD_UPDATE",
                 R"({"id":"10","name":"New","roles":[{"id":"10","permissions":"0"}]})");
    CHECK(seen.at("guild").at("name") == "New");
    CHECK(seen.at("guild").at("owner_id") == "3");
    CHECK(seen.at("guild").at("roles").at(0).at("permissions") == "0");
    seen = after("CHANNEL_CREATE", R"({"id":"32","guild_id":"10","type":0})");
    CHECK(ids(seen.at("channels")) == "30 32 ");
    seen = after(
        "CHANNEL_UPDATE",
        R"({"id":"32","guild_id":"10","type":0,"permission_overwrites":[{"id":"10","type":0,"deny":"1024"}]})");
    CHECK(seen.at("channels").at(1).at("permission_overwrites").at(0).at("deny") == "1024");
    seen = after("THREAD_CREATE", R"({"id":"41","guild_id":"10","parent_id":"32"})");
    seen = after("THREAD_CREATE", R"({"id":"42","guild_id":"10","parent_id":"30"})");
    CHECK(ids(seen.at("threads")) == "41 42 ");
    seen = after("CHANNEL_DELETE", R"({"id":"32","guild_id":"10"})");
    CHECK(ids(seen.at("channels")) == "30 ");
    CHECK(ids(seen.at("threads")) == "42 ");
    seen = after(
        "THREAD_UPDATE",
        R"({"id":"42","guild_id":"10","parent_id":"30","thread_metadata":{"archived":true}})");
    CHECK(ids(seen.at("threads")) == "");
    seen = after(
        "THREAD_LIST_SYNC",
        R"({"guild_id":"10","threads":[{"id":"43","parent_id":"30"},{"id":"44","parent_id":"31"}]})");
    seen =
        after("THREAD_LIST_SYNC",
              R"({"guild_id":"10","channel_ids":["30"],"threads":[{"id":"45","parent_id":"30"}]})");
    CHECK(ids(seen.at("threads")) == "44 45 ");
    seen = after("THREAD_DELETE", R"({"id":"44","guild_id":"10"})");
    CHECK(ids(seen.at("threads")) == "45 ");
    seen = after(
        "GUILD_MEMBER_UPDATE",
        R"({"guild_id":"10","user":{"id":"7"},"roles":["12"],"communication_disabled_until":null})");
    CHECK(seen.at("member").at("roles").at(0) == "12");
}

TEST_CASE("guild view: what is not ours or can't be read changes nothing")
{
    world it;
    it.ready();
    it.it.want();
    it.event("GUILD_CREATE", created());
    const auto before = it.it.revision(home);
    const auto bytes = it.it.bytes();
    it.event("GUILD_MEMBER_UPDATE", R"({"guild_id":"10","user":{"id":"3"},"roles":["12"]})");
    it.event("GUILD_ROLE_UPDATE", R"({"guild_id":"20","role":{"id":"12"}})");
    it.event("MESSAGE_CREATE", R"({"guild_id":"10","id":"30"})");
    it.event("CHANNEL_PINS_UPDATE", R"({"guild_id":"10","channel_id":"30"})");
    it.event("CHANNEL_UPDATE", R"({"guild_id":"10"})");
    it.event("GUILD_ROLE_UPDATE", R"({"guild_id":"10","role":5})");
    it.event("GUILD_ROLE_DELETE", R"({"guild_id":"10","role_id":"555"})");
    it.event("THREAD_DELETE", R"({"guild_id":"10","id":"x"})");
    it.event("CHANNEL_UPDATE", "no JSON");
    it.event("GUILD_UPDATE", R"([10])");
    it.event("CHANNEL_UPDATE", R"({"id":"30","guild_id":"10","type":0})");  // As it is.
    CHECK(it.it.revision(home) == before);
    CHECK(it.it.bytes() == bytes);
    for (const char* bad : {"", "null", "{}", R"({"id":"10"})", R"({"id":"10","roles":[]})",
                            R"({"id":"10","roles":[{"id":"1"}],"channels":{}})"})
        it.event("GUILD_CREATE", bad);
    CHECK(it.it.guilds() == 0);
}

TEST_CASE("guild view: events that cross an answer are applied to it")
{
    world it;
    it.ready();
    it.ask(1);
    it.answer(part::guild, guild_body);
    it.event("GUILD_ROLE_UPDATE", R"({"guild_id":"10","role":{"id":"11","permissions":"5"}})");
    it.event("CHANNEL_DELETE", R"({"id":"31","guild_id":"10"})");
    it.answer(part::channels, channels_body);
    it.answer(part::threads, threads_body);
    it.answer(part::member, member_body);
    const auto seen = it.last();
    CHECK(seen.at("guild").at("roles").at(1).at("permissions") == "5");
    CHECK(ids(seen.at("channels")) == "30 ");
    CHECK(it.it.guilds() == 1);

    // More than are remembered: it answers, and is not kept.
    world many;
    many.ready();
    many.ask(1);
    for (std::size_t i = 0; i <= guild_view::events_max; ++i)
        many.event("CHANNEL_DELETE", R"({"id":"31","guild_id":"10"})");
    many.answer_all();
    CHECK(many.given.size() == 1);
    CHECK(many.last().at("revision") == 0);
    CHECK(many.it.guilds() == 0);
}

TEST_CASE("guild view: a GUILD_CREATE answers whoever waits, and what comes later finds nobody")
{
    world it;
    it.ready();
    it.ask(1);
    it.event("GUILD_CREATE", created());
    CHECK(it.last().at("guild").at("name") == "Created");
    it.answer_all();
    CHECK(it.given.size() == 1);
    CHECK(it.now().at("guild").at("name") == "Created");
}

TEST_CASE("guild view: a failure reaches everybody, and the next question asks again")
{
    world it;
    it.ready();
    it.ask(1);
    it.ask(2);
    it.answer(part::channels, error{errc::unreachable, "no way"});
    REQUIRE(it.given.size() == 2);
    CHECK(it.given[0].failed->detail == "no way");
    it.answer(part::guild, guild_body);
    it.answer(part::threads, threads_body);
    it.answer(part::member, member_body);
    CHECK(it.given.size() == 2);
    CHECK(it.it.guilds() == 0);
    it.ask(3);
    it.answer(part::guild, std::string("[]"));
    CHECK(it.given.back().failed->code == errc::malformed);
    it.fetches.clear();
    it.ask(4);
    it.event("GUILD_DELETE", R"({"id":"10"})");
    CHECK(it.given.back().failed->code == errc::invalid_argument);
    // Who the bot is stays unknown.
    world nobody;
    nobody.ask(1);
    nobody.answer(part::self, std::string("{}"));
    CHECK(nobody.given.back().failed->code == errc::malformed);
}

TEST_CASE("guild view: whoever withdraws is given nothing, and the guild is kept all the same")
{
    world it;
    it.ready();
    it.ask(1);
    it.ask(2);
    it.it.withdraw(1);
    it.answer_all();
    REQUIRE(it.given.size() == 1);
    CHECK(it.given[0].ticket == 2);
    CHECK(it.it.guilds() == 1);
}

TEST_CASE("guild view: so many guilds are asked about at once, and the others in their turn")
{
    world it;
    it.ready();
    for (std::uint64_t i = 1; i <= guild_view::flights_max + 3; ++i)
        it.ask(i, {1000 + i});
    CHECK(it.fetches.size() == 4 * guild_view::flights_max);
    const auto last = [&] { return it.fetches.back().path; };
    CHECK(last().find("/guilds/1064/") == 0);
    it.it.withdraw(guild_view::flights_max + 1);  // Nobody wants that one any more.
    it.answer(part::guild, guild_body);           // It is another one.
    CHECK(it.given.back().failed->code == errc::malformed);
    CHECK(last().find("/guilds/1066/") == 0);
    it.answer(part::guild, error{errc::unreachable, "no way"});
    CHECK(last().find("/guilds/1067/") == 0);
    CHECK(it.given.size() == 2);
}

// Discord Docs/Gateway, "Resuming": what is missed comes again, unless the session is lost.
TEST_CASE("guild view: a lost session drops its guilds, a new one brings them")
{
    world it;
    it.ready();
    it.it.want();
    it.event("GUILD_CREATE", created());
    it.it.on_session_lost({0, 1});
    CHECK(it.it.guilds() == 0);
    it.ready();
    it.event("GUILD_CREATE", created());
    CHECK(it.it.guilds() == 1);
    it.ready();
    CHECK(it.it.guilds() == 0);
    // What was asked before may lack what happened in between.
    it.ask(1);
    it.ready();
    it.answer_all();
    CHECK(it.given.size() == 1);
    CHECK(it.it.guilds() == 0);
}

TEST_CASE("guild view: a guild of somebody else's shard is asked for each time")
{
    world it;
    it.it.serve({{1, 2}});
    REQUIRE_FALSE(discord::slot{1, 2}.serves(home));
    it.ask(1);
    it.answer_all();
    CHECK(it.given.size() == 1);
    CHECK(it.it.guilds() == 0);
    it.ask(2);
    CHECK_FALSE(it.fetches.empty());
}

TEST_CASE("guild view: the least recently wanted goes when it is full; off, nothing is kept")
{
    world few({.guilds = 2, .bytes = 1 << 20});
    few.ready();
    few.it.want();
    for (const char* id : {"101", "102"})
        few.event("GUILD_CREATE", created(id));
    few.now({101});
    few.event("GUILD_CREATE", created("103"));
    CHECK(few.it.revision({101}) != 0);
    CHECK(few.it.revision({102}) == 0);
    CHECK(few.it.guilds() == 2);

    world small({.guilds = 100, .bytes = 4000});
    small.ready();
    small.it.want();
    for (int id = 201; id < 220; ++id)
        small.event("GUILD_CREATE", created(std::to_string(id)));
    CHECK(small.it.guilds() > 1);
    CHECK(small.it.bytes() <= 4000);
    small.event("GUILD_CREATE",
                created("300", R"("description":")" + std::string(5000, 'x') + R"(",)"));
    CHECK(small.it.revision({300}) == 0);
    CHECK(small.it.revision({219}) != 0);
    // One that grows.
    small.event("CHANNEL_UPDATE",
                R"({"id":"30","guild_id":"219","topic":")" + std::string(5000, 'x') + "\"}");
    CHECK(small.it.bytes() <= 4000);

    world off({.guilds = 100, .bytes = 0});
    off.ready();
    off.it.want();
    off.event("GUILD_CREATE", created());
    CHECK(off.it.guilds() == 0);
    off.ask(1);
    off.answer_all();
    CHECK(off.given.size() == 1);
    CHECK(off.it.guilds() == 0);
}

TEST_CASE("guild view: of thousands of types only those of guilds are looked at")
{
    for (const char* type : {"GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE", "GUILD_ROLE_DELETE",
                             "GUILD_MEMBER_UPDATE", "CHANNEL_CREATE", "THREAD_LIST_SYNC"})
        CHECK(concerns_guilds(type));
    for (const char* type : {"MESSAGE_CREATE", "PRESENCE_UPDATE", "GUILD_MEMBER_ADD",
                             "GUILD_MEMBERS_CHUNK", "GUILD_EMOJIS_UPDATE", "CHANNEL_PINS_UPDATE",
                             "THREAD_MEMBERS_UPDATE", "TYPING_START", ""})
        CHECK_FALSE(concerns_guilds(type));
}
