// What a crowd does: the mix of its events, who does them, and how they look.
#include "discordsim/crowd.hpp"
#include "discordsim/printing.hpp"
#include "discordsim/simulator.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr std::int64_t began_ms = 1'700'000'000'000;
constexpr const char* all_intents = "36863";  // Of guilds.
constexpr const char* no_presences = "36607";

struct town {
    explicit town(habits life, int guilds = 50, double rate = 1000, std::uint64_t seed = 1)
        : discord(plan(life, guilds, rate, seed), now)
    {
    }

    static settings plan(habits life, int guilds, double rate, std::uint64_t seed)
    {
        settings how;
        how.seed = seed;
        how.wall_ms = began_ms;
        how.guilds = guilds;
        how.people_per_guild = 20;
        how.flags |= 1U << 13;
        how.tells_events = true;
        how.life = life;
        how.messages_per_second = rate;
        how.acts_per_second = 0;
        return how;
    }
    void feed(const input& what)
    {
        std::vector<action> todo;
        discord.on(what, now, todo);
        for (const action& each : todo) {
            if (const auto* made = std::get_if<generated>(&each)) {
                ++types[std::string(made->type)];
                ++guilds[made->guild.value];
            }
            if (const auto* to = std::get_if<discordsim::send>(&each))
                sent.push_back(to->text);
        }
    }
    void identify(const std::string& intents)
    {
        feed(opened{1});
        feed(payload{1, R"({"op":2,"d":{"token":"sandbox","intents":)" + intents + "}}"});
        sent.clear();
        types.clear();
        guilds.clear();
    }
    void live(duration long_time)
    {
        for (const instant end = now + long_time; discord.deadline() <= end;) {
            now = std::max(now, discord.deadline());
            feed(elapsed{});
        }
        now += 1ms;
    }
    [[nodiscard]] double share(const char* type) const
    {
        const auto found = types.find(type);
        return found == types.end()
                   ? 0
                   : double(found->second) / double(discord.so_far().events_generated);
    }
    [[nodiscard]] int busiest() const
    {
        int most = 0;
        for (const auto& [guild, count] : guilds)
            most = std::max(most, count);
        return most;
    }
    std::vector<json::object> data_of(std::string_view type)
    {
        std::vector<json::object> all;
        for (const std::string& each : sent) {
            const auto whole = json::parse(each).as_object();
            if (whole.at("t") == json::string_view(type))
                all.push_back(whole.at("d").as_object());
        }
        return all;
    }

    instant now{};
    simulator discord;
    std::map<std::string, int> types;
    std::map<std::uint64_t, int> guilds;
    std::vector<std::string> sent;
};

constexpr habits mix{true, 0, 0, false};

std::string printed(const auto& print)
{
    std::string text;
    print(text);
    return text;
}

json::object parsed(const auto& print)
{
    return json::parse(printed(print)).as_object();
}

person somebody()
{
    person who{{175928847299117063}, "Zo\xC3\xAB \"the\" \\ tab\t\x01"};
    who.in.nick = "line\nbreak";
    who.in.roles = {{11}, {12}};
    return who;
}

constexpr discord::snowflake home{41771983423143937};

// As an event has it that names the user elsewhere.
json::object without_user(json::object member)
{
    member.erase("user");
    return member;
}

}  // namespace

TEST_CASE("without a mix the crowd only talks", "[discordsim][life]")
{
    town it{{}};
    it.live(2s);
    CHECK(it.types.size() == 1);
    CHECK(it.types["MESSAGE_CREATE"] == Approx(2000).margin(5));
}

