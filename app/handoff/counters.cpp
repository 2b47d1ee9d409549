#include "handoff/counters.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace tinfoil::handoff {

std::string_view name(proof how)
{
    switch (how) {
    case proof::none:
        return "none";
    case proof::anchor:
        return "event";
    case proof::count:
        return "count";
    case proof::run:
        return "run";
    case proof::quiet:
        return "time";
    case proof::forced:
        return "forced";
    }
    TINFOIL_UNREACHABLE("a proof without a name");
}

bool counters::is_exact() const
{
    const std::uint64_t moved =
        violations() + mismatch_ephemeral + overlap_mismatch_ephemeral + ephemeral_resync +
        unique_saved + unique_suppressed + late_mismatch_lasting + late_mismatch_ephemeral +
        event_before_snapshot + event_misplaced + answers_contradicted + ephemeral_contradicted +
        loose_types + forced_lasting + forced_ephemeral + by_time + guessed_dm_ephemeral + gaps +
        owed_expired;
    return moved == 0;
}

namespace {

struct field {
    std::string_view name;
    std::uint64_t counters::*of;
    bool is_peak = false;
};

constexpr field fields[] = {
    {"mismatch_lasting", &counters::mismatch_lasting},
    {"mismatch_ephemeral", &counters::mismatch_ephemeral},
    {"overlap_mismatch_lasting", &counters::overlap_mismatch_lasting},
    {"overlap_mismatch_ephemeral", &counters::overlap_mismatch_ephemeral},
    {"shift_changed", &counters::shift_changed},
    {"ephemeral_resync", &counters::ephemeral_resync},
    {"unique_saved", &counters::unique_saved},
    {"unique_suppressed", &counters::unique_suppressed},
    {"late_mismatch_lasting", &counters::late_mismatch_lasting},
    {"late_mismatch_ephemeral", &counters::late_mismatch_ephemeral},
    {"event_before_snapshot", &counters::event_before_snapshot},
    {"event_misplaced", &counters::event_misplaced},
    {"answers_contradicted", &counters::answers_contradicted},
    {"ephemeral_contradicted", &counters::ephemeral_contradicted},
    {"answers_unknown", &counters::answers_unknown},
    {"plain_unanswered", &counters::plain_unanswered},
    {"resumes", &counters::resumes},
    {"loose_types", &counters::loose_types},
    {"forced_lasting", &counters::forced_lasting},
    {"forced_ephemeral", &counters::forced_ephemeral},
    {"by_time", &counters::by_time},
    {"guessed_dm_ephemeral", &counters::guessed_dm_ephemeral},
    {"gaps", &counters::gaps},
    {"owed", &counters::owed},
    {"owed_expired", &counters::owed_expired},
    {"overflow", &counters::overflow},
    {"snapshots_dropped", &counters::snapshots_dropped},
    {"older_events", &counters::older_events},
    {"newer_events", &counters::newer_events},
    {"released", &counters::released},
    {"sounds_sent", &counters::sounds_sent},
    {"members_sent", &counters::members_sent},
    {"beats_sent", &counters::beats_sent},
    {"newer_lost", &counters::newer_lost},
    {"thaws", &counters::thaws},
    {"after_freeze", &counters::after_freeze},
    {"held_peak", &counters::held_peak, true},
    {"held_bytes_peak", &counters::held_bytes_peak, true},
    {"log_peak", &counters::log_peak, true},
};

}  // namespace

void counters::add(const counters& other)
{
    for (const field& each : fields) {
        std::uint64_t& mine = this->*each.of;
        mine = each.is_peak ? std::max(mine, other.*each.of) : mine + other.*each.of;
    }
}

std::vector<std::pair<std::string_view, std::uint64_t>> counters::list() const
{
    std::vector<std::pair<std::string_view, std::uint64_t>> all;
    for (const field& each : fields)
        all.emplace_back(each.name, this->*each.of);
    return all;
}

}  // namespace tinfoil::handoff
