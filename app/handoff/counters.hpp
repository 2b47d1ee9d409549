#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace tinfoil::handoff {

/// How the shift of a lane became known.
enum class proof : std::uint8_t { none, anchor, count, run, quiet, forced };
inline constexpr std::size_t proofs = 6;
/// `none`, `event`, `count`, `run`, `time`, `forced`.
[[nodiscard]] std::string_view name(proof how);

/// What a handoff notices of its assumptions and of its own work. share/doc/handoff.md says what
/// each means and what to do.
struct counters {
    // A new one goes into fields() too.
    // Breaches of A1: both sides bring the same events in the same order.
    std::uint64_t mismatch_lasting = 0, mismatch_ephemeral = 0;
    std::uint64_t overlap_mismatch_lasting = 0, overlap_mismatch_ephemeral = 0;
    std::uint64_t shift_changed = 0, ephemeral_resync = 0;
    std::uint64_t unique_saved = 0, unique_suppressed = 0;
    std::uint64_t late_mismatch_lasting = 0, late_mismatch_ephemeral = 0;
    std::uint64_t event_before_snapshot = 0, event_misplaced = 0;
    // Breaches of A2: answers do not overtake events.
    std::uint64_t answers_contradicted = 0, ephemeral_contradicted = 0;
    std::uint64_t answers_unknown = 0, plain_unanswered = 0;
    // A3: after RESUMED everything is there. What is missing shows as a breach of A1.
    std::uint64_t resumes = 0;
    // What the other side's intents or experiments change beyond what is known.
    std::uint64_t loose_types = 0;
    // What could not be proven.
    std::uint64_t forced_lasting = 0, forced_ephemeral = 0, by_time = 0, guessed_dm_ephemeral = 0;
    std::uint64_t gaps = 0, owed = 0, owed_expired = 0;
    // Bounds that were reached.
    std::uint64_t overflow = 0, snapshots_dropped = 0;
    // Work.
    std::uint64_t older_events = 0, newer_events = 0, released = 0, sounds_sent = 0,
                  members_sent = 0, beats_sent = 0, newer_lost = 0, thaws = 0, after_freeze = 0;
    std::uint64_t held_peak = 0, held_bytes_peak = 0, log_peak = 0;

    /// Of A1 in lanes that have to be exact.
    [[nodiscard]] std::uint64_t violations() const
    {
        return mismatch_lasting + overlap_mismatch_lasting + shift_changed;
    }
    /// No assumption was seen broken and nothing was guessed.
    [[nodiscard]] bool is_exact() const;
    /// Sums, and the higher of two peaks.
    void add(const counters& other);
    /// Each by its name, in this order.
    [[nodiscard]] std::vector<std::pair<std::string_view, std::uint64_t>> list() const;
};

}  // namespace tinfoil::handoff
