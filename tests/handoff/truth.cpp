#include "handoff/truth.hpp"

#include <algorithm>

namespace tinfoil::handoff_sim {
namespace {

// An interaction is worth nothing to whoever gets it later. Discord Docs/Receiving and Responding,
// "Interaction Callback".
constexpr duration interaction_life = std::chrono::seconds(3);

using deeds = std::vector<deed_of>;

bool is_event(const deed_of& what)
{
    return what->letter != 'S';
}

// What should have come of that stream.
deeds expected(const world& around, const client& by, std::size_t stream)
{
    const auto& truth = around.truth_of(stream);
    const auto lost_at = around.older_lost_at(stream);
    deeds all;
    for (const deed_of& each : lost_at ? truth.all : truth.older) {
        if (!is_event(each))
            continue;
        // An outage after the close, or that lasts over it, is none of the handoff's doing.
        if (by.closed_at() && !lost_at && each->at > *by.closed_at() &&
            truth.newer_missed.contains(each->serial))
            continue;
        // Discord ended the older session and the handoff was not committed: an ordinary loss.
        if (lost_at && !by.closed_at() && each->at >= *lost_at)
            continue;
        all.push_back(each);
    }
    return all;
}

void judge_interactions(const world& around, std::size_t stream, const deeds& due,
                        const std::map<std::uint64_t, int>& times, verdict& into)
{
    for (const deed_of& each : due) {
        const auto found = times.find(each->id);
        const int count = found == times.end() ? 0 : found->second;
        if (count > 1)
            ++into.repeated['I'];
        if (count != 0)
            continue;
        const auto arrival = around.older_arrival(stream, each->serial);
        // It was on its way to a session that Discord ended, and the newer one came too late for
        // it.
        if (!arrival && around.truth_of(stream).newer_missed.contains(each->serial) &&
            around.older_lost_at(stream))
            continue;
        if (arrival && *arrival - each->at >= interaction_life)
            ++into.expired;
        else
            ++into.lost['I'];
    }
}

void judge_order(const deeds& due, const deeds& came, bool order_counts, verdict& into)
{
    const auto equal = [](const deed_of& one, const deed_of& other) {
        return one->what == other->what;
    };
    if (std::equal(due.begin(), due.end(), came.begin(), came.end(), equal))
        return;
    std::set<std::uint64_t> seen;
    std::uint64_t last = 0;
    for (const deed_of& each : came) {
        if (!seen.insert(each->serial).second)
            ++into.repeated[each->letter];
        else if (each->serial < last && order_counts)
            ++into.reordered[each->letter];
        last = std::max(last, each->serial);
    }
    for (const deed_of& each : due)
        if (!seen.contains(each->serial))
            ++into.lost[each->letter];
}

void judge_stream(const world& around, const client& by, std::size_t stream, verdict& into)
{
    deeds due, interactions_due, came;
    std::set<std::uint64_t> serials;
    for (const deed_of& each : expected(around, by, stream)) {
        if (each->letter == 'I') {
            interactions_due.push_back(each);
        } else if (!around.truth_of(stream).skipped.contains(each->serial)) {
            due.push_back(each);
            serials.insert(each->serial);
        }
    }
    std::map<std::uint64_t, int> interactions;
    for (const client::output& each : by.got(stream)) {
        if (each.what->letter == 'I')
            ++interactions[each.what->id];
        else if (is_event(each.what) && serials.contains(each.what->serial))
            came.push_back(each.what);
    }
    judge_interactions(around, stream, interactions_due, interactions, into);
    judge_order(due, came, around.how().swap == 0, into);
}

}  // namespace

void verdict::add(const verdict& other)
{
    for (const auto& [letter, count] : other.lost)
        lost[letter] += count;
    for (const auto& [letter, count] : other.repeated)
        repeated[letter] += count;
    for (const auto& [letter, count] : other.reordered)
        reordered[letter] += count;
    expired += other.expired;
}

bool verdict::is_clean() const
{
    return lost.empty() && repeated.empty() && reordered.empty();
}

bool verdict::harms_what_is_promised() const
{
    const auto touches = [](const by_class& of) { return of.contains('U') || of.contains('I'); };
    return touches(lost) || touches(repeated) || !reordered.empty();
}

std::string verdict::print() const
{
    std::string text;
    const auto add = [&](const char* name, const by_class& of) {
        for (const auto& [letter, count] : of)
            text += std::string(text.empty() ? "" : ", ") + name + " " + letter + ":" +
                    std::to_string(count);
    };
    add("lost", lost);
    add("repeated", repeated);
    add("reordered", reordered);
    return text.empty() ? "-" : text;
}

judgement judge(const world& around, const client& by)
{
    judgement made;
    for (std::size_t stream = 0; stream < around.streams(); ++stream) {
        const handoff::stream_id id = around.id_of(stream);
        const bool is_lost_before = around.older_lost_at(stream) && !by.closed_at();
        const bool is_gap = by.gaps().contains(id) || is_lost_before;
        made.gap_streams += is_gap ? 1 : 0;
        made.needless_gaps += is_gap && !around.older_lost_at(stream) ? 1 : 0;
        const bool is_guessed = by.guessed().contains(id) || around.is_cut_over_commit(stream);
        verdict& guessed = id.of == handoff::stream_id::kind::dm ? made.dms : made.guessed;
        judge_stream(around, by, stream, is_gap ? made.gaps : is_guessed ? guessed : made.exact);
    }
    return made;
}

}  // namespace tinfoil::handoff_sim
