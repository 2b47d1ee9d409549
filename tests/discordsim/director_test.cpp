// What those who stage the play ask for. share/doc/sandbox.md, "Calls".
#include "gateway_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;
using scene = gateway_scene;
namespace json = boost::json;

struct director_scene : scene {
    director_scene() { identify(1); }

    /// What a call was refused with.
    std::string refused(const std::string& path, const std::string& body, int with)
    {
        const auto [status, answer] = direct("POST", path, body);
        CHECK(status == with);
        CHECK(answer.at("code") == 0);
        return answer.at("message").as_string().c_str();
    }
    /// Status of a REST request.
    int ask(const std::string& path, const std::string& body)
    {
        now += 2s;
        for (const action& each :
             feed(request{9, "POST", path, body, "application/json", "Bot sandbox"}))
            if (const auto* got = std::get_if<answer>(&each))
                return got->status;
        return 0;
    }
    void make_command(const std::string& options)
    {
        CHECK(ask("/applications/" + to_string(discord.everything().application) + "/commands",
                  R"({"name":"greet","description":"Greets","options":)" + options + "}") == 201);
    }
    json::array seen(std::uint64_t after = 0)
    {
        return direct("GET", "/sandbox/watch?after=" + std::to_string(after))
            .second.at("seen")
            .as_array();
    }
};

constexpr const char* all_kinds = R"([{"type":3,"name":"user","description":"d","required":true},)"
                                  R"({"type":4,"name":"times","description":"d"},)"
                                  R"({"type":5,"name":"loud","description":"d"},)"
                                  R"({"type":10,"name":"warmth","description":"d"}])";

}  // namespace

TEST_CASE("director: somebody says something, and the bot is told")
{
    director_scene it;
    const auto [status, message] = it.direct("POST", "/sandbox/say", R"({"text":"hello"})");
    CHECK(status == 200);
    CHECK(message.at("content") == "hello");
    CHECK(message.at("channel_id") == json::value(to_string(it.home().channels[0].id)));
    CHECK(message.at_pointer("/author/username") == json::value(it.home().people[0].name));
    CHECK(scene::texts(it.todo) == list{"1 MESSAGE_CREATE", "1 < MESSAGE_CREATE 5"});
    const auto told = scene::payloads(it.todo).at(0);
    CHECK(told.at_pointer("/d/id") == message.at("id"));
}

TEST_CASE("director: guilds, channels and people have names and ids, and # is no part of one")
{
    director_scene it;
    const auto& home = it.home(1);
    const auto& channel = home.channels[1];
    for (const std::string& guild : {home.name, to_string(home.id)})
        for (const std::string& in : {channel.name, "#" + channel.name, to_string(channel.id)}) {
            json::object with{{"guild", guild}, {"channel", in}, {"text", "hi"}};
            with["as"] = home.people[2].name;
            const auto got = it.direct("POST", "/sandbox/say", json::serialize(with));
            CHECK(got.first == 200);
            CHECK(got.second.at("channel_id") == json::value(to_string(channel.id)));
            CHECK(got.second.at_pointer("/author/id") == json::value(to_string(home.people[2].id)));
        }
}

TEST_CASE("director: who is not there yet joins, once")
{
    director_scene it;
    it.identify(2, "514", "0,2");
    const std::size_t people = it.home().people.size();
    for (int i = 0; i < 2; ++i) {
        const auto got = it.direct("POST", "/sandbox/say", R"({"text":"hi","as":"zelda"})");
        CHECK(got.second.at_pointer("/author/username") == "zelda");
        CHECK(it.home().people.size() == people + 1);
    }
    CHECK(it.seen().at(0).at("what") == "joined");
    CHECK(it.seen().size() == 3);
}

