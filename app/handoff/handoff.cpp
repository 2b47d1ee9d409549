#include "handoff/handoff.hpp"

#include "base/assert.hpp"
#include "base/overloaded.hpp"
#include "handoff/serving.hpp"

#include <algorithm>
#include <utility>

namespace tinfoil::handoff {
namespace {

// By how much the clock of this machine may differ from Discord's.
constexpr std::uint64_t clock_margin_ms = 2'000;

bool is_answer(const event& what)
{
    return what.is == event_class::own &&
           (what.means == own_event::sounds || what.means == own_event::members);
}

// Does a stream follow such an event?
bool concerns_stream(const event& what)
{
    return what.is != event_class::own || what.means == own_event::guild_there ||
           what.means == own_event::guild_gone || what.means == own_event::voice;
}

}  // namespace

handoff::handoff(settings how)
    : how_(std::move(how)),
      all_(how_),
      older_(how_.older.size()),
      newer_(how_.newer.size())
{
    TINFOIL_ASSERT(!how_.older.empty());
    TINFOIL_ASSERT(!how_.newer.empty());
    for (session_state& each : older_) {
        each.is_up = true;
        each.asks.beat_every(how_.with.beat_every);
    }
    for (session_state& each : newer_)
        each.asks.beat_every(how_.with.beat_every);
}

handoff::handoff(settings how, const commit_record& from, instant now) : handoff(std::move(how))
{
    TINFOIL_ASSERT(from.newer.size() == newer_.size());
    phase_ = phase::committed;
    begun_at_ = opened_at_ = committed_at_ = now;
    result_.committed = true;
    next_tick_ = now + how_.with.tick;
    for (std::size_t i = 0; i < newer_.size(); ++i) {
        newer_[i].seen = from.newer[i].resume_after;
        newer_[i].done = from.newer[i].seen;
        newer_[i].ready_at = now;
    }
    for (const stream_record& each : from.streams) {
        stream& made = stream_of(each.stream);
        made.recover(each, from.newer[made.where().newer].seen);
        gaps_[each.stream] = each.is_gap;
        if (each.is_guessed && result_.guessed.size() < report::listed_max)
            result_.guessed.push_back(each.stream);
    }
    gaps_untold_ = true;
}

handoff::session_state& handoff::state_of(session which)
{
    return which.of == side::older ? older_.at(which.index) : newer_.at(which.index);
}

void handoff::on(const input& what, instant now, actions& todo)
{
    all_.todo = &todo;
    if (std::exchange(gaps_untold_, false))
        tell_gaps(todo);
    take(what, now, todo);
    clear_distrust();
    all_.todo = nullptr;
    TINFOIL_ASSERT(all_.held <= how_.with.held_total_max);
    TINFOIL_ASSERT(all_.held_bytes <= how_.with.held_bytes_max);
    TINFOIL_ASSERT(all_.snapshot_bytes <= how_.with.snapshot_bytes_max);
}

void handoff::tell_gaps(actions& todo) const
{
    for (const auto& [id, is_gap] : gaps_)
        if (is_gap)
            todo.push_back(tell_gap{id});
}

void handoff::take(const input& what, instant now, actions& todo)
{
    std::visit(overloaded{
                   [&](const begin& given) { on_begin(given, now); },
                   [&](const arrived& event) { on_arrived(event, now, todo); },
                   [&](const ready& given) { on_ready(given.newer, now); },
                   [&](const interrupted& given) { state_of(given.which).is_up = false; },
                   [&](const resumed& given) { on_resumed(given.which, now); },
                   [&](const lost& given) { on_lost(given, now, todo); },
                   [&](const acknowledged& given) { state_of(given.which).acknowledged_at = now; },
                   [&](const asked_elsewhere& given) {
                       const auto found = streams_.find({stream_id::kind::guild, given.guild});
                       if (found != streams_.end())
                           found->second.asked_elsewhere(given.which.of);
                   },
                   [&](const commands& given) { commands_ = given.in_flight; },
                   [&](const frozen&) { on_frozen(now, todo); },
                   [&](const journalled& given) { on_journalled(given, now, todo); },
                   [&](const closed&) { rejoin_voices(todo); },
                   [&](const cancel& given) { on_cancel(given.why, now, todo); },
                   [&](const elapsed&) { on_time(now, todo); },
               },
               what);
}

void handoff::on_begin(const begin& what, instant now)
{
    TINFOIL_ASSERT(phase_ == phase::idle);
    phase_ = phase::logging;
    begun_at_ = now;
    next_tick_ = now + how_.with.log_start;
    wall_ms_ = what.wall_ms;
    are_all_known_ = what.are_all;
    for (const known_guild& each : what.guilds) {
        const stream_id id{stream_id::kind::guild, each.id};
        stream& made = stream_of(id);
        made = stream(id, made.where(), each.is_there);
        if (each.voice)
            voices_[each.id] = each.voice;
    }
}

stream& handoff::stream_of(stream_id id)
{
    const auto found = streams_.find(id);
    if (found != streams_.end())
        return found->second;
    stream::place where;
    where.older = serving(how_.older, id).value_or(0);
    where.newer = serving(how_.newer, id).value_or(0);
    // A guild that nobody named is one that the bot is not in, until a GUILD_CREATE says otherwise.
    // Where the older side began with a RESUME nobody could name them all.
    const bool is_guild = id.of == stream_id::kind::guild;
    stream& made =
        streams_.emplace(id, stream(id, where, !is_guild || !are_all_known_)).first->second;
    if (!is_guild && newer_[where.newer].ready_at)
        made.follow_from(*newer_[where.newer].ready_at);
    return made;
}

void handoff::on_arrived(const arrived& what, instant now, actions& todo)
{
    const bool is_older = what.from.of == side::older;
    if (is_older)
        TINFOIL_ASSERT(what.from.index < older_.size());
    else
        TINFOIL_ASSERT(what.from.index < newer_.size());
    if (!is_older)
        newer_[what.from.index].seen = std::max(newer_[what.from.index].seen, what.sequence);
    const bool is_committed =
        phase_ == phase::committed || (phase_ == phase::over && result_.committed);
    if (is_older && (is_committed || phase_ == phase::journalling)) {
        ++all_.count.after_freeze;  // Nobody may get it any more.
    } else if (is_older) {
        on_older(what, now, todo);
    } else if (is_committed) {
        if (passes(what))
            todo.push_back(deliver{what.from, what.sequence});
    } else if (phase_ == phase::journalling) {
        if (passes(what)) {
            due_[what.from.index].push_back(what.sequence);
            todo.push_back(hold{what.from.index, what.sequence});
        }
    } else if (phase_ != phase::over) {
        on_newer(what, now);
    }
}

void handoff::on_older(const arrived& what, instant now, actions& todo)
{
    ++all_.count.older_events;
    const bool is_followed = phase_ != phase::idle && phase_ != phase::over;
    if (is_followed && is_answer(what.what) && on_answer(what, now))
        return;
    todo.push_back(deliver{what.from, what.sequence});
    if (!is_followed || !concerns_stream(what.what))
        return;
    if (serving(how_.older, what.what.stream) != what.from.index) {
        ++all_.count.event_misplaced;
        return;
    }
    if (what.what.means == own_event::voice)
        voices_[what.what.stream.id] = what.what.channel;
    stream_of(what.what.stream).on_older(what.what, now, all_);
}

void handoff::on_newer(const arrived& what, instant now)
{
    ++all_.count.newer_events;
    if (is_answer(what.what)) {
        static_cast<void>(on_answer(what, now));
        return;
    }
    if (!concerns_stream(what.what))
        return;
    if (serving(how_.newer, what.what.stream) != what.from.index) {
        ++all_.count.event_misplaced;
        return;
    }
    event known = what.what;
    if (known.last.created_ms() <= wall_ms_ + clock_margin_ms)
        known.last = {};
    stream_of(known.stream).on_newer(known, what.sequence, now, all_);
}

// Is an event of the newer side one for plugins, once the newer side is the source?
bool handoff::passes(const arrived& what)
{
    ++all_.count.newer_events;
    const bool is_new = what.sequence > newer_[what.from.index].done;
    const auto found = streams_.find(what.what.stream);
    if (found == streams_.end() || (is_answer(what.what) && !is_new))
        return is_new;
    if (is_answer(what.what) && (what.what.means == own_event::sounds || what.what.nonce != 0))
        return !found->second.answered(side::newer, what.what.nonce, committed_at_, all_);
    if (concerns_stream(what.what))
        return found->second.passes(what.what, what.sequence, all_);
    return is_new;
}

// True when the event was an answer to this machine and to nobody else.
bool handoff::on_answer(const arrived& what, instant now)
{
    // Chunks of others' requests have other nonces, or none.
    if (what.what.means == own_event::members && what.what.nonce == 0)
        return false;
    const auto found = streams_.find(what.what.stream);
    if (found == streams_.end())
        return what.what.nonce != 0;
    if (what.what.nonce == 0)
        state_of(what.from).asks.plain_answered();
    return found->second.answered(what.from.of, what.what.nonce, now, all_);
}

void handoff::clear_distrust()
{
    if (!std::exchange(all_.distrust_all, false))
        return;
    for (auto& [id, each] : streams_)
        each.forget_what_answers_proved();
}

progress handoff::look(instant now) const
{
    constexpr std::array<std::string_view, 8> names = {
        "idle", "logging", "opening", "following", "freezing", "journalling", "committed", "over"};
    progress made;
    made.phase = names.at(static_cast<std::size_t>(phase_));
    made.streams = streams_.size();
    for (const auto& [id, each] : streams_) {
        made.proven += each.is_proven() ? 1 : 0;
        if (!made.waits_for && phase_ == phase::following && !is_stream_ready(each, now))
            made.waits_for = id;
    }
    made.held = all_.held;
    made.held_bytes = all_.held_bytes;
    if (phase_ == phase::following)
        made.age = now - last_ready();
    return made;
}

report handoff::made_report(instant now) const
{
    report made = result_;
    made.count = all_.count;
    made.took = opened_at_ == instant{} ? duration::zero() : now - opened_at_;
    made.exact = made.committed && all_.count.is_exact();
    for (const auto& [id, is_gap] : gaps_)
        if (is_gap && made.gaps.size() < report::listed_max)
            made.gaps.push_back(id);
    if (!made.committed)
        for (const auto& [id, each] : streams_)
            if (!is_stream_ready(each, now) && made.held_up_by.size() < report::listed_max)
                made.held_up_by.push_back(id);
    return made;
}

}  // namespace tinfoil::handoff
