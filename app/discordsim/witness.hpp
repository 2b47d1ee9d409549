#pragma once

#include "base/time.hpp"
#include "discord/slot.hpp"
#include "discord/snowflake.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::discordsim {

/// The counts of one who sees everything. A command is a slash command, or a message that calls for
/// an answer.
struct counts {
    std::uint64_t identifies = 0, identifies_refused = 0, resumes = 0, resumes_refused = 0;
    std::uint64_t events_generated = 0;  ///< Of guilds, whether anybody took them or not.
    std::uint64_t events_sent = 0, events_replayed = 0;  ///< Those replayed are sent ones, too.
    std::uint64_t sessions = 0, connections = 0;         ///< Right now; lost sessions included.
    std::uint64_t commands_given = 0, commands_answered = 0, answered_twice = 0, unanswered = 0;
    std::uint64_t requests = 0, too_many_requests = 0;
    std::uint64_t breaches = 0;
    std::uint64_t left_open = 0;  ///< As witness::left_open() has them.
};

/// Something that Discord's rules forbid and a client did.
struct breach {
    duration at{};          ///< Since the start.
    std::string_view rule;  ///< Of share/doc/sandbox.md, `gateway/max-concurrency`; lives for ever.
    std::string what;       ///< For people: which shard, request or command, and how.
};

/// A session that is of no use: it is connected, and newer ones that are, too, serve its guilds.
struct left_session {
    discord::slot slot;
    duration at{};        ///< When it became so, since the start.
    duration lasted{};    ///< Until now, or until it ended or was needed again.
    bool is_open = true;  ///< It is still so.
};

/// Every count by its name.
[[nodiscard]] boost::json::object to_json(const counts& from);

/// Remembers each command until it is answered, and notices a second answer and a missing one.
/// A command counts as answered, unanswered or neither (yet), and never as two of them.
class witness {
public:
    /// Breaches beyond these are counted only.
    static constexpr std::size_t breaches_max = 1000;

    explicit witness(instant now) : start_(now) {}

    /// Discord Docs/Receiving and Responding: the first answer is due within three seconds.
    static constexpr duration patience = std::chrono::seconds(3);

    /// What a first answer promised is due within fifteen minutes: the token lives no longer.
    static constexpr duration token_life = std::chrono::minutes(15);

    enum class kind { message, interaction };  ///< Discord has rules for the second only.
    void given(discord::snowflake id, kind what, instant now);
    /// A first answer that promises another, which has no hurry.
    void deferred(discord::snowflake id, instant now);
    /// Something breaks on purpose: whoever is late with what was given so far is not to blame.
    void excuse();
    /// How long the answer took; nothing for what is no command, was answered before, or is
    /// overdue.
    std::optional<duration> answered(discord::snowflake id, instant now);
    /// Counts what has become overdue.
    void look(instant now);

    void broke(std::string_view rule, std::string what, instant now);
    [[nodiscard]] const std::deque<breach>& breaches() const { return breaches_; }

    /// A change of plans has both sessions open for a while; what is of no use for so long was
    /// forgotten.
    static constexpr duration left_open_patience = std::chrono::minutes(5);
    /// Nobody needs the session of this number; nothing new when that was known.
    void superseded(std::uint64_t session, discord::slot slot, instant now);
    /// It is needed, or is no more.
    void no_longer_superseded(std::uint64_t session, instant now);
    /// Those that nobody needs now, and the first ones that nobody needed for too long.
    [[nodiscard]] std::vector<left_session> left_open(instant now) const;

    [[nodiscard]] std::uint64_t waiting() const { return waiting_.size(); }
    [[nodiscard]] instant deadline() const;
    /// Without those of left_open().
    [[nodiscard]] const counts& so_far() const { return counts_; }
    [[nodiscard]] std::uint64_t left_open_count() const
    {
        return were_left_open_count_ + superseded_.size();
    }
    [[nodiscard]] counts& so_far() { return counts_; }

private:
    static constexpr std::size_t closed_max = 10'000;

    instant start_;
    counts counts_;
    std::deque<breach> breaches_;
    struct command {
        instant at{};
        kind what = kind::message;
    };
    void give_up(std::map<discord::snowflake, command>& among, duration after,
                 std::string_view rule, instant now);
    struct since {
        discord::slot slot;
        instant at{};
    };
    std::map<std::uint64_t, since> superseded_;
    std::deque<left_session> were_left_open_;
    std::uint64_t were_left_open_count_ = 0;
    std::map<discord::snowflake, command> waiting_;
    std::map<discord::snowflake, command> deferred_;
    std::map<discord::snowflake, command> closed_;  ///< Answered or overdue, for second answers.
};

}  // namespace tinfoil::discordsim
