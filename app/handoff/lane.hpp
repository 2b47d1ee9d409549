#pragma once

#include "handoff/counters.hpp"
#include "handoff/event.hpp"
#include "handoff/input.hpp"
#include "handoff/settings.hpp"

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace tinfoil::handoff {

/// What the streams of one handoff have in common: its bounds, counters, and what is to be done.
struct common {
    explicit common(const settings& from) : how(from.with), trust(from.trust_answers) {}

    const parameters& how;
    counters count;
    std::size_t held = 0, held_bytes = 0, logged = 0, snapshot_bytes = 0;
    bool trust;
    bool distrust_all = false;  ///< Answers were contradicted: all that they proved is in doubt.
    std::vector<action>* todo = nullptr;  ///< Of the input being taken.
    std::map<std::uint32_t, int> differing;
    std::set<std::uint32_t> loose;  ///< Types whose payloads differ between the sides.

    /// An answer did not fit.
    void distrust();
    /// Two events that should be one are of this type and differ.
    void differ(std::uint32_t type);
    void let_go(std::uint32_t newer, std::int64_t sequence);
};

/// What is compared of an event.
struct trace {
    std::uint32_t type = 0;
    std::uint64_t hash = 0, key = 0;
};

/// One lane of one stream: what both sides brought, each counted from its own beginning, and the
/// shift between the two counts: the newer side's event j is the older side's j + shift.
class lane {
public:
    static constexpr std::int64_t unknown_low = std::numeric_limits<std::int64_t>::min();
    static constexpr std::int64_t unknown_high = std::numeric_limits<std::int64_t>::max();

    struct logged {
        trace what;
        std::int64_t ephemeral_before = 0;  ///< The older side's count in the other lane.
    };
    struct held {
        std::int64_t index = 0;
        trace what;
        std::int64_t ephemeral_before = 0;  ///< The newer side's.
        std::int64_t sequence = 0;
        std::size_t bytes = 0;
    };

    [[nodiscard]] std::int64_t older() const { return older_; }
    [[nodiscard]] std::int64_t newer() const { return newer_; }
    [[nodiscard]] std::optional<std::int64_t> shift() const { return shift_; }
    [[nodiscard]] proof how() const { return how_; }
    [[nodiscard]] bool is_bad() const { return bad_; }
    [[nodiscard]] std::int64_t low() const { return low_; }
    [[nodiscard]] std::int64_t high() const { return high_; }
    [[nodiscard]] const std::deque<held>& waiting() const { return held_; }
    /// Of the older side's log; nothing where it does not reach.
    [[nodiscard]] const logged* at(std::int64_t index) const;

    /// The shift is known, and all behind it that the newer side brought is there.
    [[nodiscard]] bool can_go_on() const { return shift_ && older_ - *shift_ >= lost_below_; }
    /// The newer side has brought all that the older side had.
    [[nodiscard]] bool is_level() const { return shift_ && newer_ + *shift_ >= older_; }

    /// The older side's next event; appends the keys that the log forgot.
    std::int64_t log(const logged& what, common& all, std::vector<std::uint64_t>& forgotten);
    std::int64_t count_newer() { return newer_++; }
    void hold(std::uint32_t newer_index, const held& what, common& all);
    /// What is held and lies below `index` (the newer side's) was delivered from the older side.
    void drop_below(std::int64_t index, std::uint32_t newer_index, common& all);
    void drop_all(std::uint32_t newer_index, common& all);

    void restart_older(common& all);
    void restart_newer(std::uint32_t newer_index, common& all);
    void clear();  ///< Shift, bounds, doubts.
    void spoil();  ///< The sides disagree: clear, and no counting any more.
    void change_shift(std::int64_t to, proof how);
    void mark_bad() { bad_ = true; }
    void forget_shift();
    void forget_bounds();
    void forget_what_answers_proved();

    void bound_above(std::int64_t value);
    void bound_below(std::int64_t value);
    [[nodiscard]] bool is_contradicted() const { return low_ > high_; }
    [[nodiscard]] bool fits_bounds(std::int64_t value) const
    {
        return low_ <= value && value <= high_;
    }
    [[nodiscard]] std::int64_t disagreements(std::int64_t shift, const common& all) const;
    /// Of [low, high], those with which both sides agree wherever they can be compared.
    [[nodiscard]] std::vector<std::int64_t> candidates(std::int64_t low, std::int64_t high,
                                                       const common& all) const;
    /// The most likely shift where nothing proves one.
    [[nodiscard]] std::int64_t guess(const common& all) const;

    /// All that is held, which is held no longer.
    [[nodiscard]] std::deque<held> take_held(common& all);
    // After the commit. `older_` stands still; the newer side counts on.
    void go_on(std::int64_t shift) { shift_ = shift; }
    void begin_again_behind();        ///< A new GUILD_CREATE: all that follows is new.
    void recover(std::int64_t skip);  ///< From the record.

private:
    std::deque<logged> log_;
    std::int64_t log_base_ = 0;
    std::int64_t older_ = 0, newer_ = 0;
    std::deque<held> held_;
    std::int64_t lost_below_ = 0;  // Held events below this were let go for lack of room.
    std::optional<std::int64_t> shift_;
    proof how_ = proof::none;
    std::int64_t low_ = unknown_low, high_ = unknown_high;
    int low_support_ = 0, high_support_ = 0;
    bool bad_ = false;
};

[[nodiscard]] bool same(const trace& one, const trace& other, const common& all);

}  // namespace tinfoil::handoff
