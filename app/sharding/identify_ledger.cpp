#include "sharding/identify_ledger.hpp"

#include "base/assert.hpp"
#include "discord/limits.hpp"

#include <algorithm>

namespace tinfoil::sharding {
namespace {

// A turn is used at once, or its process hangs, and is ended long before this.
constexpr duration passing_max = std::chrono::minutes(1);
static_assert(identify_ledger::unproven_interval > discord::limits::identify_interval);

std::string minutes(duration length)
{
    const auto whole = std::chrono::duration_cast<std::chrono::minutes>(
                           length + std::chrono::minutes(1) - std::chrono::nanoseconds(1))
                           .count();
    return whole < 60 ? std::to_string(whole) + " min"
                      : std::to_string(whole / 60) + " h " + std::to_string(whole % 60) + " min";
}

}  // namespace

bool identify_ledger::before::operator()(const waiter& one, const waiter& other) const
{
    if (one.released != other.released)
        return one.released;
    if (one.why != other.why)
        return one.why < other.why;
    if ((one.slot.id == 0) != (other.slot.id == 0))
        return one.slot.id == 0;
    if (one.load != other.load)
        return one.load > other.load;
    return one.slot < other.slot;
}

identify_ledger::identify_ledger(ledger_settings how) : how_(how), breaker_(how.breaker_per_shard)
{
    TINFOIL_ASSERT(how.reserve_percent >= 0 && how.reserve_percent <= 100);
}

void identify_ledger::on(const identify_ledger_input& what, instant now, actions& todo)
{
    if (const auto* from = std::get_if<owned>(&what)) {
        own(from->rows, now);
    } else if (const auto* asked = std::get_if<requested>(&what)) {
        request(*asked, now);
    } else if (const auto* gone = std::get_if<left>(&what)) {
        drop_waiter(gone->slot);
        // The turn may have been used just before: it counts as if it had been.
        end_turn(gone->slot, false, now);
    } else if (const auto* on_disk = std::get_if<recorded>(&what)) {
        record(on_disk->slot, now, todo);
    } else if (const auto* back = std::get_if<unused>(&what)) {
        take_back(back->slot);
    } else if (const auto* over = std::get_if<ended>(&what)) {
        end_turn(over->slot, over->received, now);
    } else if (const auto* up = std::get_if<established>(&what)) {
        if (const auto own_stage = stages_.find(up->slot);
            own_stage != stages_.end() && own_stage->second != stage::ready) {
            own_stage->second = stage::ready;
            ++ready_;
        }
    } else if (const auto* limit = std::get_if<budget>(&what)) {
        on_budget(*limit, now, todo);
    } else if (const auto* stop = std::get_if<suspended>(&what)) {
        suspended_ = stop->why.empty() ? "suspended" : stop->why;
    } else if (std::holds_alternative<resumed>(what)) {
        suspended_.clear();
    } else if (const auto* who = std::get_if<released>(&what)) {
        release(*who);
    }
    pass_time(now, todo);
    give_turns(now, todo);
}

void identify_ledger::own(const std::vector<past_identify>& rows, instant now)
{
    waiting_.clear();
    lines_.clear();
    turns_.clear();
    cooling_.clear();
    rows_.clear();
    stages_.clear();
    std::vector<past_identify> in_time(rows);
    std::stable_sort(in_time.begin(), in_time.end(),
                     [](const auto& one, const auto& other) { return one.ago > other.ago; });
    for (const past_identify& each : in_time) {
        const instant when = now - each.ago;
        if (each.ago >= window)
            continue;
        // The process that had the turn has ended, at the latest just now.
        const bool is_settled = each.ago >= unproven_interval;
        rows_.push_back({each.slot, when, is_settled ? when : now + unproven_interval});
        if (each.ago < passing_max)
            cooling_.push_back({each.slot, now + unproven_interval});
    }
    while (rows_.size() > rows_max)
        rows_.pop_front();
    rebuild_breaker();
    recount();
}

void identify_ledger::rebuild_breaker()
{
    breaker_ = identify_breaker(how_.breaker_per_shard);
    breaker_.set_total(total_);
    for (const row& each : rows_)
        breaker_.count(each.slot, each.when);
}

void identify_ledger::request(const requested& what, instant now)
{
    if (const auto known = stages_.find(what.slot); known != stages_.end()) {
        if (known->second == stage::received)
            doubted_ = true;
        if (known->second == stage::sent || known->second == stage::received) {
            known->second = stage::failed;
            ++failed_;
        }
    }
    // Whoever asks again can't have a turn any more.
    end_turn(what.slot, false, now);
    waiter who{what.slot, what.why, what.load, what.why == reason::by_operator};
    if (const auto known = waiting_.find(what.slot); known != waiting_.end())
        who.released = who.released || known->second.released;
    drop_waiter(what.slot);
    queue(who);
}

void identify_ledger::queue(const waiter& who)
{
    waiting_[who.slot] = who;
    lines_[key(who.slot)].insert(who);
}

void identify_ledger::drop_waiter(discord::slot slot)
{
    const auto known = waiting_.find(slot);
    if (known == waiting_.end())
        return;
    const auto own_line = lines_.find(key(slot));
    own_line->second.erase(known->second);
    if (own_line->second.empty())
        lines_.erase(own_line);
    waiting_.erase(known);
}

void identify_ledger::end_turn(discord::slot slot, bool received, instant now)
{
    const auto known = std::find_if(turns_.begin(), turns_.end(),
                                    [&](const turn& each) { return each.slot == slot; });
    if (known == turns_.end())
        return;
    turns_.erase(known);
    cooling_.push_back({slot, now + (received ? duration(discord::limits::identify_interval)
                                              : unproven_interval)});
    settle(slot, received ? now : now + unproven_interval);
    if (received)
        stages_[slot] = stage::received;
}

void identify_ledger::settle(discord::slot slot, instant at)
{
    const auto last = std::find_if(rows_.rbegin(), rows_.rend(),
                                   [&](const row& each) { return each.slot == slot; });
    if (last != rows_.rend() && last->settled == never)
        last->settled = at;
}

void identify_ledger::take_back(discord::slot slot)
{
    const auto known = std::find_if(turns_.begin(), turns_.end(),
                                    [&](const turn& each) { return each.slot == slot; });
    if (known == turns_.end())
        return;
    turns_.erase(known);
    stages_.erase(slot);
    const auto last = std::find_if(rows_.rbegin(), rows_.rend(),
                                   [&](const row& each) { return each.slot == slot; });
    if (last == rows_.rend())
        return;
    rows_.erase(std::next(last).base());
    ++ours_left_;
    ++theirs_left_;
}

void identify_ledger::record(discord::slot slot, instant now, actions& todo)
{
    const auto known = stages_.find(slot);
    if (known == stages_.end() || known->second != stage::granted)
        return;
    known->second = stage::sent;
    const auto tripped = breaker_.count(slot, now);
    if (tripped == identify_breaker::trip::shard)
        todo.emplace_back(notice{
            true, "shard " + to_string(slot) + " has identified " +
                      std::to_string(breaker_.per_shard()) +
                      " times within an hour, which looks like a loop: from now on it waits before "
                      "each, first " +
                      minutes(breaker_.free_at(slot) - now) +
                      ", then longer; tinfoil budget shows it, tinfoil budget release " +
                      to_string(slot) + " lets it go at once"});
    else if (tripped == identify_breaker::trip::overall)
        todo.emplace_back(notice{
            true,
            std::to_string(breaker_.overall_most()) +
                " times within an hour a shard identified that had done so just before, which "
                "looks like a loop: from now on such shards wait, first " +
                minutes(breaker_.overall().free_at() - now) +
                ", then longer; tinfoil budget shows them, tinfoil budget release lets them go "
                "at once"});
}

void identify_ledger::on_budget(const budget& what, instant now, actions& todo)
{
    const bool is_first = !known_;
    // Of another day than the one that it was counted for.
    const int known_before = reset_at_ != never && now >= reset_at_ ? 0 : elsewhere_;
    known_ = true;
    const auto concurrency = static_cast<std::uint32_t>(std::max(what.max_concurrency, 1));
    if (concurrency != concurrency_) {
        concurrency_ = concurrency;
        lines_.clear();
        for (const auto& [slot, who] : waiting_)
            lines_[key(slot)].insert(who);
    }
    total_ = std::max(what.total, 0);
    theirs_ = std::clamp(what.remaining, 0, total_);
    reserve_ = static_cast<int>(std::int64_t{total_} * how_.reserve_percent / 100);
    // Before the first answer nobody had a turn, and the rows of before were held to no known
    // limit.
    if (is_first)
        rebuild_breaker();
    else
        breaker_.set_total(total_);
    answered_at_ = now;
    asked_at_ = now - what.asked_ago;
    reset_at_ = now + what.reset_after;
    recount();
    name_strangers(known_before, is_first, todo);
    refresh_due_ = std::min(now + (is_short() ? refresh_short : refresh_usual),
                            std::max(reset_at_, now + refresh_again));
}

// What is left, twice.
void identify_ledger::recount()
{
    int of_this_day = 0, not_in_answer = 0;
    for (const row& each : rows_) {
        const bool in_window = reset_at_ == never || each.when >= reset_at_ - window;
        of_this_day += in_window ? 1 : 0;
        not_in_answer += in_window && (each.when >= asked_at_ || each.settled > asked_at_) ? 1 : 0;
    }
    ours_left_ = total_ - of_this_day;
    theirs_left_ = theirs_ - not_in_answer;
    elsewhere_ = std::max(0, ours_left_ - theirs_);
}

void identify_ledger::name_strangers(int known_before, bool is_first, actions& todo)
{
    if (elsewhere_ <= known_before)
        return;
    if (is_first)
        todo.emplace_back(
            notice{false, std::to_string(elsewhere_) + " of today's " + std::to_string(total_) +
                              " session starts were used by something that this state does not "
                              "know of"});
    else
        todo.emplace_back(notice{
            true, std::to_string(elsewhere_ - known_before) +
                      " session starts were used by somebody else: another program "
                      "identifies with the same bot token; stop it, or reset the token in the "
                      "Developer Portal if you don't know it"});
}

void identify_ledger::release(const released& what)
{
    std::vector<waiter> some;
    for (const auto& [slot, who] : waiting_)
        if (!what.slot || *what.slot == slot)
            some.push_back(who);
    for (waiter& who : some) {
        drop_waiter(who.slot);
        who.released = true;
        who.why = reason::by_operator;
        queue(who);
    }
}

int identify_ledger::remaining() const
{
    return std::max(0, std::min(ours_left_, theirs_left_));
}

bool identify_ledger::is_short() const
{
    return static_cast<std::size_t>(std::max(remaining() - reserve_, 0)) < waiting_.size();
}

bool identify_ledger::is_paused(const waiter& who, instant now) const
{
    return !who.released && now < breaker_.free_at(who.slot);
}

void identify_ledger::ask(instant now, actions& todo)
{
    doubted_ = false;
    refresh_due_ = now + refresh_again;
    todo.emplace_back(refresh{});
}

void identify_ledger::pass_time(instant now, actions& todo)
{
    for (std::size_t at = 0; at < turns_.size();) {
        const turn each = turns_[at];
        if (now < each.until) {
            ++at;
            continue;
        }
        end_turn(each.slot, false, now);
        stages_[each.slot] = stage::expired;
        ++expired_;
    }
    std::erase_if(cooling_, [&](const cooling& each) { return now >= each.until; });
    while (!rows_.empty() && now - rows_.front().when >= window)
        rows_.pop_front();
    if (!known_)
        return;
    // It was asked, and nobody answers: Discord has said when the window passes.
    if (now >= reset_at_ + refresh_again) {
        theirs_ = total_;
        asked_at_ = reset_at_;
        reset_at_ += window;
        recount();
    }
    // An IDENTIFY that is refused comes from numbers that are wrong, as of max_concurrency.
    const bool may_ask = now - answered_at_ >= refresh_again && refresh_due_ > now + refresh_again;
    if (now >= refresh_due_ || (doubted_ && may_ask))
        ask(now, todo);
}

std::map<std::uint32_t, instant> identify_ledger::busy() const
{
    std::map<std::uint32_t, instant> all;
    for (const cooling& each : cooling_) {
        instant& until = all[key(each.slot)];
        until = std::max(until, each.until);
    }
    for (const turn& each : turns_)
        all[key(each.slot)] = never;
    return all;
}

std::vector<identify_ledger::waiter> identify_ledger::in_order() const
{
    std::vector<waiter> all;
    all.reserve(waiting_.size());
    for (const auto& [slot, who] : waiting_)
        all.push_back(who);
    std::sort(all.begin(), all.end(), before{});
    return all;
}

// Of each free bucket who is next, by priority.
std::vector<identify_ledger::waiter> identify_ledger::candidates(instant now) const
{
    const auto taken = busy();
    std::vector<waiter> all;
    for (const auto& [bucket, who] : lines_) {
        if (const auto at = taken.find(bucket); at != taken.end() && now < at->second)
            continue;
        const auto first = std::find_if(who.begin(), who.end(),
                                        [&](const waiter& each) { return !is_paused(each, now); });
        if (first != who.end())
            all.push_back(*first);
    }
    std::sort(all.begin(), all.end(), before{});
    return all;
}

// Who may start at all while there are fewer starts than shards that want one.
std::set<discord::slot> identify_ledger::entitled(instant now) const
{
    std::set<discord::slot> some;
    int any = remaining(), unreserved = any - reserve_;
    for (const waiter& who : in_order()) {
        if (is_paused(who, now))
            continue;
        if (who.released ? any <= 0 : unreserved <= 0)
            continue;
        --any;
        --unreserved;
        some.insert(who.slot);
    }
    return some;
}

void identify_ledger::give_turns(instant now, actions& todo)
{
    next_turn_ = never;
    if (!known_ || !suspended_.empty() || waiting_.empty())
        return;
    const bool scarce = is_short();
    const auto some = scarce ? entitled(now) : std::set<discord::slot>{};
    for (const waiter& who : candidates(now))
        if (!scarce || some.contains(who.slot))
            grant(who, now, todo);
    tell_shortage(now, todo);
    plan_next(scarce ? &some : nullptr, now);
}

// When somebody may get a turn by time alone. `some`: who may start at all, if not everybody may.
void identify_ledger::plan_next(const std::set<discord::slot>* some, instant now)
{
    const auto taken = busy();
    for (const auto& [bucket, all] : lines_) {
        const auto at = taken.find(bucket);
        const instant free = at == taken.end() ? instant{} : at->second;
        if (free == never)
            continue;
        for (const waiter& who : all) {
            const bool paused = is_paused(who, now);
            if (some != nullptr && !paused && !some->contains(who.slot))
                continue;
            if (paused && remaining() <= reserve_)
                continue;
            const instant due = paused ? std::max(free, breaker_.free_at(who.slot)) : free;
            next_turn_ = std::min(next_turn_, due);
            if (due == free)
                break;
        }
    }
}

void identify_ledger::grant(waiter who, instant now, actions& todo)
{
    drop_waiter(who.slot);
    turns_.push_back({who.slot, now + turn_max});
    rows_.push_back({who.slot, now, never});
    if (rows_.size() > rows_max)
        rows_.pop_front();
    stages_[who.slot] = stage::granted;
    --ours_left_;
    --theirs_left_;
    todo.emplace_back(permit{who.slot, who.why});
}

// Once a window, however often somebody asks.
void identify_ledger::tell_shortage(instant now, actions& todo)
{
    if (waiting_.empty() || !is_short())
        return;
    refresh_due_ =
        std::min(refresh_due_, std::max(answered_at_ + refresh_short, now + refresh_again));
    if (told_short_for_ && reset_at_ - *told_short_for_ < refresh_again)
        return;
    told_short_for_ = reset_at_;
    const int free = std::max(remaining() - reserve_, 0);
    const std::size_t later = waiting_.size() - static_cast<std::size_t>(free);
    const std::string when = minutes(std::max(reset_at_ - now, duration::zero()));
    std::string text = "of today's " + std::to_string(total_) + " session starts " +
                       std::to_string(remaining()) + " are left";
    if (remaining() > 0 && reserve_ > 0)
        text += ", " + std::to_string(std::min(reserve_, remaining())) + " of them in reserve";
    text += "; " + discord::shards_in_words(later) + " can identify in " + when +
            ", and what can resume goes on";
    if (remaining() > 0 && reserve_ > 0)
        text += "; tinfoil budget release lets them spend the reserve now";
    todo.emplace_back(notice{true, std::move(text)});
}

instant identify_ledger::deadline() const
{
    instant due = known_ ? std::min({refresh_due_, reset_at_ + refresh_again, next_turn_}) : never;
    for (const turn& each : turns_)
        due = std::min(due, each.until);
    return due;
}

}  // namespace tinfoil::sharding
