#pragma once

#include "handoff/lane.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tinfoil::handoff {

/// Before anything that happened.
inline constexpr instant long_ago{duration(-(std::int64_t{1} << 61))};

/// One guild, or one channel of DMs, on its way from the older side to the newer: both sides'
/// lanes, the proof of their shifts, and after the commit what of the newer side is still to be
/// delivered. Decides nothing about the handoff as a whole.
class stream {
public:
    struct place {
        std::uint32_t older = 0, newer = 0;  ///< The sessions that bring it.
    };
    stream(stream_id id, place where, bool is_there);

    [[nodiscard]] stream_id id() const { return id_; }
    [[nodiscard]] place where() const { return where_; }
    [[nodiscard]] bool is_guild() const { return id_.of == stream_id::kind::guild; }
    [[nodiscard]] bool is_there() const { return is_there_; }        ///< On the older side.
    [[nodiscard]] bool is_followed() const { return is_followed_; }  ///< On the newer side.
    [[nodiscard]] const lane& lasting() const { return lanes_[0]; }
    [[nodiscard]] const lane& ephemeral() const { return lanes_[1]; }
    [[nodiscard]] bool is_proven() const;
    [[nodiscard]] bool is_guessed() const;  ///< Forced, or decided by time, in one lane.

    // Before the commit.
    void on_older(const event& what, instant now, common& all);
    void on_newer(const event& what, std::int64_t sequence, instant now, common& all);
    /// What the newer session brought is forgotten: it was lost.
    void forget_newer(common& all);
    void forget_answers(side over);   ///< The session itself is another: none can come any more.
    void follow_from(instant ready);  ///< READY, from which on streams without snapshot count.
    void void_answers();
    void forget_what_answers_proved();

    enum class question : std::uint8_t { none, newer_only, both };
    /// What the round of that number, counted from 1, asks of it.
    [[nodiscard]] question asks_in(std::size_t round, const common& all) const;
    [[nodiscard]] bool has_unanswered_plain(side over) const;
    [[nodiscard]] std::size_t unanswered(side over) const { return asked_[index(over)].size(); }
    /// A request about it goes out now; nonce 0: a plain op 31.
    void asked(side over, std::uint64_t nonce, instant now);
    /// Somebody else's plain op 31 goes out.
    void asked_elsewhere(side over);
    /// True when nobody else can be waiting for that answer.
    bool answered(side over, std::uint64_t nonce, instant now, common& all);

    /// `quiet_since`: no session was interrupted since then.
    void on_time(instant ready, instant quiet_since, instant now, common& all);
    [[nodiscard]] bool is_ready(instant now, const common& all) const;
    [[nodiscard]] bool is_level() const;

    // The commit, in this order.
    /// Nothing of the older side comes any more: shifts that are still unknown are chosen. True
    /// where events may be missing or come twice, since the older side was lost before they were
    /// known, or the guild is new to plugins and its GUILD_CREATE was let go.
    bool choose_shifts(common& all);
    /// Where it goes on behind `seen`, also later, while the newer side counts on.
    [[nodiscard]] stream_record record(std::int64_t seen, bool is_gap) const;
    /// The first sequence number of the newer session that has to be delivered; nothing: none is
    /// held.
    [[nodiscard]] std::optional<std::int64_t> first_needed(bool is_gap) const;
    /// Appends what of the held is to be delivered; the rest is let go.
    void commit(bool is_gap, std::vector<std::int64_t>& release, common& all);

    // After the commit.
    /// True when it is to be delivered.
    [[nodiscard]] bool passes(const event& what, std::int64_t sequence, common& all);
    [[nodiscard]] bool is_settled() const;
    [[nodiscard]] std::int64_t skip_left() const;
    /// From the record, after a restart. What belongs to no lane is done up to `seen`.
    void recover(const stream_record& from, std::int64_t seen);

private:
    enum lane_number : std::size_t { lasting_lane = 0, ephemeral_lane = 1 };
    struct question_asked {
        std::uint64_t nonce = 0;
        bool is_void = false, is_ours = true;
        std::array<std::int64_t, 2> other{};  // What the other side had, in both lanes.
        instant sent{};
    };
    struct newer_place {
        std::int64_t index = 0, ephemeral_before = 0;
    };
    struct held_interaction {
        std::uint64_t key = 0;
        std::int64_t sequence = 0;
        std::size_t bytes = 0;
    };
    static std::size_t index(side of) { return static_cast<std::size_t>(of); }
    static lane_number lane_of(const event& what);

    void on_older_guild(bool is_there, instant now, common& all);
    void on_older_interaction(std::uint64_t key, common& all);
    void compare_older(lane_number number, std::int64_t at, std::uint64_t key, common& all);
    void on_newer_snapshot(const event& what, std::int64_t sequence, instant now, common& all);
    void on_newer_interaction(const event& what, std::int64_t sequence, common& all);
    void on_newer_own(const event& what, std::int64_t sequence, instant now, common& all);
    void compare_newer(lane_number number, const lane::held& what, common& all);
    void remember_newer_key(std::uint64_t key, newer_place at, const common& all);

    void anchor(std::int64_t older, std::int64_t newer, common& all);
    void matched(std::int64_t older, std::int64_t ephemeral_newer, common& all);
    void mismatched(lane_number number, common& all);
    void track(lane_number number, std::int64_t shift, proof how, common& all);
    void learn(side over, const question_asked& which, instant now, common& all);
    void prove_by_count(lane_number number, instant now, common& all);
    void force(lane_number number, common& all);
    void on_quiet(lane_number number, instant quiet_since, instant now, common& all);
    [[nodiscard]] bool owes(instant now, const common& all) const;
    void forget_held(common& all);
    void on_committed_guild(bool is_there);
    [[nodiscard]] bool needs_snapshot(bool is_gap) const;
    [[nodiscard]] bool is_due(lane_number number, const trace& what, std::int64_t index,
                              common& all);

    stream_id id_;
    place where_;
    std::array<lane, 2> lanes_;
    std::unordered_map<std::uint64_t, std::int64_t> older_keys_;
    std::unordered_map<std::uint64_t, newer_place> newer_keys_;
    std::deque<std::uint64_t> newer_key_order_;
    std::set<std::uint64_t> interactions_;  // That the older side delivered.
    std::deque<std::uint64_t> interaction_order_;
    std::vector<held_interaction> held_interactions_;
    std::set<std::uint64_t> let_go_;  // Interactions that only the older side can bring now.
    bool is_overrun_ = false;         // There are more of those than are remembered.

    bool is_there_, is_followed_ = false, is_first_life_ = true;
    std::int64_t snapshot_ = 0;  // Held; 0: it is not.
    std::size_t snapshot_bytes_ = 0;
    instant snapshot_at_ = long_ago, older_guild_at_ = long_ago;
    std::array<instant, 2> last_event_{long_ago, long_ago};  // By lane, of both sides.
    instant alive_at_ = long_ago;  // A request over the newer side of then was answered.
    std::uint64_t owed_ = 0;       // A message that the older side still has to bring.
    bool owed_told_ = false;
    std::array<std::deque<question_asked>, 2> asked_;
    std::int64_t voice_ = 0;  // The bot's own newest voice state, held; 0: none.
    std::uint64_t voice_hash_ = 0, older_voice_hash_ = 0;

    // From the record of an earlier process.
    std::array<std::int64_t, 2> from_{};
    std::int64_t seen_ = 0;
    bool is_recovered_ = false;
};

}  // namespace tinfoil::handoff
