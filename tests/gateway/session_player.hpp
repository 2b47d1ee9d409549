#pragma once

#include "gateway/session.hpp"
#include "gateway/state_name.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tinfoil::gateway {

inline constexpr const char* hello =
    R"({"op":10,"s":null,"t":null,"d":{"heartbeat_interval":40000}})";
inline constexpr const char* ready =
    R"({"op":0,"s":1,"t":"READY","d":{"session_id":"abc","resume_gateway_url":"wss:\/\/resume"}})";

/// A session, and whoever plays against it: what it asks for comes back as words.
struct player {
    explicit player(std::uint64_t seed = 1) : shard(make_settings(), seed) {}

    session shard;
    instant now = instant{} + std::chrono::hours(1);
    /// Whether whoever wants to RESUME may at once; otherwise a test feeds resume_turn.
    bool paced_at_once = true;
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
        if (std::holds_alternative<gateway::queue_resume>(what))
            return "queue resume";
        if (std::holds_alternative<leave_resume_queue>(what))
            return "leave resume queue";
        if (const auto* end = std::get_if<resume_ended>(&what))
            return end->failed ? "resume failed" : "resume answered";
        if (const auto* how = std::get_if<gateway::read>(&what))
            return how->on ? "read on" : "stop reading";
        if (const auto* end = std::get_if<own_mistake>(&what))
            return "own mistake " + std::to_string(end->close_code);
        return "";  // moved: for people
    }

    std::vector<std::string> feed(const input& what)
    {
        std::vector<action> todo;
        shard.on(what, now, todo);
        std::vector<std::string> seen;
        bool turn = false;
        for (const action& each : todo) {
            if (const auto* to = std::get_if<gateway::open>(&each))
                generation = to->generation;
            if (paced_at_once && std::holds_alternative<gateway::queue_resume>(each))
                turn = true;
            else if (auto line = text(each); !line.empty())
                seen.push_back(std::move(line));
        }
        if (turn)
            for (auto& line : feed(resume_turn{}))
                seen.push_back(std::move(line));
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
        const bool resumes = to == state::await_resumed || to == state::queue_resume;
        paced_at_once = to != state::queue_resume;
        feed(start{resumes ? std::optional(resume_point{"abc", "wss://resume", 5}) : std::nullopt});
        if (to == state::dialing || to == state::queue_resume)
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
        feed(permitted{generation});
        if (to == state::await_ready)
            return;
        get(ready);
        if (to == state::active)
            return;
        feed(full{true});
        feed(lost{generation, 1006, ""});
    }
};

inline constexpr state all_states[] = {
    state::idle,           state::backoff,     state::dialing,       state::await_hello,
    state::queue_identify, state::await_ready, state::await_resumed, state::active,
    state::closing,        state::stopped,     state::queue_resume,  state::held};

}  // namespace tinfoil::gateway
