// Discord Docs/Gateway, "Rate Limiting"; Discord Docs/Gateway Events, "Send Events", "Rate
// Limited".
#include "discord/envelope.hpp"
#include "discord/intents.hpp"
#include "gateway/outbox.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace tinfoil;
using namespace tinfoil::gateway;
using namespace std::chrono_literals;
using discord::command_outcome;

namespace {

constexpr const char* beat = R"({"op":1,"d":5})";

struct player {
    explicit player(std::uint64_t intents = discord::privileged_intents) : box({0, 1}, intents, 7)
    {
    }

    void feed(const outbox_input& what)
    {
        std::vector<outbox_action> todo;
        box.on(what, now, todo);
        for (const auto& each : todo) {
            if (const auto* out = std::get_if<transmit>(&each))
                sent.push_back(out->payload);
            else
                answers.push_back(std::get<answered>(each));
        }
    }
    void until(instant then)
    {
        while (box.deadline() <= then) {
            now = std::max(now, box.deadline());
            feed(outbox_elapsed{});
        }
        now = then;
    }
    void connect(bool is_new = true, duration interval = 40s)
    {
        feed(connection_began{});
        feed(greeted{interval});
        feed(urgent{is_new ? R"({"op":2,"d":{"token":"t"}})" : R"({"op":6,"d":{}})"});
        feed(session_active{is_new});
    }
    void give(std::uint64_t id, int op, const std::string& data, duration patience = 5min)
    {
        auto made = discord::read_command(op, data);
        REQUIRE(made.has_value());
        feed(submit{id, std::move(*made), patience});
    }
    // Since the last call, by opcode.
    std::string ops()
    {
        std::string all;
        for (const std::string& each : sent)
            all += (all.empty() ? "" : " ") + std::to_string(discord::scan_envelope(each)->op);
        last = sent.empty() ? "" : sent.back();
        sent.clear();
        return all;
    }
    [[nodiscard]] std::string nonce() const
    {
        return std::string(discord::find_member(discord::find_value(last, "d"), "nonce"));
    }
    void event(const char* type, const std::string& data) { feed(dispatched{type, data}); }
    void chunk(const std::string& of, int index, int count)
    {
        event("GUILD_MEMBERS_CHUNK", R"({"guild_id":"7","members":[{"i":)" + std::to_string(index) +
                                         R"(}],"chunk_index":)" + std::to_string(index) +
                                         R"(,"chunk_count":)" + std::to_string(count) +
                                         R"(,"nonce":")" + of + "\"}");
    }
    std::string outcome()
    {
        REQUIRE(answers.size() == 1);
        const std::string all = std::to_string(answers[0].id) + " " +
                                std::to_string(static_cast<int>(answers[0].what.how)) + " " +
                                answers[0].what.text;
        answers.clear();
        return all;
    }

    outbox box;
    instant now = instant{} + 1h;
    std::vector<std::string> sent;
    std::vector<answered> answers;
    std::string last;
};

const std::string find_a = R"({"guild_id":"7","query":"a","limit":5})";
const std::string everybody = R"({"guild_id":"7"})";
const std::string join = R"({"guild_id":"7","channel_id":"8"})";

}  // namespace

TEST_CASE("outbox: 120 payloads a minute, and the heart never waits [sends-120] [thread-14]",
          "[sends-120][thread-14]")
{
    player it;
    it.connect();
    it.ops();
    for (int i = 0; i < 300; ++i)
        it.give(1, 8, find_a);
    // Room for the beats of a minute and for some that Discord asks for stays free.
    const std::size_t commands = it.sent.size();
    CHECK(commands >= 110);
    CHECK(commands <= 116);
    it.ops();
    it.feed(urgent{beat});
    CHECK(it.ops() == "1");
    it.until(it.now + 40s);
    it.feed(urgent{beat});
    CHECK(it.ops() == "1");
    const instant all_gone = it.now + 22s;
    it.until(it.now + 20s);
    CHECK(it.ops() == "");
    it.until(all_gone);
    CHECK(it.sent.size() >= 100);
    CHECK(it.box.deadline() > it.now);
}

