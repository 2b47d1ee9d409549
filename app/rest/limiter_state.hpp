#pragma once

#include "rest/limiter.hpp"

#include <optional>

namespace tinfoil::rest {

/// A request from its submission to its end.
struct request {
    enum class phase { waiting, resting, flying };

    request_id id = 0;
    lane* of = nullptr;
    owner_number who = 0;
    turn when;
    bool repeatable = false, withdrawn = false;
    instant submitted, last_call;  ///< The second: where it waits no longer.
    phase is = phase::waiting;
    int attempts = 0, limited = 0;
    instant rests_until{};
    // While it flies.
    instant sent{}, place{}, global_place{}, rate_place{};
    bool has_departed = false;
    std::uint64_t token = 0;  ///< Which of the tokens it was sent with.
    std::size_t flying_at = 0;
};

/// A route with its major parameter and kind.
struct lane {
    std::string key, learned_as;  ///< The second without the major parameter.
    discord::route route;
    bucket_node* home = nullptr;
    sub_limit extra;
    line_group own;  ///< Where it waits once it has a limit of its own.
    std::vector<request*> flying;
    std::size_t members = 0;  ///< Requests of it, in whatever phase.
    std::optional<std::list<lane*>::iterator> idle;
    instant idle_since{};
};

/// A bucket and the lanes that it holds for.
struct bucket_node {
    std::string key, hash;
    std::uint64_t number = 0;
    bucket limit;
    line_group waiting;
    std::vector<lane*> lanes;
    instant due = never;
};

struct limiter::state {
    state(std::uint64_t seed, flights may);

    // limiter.cpp: what comes and goes
    void submit(const submitted& asked, instant now, actions& todo);
    [[nodiscard]] std::optional<refusal> refusal_of(const submitted& asked, owner_number who,
                                                    instant now);
    void withdraw(request_id id, instant now);
    void depart(const departed& left, instant now);
    void change_budget(const budget_changed& to);
    void take_over(const past& before, instant now);
    void run(instant now, actions& todo);
    [[nodiscard]] instant next_due(instant now);
    void send(request& what, instant now, actions& todo);
    void enqueue(request& what, instant now, actions& todo);
    void leave_line(request& what);
    void refuse_one(request& what, refusal why, actions& todo);
    void erase(request& what, instant now);

    // lanes.cpp: which limits hold for what
    owner_number owner_of(const std::string& name);
    lane& lane_of(const submitted& asked);
    bucket_node& node_of(const std::string& key, const std::string& hash);
    [[nodiscard]] line_group& group_of(lane& of);
    void attach(lane& what, bucket_node& to);
    void detach(lane& what);
    void move(lane& what, bucket_node& to, instant now);
    void separate(lane& what, instant now);
    void refresh(bucket_node& of, instant now);
    void set_due(bucket_node& of, instant when);
    void rest_lane(lane& of, instant now);
    void forget(lane& of);
    void forget_idle(instant now);
    [[nodiscard]] instant next_forgotten() const;
    void refuse_hopeless(line_group& in, instant free_at, actions& todo);

    // answers.cpp: what came of it
    void answer(const answered& got, instant now, actions& todo);
    void fail(const failed& lost, instant now, actions& todo);
    void land(request& what);
    void count(request& what, instant now, instant counted);
    void judge_429(request& what, const answered& got, flight when, instant now, actions& todo);
    void note_answer(const request& what, const answered& got, instant now, actions& todo);
    void note_webhook(const lane& of, const answered& got);
    [[nodiscard]] bool may_wait_again(request& what, const answered& got) const;
    void try_again(request& what, duration wait, instant now, actions& todo);
    void finish(request& what, instant now, actions& todo);

    struct by_number {
        bool operator()(const std::pair<instant, bucket_node*>& one,
                        const std::pair<instant, bucket_node*>& other) const
        {
            return std::pair(one.first, one.second->number) <
                   std::pair(other.first, other.second->number);
        }
    };

    std::unordered_map<request_id, request> requests;
    std::unordered_map<std::string, std::unique_ptr<lane>> lanes;
    std::unordered_map<std::string, std::unique_ptr<bucket_node>> nodes;
    std::list<lane*> idle;       ///< Lanes without requests, the longest idle first.
    recent<std::string> hashes;  ///< By route and kind.
    recent<char> dead_webhooks;  ///< By token.
    std::vector<owner> owners;
    std::map<std::string, owner_number> owner_by_name;
    class lines lines;
    std::set<std::pair<instant, bucket_node*>, by_number> due;
    std::set<std::pair<instant, request_id>> deadlines, resting;
    global_limit global;
    invalid_gate gate;
    latency trip;
    random_source random;
    flights most;
    std::uint64_t last_number = 0, last_node = 0, token = 0;
    std::size_t waiting = 0;
    int in_flight = 0;
    bool token_rejected = false;
    instant all_blocked_until{};  ///< By whoever stands before Discord.
};

}  // namespace tinfoil::rest
