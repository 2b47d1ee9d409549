#pragma once

#include "host/fleet.hpp"
#include "sharding/plan.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::host {

using namespace std::chrono_literals;
using discord::session_record;
using discord::slot;
using list = std::vector<std::string>;

inline session_record known(slot which, std::int64_t sequence)
{
    return {.which = which,
            .generation = 1,
            .intents = 1,
            .point = {"s" + to_string(which), "wss://resume", sequence},
            .unfinished = {}};
}

/// A fleet, with what it asks for as lines.
struct player {
    fleet it{7};
    instant now{};
    std::uint64_t epoch = 0;  // Of the process spawned last.
    std::vector<session_record> served, kept;
    std::string said;
    std::uint64_t granted = 0;  // Of the process spawned last.
    duration checked_after{};
    link::handoff_begin begun;
    std::map<slot, link::shard_load> loaded_shards;
    sharding::plan_change change;
    move_over moved{};

    std::string text(const fleet_action& what)
    {
        if (const auto* process = std::get_if<spawn>(&what)) {
            epoch = process->epoch;
            granted = process->granted;
            return "spawn " + std::to_string(process->number) +
                   (process->build == 0 ? "" : " as build " + std::to_string(process->build));
        }
        if (const auto* end = std::get_if<end_process>(&what))
            return "kill " + std::to_string(end->number);
        if (const auto* told = std::get_if<tell>(&what)) {
            if (const auto* shards = std::get_if<link::serve>(&told->what)) {
                served = shards->shards;
                std::string line = "serve " + std::to_string(told->number) + ":";
                for (const auto& each : served)
                    line +=
                        " " + to_string(each.which) +
                        (each.point.session_id.empty() ? ""
                                                       : "@" + std::to_string(each.resume_from()));
                return line;
            }
            if (const auto* turn = std::get_if<link::turn>(&told->what))
                return "turn " + to_string(turn->slot);
            if (const auto* handed = std::get_if<link::handoff_begin>(&told->what)) {
                begun = *handed;
                return "hand over " + std::to_string(told->number);
            }
            if (const auto* turn = std::get_if<link::handoff_turn>(&told->what))
                return "handoff turn " + std::to_string(turn->newer) + "/" +
                       std::to_string(turn->generation);
            if (std::holds_alternative<link::handoff_cancel>(told->what))
                return "cancel " + std::to_string(told->number);
            if (const auto* done = std::get_if<link::handoff_journalled>(&told->what))
                return done->ok ? "journalled" : "not journalled";
            if (const auto* load = std::get_if<link::shard_load>(&told->what)) {
                loaded_shards[load->what.which] = *load;
                return "load " + std::to_string(told->number) + ": " + to_string(load->what.which) +
                       (load->handoff.empty() ? "" : " with " + load->handoff);
            }
            if (const auto* gone_one = std::get_if<link::shard_unload>(&told->what))
                return "unload " + std::to_string(told->number) + ": " + to_string(gone_one->slot);
            return "stop " + std::to_string(told->number);
        }
        if (const auto* commit = std::get_if<write_commit>(&what)) {
            change = commit->what;
            return "commit " + sharding::to_string(commit->what.plan);
        }
        if (const auto* record = std::get_if<keep_handoff_record>(&what))
            return "keep record " + to_string(record->what.slot);
        if (const auto* record = std::get_if<drop_handoff_record>(&what))
            return "drop record " + to_string(record->slot);
        if (const auto* over = std::get_if<handoff_over>(&what)) {
            said = over->why;
            return over->committed ? over->exact ? "over: exact" : "over: committed" : "over: not";
        }
        if (const auto* over = std::get_if<move_over>(&what)) {
            moved = *over;
            if (over->failed)
                said = over->failed->detail;
            return over->failed ? "not moved" : over->resumed ? "moved" : "moved, lost";
        }
        if (const auto* over = std::get_if<collection_over>(&what)) {
            if (over->failed)
                said = over->failed->detail;
            return std::string(over->failed ? "not " : "") + (over->added ? "added " : "retired ") +
                   std::to_string(over->number);
        }
        if (const auto* row = std::get_if<record_identify>(&what))
            return "record " + to_string(row->slot);
        if (const auto* sessions = std::get_if<keep_sessions>(&what)) {
            kept = sessions->what;
            return sessions->use == discord::cursor_use::none      ? "exact"
                   : sessions->use == discord::cursor_use::begins  ? "begins"
                   : sessions->use == discord::cursor_use::flushed ? "flushed"
                                                                   : "running";
        }
        if (const auto* gone_one = std::get_if<forget_session>(&what))
            return "forget " + to_string(gone_one->slot);
        if (const auto* words = std::get_if<say>(&what)) {
            said = words->text;
            return "";
        }
        if (const auto* lost = std::get_if<shard_lost>(&what)) {
            said = lost->why.detail;
            return "shard lost";
        }
        if (std::holds_alternative<restart_changed>(what))
            return "";
        if (std::holds_alternative<ask_budget>(what))
            return "ask budget";
        if (std::holds_alternative<ask_intents>(what))
            return "ask intents";
        if (const auto* check = std::get_if<check_token>(&what)) {
            checked_after = check->wait;
            return "check token";
        }
        if (const auto* no = std::get_if<start_refused>(&what))
            return "refused: " + no->why.detail;
        return "ended " + std::to_string(std::get<fleet_ended>(what).unfinished);
    }

    list feed(const fleet_input& what)
    {
        std::vector<fleet_action> todo;
        it.on(what, now, todo);
        list seen;
        for (const auto& each : todo)
            if (auto line = text(each); !line.empty())
                seen.push_back(std::move(line));
        return seen;
    }
    list begin(std::vector<slot> slots, std::vector<session_record> sessions,
               std::uint32_t count = 1)
    {
        return feed(fleet_plan{.slots = std::move(slots),
                               .known = std::move(sessions),
                               .rows = {},
                               .gateway_url = "wss://main",
                               .granted = 6,
                               .recommended = 8,
                               .collections = count,
                               .epoch = 100});
    }
    list hear(std::uint32_t number, link::message what)
    {
        return feed(heard{number, it.collections()[number].epoch, std::move(what)});
    }
    list loaded(std::uint32_t number = 0)
    {
        return hear(number,
                    link::loaded{
                        .plugins = {}, .intents = 1, .commands = "[]", .failed = {}, .builds = {}});
    }
    list end(std::uint32_t number, std::optional<std::vector<session_record>> left)
    {
        return feed(
            gone{number, it.collections()[number].epoch, std::move(left), "killed by signal 9"});
    }
    list wait()
    {
        now = it.deadline();
        return feed(fleet_elapsed{});
    }
};

}  // namespace tinfoil::host
