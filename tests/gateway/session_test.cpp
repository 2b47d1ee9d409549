#include "gateway/session.hpp"
#include "support/catch.hpp"

#include <map>

using namespace tinfoil;
using namespace tinfoil::gateway;
using namespace std::chrono_literals;

namespace {

constexpr const char* hello = R"({"op":10,"s":null,"t":null,"d":{"heartbeat_interval":40000}})";
constexpr const char* ready =
    R"({"op":0,"s":1,"t":"READY","d":{"session_id":"abc","resume_gateway_url":"wss:\/\/resume"}})";

struct player {
    session shard{make_settings(), 1};
    instant now{};
    std::uint32_t generation = 0;

    static session_settings make_settings()
    {
        session_settings settings;
        settings.slot = {0, 1};
        settings.token = redacted("token");
        settings.intents = 1;
        settings.url = "wss://main";
        return settings;
    }

    static std::string text(const action& what)
    {
        if (const auto* to = std::get_if<gateway::open>(&what))
            return "open " + to->url;
        if (const auto* bytes = std::get_if<gateway::send>(&what))
            return "send op " + bytes->payload.substr(6, bytes->payload.find(',') - 6);
        if (const auto* with = std::get_if<gateway::close>(&what))
            return "close " + std::to_string(with->code);
        if (const auto* event = std::get_if<deliver>(&what))
            return "deliver " + std::string(event->type) + (event->replayed ? " replayed" : "");
        if (const auto* how = std::get_if<identify_ended>(&what))
            return how->received ? "identify received" : "identify unproven";
        if (const auto* end = std::get_if<stopped>(&what))
            return "stopped " + std::to_string(end->close_code);
        if (std::holds_alternative<drop>(what))
            return "drop";
        if (std::holds_alternative<gateway::queue_identify>(what))
            return "queue";
        if (std::holds_alternative<leave_queue>(what))
            return "leave queue";
        if (std::holds_alternative<established>(what))
            return "established";
        if (std::holds_alternative<resumed>(what))
            return "resumed";
        if (std::holds_alternative<forgotten>(what))
            return "forgotten";
        return "";  // moved: for people
    }

    std::vector<std::string> feed(const input& what)
    {
        std::vector<action> todo;
        shard.on(what, now, todo);
        std::vector<std::string> seen;
        for (const action& each : todo) {
            if (const auto* to = std::get_if<gateway::open>(&each))
                generation = to->generation;
            if (auto line = text(each); !line.empty())
                seen.push_back(std::move(line));
        }
        return seen;
    }
    std::vector<std::string> get(std::string_view payload)
    {
        return feed(received{generation, payload});
    }
    std::vector<std::string> wait()
    {
        now = shard.deadline();
        return feed(elapsed{});
    }

    // Brings the session into a state by the shortest way.
    void reach(state to)
    {
        if (to == state::idle)
            return;
        feed(start{to == state::await_resumed
                       ? std::optional(resume_point{"abc", "wss://resume", 5})
                       : std::nullopt});
        if (to == state::dialing)
            return;
        if (to == state::backoff)
            return void(feed(lost{generation, 1006, ""}));
        if (to == state::stopped)
            return void(feed(stop{false}));
        feed(connected{generation});
        if (to == state::await_hello)
            return;
        if (to == state::closing)
            return void(feed(stop{false}));
        get(hello);
        if (to == state::queue_identify || to == state::await_resumed)
            return;
        feed(permitted{});
        if (to == state::await_ready)
            return;
        get(ready);
    }
};

using list = std::vector<std::string>;

constexpr state all_states[] = {state::idle,          state::backoff,        state::dialing,
                                state::await_hello,   state::queue_identify, state::await_ready,
                                state::await_resumed, state::active,         state::closing,
                                state::stopped};

}  // namespace

// Discord Docs/Gateway, "Connection Lifecycle"
TEST_CASE("session: from connecting to ready")
{
    player it;
    CHECK(it.feed(start{}) == list{"open wss://main"});
    CHECK(it.feed(connected{1}) == list{});
    CHECK(it.get(hello) == list{"queue"});
    CHECK(it.feed(permitted{}) == list{"send op 2"});
    CHECK(it.get(ready) == list{"identify received", "established", "deliver READY"});
    CHECK(it.get(R"({"op":0,"s":2,"t":"GUILD_CREATE","d":{}})") == list{"deliver GUILD_CREATE"});
    CHECK(it.shard.point()->sequence == 2);
    CHECK(it.shard.point()->resume_url == "wss://resume");
}

// Discord Docs/Gateway, "Resuming"
TEST_CASE("session: a lost connection resumes where it was, at the resume URL")
{
    player it;
    it.reach(state::active);
    CHECK(it.feed(lost{1, 1006, ""}) == list{});
    CHECK(it.wait() == list{"open wss://resume"});
    it.feed(connected{2});
    CHECK(it.get(hello) == list{"send op 6"});
    CHECK(it.get(R"({"op":0,"s":2,"t":"A","d":{}})") == list{"deliver A replayed"});
    CHECK(it.get(R"({"op":0,"s":3,"t":"RESUMED","d":{}})") == list{"resumed", "deliver RESUMED"});
    CHECK(it.get(R"({"op":0,"s":3,"t":"A","d":{}})") == list{});
}

