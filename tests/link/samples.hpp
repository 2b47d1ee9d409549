#pragma once

#include "link/message.hpp"

#include <boost/pfr.hpp>

#include <chrono>
#include <string>
#include <type_traits>
#include <vector>

/// Messages to try the link with, and how to look into any of them without link/fields.hpp.
namespace tinfoil::link::samples {

inline discord::session_record record()
{
    return {.which = {3, 16},
            .generation = 2,
            .intents = 513,
            .point = {"abc", "wss://resume", 77},
            .unfinished = {{75, "ping"}, {77, "greeter"}},
            .doubtful = true};
}

inline discord::rest_request request()
{
    return {.method = "POST",
            .path = "/channels/1/messages",
            .body = "{}",
            .audit_log_reason = "because",
            .files = {{"files[0]", "a.txt", "text/plain", std::string("x\0y", 3)}},
            .timeout = std::chrono::seconds(5),
            .interaction = true,
            .answers_command = true,
            .plugin = "ping"};
}

inline event_name event()
{
    return {{1, 2}, "abc", 77};
}

inline plugin_terms terms()
{
    return {"ping", "0123456789abcdef", 1, "it keeps crashing", {event()}};
}

/// One of each kind, in the order of the variant, with something in every member.
inline std::vector<message> all()
{
    const error wrong{errc::timed_out, "late"};
    const discord::slot slot{1, 2};
    const discord::rest_response response{
        204, {{"x-a", "1"}, {"x-b", "2"}}, "body", std::chrono::milliseconds(7)};
    const shard_baggage baggage{{1}, true, {2}, {{3, 4}}, {{"ping", "part"}}, {{5, "{}"}}};
    const discord::event_counts counts{{{"READY", 1}, {"MESSAGE_CREATE", 9}}, 1, 2, 3};
    return {
        welcome{redacted("token"),
                1,
                2,
                "plugins",
                "copies",
                "file",
                4,
                {{"ping", "{}"}},
                "pem",
                9,
                2,
                "{}",
                3,
                std::chrono::minutes(2),
                {"TYPING_START"},
                {terms()},
                std::chrono::seconds(1),
                std::chrono::seconds(9),
                "states",
                5,
                6},
        serve{"wss://main", {record(), record()}},
        turn{slot, 3},
        rest_answer{5, response, wrong},
        stop{true},
        hello{"0.1.0"},
        loaded{{{"a.so", "a", "1", wrong}}, 3, "[]", wrong, {{"a", "0123456789abcdef", 1}}},
        rest{8, request()},
        rest_cancel{9},
        identify_wanted{slot, 3},
        identify_left{slot},
        identify_ended{slot, true},
        shard_moved{slot, 7, "why"},
        session_established{slot, 513, {"abc", "wss://resume", 1}},
        session_resumed{slot},
        session_forgotten{slot, "why"},
        shard_stopped{slot, 4004, "why"},
        plugin_logged{"ping", 2, "text"},
        first_event{},
        pulse{12, 13, counts, {record()}, 4, 5, 6, 7},
        stopped{14},
        gateway_command{15, 8, "{}", std::chrono::seconds(9)},
        gateway_answer{16, {discord::command_outcome::timed_out, "late"}},
        wake{{slot}},
        shard_noticed{slot, 1, "text"},
        gauges{{{slot, 1, 2, 3, 4, 5, 6, true}}},
        plugin_slow{"ping", 1, "READY", 300},
        plugin_gauges{{{"ping", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}},
        plugin_died{"ping", "1.0.0", "0123", "exit code 3", 1, 2, 11, "text", "READY", event()},
        plugin_order{terms()},
        plugin_refused{"ping", "no"},
        plugin_poisoned{"ping", "1.0.0", "0123", event(), "READY", "{}"},
        change_plugin{17, "ping", "file.so", true},
        plugin_changed{18, "ping", "1.0.0", 1, "why", 2, 3, 4, 5, "kept", "0123"},
        plugin_state{"ping", "1.0.0", 2, "bytes"},
        plugin_state_rejected{"ping", "why"},
        work{"ping", "0123", "file", "copies", "record", "{}", 1, std::chrono::seconds(1),
             std::chrono::seconds(2), 1, plugin_state{"ping", "1.0.0", 2, "bytes"}, true},
        work_event{1, slot, 2, "READY", "{}", true, true, true},
        work_done{{1, 2}},
        state_wanted{},
        state_given{plugin_state{"ping", "1.0.0", 2, "bytes"}, wrong},
        work_leaves{slot},
        work_left{slot, "part", wrong},
        work_arrives{slot, "part"},
        value_asked{20,
                    {sharing::deed::add, "ping", "key", "value", 7, -3, std::chrono::seconds(1),
                     "after", 8, std::chrono::seconds(2), 9}},
        value_left{21},
        value_answered{22, {sharing::verdict::busy, 5, {{"k", "v", 1, 2, true}}, true, "why"}},
        plugin_letter{23,
                      {"ping",
                       {sharing::addressee::slot, {9}, slot, 2},
                       "name",
                       "body",
                       true,
                       std::chrono::seconds(3),
                       4,
                       5}},
        letters_answered{{{24, true, {{1, sharing::delivery::refused, "no"}}}}},
        handoff_begin{1, {slot}, {record()}, "url", 2, true, std::chrono::seconds(3), 4},
        handoff_turn{1, 2, 3},
        handoff_cancel{1, "why"},
        handoff_journalled{1, true, "why"},
        shard_load{"url", record(), "handoff", baggage, true},
        shard_unload{slot},
        handoff_turn_wanted{1, 2, 3, true},
        handoff_turn_ended{1, 2, true},
        handoff_session{1, 2, 3, "id"},
        handoff_look{1, "following", "guild 2", 3, 4, 5, 6, 7},
        handoff_commit{1, {record()}, {"handoff"}},
        handoff_ended{1, true, true, "why", "{}"},
        handoff_settled{slot},
        shard_left{slot, record(), "handoff", baggage, wrong},
        shard_gap{slot, 1, "why"},
        shard_facts{slot, 1, true, 2},
        loads{{1, 2, 3, {{slot, 1, 2, 3, 4, 5, {6, 7}, 8, 9, {{discord::snowflake{10}, 11, 12}}}}}},
        handoff_record{slot, "a record"},
        network_order{1, network_deed::down, 2, 3, "socket", "run", "executable", redacted("key"),
                      std::chrono::seconds(4)},
        network_ready{true, R"({"grow_at":70})"},
        network_done{1, wrong},
    };
}

inline parcel pack(message what)
{
    return {.id = 0x0102030405060708,
            .from = "node/0",
            .epoch = 7,
            .deadline_ms = 250,
            .hops = 1,
            .what = std::move(what)};
}

template <class T>
concept single = std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, std::string> ||
                 std::is_same_v<T, duration>;
template <class T>
concept optional_like = requires(const T& some) { some.has_value(); };
template <class T>
concept range_like = requires(const T& some) { some.begin(); };
template <class T>
concept pair_like = requires(const T& some) { some.first; };

/// Calls `leaf` with each of the single values of both, side by side; false when they differ in
/// how many there are, or when `leaf` says so.
template <class T, class Leaf>
bool side_by_side(const T& a, const T& b, const Leaf& leaf)
{
    if constexpr (single<T>) {
        return leaf(a, b);
    } else if constexpr (std::is_same_v<T, redacted>) {
        return leaf(a.reveal(), b.reveal());
    } else if constexpr (optional_like<T>) {
        return a.has_value() == b.has_value() && (!a || side_by_side(*a, *b, leaf));
    } else if constexpr (range_like<T>) {
        if (a.size() != b.size())
            return false;
        for (auto left = a.begin(), right = b.begin(); left != a.end(); ++left, ++right)
            if (!side_by_side(*left, *right, leaf))
                return false;
        return true;
    } else if constexpr (pair_like<T>) {
        return side_by_side(a.first, b.first, leaf) && side_by_side(a.second, b.second, leaf);
    } else {
        bool holds = true;
        boost::pfr::for_each_field(a, [&](const auto& field, auto index) {
            holds = holds && side_by_side(field, boost::pfr::get<index>(b), leaf);
        });
        return holds;
    }
}

/// Every member, however deep, is the same.
inline bool same(const message& a, const message& b)
{
    const auto equal = [](const auto& left, const auto& right) { return left == right; };
    return a.index() == b.index() && std::visit(
                                         [&](const auto& each) {
                                             using kind = std::decay_t<decltype(each)>;
                                             return side_by_side(each, std::get<kind>(b), equal);
                                         },
                                         a);
}

/// Nothing in it, however deep, is what it would be by default: a sample that forgets a member
/// would not notice that the link forgets it.
template <class T>
bool is_filled(const T& what)
{
    if constexpr (single<T>) {
        return what != T{};
    } else if constexpr (std::is_same_v<T, redacted>) {
        return !what.empty();
    } else if constexpr (optional_like<T>) {
        return what && is_filled(*what);
    } else if constexpr (range_like<T>) {
        for (const auto& each : what)
            if (!is_filled(each))
                return false;
        return what.begin() != what.end();
    } else if constexpr (pair_like<T>) {
        return is_filled(what.first) && is_filled(what.second);
    } else {
        bool holds = true;
        boost::pfr::for_each_field(what,
                                   [&](const auto& field) { holds = holds && is_filled(field); });
        return holds;
    }
}

}  // namespace tinfoil::link::samples
