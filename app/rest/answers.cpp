// What came of requests: what it tells of limits, and whether they are tried again.
#include "base/assert.hpp"
#include "discord/limits.hpp"
#include "rest/limiter_state.hpp"
#include "rest/retry.hpp"

#include <algorithm>

namespace tinfoil::rest {
namespace {

constexpr int unknown_webhook = 10015;
// Of whoever stands before Discord and does not say how long.
constexpr duration blocked_usually = std::chrono::minutes(1);
// A 429 that asks for this much longer than the window is not of the window; Retry-After is
// rounded up to whole seconds.
constexpr duration another_limit = std::chrono::seconds(2);

bool is_of_sub_limit(const answered& got)
{
    const auto& said = got.limits;
    if (said.scope != discord::limit_scope::user || !said.remaining || !said.reset_after)
        return false;
    return *said.remaining > 0 ||
           said.retry_after.value_or(duration::zero()) > *said.reset_after + another_limit;
}

}  // namespace

// It is no longer in flight, as far as everything but its bucket is concerned.
void limiter::state::land(request& what)
{
    lane& of = *what.of;
    of.extra.came_back();
    of.flying[what.flying_at] = of.flying.back();
    of.flying[what.flying_at]->flying_at = what.flying_at;
    of.flying.pop_back();
    --owners[what.who].in_flight;
    --in_flight;
}

// Discord has counted it at `counted` at the latest.
void limiter::state::count(request& what, instant now, instant counted)
{
    if (what.of->route.exempt)
        return;
    // A margin of a millisecond, since the window has its end in Discord's clock.
    const instant until =
        std::max(std::min(counted + std::chrono::milliseconds(1), now), what.sent);
    global.answered(what.global_place, until);
    if (what.rate_place != instant{})
        owners[what.who].rate.answered(std::exchange(what.rate_place, {}), until);
}

void limiter::state::answer(const answered& got, instant now, actions& todo)
{
    const auto found = requests.find(got.id);
    if (found == requests.end())
        return;
    request& what = found->second;
    TINFOIL_ASSERT(what.is == request::phase::flying);
    lane& of = *what.of;
    if (got.status < 500)
        trip.saw(now - what.sent, now);
    const flight when{what.sent, std::max(what.sent, now - trip.certain())};
    if (!got.limits.bucket.empty()) {
        hashes.set(of.learned_as, got.limits.bucket);
        const std::string key = got.limits.bucket + " " + of.route.major;
        if (of.home->key != key)
            move(of, node_of(key, got.limits.bucket), now);
    }
    land(what);
    count(what, now, when.counted);
    note_answer(what, got, now, todo);
    bucket_node& home = *of.home;
    if (got.status == 429) {
        judge_429(what, got, when, now, todo);
    } else {
        home.limit.answered(what.place, got.limits, got.status, when);
        if (got.status < 500)
            of.extra.passed(when.counted);
    }
    refresh(home, now);
    if (what.withdrawn)
        return erase(what, now);
    if (may_wait_again(what, got)) {
        todo.emplace_back(retry{got.id});
        return enqueue(what, now, todo);
    }
    const attempt last{what.attempts - what.limited, got.status, true, true, what.repeatable};
    const auto wait = got.status >= 500 ? next_attempt(last, random) : std::nullopt;
    if (wait && now + *wait < what.when.deadline)
        return try_again(what, *wait, now, todo);
    finish(what, now, todo);
}

// Discord did nothing of what was asked for, and may do it another time.
bool limiter::state::may_wait_again(request& what, const answered& got) const
{
    const bool is_bots = what.of->route.bot_token;
    if (token_rejected && is_bots)
        return false;
    // It was of the token before, which is not what the caller asks about.
    if (got.status == 401)
        return is_bots && what.token != token && what.attempts < attempts_max + what.limited;
    return got.status == 429 && ++what.limited < limited_max;
}

// Whose limit is it?
void limiter::state::judge_429(request& what, const answered& got, flight when, instant now,
                               actions& todo)
{
    lane& of = *what.of;
    bucket_node& home = *of.home;
    const auto& said = got.limits;
    ++owners[what.who].seen.limited;
    if (said.is_edge) {
        home.limit.unanswered(what.place, true, when);
        all_blocked_until =
            std::max(all_blocked_until, now + said.retry_after.value_or(blocked_usually));
    } else if (said.scope == discord::limit_scope::global) {
        home.limit.unanswered(what.place, true, when);
        global.block(now + said.retry_after.value_or(discord::limits::global_requests_window));
    } else if (is_of_sub_limit(got)) {
        home.limit.answered(what.place, said, 200, when);
        const bool is_first = !of.extra.is_known();
        // While it is unknown what waits is in the common line.
        const instant until = when.counted + said.retry_after.value_or(std::chrono::seconds(1));
        of.extra.refused(until, when.counted);
        if (is_first)
            separate(of, now);
        refuse_hopeless(of.own, of.extra.deadline(), todo);
    } else {
        home.limit.answered(what.place, said, got.status, when);
        refuse_hopeless(home.waiting, home.limit.deadline(), todo);
    }
}

void limiter::state::note_answer(const request& what, const answered& got, instant now,
                                 actions& todo)
{
    owner& whose = owners[what.who];
    whose.seen.client_errors += got.status >= 400 && got.status < 500 && got.status != 429 ? 1 : 0;
    whose.seen.server_errors += got.status >= 500 ? 1 : 0;
    // Discord Docs/Rate Limits, "Invalid Request Limit": shared limits do not count.
    if (got.status == 401 || got.status == 403 ||
        (got.status == 429 && got.limits.scope != discord::limit_scope::shared)) {
        gate.count(now);
        whose.invalid.count(now);
    }
    note_webhook(*what.of, got);
    // An answer to the token before says nothing of the one that is there now.
    if (got.status != 401 || !what.of->route.bot_token || what.token != token || token_rejected)
        return;
    token_rejected = true;
    todo.emplace_back(token_refused{});
    std::vector<request*> hopeless;
    for (auto& [id, each] : requests)
        if (each.is != request::phase::flying && each.of->route.bot_token)
            hopeless.push_back(&each);
    std::sort(hopeless.begin(), hopeless.end(),
              [](const request* one, const request* other) { return one->id < other->id; });
    for (request* each : hopeless) {
        if (each->is == request::phase::waiting)
            leave_line(*each);
        else
            resting.erase({each->rests_until, each->id});
        refuse_one(*each, refusal::token_rejected, todo);
    }
}

// Discord Docs/Rate Limits, "Invalid Request Limit": what is gone is not asked again. The first
// answer to an interaction makes its webhook.
void limiter::state::note_webhook(const lane& of, const answered& got)
{
    const auto slash = of.route.major.find('/');
    if (of.route.bot_token || slash == std::string::npos)
        return;
    const std::string own_token = of.route.major.substr(slash + 1);
    if (of.route.name.find(" /webhooks/") != std::string::npos) {
        if (got.status == 404 &&
            (got.code == unknown_webhook || (got.code == 0 && of.route.name.ends_with("{token}"))))
            dead_webhooks.set(own_token, 1);
    } else if (got.status >= 200 && got.status < 300) {
        dead_webhooks.erase(own_token);
    }
}

void limiter::state::fail(const failed& lost, instant now, actions& todo)
{
    const auto found = requests.find(lost.id);
    if (found == requests.end())
        return;
    request& what = found->second;
    TINFOIL_ASSERT(what.is == request::phase::flying);
    bucket_node& home = *what.of->home;
    // Whoever did not wait for the answer does not know that it has arrived: it has its places for
    // as long as it may.
    if (lost.sent && !what.has_departed)
        depart({lost.id, what.sent}, now);
    land(what);
    if (lost.sent) {
        home.limit.lost(what.place, {what.sent, now});
        what.of->extra.passed(now);
    } else {
        home.limit.unanswered(what.place, false, {what.sent, now});
        if (!what.of->route.exempt)
            global.refund(what.global_place);
        if (what.rate_place != instant{})
            owners[what.who].rate.refund(what.rate_place);
    }
    what.rate_place = {};
    refresh(home, now);
    if (what.withdrawn)
        return erase(what, now);
    const attempt last{
        what.attempts - what.limited, 0, lost.sent, lost.transient, what.repeatable, lost.stale};
    const auto wait = next_attempt(last, random);
    if (wait && now + *wait < what.when.deadline)
        return try_again(what, *wait, now, todo);
    finish(what, now, todo);
}

void limiter::state::try_again(request& what, duration wait, instant now, actions& todo)
{
    ++owners[what.who].seen.retried;
    what.is = request::phase::resting;
    what.rests_until = now + wait;
    resting.emplace(what.rests_until, what.id);
    todo.emplace_back(retry{what.id});
}

void limiter::state::finish(request& what, instant now, actions& todo)
{
    ++owners[what.who].seen.completed;
    todo.emplace_back(complete{what.id});
    erase(what, now);
}

}  // namespace tinfoil::rest
