#include "host/scaling_desk.hpp"

#include "base/overloaded.hpp"
#include "host/decision_json.hpp"
#include "host/own_values.hpp"
#include "host/scaling_settings.hpp"
#include "net/clock.hpp"
#include "scaling/decide.hpp"
#include "scaling/record.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace tinfoil::host {
namespace {

// No cool-down is longer.
constexpr std::int64_t remembered_ms = 48LL * 3600 * 1000;

std::string title_of(const operation_view& of)
{
    return fmt::format("operation {} ({})", of.id, name(of.wish.kind));
}

std::string drain_of(std::uint32_t number)
{
    return fmt::format("drain of collection {}", number);
}

}  // namespace

void scaling_desk::informed::on(const scaler_told& what, instant now,
                                std::vector<scaling::scaler_action>& todo)
{
    std::visit(overloaded{[&](const look_now&) {
                              if (is_on())
                                  it.on(scaling::looked{look()}, now, todo);
                          },
                          [&](const auto& told) { it.on(told, now, todo); }},
               what);
}

scaling_desk::scaling_desk(ports to, scaling::policy how)
    : to_(std::move(to)),
      how_(how),
      loads_(how),
      scaler_(to_.loop,
              informed{{},
                       [this] { return now(under_way()); },
                       [this] { return is_on_ && how_.does != scaling::mode::off; }},
              [this](const scaling::scaler_action& action) { perform(action); }),
      errands_(to_.loop, errand_runner{}, [this](const errand_action& action) { perform(action); })
{
}

result<void> scaling_desk::begin()
{
    const auto rows = to_.store.decisions(state::store::decisions_max);
    if (!rows)
        return rows.error();
    const std::int64_t wall_ms = net::wall_clock_ms();
    scaling::remembered before;
    for (const auto& row : *rows) {
        before.last = row.number;
        // One that a later version wrote is only not shown.
        const auto read = scaling::parse_line(row.line);
        if (!read)
            continue;
        note(view_of(*read, row.wall_ms, row.outcome));
        if (wall_ms - row.wall_ms > remembered_ms)
            continue;
        if (read->was_to_be_done && row.outcome.empty()) {
            // Nobody saw its end: cool-downs count it as done, as they do at the next start.
            decision_outcome end{
                errand_state::cancelled, "the host ended meanwhile", row.wall_ms, {}};
            end.steps.assign(read->what.actions.size(), {scaling::outcome::kind::done, ""});
            complain(
                to_.store.keep_decision({row.number, row.wall_ms, row.line, outcome_json(end)}));
            note(view_of(*read, row.wall_ms, outcome_json(end)));
        }
        if (!read->was_to_be_done)
            continue;
        auto past = past_actions(*read, row.wall_ms, parse_outcome(row.outcome), wall_ms);
        std::move(past.begin(), past.end(), std::back_inserter(before.actions));
    }
    const auto kept = to_.store.own_value(kept_collections);
    if (!kept)
        return kept.error();
    if (const auto known = read_kept(kept->value_or(""), how_); known && known->is_wish)
        fixed_ = known->now;
    is_on_ = true;
    scaler_.tell(std::move(before));
    return {};
}

void scaling_desk::configure(const scaling::policy& how)
{
    if (how == how_)
        return;
    const bool is_other_count =
        how.collections_min != how_.collections_min || how.collections_max != how_.collections_max;
    const bool counts_anew = how.time_constant != how_.time_constant;
    how_ = how;
    if (is_other_count) {
        fixed_.reset();
        keep_count();
    }
    if (counts_anew)
        loads_ = scaling::load_book(how_);
    scaler_.tell(look_now{});
}

void scaling_desk::stop()
{
    is_on_ = false;
    alive_.reset();
}

void scaling_desk::on(std::uint32_t collection, const link::loads& what)
{
    // The first covers no time.
    if (what.what.span_us != 0)
        loads_.on(collection, what.what, net::now());
}

void scaling_desk::operation_changed(const operation_view& what)
{
    if (errands_.machine().is_busy())
        later(operation_told{what});
}

void scaling_desk::perform(const write_commit& what)
{
    sharding::slots newer;
    for (const discord::session_record& each : what.what.newer)
        newer.push_back(each.which);
    committing_.emplace(sharding::slots(what.what.older), std::move(newer));
}

void scaling_desk::perform(const handoff_over& what)
{
    if (const auto change = std::exchange(committing_, std::nullopt); change && what.committed)
        loads_.replaced(change->first, change->second);
    keep_known();
}

// What another shard or collection of the same name did is nothing to its successor.
void scaling_desk::keep_known()
{
    sharding::slots slots;
    for (const auto& [slot, session] : to_.shards.sessions())
        slots.push_back(slot);
    std::vector<std::uint32_t> numbers;
    const auto& all = to_.shards.collections();
    for (std::uint32_t number = 0; number < all.size(); ++number)
        if (!all[number].retires)
            numbers.push_back(number);
    loads_.keep_only(slots, numbers);
}