TEST_CASE("outbox: of beats that have to wait each is sent, since the session counts on each ACK")
{
    player it;
    it.connect();
    for (int i = 0; i < 300; ++i)
        it.give(1, 8, find_a);
    it.ops();
    const auto beats = [&] { return std::count(it.sent.begin(), it.sent.end(), beat); };
    for (int i = 0; i < 20; ++i)
        it.feed(urgent{beat});
    CHECK(beats() < 20);
    it.until(it.now + 3min);
    CHECK(beats() == 20);
}

TEST_CASE(
    "outbox: beats that Discord asks for beyond all measure leave room for the heart [sends-120]",
    "[sends-120]")
{
    player it;
    it.connect();
    it.ops();
    for (int i = 0; i < 500; ++i) {
        it.feed(urgent{beat});
        it.now += 50ms;
    }
    CHECK(it.sent.size() < 119);
    it.ops();
    it.until(instant{} + 1h + 40s);
    it.ops();
    it.feed(urgent{beat});
    CHECK(it.ops() == "1");
}

TEST_CASE("outbox: voice before presence before requests, and nothing before READY")
{
    player it;
    it.feed(connection_began{});
    it.give(1, 8, find_a);
    it.give(2, 43, everybody);
    it.give(3, 3, R"({"status":"idle"})");
    it.give(4, 4, join);
    CHECK(it.ops() == "");
    it.feed(greeted{40s});
    it.feed(urgent{R"({"op":6,"d":{}})"});
    CHECK(it.ops() == "6");
    it.feed(session_active{false});
    CHECK(it.ops() == "4 3 8 43");
    REQUIRE(it.answers.size() == 2);
    CHECK(it.answers[0].id == 3);
    CHECK(it.answers[1].id == 4);
}

TEST_CASE("outbox: five presences in twenty seconds, the latest wins, and IDENTIFY has it "
          "[presence-limit]",
          "[presence-limit]")
{
    player it;
    it.give(0, 3, R"({"status":"dnd"})");
    it.connect();
    CHECK(it.sent[0].find(
              R"("presence":{"since":null,"activities":[],"status":"dnd","afk":false})") !=
          std::string::npos);
    CHECK(it.ops() == "2");
    for (int i = 0; i < 50; ++i)
        it.give(0, 3, R"({"status":"online","since":)" + std::to_string(i) + "}");
    CHECK(it.ops() == "3 3 3 3");
    it.until(it.now + 20s);
    CHECK(it.ops() == "");
    it.until(it.now + 2s);
    CHECK(it.ops() == "3");
    CHECK(it.last.find(R"("since":49)") != std::string::npos);
    // The same again is nothing new, and a new session has it from its IDENTIFY.
    it.give(0, 3, R"({"status":"online","since":49})");
    it.feed(connection_ended{});
    it.connect();
    CHECK(it.ops() == "2");
    CHECK(it.last.find(R"("since":49)") != std::string::npos);
    // A presence that does not fit beside the token goes after READY.
    it.until(it.now + 1min);
    it.give(0, 3, R"({"activities":[{"name":")" + std::string(3980, 'n') + R"("}]})");
    it.ops();
    it.feed(connection_ended{});
    it.feed(connection_began{});
    it.feed(greeted{40s});
    it.feed(urgent{R"({"op":2,"d":{"token":")" + std::string(70, 't') + "\"}}"});
    it.feed(session_active{true});
    CHECK(it.ops() == "2 3");
}

