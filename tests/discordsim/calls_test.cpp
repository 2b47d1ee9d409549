// What people fill in for commands. Discord Docs/Application Commands.
#include "gateway_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;
namespace json = boost::json;

struct calls_scene : gateway_scene {
    explicit calls_scene(settings how = quiet()) : gateway_scene(std::move(how)) { identify(1); }

    void make(const std::string& command)
    {
        now += 2s;
        for (const action& each : feed(request{
                 9, "POST",
                 "/applications/" + to_string(discord.everything().application) + "/commands",
                 command, "application/json", "Bot sandbox"}))
            if (const auto* got = std::get_if<answer>(&each))
                REQUIRE(got->status == 201);
    }
    int made = 0;
    void deny(discord::snowflake in, std::uint64_t what)
    {
        feed(request{10, "PUT", "/channels/" + to_string(in) + "/permissions/" + guild_id(),
                     R"({"type":0,"deny":")" + std::to_string(what) + "\"}", "application/json",
                     "Bot sandbox"});
    }
    void make_with(const std::string& options)
    {
        make(R"({"name":"try","description":"d","options":[)" + options + "]}");
    }
    /// What the bot is told of the interaction.
    json::value call(const std::string& body)
    {
        const auto [status, answered] = direct("POST", "/sandbox/call", body);
        INFO(answered);
        REQUIRE(status == 200);
        return payloads(todo).at(0).at("d");
    }
    json::value call_with(const std::string& options)
    {
        return call(R"({"command":"try","options":{)" + options + "}}").at("data");
    }
    std::string refused(const std::string& body)
    {
        const auto [status, answered] = direct("POST", "/sandbox/call", body);
        CHECK(status == 400);
        return answered.at("message").as_string().c_str();
    }
    std::string refused_with(const std::string& options)
    {
        return refused(R"({"command":"try","options":{)" + options + "}}");
    }
};

constexpr const char* with_subcommands =
    R"({"name":"config","description":"d","options":[)"
    R"({"type":1,"name":"show","description":"d"},)"
    R"({"type":2,"name":"words","description":"d","options":[)"
    R"({"type":1,"name":"add","description":"d","options":[)"
    R"({"type":3,"name":"word","description":"d","required":true}]}]}]})";

}  // namespace

TEST_CASE("calls: subcommands and their groups hold what is filled in")
{
    calls_scene it;
    it.make(with_subcommands);
    CHECK(it.call(R"({"command":"/config show"})").at_pointer("/data/options") ==
          json::value(json::array{
              json::object{{"name", "show"}, {"type", 1}, {"options", json::array()}}}));
    const auto got = it.call(R"({"command":"config words add","options":{"word":"kettle"}})");
    CHECK(got.at_pointer("/data/options/0/name") == "words");
    CHECK(got.at_pointer("/data/options/0/type") == 2);
    CHECK(got.at_pointer("/data/options/0/options/0/name") == "add");
    CHECK(got.at_pointer("/data/options/0/options/0/options/0/value") == "kettle");
    const auto seen = it.direct("GET", "/sandbox/watch").second.at("seen").as_array();
    CHECK(seen.back().at("text") == "/config words add word:kettle");
    CHECK(it.refused(R"({"command":"config"})") ==
          "the command /config needs one of its subcommands: show, words");
    CHECK(it.refused(R"({"command":"config hide"})") ==
          "the command /config has no subcommand \"hide\"; it has show, words");
    CHECK(it.refused(R"({"command":"config words"})") ==
          "the command /config words needs one of its subcommands: add");
    CHECK(it.refused(R"({"command":"config show it"})") ==
          "the command /config show has no subcommand \"it\"; write options as name:value");
    CHECK(it.refused(R"({"command":"config words add"})") == "the option \"word\" is required");
}

