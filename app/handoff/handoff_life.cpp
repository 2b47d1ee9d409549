// The life of a handoff: its sessions, its time, and its commit.
#include "base/assert.hpp"
#include "handoff/handoff.hpp"

#include <algorithm>
#include <utility>

namespace tinfoil::handoff {
namespace {

// The older side's connections end within this, said or not.
constexpr duration closing_max = std::chrono::seconds(2);
constexpr duration settle_tick = std::chrono::seconds(1);

}  // namespace

void handoff::on_ready(std::uint32_t index, instant now)
{
    newer_session& which = newer_.at(index);
    which.is_up = true;
    which.is_lost = false;
    which.ready_at = now;
    which.round = 0;
    which.asks.forget();
    if (phase_ != phase::opening)
        return;
    for (auto& [id, each] : streams_)
        if (!each.is_guild() && each.where().newer == index)
            each.follow_from(now);
    const bool are_all = std::all_of(newer_.begin(), newer_.end(), [](const newer_session& each) {
        return each.ready_at.has_value();
    });
    if (are_all)
        phase_ = phase::following;
    next_tick_ = std::min(next_tick_, now + how_.with.tick);
}

void handoff::on_resumed(session which, instant now)
{
    ++all_.count.resumes;
    state_of(which).is_up = true;
    state_of(which).resumed_at = now;
}

void handoff::on_lost(const lost& what, instant now, actions& todo)
{
    if (what.which.of == side::newer) {
        on_newer_lost(what, now, todo);
        return;
    }
    older_.at(what.which.index).is_lost = true;
    older_[what.which.index].is_up = false;
    older_lost_at_ = std::min(older_lost_at_, now);
    if (phase_ == phase::logging || phase_ == phase::opening)
        give_up("the older session was lost before the newer one was there: " + what.why, now,
                todo);
    else if (phase_ == phase::following)
        consider_without_older(now, todo);
}

void handoff::on_newer_lost(const lost& what, instant now, actions& todo)
{
    newer_session& which = newer_.at(what.which.index);
    ++all_.count.newer_lost;
    which.is_up = false;
    which.is_lost = true;
    // Once the record is under way it is the source; what is held of it was brought before.
    if (phase_ == phase::journalling || phase_ == phase::committed || phase_ == phase::over)
        return;
    if (phase_ == phase::freezing)
        thaw_again(now, todo);
    forget_newer(what.which.index, todo);
    which.ready_at.reset();
    if (what.is_final || which.tries >= how_.with.tries_max) {
        give_up("the newer session was lost: " + what.why, now, todo);
        return;
    }
    ++which.tries;
    phase_ = phase::opening;
    opened_at_ = now;
    all_ready_at_ = never;
    todo.push_back(open{what.which.index});
}

void handoff::forget_newer(std::uint32_t index, actions& todo)
{
    for (auto& [id, each] : streams_) {
        if (each.where().newer != index)
            continue;
        each.forget_newer(all_);
        each.forget_answers(side::newer);
    }
    newer_[index].seen = 0;
    newer_[index].asks.forget();
    todo.push_back(forget{index});
}

void handoff::on_cancel(const std::string& why, instant now, actions& todo)
{
    const bool is_too_late = phase_ == phase::journalling || phase_ == phase::committed ||
                             phase_ == phase::over || phase_ == phase::idle;
    if (!is_too_late)
        give_up(why, now, todo);
}

instant handoff::deadline() const
{
    switch (phase_) {
    case phase::idle:
    case phase::over:
        return never;
    case phase::freezing:
        return frozen_by_;
    case phase::journalling:
        // Only the disk can end this, and whoever asks it does not rest before it has.
        return never;
    case phase::logging:
    case phase::opening:
    case phase::following:
    case phase::committed:
        return std::min(next_tick_, voices_at_);
    }
    TINFOIL_UNREACHABLE("a phase without a deadline");
}

void handoff::on_time(instant now, actions& todo)
{
    if (now < deadline())
        return;
    switch (phase_) {
    case phase::idle:
    case phase::over:
    case phase::journalling:
        return;
    case phase::freezing:
        give_up("the older side did not stop being read in time", now, todo);
        return;
    case phase::logging:
        open_all(now, todo);
        return;
    case phase::opening:
    case phase::following:
        next_tick_ = now + how_.with.tick;
        follow(now, todo);
        return;
    case phase::committed:
        next_tick_ = now + settle_tick;
        settle(now, todo);
        return;
    }
}

void handoff::open_all(instant now, actions& todo)
{
    phase_ = phase::opening;
    opened_at_ = now;
    next_tick_ = now + how_.with.tick;
    for (std::uint32_t i = 0; i < newer_.size(); ++i) {
        newer_[i].tries = 1;
        todo.push_back(open{i});
    }
}

void handoff::follow(instant now, actions& todo)
{
    if (phase_ == phase::opening && now - opened_at_ > how_.with.ready_max) {
        give_up("no READY of all newer sessions in time", now, todo);
        return;
    }
    ask(now, todo);
    for (auto& [id, each] : streams_) {
        const newer_session& of = newer_[each.where().newer];
        if (of.ready_at)
            each.on_time(*of.ready_at, quiet_since(each), now, all_);
    }
    clear_distrust();
    if (phase_ == phase::following)
        consider(now, todo);
}

void handoff::ask(instant now, actions& todo)
{
    begin_rounds(now);
    for (std::uint32_t i = 0; i < older_.size(); ++i)
        ask_over({side::older, i}, now, todo);
    for (std::uint32_t i = 0; i < newer_.size(); ++i)
        if (newer_[i].ready_at)
            ask_over({side::newer, i}, now, todo);
}

void handoff::ask_over(session which, instant now, actions& todo)
{
    session_state& of = state_of(which);
    if (!of.is_up)
        return;
    if (of.asks.may_beat(now)) {
        of.asks.beat(now);
        ++all_.count.beats_sent;
        todo.push_back(beat{which});
    }
    of.asks.send(which, streams_, last_nonce_, now, all_);
}

void handoff::begin_rounds(instant now)
{
    std::vector<bool> begins(newer_.size());
    for (std::size_t i = 0; i < newer_.size(); ++i) {
        newer_session& which = newer_[i];
        if (!which.ready_at || which.round == how_.with.rounds.size() ||
            now - *which.ready_at < how_.with.rounds.at(which.round))
            continue;
        ++which.round;
        begins[i] = true;
    }
    for (auto& [id, each] : streams_) {
        if (!begins[each.where().newer])
            continue;
        newer_session& over = newer_[each.where().newer];
        const auto question = each.asks_in(over.round, all_);
        if (question != stream::question::none)
            over.asks.want(id.id);
        if (question == stream::question::both)
            older_[each.where().older].asks.want(id.id);
    }
}

void handoff::consider(instant now, actions& todo)
{
    if (older_lost_at_ != never) {
        consider_without_older(now, todo);
        return;
    }
    const duration age = now - last_ready();
    if (how_.observe_for && age >= *how_.observe_for) {
        give_up(std::string(observed), now, todo);
        return;
    }
    if (all_.count.violations() > how_.with.violations_max) {
        give_up("the two sides bring different events; replace the sessions in a quiet hour", now,
                todo);
        return;
    }
    if (!how_.observe_for && age > how_.with.total_max) {
        give_up("not every guild was ready in time", now, todo);
        return;
    }
    if (how_.observe_for || age < how_.with.min_age || !are_sessions_healthy(now))
        return;
    if (!is_all_ready(now)) {
        all_ready_at_ = never;
        return;
    }
    all_ready_at_ = std::min(all_ready_at_, now);
    const duration waited = now - all_ready_at_;
    if (commands_ != 0 && waited < how_.with.commands_max)
        return;
    if (is_all_level() || waited >= how_.with.level_max)
        start_commit(now, todo);
}

// Discord ended an older session. Its guilds go on from the newer side, as soon as those of the
// other older sessions can too.
void handoff::consider_without_older(instant now, actions& todo)
{
    if (is_all_ready(now))
        start_commit(now, todo);
    else if (now - older_lost_at_ > how_.with.survivors_max)
        give_up("an older session was lost before the guilds of the others were ready", now, todo);
}

void handoff::start_commit(instant now, actions& todo)
{
    TINFOIL_ASSERT(phase_ == phase::following);
    phase_ = phase::freezing;
    frozen_by_ = now + how_.with.freeze_max;
    todo.push_back(freeze{});
}

void handoff::thaw_again(instant now, actions& todo)
{
    phase_ = phase::following;
    next_tick_ = now + how_.with.tick;
    all_ready_at_ = never;
    ++all_.count.thaws;
    todo.push_back(thaw{});
}

void handoff::on_frozen(instant now, actions& todo)
{
    if (phase_ != phase::freezing)
        return;
    // Between the decision and this the older side may have brought what changes it.
    if (!is_all_ready(now)) {
        thaw_again(now, todo);
        return;
    }
    phase_ = phase::journalling;
    commit_record record;
    record.newer.resize(newer_.size());
    for (std::size_t i = 0; i < newer_.size(); ++i)
        record.newer[i].resume_after = record.newer[i].seen = newer_[i].done = newer_[i].seen;
    due_.assign(newer_.size(), {});
    for (auto& [id, each] : streams_) {
        if (!each.is_there() && each.is_guild())
            ++result_.absent;
        ++result_.lasting.at(static_cast<std::size_t>(each.lasting().how()));
        ++result_.ephemeral.at(static_cast<std::size_t>(each.ephemeral().how()));
        const bool is_gap = gaps_[id] = each.choose_shifts(all_);
        if (each.is_guessed() && result_.guessed.size() < report::listed_max)
            result_.guessed.push_back(id);
        all_.count.gaps += is_gap ? 1 : 0;
        auto& of = record.newer[each.where().newer];
        if (const auto first = each.first_needed(is_gap))
            of.resume_after = std::min(of.resume_after, *first - 1);
        record.streams.push_back(each.record(of.seen, is_gap));
        each.commit(is_gap, due_[each.where().newer], all_);
    }
    TINFOIL_ASSERT(all_.held == 0);
    TINFOIL_ASSERT(all_.held_bytes == 0);
    for (auto& each : due_)
        std::sort(each.begin(), each.end());
    todo.push_back(journal{std::move(record)});
}

std::optional<commit_record> handoff::record_now(std::uint32_t newer) const
{
    const newer_session& of = newer_.at(newer);
    if (phase_ != phase::committed || gaps_untold_ || of.seen < of.done)
        return std::nullopt;
    commit_record made;
    made.newer.push_back({of.seen, of.seen});
    for (const auto& [id, each] : streams_) {
        if (each.where().newer != newer)
            continue;
        const auto gap = gaps_.find(id);
        made.streams.push_back(each.record(of.seen, gap != gaps_.end() && gap->second));
        made.streams.back().is_gap = false;  // Plugins have been told.
    }
    return made;
}

void handoff::on_journalled(const journalled& what, instant now, actions& todo)
{
    if (phase_ != phase::journalling)
        return;
    if (what.ok) {
        release(now, todo);
        return;
    }
    give_up("the record of the commit could not be written: " + what.why, now, todo);
}

void handoff::release(instant now, actions& todo)
{
    phase_ = phase::committed;
    result_.committed = true;
    committed_at_ = now;
    next_tick_ = now + settle_tick;
    voices_at_ = now + closing_max;
    todo.push_back(close_older{});
    tell_gaps(todo);
    for (std::uint32_t i = 0; i < newer_.size(); ++i) {
        all_.count.released += due_[i].size();
        for (const std::int64_t sequence : due_[i])
            todo.push_back(deliver{{side::newer, i}, sequence});
    }
    due_.clear();
    if (commands_ != 0)
        todo.push_back(repeat_commands{});
    todo.push_back(finished{made_report(now)});
}

// The bot's voice states ended with the older session.
void handoff::rejoin_voices(actions& todo)
{
    if (phase_ != phase::committed || voices_at_ == never)
        return;
    voices_at_ = never;
    for (const auto& [guild, channel] : voices_) {
        const auto found = streams_.find({stream_id::kind::guild, guild});
        if (channel && found != streams_.end())
            todo.push_back(rejoin_voice{found->second.where().newer, guild, channel});
    }
}

void handoff::settle(instant now, actions& todo)
{
    if (now >= voices_at_)
        rejoin_voices(todo);
    const bool are_past = std::all_of(streams_.begin(), streams_.end(),
                                      [](const auto& each) { return each.second.is_settled(); });
    const duration age = now - committed_at_;
    if (age < how_.with.settle_after || (!are_past && age < how_.with.settle_max))
        return;
    phase_ = phase::over;
    streams_.clear();
    todo.push_back(settled{});
}

void handoff::give_up(const std::string& why, instant now, actions& todo)
{
    if (phase_ == phase::freezing || phase_ == phase::journalling)
        todo.push_back(thaw{});
    result_.why = why;
    const report made = made_report(now);
    phase_ = phase::over;
    for (std::uint32_t i = 0; i < newer_.size(); ++i) {
        forget_newer(i, todo);
        if (newer_[i].tries != 0)
            todo.push_back(close_newer{i});
    }
    streams_.clear();
    todo.push_back(finished{made});
}

bool handoff::are_sessions_healthy(instant now) const
{
    const auto is_healthy = [&](const auto& each) {
        return each.is_up && now - each.resumed_at >= how_.with.after_resumed &&
               now - each.acknowledged_at <= how_.with.health;
    };
    return std::all_of(older_.begin(), older_.end(), is_healthy) &&
           std::all_of(newer_.begin(), newer_.end(), is_healthy);
}

bool handoff::is_stream_ready(const stream& which, instant now) const
{
    return older_[which.where().older].is_lost || which.is_ready(now, all_);
}

bool handoff::is_all_ready(instant now) const
{
    return std::all_of(streams_.begin(), streams_.end(),
                       [&](const auto& each) { return is_stream_ready(each.second, now); });
}

bool handoff::is_all_level() const
{
    return std::all_of(streams_.begin(), streams_.end(),
                       [](const auto& each) { return each.second.is_level(); });
}

instant handoff::last_ready() const
{
    instant last = long_ago;
    for (const newer_session& each : newer_)
        last = std::max(last, each.ready_at.value_or(long_ago));
    return last;
}

instant handoff::quiet_since(const stream& which) const
{
    const session_state& older = older_[which.where().older];
    const session_state& newer = newer_[which.where().newer];
    if (!older.is_up || !newer.is_up)
        return never;  // Not at all: what is missing may come any moment.
    return std::max(older.resumed_at, newer.resumed_at);
}

}  // namespace tinfoil::handoff