void scaling_desk::perform(const collection_over& what)
{
    if (!what.failed) {
        keep_count();
        draining_.erase(what.number);
        keep_known();
    }
    later(what);
}

// The next start begins with as many.
void scaling_desk::keep_count()
{
    const auto& all = to_.shards.collections();
    const auto count =
        std::count_if(all.begin(), all.end(), [](const auto& each) { return !each.retires; });
    const int now = fixed_.value_or(
        std::clamp(static_cast<int>(count), how_.collections_min, how_.collections_max));
    complain(to_.store.set_own_value(
        kept_collections, to_string(collections_kept{how_.collections_min, how_.collections_max,
                                                     now, fixed_.has_value()})));
}

std::optional<scaling::shard_load> scaling_desk::load_of(discord::slot slot) const
{
    return loads_.shard(slot, net::now());
}

std::optional<scaling::collection_load> scaling_desk::load_of(std::uint32_t number) const
{
    return loads_.collection(number, net::now());
}

scaling::situation scaling_desk::now(std::string under_way) const
{
    scaling::policy with = how_;
    if (fixed_)
        with.collections_min = with.collections_max = *fixed_;
    return situation_of({.shards = to_.shards,
                         .loads = loads_,
                         .with = with,
                         .draining = draining_,
                         .shadow_passed = to_.operations.learned().has_shadow_passed,
                         .under_way = std::move(under_way),
                         .is_served = to_.is_served},
                        net::now());
}

// By somebody else than the scaler: what it does itself it knows, until it has waited too long.
std::string scaling_desk::under_way() const
{
    if (to_.shards.restart().state == restart_state::running)
        return "a restart of the collections";
    const errand_progress& own = look();
    const bool is_known =
        own.origin == operation_origin::by_scaler && scaler_.machine().it.is_acting();
    if (is_busy() && !is_known)
        return own.what;
    for (const operation_view& each : to_.operations.under_way())
        if (each.wish.origin != operation_origin::by_scaler)
            return title_of(each);
    return "";
}

void scaling_desk::perform(const scaling::scaler_action& action)
{
    const auto& what = std::get<scaling::decided>(action);
    keep(what);
    if (what.is_to_be_done)
        errands_.tell(errand_wanted{
            {++last_errand_,
             fmt::format("decision {}, {}", what.number, scaling::name(what.what.what)),
             operation_origin::by_scaler, what.what.actions, what.number}});
}

void scaling_desk::note(decision_view what)
{
    if (!seen_.empty() && seen_.back().number == what.number)
        seen_.pop_back();
    seen_.push_back(std::move(what));
    if (seen_.size() > static_cast<std::size_t>(state::store::decisions_max))
        seen_.pop_front();
}

void scaling_desk::keep(const scaling::decided& what)
{
    const scaling::record of{what.number, what.is_to_be_done, what.at, what.what};
    state::store::decision_row row{what.number, net::wall_clock_ms(), scaling::to_line(of), ""};
    complain(to_.store.keep_decision(row));
    note(view_of(of, row.wall_ms, row.outcome));
    if (what.is_to_be_done)
        under_way_row_ = std::move(row);
    to_.people.note(in_words(seen_.back()));
    to_.decided(seen_.back());
}

void scaling_desk::perform(const errand_action& action)
{
    std::visit(overloaded{[&](const ask_operation& it) {
                              errands_.tell(operation_begun{to_.operations.ask(it.what)});
                          },
                          [&](const cancel_operation& it) {
                              // One that has just ended says so itself.
                              (void)to_.operations.cancel(it.id);
                          },
                          [&](const add_collection& it) { to_.tell(it); },
                          [&](const retire_collection& it) { to_.tell(it); },
                          [&](const errand_changed&) { to_.changed(); },
                          [&](const errand_over& it) { over(it); }},
               action);
}

void scaling_desk::over(const errand_over& what)
{
    const errand_progress& now_known = look();
    const bool is_done = now_known.state == errand_state::done;
    const std::string told =
        fmt::format("{}: {}{}{}", what.what.what, name(now_known.state),
                    now_known.why.empty() || now_known.why == name(now_known.state) ? "" : ": ",
                    now_known.why == name(now_known.state) ? "" : now_known.why);
    is_done ? to_.people.note(told) : to_.people.warn(told);
    if (what.what.decision == 0)
        return;
    if (auto row = std::exchange(under_way_row_, std::nullopt);
        row && row->number == what.what.decision) {
        row->outcome =
            outcome_json({now_known.state, now_known.why, net::wall_clock_ms(), what.outcomes});
        complain(to_.store.keep_decision(*row));
        const auto own = std::find_if(seen_.rbegin(), seen_.rend(),
                                      [&](const auto& each) { return each.number == row->number; });
        if (own != seen_.rend()) {
            own->outcome = name(now_known.state);
            own->outcome_why = now_known.why;
            to_.decided(*own);
        }
    }
    scaler_.tell(scaling::ended{what.what.decision, what.outcomes});
}