TEST_CASE("session: a dead resume URL is left for the main one, with the session kept")
{
    player it;
    it.reach(state::active);
    it.feed(lost{1, 1006, ""});
    CHECK(it.wait() == list{"open wss://resume"});
    it.feed(lost{2, 1006, ""});
    CHECK(it.wait() == list{"open wss://resume"});
    it.feed(lost{3, 1006, ""});
    CHECK(it.wait() == list{"open wss://main"});
    CHECK(it.shard.point());
}

// Discord Docs/Gateway Events, "Invalid Session"
TEST_CASE("session: op 9 false forgets the session, op 9 true keeps it")
{
    for (const bool resumable : {false, true}) {
        player it;
        it.reach(state::await_resumed);
        const auto seen = it.get(resumable ? R"({"op":9,"d":true})" : R"({"op":9,"d":false})");
        CHECK(seen == (resumable ? list{"close 4000"} : list{"forgotten", "close 4000"}));
        it.feed(lost{it.generation, 4000, ""});
        CHECK(it.shard.where() == state::backoff);
        CHECK(it.shard.deadline() >= it.now + 1s);
        CHECK(it.shard.deadline() <= it.now + 5s);
        CHECK(it.shard.point().has_value() == resumable);
    }
}

TEST_CASE("session: op 7 closes resumably and resumes")
{
    player it;
    it.reach(state::active);
    CHECK(it.get(R"({"op":7,"d":null})") == list{"close 4000"});
    it.feed(lost{1, 4000, ""});
    CHECK(it.wait() == list{"open wss://resume"});
}

// Discord Docs/Gateway, "Sending Heartbeats"
TEST_CASE("session: an unanswered heartbeat is a zombie, an answered one is not")
{
    player it;
    it.reach(state::active);
    CHECK(it.wait() == list{"send op 1"});
    CHECK(it.get(R"({"op":11})") == list{});
    CHECK(it.wait() == list{"send op 1"});
    CHECK(it.wait() == list{"close 4000"});
    CHECK(it.wait() == list{"drop"});
    CHECK(it.wait() == list{"open wss://resume"});
}

TEST_CASE("session: Discord's request for a heartbeat is answered at once")
{
    player it;
    it.reach(state::active);
    CHECK(it.get(R"({"op":1,"d":null})") == list{"send op 1"});
}

TEST_CASE("session: fatal close codes stop for good")
{
    for (const int code : {4004, 4010, 4011, 4012, 4013, 4014}) {
        player it;
        it.reach(state::await_ready);
        CHECK(it.feed(lost{it.generation, code, ""}) ==
              list{"identify unproven", "stopped " + std::to_string(code)});
        CHECK(it.shard.deadline() == never);
    }
}

TEST_CASE("session: a handshake that goes silent is given up, whichever step it is")
{
    for (const state each : {state::await_hello, state::await_ready, state::await_resumed}) {
        player it;
        it.reach(each);
        bool dropped = false;
        for (int i = 0; i < 5 && !dropped; ++i)
            for (const std::string& line : it.wait())
                dropped = dropped || line == "drop" || line == "close 4000";
        CHECK(dropped);
    }
}

TEST_CASE("session: what an old connection says is ignored")
{
    player it;
    it.reach(state::active);
    it.feed(lost{1, 1006, ""});
    it.wait();
    CHECK(it.feed(received{1, hello}) == list{});
    CHECK(it.feed(connected{1}) == list{});
    CHECK(it.feed(lost{1, 4004, ""}) == list{});
    CHECK(it.shard.where() == state::dialing);
}

TEST_CASE("session: every state takes every input and never waits without a deadline")
{
    const std::map<std::string, input> inputs = {
        {"start", start{}},
        {"connected", connected{1}},
        {"old connected", connected{0}},
        {"hello", received{1, hello}},
        {"ready", received{1, ready}},
        {"resumed", received{1, R"({"op":0,"s":9,"t":"RESUMED","d":{}})"}},
        {"event", received{1, R"({"op":0,"s":9,"t":"A","d":{}})"}},
        {"ready without id", received{1, R"({"op":0,"s":9,"t":"READY","d":{}})"}},
        {"heartbeat", received{1, R"({"op":1})"}},
        {"ack", received{1, R"({"op":11})"}},
        {"reconnect", received{1, R"({"op":7})"}},
        {"invalid", received{1, R"({"op":9,"d":false})"}},
        {"resumable", received{1, R"({"op":9,"d":true})"}},
        {"unknown op", received{1, R"({"op":99})"}},
        {"garbage", received{1, "garbage"}},
        {"bad hello", received{1, R"({"op":10,"d":{"heartbeat_interval":-5}})"}},
        {"lost", lost{1, 1006, ""}},
        {"lost session", lost{1, 4009, ""}},
        {"fatal", lost{1, 4004, ""}},
        {"permitted", permitted{}},
        {"elapsed", elapsed{}},
        {"wake", wake{}},
        {"stop", stop{false}},
        {"end", stop{true}},
    };
    for (const state from : all_states) {
        for (const auto& [name, what] : inputs) {
            player it;
            it.reach(from);
            INFO("state " << static_cast<int>(from) << ", input " << name);
            REQUIRE(it.shard.where() == from);
            it.feed(what);
            const state to = it.shard.where();
            CHECK((to == state::idle || to == state::stopped || it.shard.deadline() != never));
            // Stop is honoured everywhere, at the latest when its close is not answered.
            it.feed(stop{false});
            if (it.shard.where() == state::closing)
                it.wait();
            CHECK(it.shard.where() == state::stopped);
        }
    }
}