TEST_CASE("outbox: chunks are gathered by nonce, in any order and each once")
{
    player it;
    it.connect();
    it.give(5, 8, everybody);
    CHECK(it.ops() == "2 8");
    const std::string own = it.nonce();
    CHECK(own.size() <= 32);
    it.chunk(own, 2, 3);
    it.chunk("other", 0, 3);
    it.chunk(own, 2, 3);
    it.chunk(own, 5, 3);
    it.chunk(own, 0, 4);
    it.chunk(own, 0, 3);
    CHECK(it.answers.empty());
    it.event(
        "GUILD_MEMBERS_CHUNK",
        R"({"guild_id":"7","members":[ ],"not_found":["1"],"presences":[{}],"chunk_index":1,"chunk_count":3,"nonce":")" +
            own + "\"}");
    CHECK(it.outcome() ==
          R"(5 0 {"guild_id":"7","members":[{"i":2},{"i":0}],"presences":[{}],"not_found":["1"]})");
    it.chunk(own, 1, 3);
    CHECK(it.answers.empty());
}

TEST_CASE("outbox: what waits or is unanswered outlives connections and sessions [thread-14]",
          "[thread-14]")
{
    player it;
    it.connect();
    it.give(1, 8, find_a);
    it.ops();
    const std::string first = it.nonce();
    it.feed(connection_ended{});
    it.give(2, 31, R"({"guild_ids":["7"]})");
    // The replay brings a sign of the answer: it is not asked for again.
    it.feed(connection_began{});
    it.chunk(first, 0, 2);
    it.feed(session_active{false});
    CHECK(it.ops() == "31");
    it.chunk(first, 1, 2);
    CHECK(it.answers.size() == 1);
    it.answers.clear();
    // No sign of it: it is. A new session has forgotten what it was asked.
    it.feed(connection_ended{});
    it.connect(false);
    CHECK(it.ops() == "6 31");
    it.feed(connection_ended{});
    it.connect(true);
    CHECK(it.ops() == "2 31");
    it.event("SOUNDBOARD_SOUNDS", R"({"soundboard_sounds":[],"guild_id":"7"})");
    CHECK(it.outcome() == R"(2 0 {"soundboard_sounds":[],"guild_id":"7"})");
    it.feed(connection_ended{});
    it.connect(true);
    CHECK(it.ops() == "2");
}

TEST_CASE("outbox: half an answer is asked for anew by a new session, and when chunks stop coming "
          "[thread-14]",
          "[thread-14]")
{
    player it;
    it.connect();
    it.give(1, 8, find_a);
    it.ops();
    const std::string first = it.nonce();
    it.chunk(first, 0, 2);
    it.feed(connection_ended{});
    it.connect(true);
    CHECK(it.ops() == "2 8");
    const std::string second = it.nonce();
    CHECK(second != first);
    it.chunk(first, 1, 2);
    CHECK(it.answers.empty());
    it.chunk(second, 0, 2);
    it.until(it.now + 14s);
    CHECK(it.ops() == "");
    it.until(it.now + 2s);
    CHECK(it.ops() == "8");
    it.chunk(it.nonce(), 0, 1);
    CHECK(it.outcome().starts_with("1 0 {"));
}

TEST_CASE("outbox: all members of a guild once in 30 s, of others at once [members-30s]",
          "[members-30s]")
{
    player it;
    it.connect();
    it.give(1, 8, everybody);
    it.give(2, 8, everybody);
    it.give(3, 8, R"({"guild_id":"9"})");
    it.give(4, 8, find_a);
    CHECK(it.ops() == "2 8 8 8");
    it.until(it.now + 30s);
    CHECK(it.ops() == "");
    it.until(it.now + 2s);
    CHECK(it.ops() == "8");
    // Whoever goes on with the session of another process can't know when that one asked last.
    player heir;
    heir.connect(false);
    heir.give(1, 8, everybody);
    CHECK(heir.ops() == "6");
    heir.until(heir.now + 32s);
    CHECK(heir.ops() == "8");
}

