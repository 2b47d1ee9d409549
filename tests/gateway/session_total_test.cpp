// Every input in every state.
#include "gateway/session_player.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <map>

using namespace tinfoil;
using namespace tinfoil::gateway;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;

const std::map<std::string, input> inputs = {
    {"start", start{}},
    {"start with a session", start{resume_point{"other", "wss://other", 1}}},
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
    {"lost for a mistake", lost{1, 4008, ""}},
    {"lost, not identified", lost{1, 4003, ""}},
    {"lost session", lost{1, 4009, ""}},
    {"fatal", lost{1, 4004, ""}},
    {"old lost", lost{0, 4004, ""}},
    {"permitted", permitted{1}},
    {"permitted before", permitted{0}},
    {"elapsed", elapsed{}},
    {"wake", wake{}},
    {"stop", stop{false}},
    {"end", stop{true}},
    {"resume turn", resume_turn{}},
    {"full", full{true}},
    {"no longer full", full{false}},
    {"refresh", refresh{"silence"}},
    {"slept", slept{}},
    {"beat now", beat_now{}},
};

/// What holds of the actions of any one input.
void check_actions(const std::vector<action>& todo, state from, const session& after)
{
    int opens = 0, identifies = 0, proofs = 0, results = 0;
    for (const action& each : todo) {
        if (const auto* to = std::get_if<gateway::open>(&each)) {
            ++opens;
            CHECK((after.point() || to->url == "wss://main"));
        }
        if (const auto* text = std::get_if<gateway::send>(&each))
            identifies += text->payload.starts_with(R"({"op":2)") ? 1 : 0;
        if (const auto* with = std::get_if<gateway::close>(&each))
            CHECK((with->code == 4000 || with->code == 1000));
        proofs += std::holds_alternative<identify_ended>(each) ? 1 : 0;
        results += std::holds_alternative<resume_ended>(each) ? 1 : 0;
    }
    CHECK(opens <= 1);
    CHECK((opens == 0 || after.where() == state::dialing));
    CHECK((identifies == 0 || from == state::queue_identify));
    CHECK(proofs <= 1);
    CHECK(results <= 1);
}

/// Whether these words are among the actions.
bool has(const std::vector<action>& todo, const std::string& words)
{
    return std::any_of(todo.begin(), todo.end(),
                       [&](const action& each) { return player::text(each) == words; });
}

}  // namespace

TEST_CASE("session: every state takes every input and never waits without a deadline",
          "[total][thread-6][thread-8]")
{
    for (const state from : all_states) {
        for (const auto& [input_name, what] : inputs) {
            player it;
            it.reach(from);
            INFO("while " << name(from) << ": " << input_name);
            REQUIRE(it.shard.where() == from);
            std::vector<action> todo;
            it.shard.on(what, it.now, todo);
            const state to = it.shard.where();
            CHECK((to == state::idle || to == state::stopped || it.shard.deadline() != never));
            CHECK((to == state::idle || to == state::stopped ||
                   it.shard.deadline() <= it.now + 11min));
            check_actions(todo, from, it.shard);
            // Whoever waits in a queue is either still in it or has left it.
            if (from == state::queue_identify && to != from && to != state::await_ready)
                CHECK(has(todo, "leave queue"));
            if (from == state::queue_resume && to != from && !has(todo, "leave resume queue"))
                CHECK(std::holds_alternative<resume_turn>(what));
            // What is final stays so.
            if (from == state::stopped)
                CHECK(to == state::stopped);
        }
    }
}

TEST_CASE("session: stop is honoured in every state, whatever came before it", "[total][thread-7]")
{
    for (const bool end : {false, true}) {
        for (const state from : all_states) {
            for (const auto& [input_name, what] : inputs) {
                player it;
                it.reach(from);
                INFO("while " << name(from) << ": " << input_name << ", then stop");
                it.feed(what);
                const auto generation = it.generation;
                const instant asked = it.now;
                it.feed(stop{end});
                if (it.shard.where() == state::closing)
                    it.wait();
                CHECK(it.shard.where() == state::stopped);
                CHECK(it.now - asked <= 1s);
                // Nothing that comes late makes it connect or identify.
                for (const auto& [late_name, late] : inputs)
                    it.feed(late);
                CHECK(it.generation == generation);
            }
        }
    }
}

TEST_CASE("session: from every state, when Discord answers again, it comes back", "[total]")
{
    for (const state from : all_states) {
        for (const auto& [input_name, what] : inputs) {
            player it;
            it.reach(from);
            if (from == state::idle || from == state::stopped || from == state::closing)
                continue;  // Not begun, or asked to end.
            INFO("while " << name(from) << ": " << input_name);
            it.feed(what);
            it.paced_at_once = true;
            const instant calm = it.now;
            while (it.shard.where() != state::active && it.shard.where() != state::stopped &&
                   it.now - calm < 10min) {
                const state at = it.shard.where();
                if (at == state::dialing)
                    it.feed(connected{it.generation});
                else if (at == state::await_hello)
                    it.get(hello);
                else if (at == state::queue_identify)
                    it.feed(permitted{it.generation});
                else if (at == state::await_ready)
                    it.get(ready);
                else if (at == state::await_resumed)
                    it.get(R"({"op":0,"s":99,"t":"RESUMED","d":{}})");
                else if (at == state::closing)
                    it.feed(lost{it.generation, 4000, ""});
                else
                    it.wait();
            }
            const bool was_fatal = input_name == "fatal" || std::holds_alternative<stop>(what);
            CHECK((it.shard.where() == state::active || was_fatal));
        }
    }
}