TEST_CASE("director: say tells what is missing")
{
    director_scene it;
    const std::string say = "/sandbox/say";
    const std::string long_text = std::string(4'001, 'x');
    for (const std::string& body :
         {std::string("{}"), std::string(R"({"text":" \n "})"), R"({"text":")" + long_text + "\"}"})
        CHECK(it.refused(say, body, 400) ==
              "`text` has to have 1 to 4000 characters, and not only blanks");
    for (const std::string& as : {std::string(33, 'x'), std::string(" "), std::string()})
        CHECK(it.refused(say, R"({"text":"a","as":")" + as + "\"}", 400) ==
              "`as` has to have 1 to 32 characters, and not only blanks");
    CHECK(it.refused(say, "{\"text\":\"a\xff\"}", 400) ==
          "what came is not text in UTF-8; is the terminal set to UTF-8?");
    CHECK(it.refused(say, R"({"text":"a","guild":"nowhere"})", 404) ==
          "there is no guild \"nowhere\"; use its name or its id");
    CHECK(it.refused(say, R"({"text":"a","channel":"nowhere"})", 404)
              .ends_with("has no channel \"nowhere\""));
    for (const char* body : {"[]", "\"a\"", "{", "7"})
        CHECK(it.refused(say, body, 400) == "the body of /sandbox/say has to be a JSON object");
    CHECK(it.seen().empty());
}

TEST_CASE("director: what a call does not take is refused with what it takes")
{
    director_scene it;
    CHECK(it.refused("/sandbox/say", R"({"text":"a","chanel":"b"})", 400) ==
          "/sandbox/say takes no \"chanel\"; it takes text, guild, channel, as");
    CHECK(it.refused("/sandbox/say", R"({"text":["a"]})", 400) == "`text` has to be a string");
    CHECK(it.refused("/sandbox/call", R"({"command":"a","options":"b"})", 400) ==
          "`options` has to be an object");
    CHECK(it.refused("/sandbox/hush", R"({"for":"1s"})", 400) ==
          "/sandbox/hush takes no \"for\"; it takes nothing");
    CHECK(it.refused("/sandbox/fault", R"({"fault":["cut"]})", 400) ==
          "`fault` has to be a string");
    for (const char* path : {"/sandbox/watch?after=x", "/sandbox/watch?after=-1",
                             "/sandbox/watch?after=", "/sandbox/watch?behind=1"})
        CHECK(it.direct("GET", path).first == 400);
}

TEST_CASE("director: without a guild the first is meant, also with a channel of another")
{
    director_scene it;
    const auto made =
        it.ask("/guilds/" + to_string(it.home(1).id) + "/channels", R"({"name":"elsewhere"})");
    REQUIRE(made == 201);
    CHECK(it.refused("/sandbox/say", R"({"text":"a","channel":"elsewhere"})", 404) ==
          "the guild " + it.home(0).name + " has no channel \"elsewhere\"");
    const std::string there = R"({"text":"a","channel":"elsewhere","guild":")" + it.home(1).name;
    CHECK(it.direct("POST", "/sandbox/say", there + "\"}").first == 200);
    CHECK(it.direct("GET", "/sandbox/watch?channel=%65lsewhere")
              .second.at("seen")
              .as_array()
              .size() == 1);
    CHECK(it.direct("GET", "/sandbox/watch?channel=%23elsewhere")
              .second.at("seen")
              .as_array()
              .size() == 1);
    CHECK(it.direct("GET", "/sandbox/watch?channel=general").second.at("seen").as_array().empty());
    const auto [status, refusal] = it.direct("GET", "/sandbox/watch?channel=nowhere");
    CHECK(status == 404);
    CHECK(refusal.at("message") == "no guild has a channel \"nowhere\"");
}

TEST_CASE("director: a command is called with options of their own types")
{
    director_scene it;
    it.make_command(all_kinds);
    const auto [status, answer] = it.direct(
        "POST", "/sandbox/call",
        R"({"command":"/greet","options":{"user":"7","times":"3","loud":"true","warmth":"0.5"}})");
    REQUIRE(status == 200);
    const auto told = scene::payloads(it.todo).at(0);
    CHECK(told.at("t") == "INTERACTION_CREATE");
    CHECK(told.at_pointer("/d/id") == answer.at("id"));
    CHECK(told.at_pointer("/d/data/name") == "greet");
    CHECK(told.at_pointer("/d/data/options") ==
          json::value{{{"type", 3}, {"name", "user"}, {"value", "7"}},
                      {{"type", 4}, {"name", "times"}, {"value", 3}},
                      {{"type", 5}, {"name", "loud"}, {"value", true}},
                      {{"type", 10}, {"name", "warmth"}, {"value", 0.5}}});
    CHECK(
        it.direct("POST", "/sandbox/call", R"({"command":"greet","options":{"user":"a"}})").first ==
        200);
    CHECK(it.discord.so_far().commands_given == 2);
}