TEST_CASE("outbox: RATE_LIMITED is waited for and then asked again [rate-limited-event]",
          "[rate-limited-event]")
{
    player it;
    it.connect();
    it.give(1, 8, everybody);
    it.give(2, 8, find_a);
    it.ops();
    const std::string other = it.nonce();
    it.event("RATE_LIMITED",
             R"({"opcode":8,"retry_after":12.5,"meta":{"guild_id":"7","nonce":"not ours"}})");
    it.until(it.now + 20s);
    CHECK(it.ops() == "");
    it.event("RATE_LIMITED",
             R"({"opcode":8,"retry_after":12.5,"meta":{"guild_id":"7","nonce":")" + other + "\"}}");
    it.until(it.now + 12500ms);
    CHECK(it.ops() == "");
    it.until(it.now + 1s);
    CHECK(it.ops() == "8");
    CHECK(it.nonce() != other);
    // Of an opcode as a whole, and of the presence.
    it.give(3, 43, everybody);
    it.ops();
    it.event("RATE_LIMITED", R"({"opcode":43,"retry_after":2,"meta":{"guild_id":"7"}})");
    it.give(4, 43, R"({"guild_id":"8"})");
    it.give(5, 3, R"({"status":"idle"})");
    CHECK(it.ops() == "3");
    it.event("RATE_LIMITED", R"({"opcode":3,"retry_after":5,"meta":{}})");
    it.until(it.now + 3s);
    CHECK(it.ops() == "43 43");
    it.until(it.now + 3s);
    CHECK(it.ops() == "3");
    // Nonsense changes nothing.
    for (const char* data :
         {"{}", R"({"opcode":8,"retry_after":-1})", R"({"opcode":8,"retry_after":"x"})", ""})
        it.event("RATE_LIMITED", data);
    it.until(it.now + 3s);
    CHECK(it.ops() == "");
    CHECK(it.answers.size() == 1);
}

TEST_CASE("outbox: a refusal says which and why")
{
    player it(discord::intent_guilds);
    it.give(1, 8, everybody);
    CHECK(it.outcome().starts_with("1 5 this needs the intents GUILD_MEMBERS"));
    it.give(2, 8, R"({"guild_id":"7","user_ids":["1"],"presences":true})");
    CHECK(it.outcome().starts_with("2 5 this needs the intents GUILD_PRESENCES"));
    for (std::uint64_t i = 0; i < outbox::requests_max; ++i)
        it.give(0, 8, find_a);
    it.give(3, 8, find_a);
    CHECK(it.outcome().starts_with("3 3 "));
    outbox other({1, 2}, 0, 1);
    std::vector<outbox_action> todo;
    other.on(submit{4, *discord::read_command(8, R"({"guild_id":"7","query":"a","limit":1})"), 1s},
             it.now, todo);
    CHECK(std::get<answered>(todo.at(0)).what.how == command_outcome::unknown_guild);
    it.feed(session_over{"Discord refuses it"});
    it.give(5, 8, find_a);
    CHECK(it.outcome().starts_with("5 7 shard 0/1 has stopped: Discord refuses it"));
}

TEST_CASE("outbox: every command is answered: in time, when it can't be, and when the shard stops")
{
    player it;
    it.give(1, 8, find_a, 2s);
    it.give(2, 4, join, 3s);
    it.until(it.now + 2s);
    CHECK(it.outcome().starts_with("1 6 it could not be sent"));
    it.until(it.now + 1s);
    CHECK(it.outcome().starts_with("2 6 the voice state is kept"));
    it.connect();
    CHECK(it.ops() == "2 4");
    it.give(3, 8, find_a, 2s);
    it.until(it.now + 2s);
    CHECK(it.outcome().starts_with("3 6 Discord did not answer"));
    it.give(4, 8, find_a);
    it.give(5, 8, find_a);
    it.feed(cancel{4});
    it.feed(session_over{""});
    CHECK(it.outcome().starts_with("5 7 "));
    CHECK(it.box.deadline() == never);
}