TEST_CASE("calls: choices, limits and lengths are held")
{
    calls_scene it;
    it.make_with(R"({"type":3,"name":"size","description":"d","choices":[)"
                 R"({"name":"Small","value":"s"},{"name":"Large","value":"l"}]},)"
                 R"({"type":4,"name":"count","description":"d","min_value":2,"max_value":9},)"
                 R"({"type":10,"name":"part","description":"d","max_value":0.5},)"
                 R"({"type":3,"name":"word","description":"d","min_length":2,"max_length":3})");
    const auto value = [&](const std::string& options) {
        return it.call_with(options).at_pointer("/options/0/value");
    };
    CHECK(value(R"("size":"Large")") == "l");
    CHECK(value(R"("size":"s")") == "s");
    CHECK(value(R"("count":2)") == 2);
    CHECK(value(R"("count":"9")") == 9);
    CHECK(value(R"("part":"0.5")") == 0.5);
    CHECK(value(R"("word":"öüä")") == "öüä");
    const auto refused = [&](const std::string& options) { return it.refused_with(options); };
    CHECK(refused(R"("size":"Huge")") ==
          "the option \"size\" can't be \"Huge\"; it is one of Small, Large");
    CHECK(refused(R"("count":"1")") == "the option \"count\" can't be \"1\"; it is at least 2");
    CHECK(refused(R"("count":"10")") == "the option \"count\" can't be \"10\"; it is at most 9");
    CHECK(refused(R"("count":"9007199254740992")").ends_with("write a whole number"));
    CHECK(refused(R"("part":"0.6")") == "the option \"part\" can't be \"0.6\"; it is at most " +
                                            json::serialize(json::value(0.5)));
    CHECK(refused(R"("word":"a")").ends_with("it has at least 2 characters"));
    CHECK(refused(R"("word":"abcd")").ends_with("it has at most 3 characters"));
}

TEST_CASE("calls: people, channels, roles and files come resolved")
{
    // Discord Docs/Receiving and Responding, "Resolved Data Structure".
    calls_scene it;
    it.make_with(R"({"type":6,"name":"who","description":"d"},)"
                 R"({"type":7,"name":"where","description":"d"},)"
                 R"({"type":8,"name":"role","description":"d"},)"
                 R"({"type":9,"name":"any","description":"d"},)"
                 R"({"type":11,"name":"file","description":"d"})");
    const person& who = it.home().people[1];
    const std::string id = to_string(who.id);
    for (const std::string& name : {who.name, "@" + who.name, id, "<@" + id + ">"}) {
        const auto got = it.call_with(R"("who":")" + name + "\"");
        CHECK(got.at_pointer("/options/0/value") == json::value(id));
        CHECK(got.at_pointer("/resolved/users/" + id + "/username") == json::value(who.name));
        const auto& member = got.at_pointer("/resolved/members/" + id).as_object();
        CHECK(member.contains("permissions"));
        CHECK_FALSE(member.contains("user"));
        CHECK_FALSE(member.contains("mute"));
    }
    const channel& where = it.home().channels[1];
    const auto in = it.call_with(R"("where":"#)" + where.name + "\"");
    CHECK(in.at_pointer("/options/0/value") == json::value(to_string(where.id)));
    CHECK(in.at_pointer("/resolved/channels/" + to_string(where.id) + "/name") ==
          json::value(where.name));
    // The caller's own, there.
    const std::uint64_t embed_links = 1ULL << 14;
    const auto allowed = [&] {
        const auto got = it.call(R"({"command":"try","as":")" + who.name +
                                 R"(","options":{"where":"#)" + where.name + "\"}}");
        return std::stoull(std::string(
            got.at_pointer("/data/resolved/channels/" + to_string(where.id) + "/permissions")
                .as_string()));
    };
    CHECK((allowed() & embed_links) != 0);
    it.deny(where.id, embed_links);
    CHECK((allowed() & embed_links) == 0);
    const auto role = it.call_with(R"("role":"@everyone")");
    CHECK(role.at_pointer("/resolved/roles/" + it.guild_id() + "/id") ==
          json::value(it.guild_id()));
    CHECK(it.call_with(R"("any":"@everyone")").at("resolved").as_object().contains("roles"));
    CHECK(
        it.call_with(R"("any":")" + who.name + "\"").at("resolved").as_object().contains("users"));
    const auto file = it.call_with(R"("file":"notes.txt")");
    const std::string attached = file.at_pointer("/options/0/value").as_string().c_str();
    CHECK(file.at_pointer("/resolved/attachments/" + attached + "/filename") == "notes.txt");
    CHECK(it.refused_with(R"("who":"nobody")") ==
          "the option \"who\" can't be \"nobody\"; write somebody of the guild, by name or id");
    CHECK(it.refused_with(R"("role":"king")").ends_with("a role of the guild, by name or id"));
    CHECK(it.refused_with(R"("any":"x")")
              .ends_with("somebody or a role of the guild, by name or id"));
    CHECK(it.refused_with(R"("where":"cellar")").find("write a channel of the guild") !=
          std::string::npos);
}