TEST_CASE("director: call tells what is missing")
{
    director_scene it;
    const std::string call = "/sandbox/call";
    CHECK(it.refused(call, R"({"command":"greet"})", 404) ==
          "the bot has no command \"greet\"; it has none");
    it.make_command(all_kinds);
    CHECK(it.refused(call, R"({"command":"/fly"})", 404) ==
          "the bot has no command \"fly\"; it has greet");
    CHECK(it.refused(call, "{}", 404) == "the bot has no command \"\"; it has greet");
    CHECK(it.refused(call, R"({"command":"greet","guild":"x"})", 404).starts_with("there is no"));
    CHECK(it.refused(call, R"({"command":"greet"})", 400) == "the option \"user\" is required");
    const auto with = [&](const std::string& options) {
        return it.refused(call, R"({"command":"greet","options":{"user":"a",)" + options + "}}",
                          400);
    };
    CHECK(with(R"("times":"few")") ==
          "the option \"times\" can't be \"few\"; write a whole number");
    CHECK(with(R"("times":"1.5")") ==
          "the option \"times\" can't be \"1.5\"; write a whole number");
    CHECK(with(R"("loud":"very")") == "the option \"loud\" can't be \"very\"; write true or false");
    CHECK(with(R"("warmth":"hot")") == "the option \"warmth\" can't be \"hot\"; write a number");
    CHECK(with(R"("colour":"red")") ==
          "the command /greet has no option \"colour\"; it has user, times, loud, warmth");
    it.feed(closed{1});
    CHECK(it.refused(call, R"({"command":"greet","options":{"user":"a"}})", 503) ==
          "no shard of the bot that serves this guild is connected");
    CHECK(it.discord.so_far().commands_given == 0);
}

