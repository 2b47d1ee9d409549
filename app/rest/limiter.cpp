#include "rest/limiter.hpp"

#include "base/assert.hpp"
#include "discord/limits.hpp"

#include <algorithm>

namespace tinfoil::rest {
namespace {

namespace limits = discord::limits;

// Some of Discord's ten thousand stay unspent: other processes may use the same address.
constexpr std::size_t invalid_gate = limits::invalid_requests_max * 9 / 10;
constexpr std::size_t known_max = 10'000;

}  // namespace

limiter::limiter() : global_(limits::global_requests_max) {}

void limiter::on(const input& what, instant now, actions& todo)
{
    if (const auto* asked = std::get_if<submitted>(&what))
        return on_submitted(*asked, now, todo);
    if (const auto* got = std::get_if<answered>(&what))
        on_answered(*got, now, todo);
    else if (const auto* lost = std::get_if<failed>(&what))
        on_gone(lost->id, lost->sent, now);
    else if (const auto* gone = std::get_if<withdrawn>(&what))
        on_gone(gone->id, true, now);
    else if (const auto* changed = std::get_if<global_limit_changed>(&what))
        global_.change(std::max(changed->per_second, 1));
    else if (std::holds_alternative<token_changed>(what))
        token_rejected_ = false;
    send_what_may_go(now, todo);
}

std::string limiter::bucket_key(const discord::route& route) const
{
    const auto hash = hash_of_route_.find(route.name);
    return (hash == hash_of_route_.end() ? route.name : hash->second) + " " + route.major;
}

std::deque<request_id>& limiter::line_of(const request& what)
{
    return what.interaction ? urgent_ : bulk_;
}

void limiter::on_submitted(const submitted& asked, instant now, actions& todo)
{
    TINFOIL_ASSERT(!requests_.contains(asked.id));
    if (token_rejected_ && asked.route.bot_token)
        return todo.emplace_back(refuse{asked.id, refusal::token_rejected}), void();
    if (gate_is_closed(now))
        return todo.emplace_back(refuse{asked.id, refusal::invalid_requests}), void();
    if (urgent_.size() + bulk_.size() >= queue_max)
        return todo.emplace_back(refuse{asked.id, refusal::queue_full}), void();
    request made;
    made.route = asked.route;
    made.deadline = asked.deadline;
    made.interaction = asked.interaction;
    request& kept = requests_.emplace(asked.id, std::move(made)).first->second;
    if (now < due_) {
        // Nothing that waits can have become free, so only this one needs a look.
        if (stays(asked.id, kept, now, todo))
            line_of(kept).push_back(asked.id);
        return;
    }
    line_of(kept).push_back(asked.id);
    send_what_may_go(now, todo);
}

void limiter::on_answered(const answered& got, instant now, actions& todo)
{
    const auto found = requests_.find(got.id);
    if (found == requests_.end())
        return;
    request& what = found->second;
    TINFOIL_ASSERT(what.in_flight);
    const bool limited = got.status == 429;
    const bool global = limited && got.limits.scope == discord::limit_scope::global;
    const std::string sent_in = what.bucket;
    buckets_[sent_in].answered(got.limits, limited && !global, now);
    if (!got.limits.bucket.empty())
        learn_bucket(what, got.limits.bucket);
    if (what.bucket != sent_in) {
        // The first answer named the bucket: what it said holds for that one.
        bucket& real = buckets_[what.bucket];
        real.sent();
        real.answered(got.limits, limited && !global, now);
    }
    if (global)
        global_.block(now + got.limits.retry_after.value_or(limits::global_requests_window));
    note_invalid(what, got, now);
    what.in_flight = false;
    if (limited && !token_rejected_) {
        line_of(what).push_back(got.id);
        todo.emplace_back(retry{got.id});
        return;
    }
    requests_.erase(found);
    todo.emplace_back(complete{got.id});
}

void limiter::on_gone(request_id id, bool counted, instant)
{
    const auto found = requests_.find(id);
    if (found == requests_.end())
        return;
    if (found->second.in_flight) {
        buckets_[found->second.bucket].unanswered(counted);
    } else {
        std::erase(urgent_, id);
        std::erase(bulk_, id);
    }
    requests_.erase(found);
}

void limiter::learn_bucket(request& what, const std::string& hash)
{
    if (hash_of_route_.size() >= known_max)
        hash_of_route_.clear();
    hash_of_route_[what.route.name] = hash;
    what.bucket = bucket_key(what.route);
}

void limiter::note_invalid(const request& what, const answered& got, instant now)
{
    if (got.status == 401 && what.route.bot_token)
        token_rejected_ = true;
    // Discord Docs/Rate Limits, "Invalid Request Limit": shared limits do not count.
    const bool counts = got.status == 401 || got.status == 403 ||
                        (got.status == 429 && got.limits.scope != discord::limit_scope::shared);
    if (counts)
        invalid_.push_back(now);
}

bool limiter::gate_is_closed(instant now)
{
    while (!invalid_.empty() && now - invalid_.front() >= limits::invalid_requests_window)
        invalid_.pop_front();
    return invalid_.size() >= invalid_gate;
}

void limiter::send_what_may_go(instant now, actions& todo)
{
    due_ = never;
    full_.clear();
    for (auto* line : {&urgent_, &bulk_}) {
        std::deque<request_id> still;
        for (const request_id id : *line)
            if (stays(id, requests_.at(id), now, todo))
                still.push_back(id);
        *line = std::move(still);
    }
    forget_idle_buckets(now);
}

// Sends or refuses a request; true when it can do neither yet.
bool limiter::stays(request_id id, request& what, instant now, actions& todo)
{
    const std::string key = bucket_key(what.route);
    bucket& own = buckets_[key];
    const bool global_free = what.route.exempt || global_.is_free(now);
    const bool own_free = own.is_free(now);
    if (!full_.contains(key) && own_free && global_free && now < what.deadline) {
        what.bucket = key;
        what.in_flight = true;
        own.sent();
        if (!what.route.exempt)
            global_.spend(now);
        todo.emplace_back(dispatch{id});
        return false;
    }
    instant free_at = own_free ? now : own.deadline();
    if (!global_free)
        free_at = free_at == never ? never : std::max(free_at, global_.deadline(now));
    if (now >= what.deadline || (free_at != never && free_at > what.deadline)) {
        requests_.erase(id);
        todo.emplace_back(refuse{id, refusal::deadline});
        return false;
    }
    full_.insert(key);
    due_ = std::min({due_, what.deadline, free_at > now ? free_at : what.deadline});
    return true;
}

void limiter::forget_idle_buckets(instant now)
{
    if (buckets_.size() > known_max)
        std::erase_if(buckets_, [&](const auto& each) { return each.second.is_idle(now); });
}

}  // namespace tinfoil::rest
