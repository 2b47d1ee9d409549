#include "rest/limiter.hpp"

#include "base/assert.hpp"
#include "discord/limits.hpp"
#include "rest/limiter_state.hpp"

#include <algorithm>

namespace tinfoil::rest {
namespace {

namespace limits = discord::limits;

// Some of Discord's ten thousand stay unspent: other processes may use the same address.
constexpr std::size_t invalid_reserve = limits::invalid_requests_max / 10;
constexpr std::size_t remembered_max = 10'000;

}  // namespace

limiter::limiter(std::uint64_t seed, flights most) : state_(std::make_unique<state>(seed, most)) {}
limiter::limiter(limiter&&) noexcept = default;
limiter::~limiter() = default;

limiter::state::state(std::uint64_t seed, flights may)
    : hashes(remembered_max),
      dead_webhooks(remembered_max),
      lines(owners),
      global(limits::global_requests_max),
      gate(limits::invalid_requests_max - invalid_reserve),
      random(seed),
      most(may)
{
}

void limiter::on(const input& what, instant now, actions& todo)
{
    state& own = *state_;
    if (const auto* asked = std::get_if<submitted>(&what))
        own.submit(*asked, now, todo);
    else if (const auto* got = std::get_if<answered>(&what))
        own.answer(*got, now, todo);
    else if (const auto* left = std::get_if<departed>(&what))
        own.depart(*left, now);
    else if (const auto* lost = std::get_if<failed>(&what))
        own.fail(*lost, now, todo);
    else if (const auto* gone = std::get_if<withdrawn>(&what))
        own.withdraw(gone->id, now);
    else if (const auto* changed = std::get_if<global_limit_changed>(&what))
        own.global.change(std::max(changed->per_second, 1));
    else if (const auto* changed_budget = std::get_if<budget_changed>(&what))
        own.change_budget(*changed_budget);
    else if (const auto* before = std::get_if<past>(&what))
        own.take_over(*before, now);
    else if (std::holds_alternative<token_changed>(what))
        ++own.token, own.token_rejected = false;
    own.run(now, todo);
    due_ = own.next_due(now);
}

past limiter::carried(instant now) const
{
    return {state_->global.left(now), state_->gate.left(now)};
}

void limiter::state::take_over(const past& before, instant now)
{
    // More than there may be of one kind means no more: those that end first make no difference.
    const auto last_of = [](std::vector<duration> all, std::size_t room) {
        std::erase_if(all, [](duration each) { return each <= duration::zero(); });
        std::sort(all.begin(), all.end());
        if (all.size() > room)
            all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(room));
        return all;
    };
    for (const duration each : last_of(before.sent, static_cast<std::size_t>(global.per_second())))
        global.hold(now + each);
    constexpr duration whole = limits::invalid_requests_window;
    for (const duration each : last_of(before.invalid, gate.most()))
        gate.count(now - whole + std::min(each, whole));
}

std::optional<refusal> limiter::state::refusal_of(const submitted& asked, owner_number who,
                                                  instant now)
{
    if (token_rejected && asked.route.bot_token)
        return refusal::token_rejected;
    const auto slash = asked.route.major.find('/');
    if (slash != std::string::npos && asked.route.name.find(" /webhooks/") != std::string::npos &&
        dead_webhooks.find(asked.route.major.substr(slash + 1)) != nullptr)
        return refusal::webhook_gone;
    if (!gate.is_open(0, now))
        return refusal::invalid_requests;
    if (!owners[who].invalid.is_open(0, now))
        return refusal::owner_invalid_requests;
    if (waiting >= queue_max)
        return refusal::queue_full;
    if (owners[who].waiting >= owners[who].may.waiting)
        return refusal::owner_queue_full;
    return std::nullopt;
}

void limiter::state::submit(const submitted& asked, instant now, actions& todo)
{
    TINFOIL_ASSERT(!requests.contains(asked.id));
    const owner_number who = owner_of(asked.owner);
    ++owners[who].seen.submitted;
    if (const auto why = refusal_of(asked, who, now)) {
        ++owners[who].seen.refused;
        return todo.emplace_back(refuse{asked.id, *why}), void();
    }
    request made;
    made.id = asked.id;
    made.of = &lane_of(asked);
    made.who = who;
    made.when = {!asked.interaction, asked.deadline, ++last_number};
    made.repeatable = asked.repeatable;
    made.submitted = now;
    ++made.of->members;
    enqueue(requests.emplace(asked.id, made).first->second, now, todo);
}

void limiter::state::enqueue(request& what, instant now, actions& todo)
{
    lane& of = *what.of;
    bucket_node& home = *of.home;
    line_group& group = group_of(of);
    // What is certain at the least: when the bucket opens, and so many windows for those before.
    if (!home.limit.is_free(now)) {
        instant free_at = home.limit.earliest();
        const auto line = group.of.find(what.who);
        const auto limit = home.limit.limit();
        const auto window = home.limit.window();
        if (free_at != never && limit && window && line != group.of.end() &&
            line->second.rbegin()->first < what.when)
            free_at +=
                *window * std::max<std::int64_t>(
                              static_cast<std::int64_t>(line->second.size()) / *limit - 1, 0);
        if (free_at != never && free_at > what.when.deadline)
            return refuse_one(what, refusal::deadline, todo);
    }
    const instant all =
        std::max(all_blocked_until, of.route.exempt ? instant{} : global.blocked_until());
    if (now >= what.when.deadline || all > what.when.deadline)
        return refuse_one(what, refusal::deadline, todo);
    // One that goes with its last breath costs a place, and nobody waits for its answer. With the
    // earliest deadline first, and more than may be had, all of them would.
    const duration needed = std::min(trip.usual(), (what.when.deadline - now) / 4);
    what.last_call = what.when.is_bulk ? what.when.deadline - needed : what.when.deadline;
    what.is = request::phase::waiting;
    ++waiting;
    lines.add(group, what.who, what.when, what);
    deadlines.emplace(what.last_call, what.id);
    refresh(home, now);
}