TEST_CASE("director: watch tells what happened since, with answers and their time")
{
    director_scene it;
    it.make_command("[]");
    it.direct("POST", "/sandbox/say", R"({"text":"hello"})");
    const std::string id = it.direct("POST", "/sandbox/call", R"({"command":"greet"})")
                               .second.at("id")
                               .as_string()
                               .c_str();
    const auto& token = it.discord.everything().interactions.rbegin()->first;
    CHECK(it.ask("/interactions/" + id + "/" + token + "/callback",
                 R"({"type":4,"data":{"content":"good morning"}})") == 204);
    const auto all = it.seen();
    REQUIRE(all.size() == 3);
    CHECK(all[0].at("what") == "said");
    CHECK(all[0].at("text") == "hello");
    CHECK(all[0].at("guild") == json::value(it.home().name));
    CHECK(all[0].at("channel") == json::value(it.home().channels[0].name));
    CHECK(all[1].at("what") == "called");
    CHECK(all[1].at("text") == "/greet");
    CHECK(all[1].at("after_ms") == -1);
    CHECK(all[2].at("what") == "answered");
    CHECK(all[2].at("text") == "good morning");
    CHECK(all[2].at("after_ms") == 2'000);
    CHECK(all[1].at("id") == json::value(id));
    CHECK(all[2].at("id") == json::value(id));
    for (std::size_t i = 0; i < all.size(); ++i)
        CHECK(all[i].at("number") == i + 1);
    CHECK(it.seen(2).size() == 1);
    CHECK(it.seen(3).empty());
    CHECK(it.direct("GET", "/sandbox/watch").second.at("last") == 3);
}

TEST_CASE("director: watch keeps the last thousand")
{
    director_scene it;
    for (int i = 0; i < 1'010; ++i)
        it.direct("POST", "/sandbox/say", R"({"text":"hello"})");
    const auto all = it.seen();
    CHECK(all.size() == 1'000);
    CHECK(all.at(0).at("number") == 11);
}

TEST_CASE("director: watch tells what the crowd says as well, while somebody watches")
{
    auto how = scene::quiet(100);
    how.acts_per_second = 0;
    scene it(how);
    const auto said = [&](std::uint64_t after) {
        const auto seen = it.direct("GET", "/sandbox/watch?after=" + std::to_string(after))
                              .second.at("seen")
                              .as_array();
        for (const auto& each : seen)
            CHECK(each.at("what") == "said");
        return seen;
    };
    it.run(1s);
    CHECK(said(0).empty());
    it.run(1s);
    const auto seen = said(0);
    CHECK(seen.size() > 50);
    guild* of = nullptr;
    const auto channel =
        discord::parse_snowflake(std::string_view(seen.at(0).at("channel_id").as_string()));
    REQUIRE(channel);
    auto all = it.discord.everything();
    REQUIRE(all.find_channel(*channel, &of) != nullptr);
    CHECK(seen.at(0).at("guild") == json::value(of->name));
    it.run(10s);
    const auto last = said(0).back().at("number").to_number<std::uint64_t>();
    it.run(20s);
    const auto later = said(last);
    CHECK(later.size() > 900);  // Ten seconds of it.
    CHECK(later.size() < 1'100);
}

TEST_CASE("director: a fault strikes, and one that can't be is refused")
{
    director_scene it;
    const auto [status, answer] =
        it.direct("POST", "/sandbox/fault", R"({"fault":"close","code":4009,"shard":"0/1"})");
    CHECK(status == 200);
    CHECK(answer == json::value{{"fault", "close"}});
    CHECK(scene::texts(it.todo) == list{"1 close 4009", "closed 0/1 4 4009"});
    const std::string fault = "/sandbox/fault";
    CHECK(it.refused(fault, "{}", 400).starts_with("there is no fault \"\"; there are reconnect,"));
    CHECK(it.refused(fault, R"({"fault":"close","for":"1s"})", 400) ==
          "the fault close takes no \"for\"; it takes shard code");
    CHECK(it.refused(fault, R"({"fault":"close","code":"none"})", 400)
              .starts_with("the fault close: code=none is not possible"));
}

TEST_CASE("director: the verdict has breaches with their time, and counts")
{
    director_scene it;
    const auto clean = it.direct("GET", "/sandbox/verdict").second;
    CHECK(clean.at("breaches").as_array().empty());
    CHECK(clean.at_pointer("/counts/breaches") == 0);
    it.now += 1'500ms;
    it.op(1, 77, "{}");
    const auto [status, verdict] = it.direct("GET", "/sandbox/verdict");
    CHECK(status == 200);
    CHECK(verdict.at("breaches") ==
          json::value(json::array{json::object{{"at_ms", 1'500},
                                               {"rule", "gateway/close-4001"},
                                               {"what", "shard 0/1: Unknown opcode."}}}));
    CHECK(verdict.at_pointer("/counts/breaches") == 1);
    CHECK(verdict.at_pointer("/counts/identifies") == 1);
}

TEST_CASE("director: cut drops all connections, and hush makes people silent for good")
{
    scene it(scene::quiet(100));
    it.identify(1);
    it.direct("POST", "/sandbox/fault", R"({"fault":"burst","for":"10m"})");
    const auto [status, counts] = it.direct("POST", "/sandbox/cut");
    CHECK(status == 200);
    CHECK(counts.at("connections") == 0);
    CHECK(counts.at("sessions") == 1);
    const auto hushed = it.direct("POST", "/sandbox/hush", "{}");
    CHECK(hushed.first == 200);
    const auto made = it.discord.so_far().events_generated;
    CHECK(hushed.second.at("events_generated").to_number<std::uint64_t>() == made);
    CHECK(it.run(10min) == 0);
}

TEST_CASE("director: a hush from the host silences bursts, too")
{
    scene it;
    it.direct("POST", "/sandbox/fault", R"({"fault":"burst","for":"10m"})");
    it.feed(hush{});
    CHECK(it.run(10min) == 0);
}

TEST_CASE("director: counts are read, and what there is not is refused")
{
    director_scene it;
    const auto [status, counts] = it.direct("GET", "/sandbox/counts");
    CHECK(status == 200);
    CHECK(counts.at("connections") == 1);
    CHECK(it.direct("GET", "/sandbox/nothing").first == 404);
    for (const char* path : {"/sandbox/counts", "/sandbox/verdict", "/sandbox/watch"}) {
        const auto got = it.direct("POST", path);
        CHECK(got.first == 405);
        CHECK(got.second.at("message") == "405: Method Not Allowed; use GET");
    }
    for (const char* path :
         {"/sandbox/say", "/sandbox/call", "/sandbox/fault", "/sandbox/hush", "/sandbox/cut"}) {
        const auto got = it.direct("GET", path);
        CHECK(got.first == 405);
        CHECK(got.second.at("message") == "405: Method Not Allowed; use POST");
    }
}