void scaling_desk::later(errand_input what)
{
    boost::asio::post(to_.loop, [this, what = std::move(what), living = std::weak_ptr(alive_)] {
        if (!living.expired())
            errands_.tell(what);
    });
}

void scaling_desk::complain(const result<void>& kept) const
{
    if (!kept)
        to_.people.warn("what the scaler did is not kept: " + kept.error().detail);
}

result<void> scaling_desk::check_idle() const
{
    const auto busy = [](const std::string& what, const char* command) {
        return error{errc::cancelled, what +
                                          " is under way; ask again when it has ended, or end "
                                          "it with tinfoil " +
                                          command};
    };
    if (is_busy())
        return busy(look().what, "shards rebalance --cancel");
    if (to_.shards.restart().state == restart_state::running)
        return busy(under_way(), "restart --cancel");
    if (const std::string other = under_way(); !other.empty())
        return busy(other, "shards cancel");
    return {};
}

result<scaling::rebalancing> scaling_desk::plan(const scaling::rebalance_wish& what) const
{
    if (auto idle = check_idle(); !idle)
        return idle.error();
    if (what.collections && to_.in_process && *what.collections != 1)
        return error{errc::invalid_argument,
                     "with --in-process there is one collection, and no more; start the host "
                     "without it"};
    return scaling::plan_rebalance(now(""), what);
}

result<rebalance_target::begun> scaling_desk::begin(const scaling::rebalance_wish& what,
                                                    const std::string& shown)
{
    auto made = plan(what);
    if (!made)
        return made.error();
    if (auto same = check_shown(*made, shown); !same)
        return same.error();
    if (what.collections) {
        fixed_ = what.collections;
        keep_count();
    }
    return set_off(std::move(*made), "rebalance");
}

result<scaling::rebalancing> scaling_desk::plan_drain(std::uint32_t number) const
{
    if (auto idle = check_idle(); !idle)
        return idle.error();
    return scaling::plan_drain(now(""), number);
}

result<rebalance_target::begun> scaling_desk::drain(std::uint32_t number, const std::string& shown)
{
    auto made = plan_drain(number);
    if (!made)
        return made.error();
    if (auto same = check_shown(*made, shown); !same)
        return same.error();
    draining_.insert(number);
    return set_off(std::move(*made), drain_of(number));
}

result<void> scaling_desk::undrain(std::uint32_t number)
{
    if (!draining_.contains(number))
        return error{errc::invalid_argument,
                     fmt::format("collection {} is not being drained", number)};
    if (is_busy() && look().what == drain_of(number))
        return check_idle();
    draining_.erase(number);
    return {};
}

rebalance_target::begun scaling_desk::set_off(scaling::rebalancing plan, std::string what)
{
    begun made{std::move(plan), 0};
    if (made.plan.is_nothing())
        return made;
    errand wanted{++last_errand_, std::move(what), operation_origin::by_operator, {}, 0};
    for (const scaling::rebalance_step& each : made.plan.steps)
        wanted.actions.push_back(each.what);
    made.errand = wanted.id;
    errands_.tell(errand_wanted{std::move(wanted)});
    return made;
}

scaling_status scaling_desk::scaler() const
{
    scaling_status made;
    made.does = how_.does;
    scaling::situation at;
    at.with = how_;
    at.shadow_passed = to_.operations.learned().has_shadow_passed;
    made.plan_is_fixed = scaling::plan_is_fixed(at);
    made.is_acting = scaler_.machine().it.is_acting();
    made.under_way = is_busy() ? look().what : under_way();
    made.draining = draining_;
    made.collections_min = fixed_.value_or(how_.collections_min);
    made.collections_max = fixed_.value_or(how_.collections_max);
    if (!seen_.empty())
        made.last = seen_.back();
    return made;
}

result<std::vector<decision_view>> scaling_desk::decisions(std::size_t most) const
{
    const auto from = seen_.end() - static_cast<std::ptrdiff_t>(std::min(most, seen_.size()));
    return std::vector<decision_view>(from, seen_.end());
}

result<std::optional<std::string>> scaling_desk::decision_line(std::uint64_t number) const
{
    auto row = to_.store.decision(number);
    if (!row)
        return row.error();
    return *row ? std::optional(std::move((*row)->line)) : std::nullopt;
}

}  // namespace tinfoil::host