TEST_CASE("calls: a channel is of a type that the option takes")
{
    calls_scene it;
    it.make_with(R"({"type":7,"name":"where","description":"d","channel_types":[2,13]})");
    CHECK(it.refused_with(R"("where":"general")").find("of a type that the option takes") !=
          std::string::npos);
}

TEST_CASE("calls: entries of menus are used on a person or a message")
{
    // Discord Docs/Application Commands, "User Commands", "Message Commands".
    calls_scene it;
    it.make(R"({"name":"Say hello","type":2})");
    it.make(R"({"name":"Quote it","type":3})");
    const person& who = it.home().people[2];
    const auto on_person =
        it.call(R"({"command":"Say hello","target":")" + who.name + "\"}").at("data");
    CHECK(on_person.at("type") == 2);
    const auto seen = it.direct("GET", "/sandbox/watch").second.at("seen").as_array();
    CHECK(seen.back().at("text") == json::value("Say hello on " + who.name));
    CHECK(on_person.at("target_id") == json::value(to_string(who.id)));
    CHECK(on_person.at_pointer("/resolved/users/" + to_string(who.id) + "/username") ==
          json::value(who.name));
    CHECK_FALSE(on_person.as_object().contains("options"));
    CHECK(it.refused(R"({"command":"Quote it"})").find("needs the id of a message") !=
          std::string::npos);
    const auto said = it.direct("POST", "/sandbox/say", R"({"text":"quote me"})").second;
    const std::string id = said.at("id").as_string().c_str();
    for (const std::string& target : {std::string(), R"(,"target":")" + id + "\""}) {
        const auto on_message = it.call(R"({"command":"Quote it")" + target + "}").at("data");
        CHECK(on_message.at("type") == 3);
        CHECK(on_message.at("target_id") == json::value(id));
        CHECK(on_message.at_pointer("/resolved/messages/" + id + "/content") == "quote me");
    }
    CHECK(it.refused(R"({"command":"Say hello","target":"nobody"})").find("\"nobody\"") !=
          std::string::npos);
    CHECK(it.refused(R"({"command":"Say hello","target":"x","options":{"a":"b"}})") ==
          "the command \"Say hello\" of a menu takes no options");
    it.make(R"({"name":"try","description":"d"})");
    CHECK(it.refused(R"({"command":"try","target":"x"})") ==
          "the command /try takes no target; only commands of menus do");
}