TEST_CASE("outbox: the bot's voice state is the shard's, not the connection's [thread-15]",
          "[thread-15]")
{
    player it;
    it.connect();
    it.event("READY", R"({"user":{"id":"3"},"guilds":[]})");
    it.give(1, 4, join);
    it.give(2, 4, R"({"guild_id":"9","channel_id":"10"})");
    CHECK(it.ops() == "2 4 4");
    it.answers.clear();
    // Long ago, so it has arrived: a resumed session is in its channels still, a new one in none.
    it.until(it.now + 10min);
    it.feed(connection_ended{});
    it.connect(false);
    CHECK(it.ops() == "6");
    it.feed(connection_ended{});
    it.connect(true);
    CHECK(it.ops() == "2 4 4");
    // Just now: whether it arrived nobody knows.
    it.feed(connection_ended{});
    it.connect(false);
    CHECK(it.ops() == "6 4 4");
    // Somebody disconnects the bot, moves it, and moves somebody else.
    it.event("VOICE_STATE_UPDATE", R"({"guild_id":"7","user_id":"3","channel_id":null})");
    it.event("VOICE_STATE_UPDATE", R"({"guild_id":"9","user_id":"3","channel_id":"11"})");
    it.event("VOICE_STATE_UPDATE", R"({"guild_id":"9","user_id":"4","channel_id":null})");
    it.feed(connection_ended{});
    it.connect(true);
    CHECK(it.ops() == "2 4");
    CHECK(it.last.find(R"("channel_id":"11")") != std::string::npos);
    // It leaves, and stays away.
    it.give(3, 4, R"({"guild_id":"9","channel_id":null})");
    CHECK(it.ops() == "4");
    it.feed(connection_ended{});
    it.connect(true);
    CHECK(it.ops() == "2");
}

TEST_CASE("outbox: what the session does is what the outbox is told")
{
    const auto told = [](const action& what) { return outbox_input_of(what, 40s); };
    CHECK(std::get<urgent>(*told(send{"x"})).payload == "x");
    CHECK(std::holds_alternative<connection_began>(*told(open{1, "wss://"})));
    CHECK(std::get<session_active>(*told(established{})).is_new);
    CHECK_FALSE(std::get<session_active>(*told(resumed{})).is_new);
    CHECK(std::get<greeted>(*told(moved{state::queue_identify, ""})).heartbeat_interval == 40s);
    CHECK(std::get<greeted>(*told(moved{state::await_resumed, ""})).heartbeat_interval == 40s);
    for (const state where :
         {state::backoff, state::dialing, state::closing, state::stopped, state::idle})
        CHECK(std::holds_alternative<connection_ended>(*told(moved{where, ""})));
    for (const state where : {state::await_hello, state::await_ready, state::active})
        CHECK_FALSE(told(moved{where, ""}).has_value());
    CHECK(std::get<session_over>(*told(stopped{4004, "why"})).why == "why");
    CHECK_FALSE(told(queue_identify{}).has_value());
}

TEST_CASE("outbox: answers that name only their guild are asked for one at a time")
{
    player it;
    it.connect();
    it.give(1, 43, everybody);
    it.give(2, 43, everybody);
    it.give(3, 43, R"({"guild_id":"9"})");
    CHECK(it.ops() == "2 43 43");
    it.event("CHANNEL_INFO", R"({"guild_id":"7","channels":[1]})");
    CHECK(it.ops() == "43");
    CHECK(it.outcome() == R"(1 0 {"guild_id":"7","channels":[1]})");
    it.event("CHANNEL_INFO", R"({"guild_id":"7","channels":[2]})");
    CHECK(it.outcome() == R"(2 0 {"guild_id":"7","channels":[2]})");
}

TEST_CASE(
    "outbox: what Discord says of a voice state before the latest wish goes out does not undo it")
{
    player it;
    it.connect();
    it.event("READY", R"({"user":{"id":"3"}})");
    it.give(1, 4, join);
    it.feed(connection_ended{});
    it.give(2, 4, R"({"guild_id":"7","channel_id":"12"})");
    it.event("VOICE_STATE_UPDATE", R"({"guild_id":"7","user_id":"3","channel_id":"8"})");
    it.event("VOICE_STATE_UPDATE", R"({"guild_id":"7","user_id":"3","channel_id":null})");
    it.ops();
    it.connect(false);
    CHECK(it.ops() == "6 4");
    CHECK(it.last.find(R"("channel_id":"12")") != std::string::npos);
}