void limiter::state::leave_line(request& what)
{
    lines.remove(group_of(*what.of), what.who, what.when);
    deadlines.erase({what.last_call, what.id});
    --waiting;
}

// One that is in no line.
void limiter::state::refuse_one(request& what, refusal why, actions& todo)
{
    ++owners[what.who].seen.refused;
    todo.emplace_back(refuse{what.id, why});
    erase(what, what.submitted);
}

void limiter::state::erase(request& what, instant now)
{
    lane& of = *what.of;
    requests.erase(what.id);
    if (--of.members == 0)
        rest_lane(of, now);
}

void limiter::state::withdraw(request_id id, instant now)
{
    const auto found = requests.find(id);
    if (found == requests.end())
        return;
    request& what = found->second;
    bucket_node& home = *what.of->home;
    // What comes of it tells of limits all the same.
    if (what.is == request::phase::flying)
        return what.withdrawn = true, void();
    if (what.is == request::phase::waiting)
        leave_line(what);
    else
        resting.erase({what.rests_until, id});
    refresh(home, now);
    erase(what, now);
}

void limiter::state::depart(const departed& left, instant now)
{
    const auto found = requests.find(left.id);
    if (found == requests.end() || found->second.is != request::phase::flying)
        return;
    request& what = found->second;
    what.has_departed = true;
    what.sent = std::max(what.sent, left.begun);
    bucket_node& home = *what.of->home;
    what.place = home.limit.departed(what.place, now);
    refresh(home, now);
    if (what.of->route.exempt)
        return;
    what.global_place = global.departed(what.global_place, now);
    if (what.rate_place != instant{})
        what.rate_place = owners[what.who].rate.departed(what.rate_place, now);
}

void limiter::state::change_budget(const budget_changed& to)
{
    owner& whose = owners[owner_of(to.owner)];
    whose.may = to.to;
    whose.may.in_flight = std::max(whose.may.in_flight, 1);
    whose.rate.change(std::max(whose.may.per_second, 1));
    whose.invalid.change(std::max<std::size_t>(whose.may.invalid, 1));
}

void limiter::state::send(request& what, instant now, actions& todo)
{
    lane& of = *what.of;
    bucket_node& home = *of.home;
    owner& whose = owners[what.who];
    lines.served(group_of(of), what.who);
    leave_line(what);
    what.is = request::phase::flying;
    what.sent = now;
    what.has_departed = false;
    what.token = token;
    what.place = home.limit.sent(now);
    of.extra.sent();
    what.flying_at = of.flying.size();
    of.flying.push_back(&what);
    if (!of.route.exempt) {
        what.global_place = global.spend(now);
        if (whose.has_rate())
            what.rate_place = whose.rate.spend(now);
    }
    if (what.attempts++ == 0)
        whose.seen.waited_longest = std::max(whose.seen.waited_longest, now - what.submitted);
    ++whose.in_flight;
    ++whose.seen.sent;
    ++in_flight;
    todo.emplace_back(dispatch{what.id});
    refresh(home, now);
}

void limiter::state::run(instant now, actions& todo)
{
    forget_idle(now);
    while (!due.empty() && due.begin()->first <= now)
        refresh(*due.begin()->second, now);
    while (!resting.empty() && resting.begin()->first <= now) {
        request& what = requests.at(resting.begin()->second);
        resting.erase(resting.begin());
        enqueue(what, now, todo);
    }
    while (!deadlines.empty() && deadlines.begin()->first <= now) {
        request& what = requests.at(deadlines.begin()->second);
        leave_line(what);
        refuse_one(what, refusal::deadline, todo);
    }
    if (now < all_blocked_until)
        return;
    const auto usable = [now](owner& each) { return each.may_send(now); };
    for (const bool exempt : {true, false})
        while (lines.any_ready(exempt) && (exempt || global.is_free(now)) &&
               gate.is_open(static_cast<std::size_t>(in_flight), now)) {
            request* next = lines.next(exempt, usable);
            if (next == nullptr ||
                in_flight >= (next->when.is_bulk ? most.all - most.urgent : most.all))
                break;
            send(*next, now, todo);
        }
}

instant limiter::state::next_due(instant now)
{
    instant next = next_forgotten();
    if (!due.empty())
        next = std::min(next, due.begin()->first);
    if (!deadlines.empty())
        next = std::min(next, deadlines.begin()->first);
    if (!resting.empty())
        next = std::min(next, resting.begin()->first);
    if (!lines.any_ready(true) && !lines.any_ready(false))
        return next;
    // Something could go but for what holds for all, or for its owner.
    if (now < all_blocked_until)
        next = std::min(next, all_blocked_until);
    if (!gate.is_open(static_cast<std::size_t>(in_flight), now))
        next = std::min(next, gate.deadline());
    if (lines.any_ready(false))
        next = std::min(next, global.deadline(now));
    for (owner_number who = 0; who < owners.size(); ++who) {
        owner& each = owners[who];
        if (!lines.wants(who))
            continue;
        if (each.has_rate())
            next = std::min(next, each.rate.deadline(now));
        if (!each.invalid.is_open(0, now))
            next = std::min(next, each.invalid.deadline());
    }
    return next;
}

}  // namespace tinfoil::rest