TEST_CASE("calls: an option asks for its choices while it is typed")
{
    // Discord Docs/Application Commands, "Autocomplete".
    calls_scene it;
    it.make_with(
        R"({"type":3,"name":"city","description":"d","required":true,"autocomplete":true},)"
        R"({"type":4,"name":"year","description":"d","required":true,"autocomplete":true},)"
        R"({"type":3,"name":"plain","description":"d"})");
    const auto got = it.call(R"({"command":"try","options":{"city":"Ber"},"complete":"city"})");
    CHECK(got.at("type") == 4);
    CHECK(got.at_pointer("/data/options") ==
          json::value(json::array{
              json::object{{"type", 3}, {"name", "city"}, {"value", "Ber"}, {"focused", true}}}));
    CHECK(it.call(R"({"command":"try","options":{"year":"19"},"complete":"year"})")
              .at_pointer("/data/options/0/value") == 19);
    CHECK(it.call(R"({"command":"try","complete":"city"})").at_pointer("/data/options/0/value") ==
          "");
    CHECK(it.refused(R"({"command":"try","complete":"plain"})") ==
          "the option \"plain\" has no autocomplete");
    CHECK(it.refused(R"({"command":"try","complete":"x"})") ==
          "the command /try has no option \"x\"; it has city, year, plain");
    const auto& [token, own] = *it.discord.everything().interactions.rbegin();
    const std::string path = "/interactions/" + to_string(own.id) + "/" + token + "/callback";
    const auto answered = it.feed(request{
        9, "POST", path,
        R"({"type":8,"data":{"choices":[{"name":"Bern","value":"b"},{"name":"Berlin","value":"c"}]}})",
        "application/json", "Bot sandbox"});
    const auto seen = it.direct("GET", "/sandbox/watch").second.at("seen").as_array();
    CHECK(seen.back().at("what") == "answered");
    CHECK(seen.back().at("text") == "Bern, Berlin");
    CHECK_FALSE(answered.empty());
}

TEST_CASE("calls: a command with limits that nobody can keep breaks nothing")
{
    calls_scene it(gateway_scene::quiet(3));
    for (
        const std::string option :
        {R"({"type":4,"name":"a","description":"d","required":true,"min_value":-9223372036854775807,"max_value":9223372036854775807})",
         R"({"type":4,"name":"b","description":"d","required":true,"min_value":9,"max_value":1})",
         R"({"type":3,"name":"c","description":"d","required":true,"min_length":5999})",
         R"({"type":7,"name":"d","description":"d","required":true,"channel_types":[15]})",
         R"({"type":10,"name":"e","description":"d","required":true,"min_value":0.25,"max_value":0.5})",
         R"({"type":8,"name":"f","description":"d","required":true})"})
        it.make(R"({"name":")" + std::string(1, static_cast<char>('a' + it.made++)) +
                R"(","description":"d","options":[)" + option + "]}");
    for (int i = 0; i < 120; ++i) {
        it.now += 1s;
        it.op(1, 1, "null");
        if (i % 60 == 59)
            it.feed(closed{1, 4000}), it.identify(1);
    }
    CHECK(it.discord.so_far().commands_given > 5);
}

TEST_CASE("calls: people who try a bot out use all kinds of commands, and fill in what fits")
{
    auto how = gateway_scene::quiet(3);
    calls_scene it(how);
    it.make(with_subcommands);
    it.make(R"({"name":"Say hello","type":2})");
    it.make(R"({"name":"Quote it","type":3})");
    it.make_with(R"({"type":6,"name":"who","description":"d","required":true},)"
                 R"({"type":5,"name":"loud","description":"d"},)"
                 R"({"type":7,"name":"where","description":"d","channel_types":[0]},)"
                 R"({"type":8,"name":"role","description":"d"},)"
                 R"({"type":10,"name":"part","description":"d","min_value":1,"max_value":4},)"
                 R"({"type":11,"name":"file","description":"d"})");
    std::map<std::string, int> called;
    for (int i = 0; i < 600; ++i) {
        it.now += 1s;
        for (const auto& each : gateway_scene::payloads(it.op(1, 1, "null")))
            if (each.at("t") == "INTERACTION_CREATE") {
                const auto& data = each.at_pointer("/d/data").as_object();
                ++called[data.at("name").as_string().c_str()];
                CHECK((data.contains("options") || data.contains("target_id")));
            }
        if (i % 60 == 0)
            it.feed(closed{1, 4000}), it.identify(1);
    }
    CHECK(called.size() == 4);
    for (const auto& [name, count] : called)
        CHECK(count > 5);
}
