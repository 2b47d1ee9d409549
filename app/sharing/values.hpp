#pragma once

#include "sharing/client.hpp"
#include "sharing/value.hpp"

#include <deque>
#include <map>
#include <set>
#include <variant>
#include <vector>

namespace tinfoil::sharing {

/// It may write, so it needs a commit.
[[nodiscard]] bool is_change(const question& what);

// What happens.
struct asked {
    client who;
    std::uint64_t id = 0;  ///< The client's own.
    question what;
};
struct ask_cancelled {
    client who;
    std::uint64_t id = 0;
};
struct client_gone {
    client who;
};
/// A group was run: an answer for each of its questions, in their order.
struct group_done {
    std::vector<answer> answers;
    std::vector<change> changes;    ///< In order of their revisions.
    std::uint64_t revision = 0;     ///< The last one.
    bool committed = false;         ///< It waited for the disk.
    duration next_expiry = no_end;  ///< From now; no_end: nothing expires.
    static constexpr duration no_end = duration::max();
};
/// The first: what has expired since the last run of the bot goes.
struct values_opened {};
struct values_elapsed {};
using values_input =
    std::variant<values_opened, asked, ask_cancelled, client_gone, group_done, values_elapsed>;

// What is to be done.
/// `group_done` follows before any other input. With a change in it, or without any question, what
/// has expired goes; what only reads leaves it, and does not see it.
struct run_group {
    std::vector<question> what;
};
struct tell_answer {
    client who;
    std::uint64_t id = 0;
    answer what;
};
using values_action = std::variant<run_group, tell_answer>;

/// Decides when the shared values are read and written, and who learns of it: gathers questions
/// into groups that one commit makes durable, answers watches, and has values expire.
///
/// Order: questions are run in the order in which they came, so whoever asks without waiting reads
/// what it wrote before. An answer about a change comes after its commit.
///
/// Failure modes: more waits than waiting_max (busy); a watch of what the history has lost (is_cut:
/// whoever watches has to list again); the state can't be written (unavailable, unknown), which is
/// told and changes nothing here.
class values {
public:
    static constexpr std::size_t waiting_max = 20'000, waiting_bytes_max = std::size_t{64} << 20;
    static constexpr std::size_t group_max = 2000, group_bytes_max = std::size_t{8} << 20;
    static constexpr std::size_t watches_max = 2000, watches_each = 256;
    static constexpr std::size_t history_max = 4096, history_bytes_max = std::size_t{16} << 20;
    /// From the end of a commit to the next: the loop has other work than to wait for the disk.
    static constexpr duration commit_gap = std::chrono::milliseconds(5);
    /// Between two sweeps of what has expired.
    static constexpr duration sweep_gap = std::chrono::seconds(1);

    /// `revision`: of the state as it is opened.
    explicit values(std::uint64_t revision) : revision_(revision), forgotten_(revision) {}

    void on(values_input what, instant now, std::vector<values_action>& todo);
    [[nodiscard]] instant deadline() const;

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    [[nodiscard]] std::size_t watches() const { return watches_.size(); }

private:
    using name = std::pair<client, std::uint64_t>;
    struct watch {
        question what;
        instant due;
    };

    void ask(asked what, instant now, std::vector<values_action>& todo);
    void begin_watch(asked what, instant now, std::vector<values_action>& todo);
    void run(instant now, std::vector<values_action>& todo);
    void finish(group_done what, instant now, std::vector<values_action>& todo);
    void remember(std::vector<change> all);
    [[nodiscard]] answer news_for(const question& wanted) const;
    std::map<name, watch>::iterator end_watch(std::map<name, watch>::iterator which);
    void end_watches(instant now, std::vector<values_action>& todo);

    std::uint64_t revision_;
    std::uint64_t forgotten_;  // What changed up to here is not in the history.
    std::deque<asked> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::size_t changes_waiting_ = 0;  // Of waiting_, those that need a commit.
    std::vector<name> running_;        // Of the group that is run; nobody: cancelled meanwhile.
    std::map<name, watch> watches_;
    std::set<std::pair<instant, name>> dues_;  // Of watches_.
    std::deque<change> history_;
    std::size_t history_bytes_ = 0;
    instant next_commit_{};
    instant sweep_at_ = never;
    bool sweeps_ = false;  // The group that is run.
};

}  // namespace tinfoil::sharing