TEST_CASE("the mix of events is that of a large bot", "[discordsim][life]")
{
    town it{mix};
    it.live(20s);
    CHECK(it.discord.so_far().events_generated == Approx(20'000).margin(20));
    CHECK(it.share("PRESENCE_UPDATE") == Approx(0.40).margin(0.02));
    CHECK(it.share("MESSAGE_CREATE") == Approx(0.30).margin(0.02));
    CHECK(it.share("TYPING_START") == Approx(0.09).margin(0.01));
    CHECK(it.share("MESSAGE_REACTION_ADD") == Approx(0.07).margin(0.01));
    CHECK(it.share("GUILD_MEMBER_UPDATE") == Approx(0.06).margin(0.01));
    CHECK(it.share("VOICE_STATE_UPDATE") == Approx(0.04).margin(0.01));
    CHECK(it.share("MESSAGE_UPDATE") == Approx(0.02).margin(0.01));
    CHECK(it.types["MESSAGE_DELETE"] > 0);
    CHECK(it.types["MESSAGE_REACTION_REMOVE"] > 0);
}

TEST_CASE("presences go only to who asked for them", "[discordsim][life]")
{
    town without{mix}, with{mix};
    without.identify(no_presences);
    with.identify(all_intents);
    without.live(2s);
    with.live(2s);
    CHECK(without.data_of("PRESENCE_UPDATE").empty());
    CHECK(with.data_of("PRESENCE_UPDATE").size() > 500);
    CHECK(without.types == with.types);
}

TEST_CASE("guilds are busy by the law of Zipf", "[discordsim][life]")
{
    town alike{mix, 500}, zipf{{true, 1.1, 0, false}, 500};
    alike.live(20s);
    zipf.live(20s);
    CHECK(alike.busiest() < 100);
    // Of 500 guilds the first has a share of 1 / (1 + 2^-1.1 + ... + 500^-1.1).
    double all = 0;
    for (int rank = 1; rank <= 500; ++rank)
        all += std::pow(rank, -1.1);
    CHECK(zipf.busiest() == Approx(20'000 / all).epsilon(0.1));

    const auto& guilds = zipf.discord.everything().guilds;
    std::size_t people = 0, most = 0, least = SIZE_MAX;
    for (const guild& each : guilds) {
        people += each.people.size();
        most = std::max(most, each.people.size());
        least = std::min(least, each.people.size());
    }
    CHECK(least >= 1);
    CHECK(most > 1000);
    CHECK(double(people) / 500 == Approx(20).epsilon(0.1));
}

TEST_CASE("a guild that comes or goes is noticed", "[discordsim][life]")
{
    world of(1, {20, 5, 1.1, true}, began_ms, instant{});
    crowd people({true, 1.1, 0, false}, 1);
    for (int i = 0; i < 1000; ++i)
        CHECK(people.next_guild(of, people.random) < 20);
    const guild founded = of.found_guild(instant{});
    std::set<std::size_t> seen;
    for (int i = 0; i < 10'000; ++i)
        seen.insert(people.next_guild(of, people.random));
    CHECK(*seen.rbegin() == 20);
    of.remove_guild(founded.id);
    of.remove_guild(of.guilds.front().id);
    for (int i = 0; i < 1000; ++i)
        CHECK(people.next_guild(of, people.random) < 19);
}

TEST_CASE("the same seed gives the same events, another one others", "[discordsim][life]")
{
    const habits life{true, 1.1, 0.5, true};
    town one{life, 50, 500, 7}, same{life, 50, 500, 7}, other{life, 50, 500, 8};
    for (town* each : {&one, &same, &other}) {
        each->identify(all_intents);
        each->live(10s);
    }
    CHECK(one.sent.size() > 1000);
    CHECK(one.sent == same.sent);
    CHECK(one.sent != other.sent);
    // What is there has the same ids all the same.
    CHECK(one.discord.everything().guilds.back().people.back().id ==
          other.discord.everything().guilds.back().people.back().id);
}

TEST_CASE("evenings are busier than mornings", "[discordsim][life]")
{
    const world of(1, {3, 5}, 1'699'920'000'000, instant{});  // Midnight.
    crowd people({true, 0, 0.6, false}, 1);
    CHECK(people.pace(of, instant(20h)) == Approx(1.6));
    CHECK(people.pace(of, instant(8h)) == Approx(0.4));
    CHECK(people.pace(of, instant(14h)) == Approx(1.0));
    CHECK(people.pace(of, instant(44h)) == Approx(1.6));
    CHECK(crowd({true, 0, 0, false}, 1).pace(of, instant(20h)) == 1);
}

TEST_CASE("now and then a guild is twenty times as busy", "[discordsim][life]")
{
    const world of(1, {100, 5}, began_ms, instant{});
    crowd people({true, 0, 0, true}, 1);
    double sum = 0;
    bool was_hot = false;
    for (int second = 0; second < 3600; ++second) {
        const double pace = people.pace(of, instant(std::chrono::seconds(second)));
        sum += pace;
        if (was_hot || pace < 1.18)
            continue;
        was_hot = true;
        std::map<std::size_t, int> counted;
        for (int i = 0; i < 20'000; ++i)
            ++counted[people.next_guild(of, people.random)];
        std::vector<int> counts;
        for (const auto& [guild, count] : counted)
            counts.push_back(count);
        std::sort(counts.rbegin(), counts.rend());
        CHECK(double(counts[0]) / counts[50] == Approx(20).epsilon(0.25));
    }
    CHECK(was_hot);
    // Two bursts of a minute at a time.
    CHECK(sum / 3600 == Approx(1 + 2 * 0.19).epsilon(0.05));
}

TEST_CASE("hush silences the crowd", "[discordsim][life]")
{
    town it{{true, 1.1, 0, true}};
    it.feed(direct{1, "POST", "/sandbox/fault", R"({"fault":"burst","rate":"100","for":"1h"})"});
    it.live(1s);
    CHECK(it.discord.so_far().events_generated > 900);
    it.feed(hush{});
    const auto before = it.discord.so_far().events_generated;
    it.live(5s);
    CHECK(it.discord.so_far().events_generated == before);
}

TEST_CASE("what the crowd said can be looked at later", "[discordsim][life]")
{
    world of(1, {1, 5, 0, true}, began_ms, instant{});
    guild& in = of.guilds.front();
    const discord::snowflake id = of.new_id(instant{});
    channel& at = in.channels.front();
    of.overhear(in, {id, at.id, in.people[2].id, 2, "nice!"});
    overheard* const heard = of.last_overheard(in);
    REQUIRE(heard != nullptr);
    heard->edited_ms = began_ms + 1000;
    heard->emoji = "👍";
    heard->reacted = {in.people[1].id};
    const written* const found = of.find_message(at, &in, id);
    REQUIRE(found != nullptr);
    CHECK(found->author.id == in.people[2].id);
    CHECK(found->edited == time_text(began_ms + 1000));
    REQUIRE(found->reactions.size() == 1);
    CHECK(found->reactions[0].users == std::vector{in.people[1].id});
    CHECK(of.last_overheard(in) == nullptr);
}

TEST_CASE("printed people equal the objects", "[discordsim][life]")
{
    guild in;
    in.id = home;
    for (person who : {somebody(), person{{5}, ""}, person{{6}, "bot", true}}) {
        CHECK(parsed([&](std::string& to) { print_user(to, who); }) == user_json(who));
        CHECK(parsed([&](std::string& to) { print_member(to, who, home, true); }) ==
              member_json(who, in));
        json::object update = member_json(who, in);
        update["guild_id"] = to_string(home);
        CHECK(parsed([&](std::string& to) { print_member_update(to, {who, home}); }) == update);
    }
}

TEST_CASE("printed messages equal the objects", "[discordsim][life]")
{
    guild in;
    in.id = home;
    written plain{{1}, {2}, home, somebody(), "a \"b\"\n", {}, time_text(began_ms)};
    written edited = plain, mentions = plain, reacted = plain, direct = plain;
    edited.edited = time_text(began_ms + 1);
    mentions.content = "<@5> hello";
    reacted.reactions.push_back({{}, "👍", {{3}}});
    direct.guild = {};
    for (const written& each : {plain, edited, mentions, reacted, direct})
        for (const bool whole : {true, false}) {
            json::object expected = message_json(each, whole);
            if (each.guild) {
                expected["guild_id"] = to_string(home);
                expected["member"] = without_user(member_json(each.author, in));
            }
            CHECK(parsed([&](std::string& to) { print_message(to, each, whole); }) == expected);
        }
}

TEST_CASE("printed events of members equal the objects", "[discordsim][life]")
{
    guild in;
    in.id = home;
    in.channels.push_back({{77}, "voice", channel_type::voice});
    person who = somebody();
    const doer of{who, home};
    const overheard heard{{1}, {2}, {3}, 0, "nice!", 0, "👍"};
    json::object reaction{{"user_id", to_string(who.id)},
                          {"channel_id", "2"},
                          {"message_id", "1"},
                          {"guild_id", to_string(home)},
                          {"emoji", emoji_json({{}, "👍", {}})},
                          {"burst", false},
                          {"type", 0}};
    CHECK(parsed([&](std::string& to) { print_reaction(to, of, heard, false); }) == reaction);
    reaction["message_author_id"] = "3";
    reaction["burst_colors"] = json::array();
    reaction["member"] = member_json(who, in);
    CHECK(parsed([&](std::string& to) { print_reaction(to, of, heard, true); }) == reaction);
    CHECK(parsed([&](std::string& to) { print_typing(to, of, {2}, began_ms); }) ==
          json::object{{"channel_id", "2"},
                       {"guild_id", to_string(home)},
                       {"user_id", to_string(who.id)},
                       {"timestamp", began_ms / 1000},
                       {"member", member_json(who, in)}});
    for (const bool is_in : {true, false}) {
        who.in.in_voice = who.in.self_mute = is_in;
        json::object voice = voice_state_json(who, in);
        voice["guild_id"] = to_string(home);
        voice["member"] = member_json(who, in);
        const discord::snowflake channel{is_in ? 77U : 0U};
        CHECK(parsed([&](std::string& to) { print_voice_state(to, of, channel); }) == voice);
    }
    CHECK(parsed([&](std::string& to) { print_message_delete(to, heard, home); }) ==
          json::object{{"id", "1"}, {"channel_id", "2"}, {"guild_id", to_string(home)}});
}

TEST_CASE("presences have a user, a status and a client", "[discordsim][life]")
{
    const person who = somebody();
    for (std::uint64_t mood = 0; mood < 12; ++mood) {
        const auto got = parsed([&](std::string& to) {
            print_presence(to, {who, home}, mood, began_ms);
        });
        CHECK(got.at("user") == json::object{{"id", to_string(who.id)}});
        CHECK(got.at("guild_id") == json::value(to_string(home)));
        const auto& clients = got.at("client_status").as_object();
        CHECK(clients.empty() == (got.at("status") == "offline"));
        for (const auto& each : clients)
            CHECK(each.value() == got.at("status"));
        for (const auto& each : got.at("activities").as_array())
            CHECK(each.at("created_at") == began_ms);
    }
}

TEST_CASE("who is in a voice channel is in GUILD_CREATE", "[discordsim][life]")
{
    world of(1, {1, 5, 0, true}, began_ms, instant{});
    guild& in = of.guilds.front();
    in.people[3].in.in_voice = true;
    const auto made = guild_json(in, of.bot, true, time_text(began_ms));
    CHECK(made.at("members").as_array().size() == 2);
    REQUIRE(made.at("voice_states").as_array().size() == 1);
    CHECK(made.at("voice_states").at(0) == voice_state_json(in.people[3], in));
    CHECK(made.at("voice_states").at(0).at("channel_id") ==
          json::value(to_string(in.channel_of_type(channel_type::voice)->id)));
}
