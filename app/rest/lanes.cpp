// Which limits hold for what: lanes, and the buckets that they move between.
#include "base/assert.hpp"
#include "rest/limiter_state.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace tinfoil::rest {
namespace {

constexpr std::size_t lanes_max = 20'000;
// Longer than any window that Discord is known to have.
constexpr duration idle_max = std::chrono::minutes(15);
std::string public_part(const std::string& major)
{
    return major.substr(0, major.find('/'));
}

}  // namespace

owner_number limiter::state::owner_of(const std::string& name)
{
    if (const auto found = owner_by_name.find(name); found != owner_by_name.end())
        return found->second;
    // So many there never are; those beyond are one.
    if (owners.size() >= owners_max)
        return 0;
    owner made;
    made.name = name;
    made.invalid.change(made.may.invalid);
    owners.push_back(std::move(made));
    const auto number = static_cast<owner_number>(owners.size() - 1);
    owner_by_name.emplace(name, number);
    return number;
}

lane& limiter::state::lane_of(const submitted& asked)
{
    std::string learned_as = asked.route.name;
    if (!asked.kind.empty())
        (learned_as += " ") += asked.kind;
    std::string key = learned_as + " " + asked.route.major;
    if (const auto found = lanes.find(key); found != lanes.end()) {
        lane& known = *found->second;
        if (known.idle) {
            idle.erase(*known.idle);
            known.idle.reset();
        }
        return known;
    }
    auto made = std::make_unique<lane>();
    made->key = key;
    made->learned_as = std::move(learned_as);
    made->route = asked.route;
    made->own.is_exempt = asked.route.exempt;
    const std::string* hash = hashes.find(made->learned_as);
    attach(*made,
           hash != nullptr ? node_of(*hash + " " + asked.route.major, *hash) : node_of(key, ""));
    return *lanes.emplace(std::move(key), std::move(made)).first->second;
}

bucket_node& limiter::state::node_of(const std::string& key, const std::string& hash)
{
    auto& node = nodes[key];
    if (!node) {
        node = std::make_unique<bucket_node>();
        node->key = key;
        node->hash = hash;
        node->number = ++last_node;
    }
    return *node;
}

line_group& limiter::state::group_of(lane& of)
{
    return of.extra.is_known() ? of.own : of.home->waiting;
}

void limiter::state::attach(lane& what, bucket_node& to)
{
    what.home = &to;
    to.waiting.is_exempt = what.route.exempt;
    to.lanes.push_back(&what);
}

void limiter::state::detach(lane& what)
{
    bucket_node& from = *what.home;
    std::erase(from.lanes, &what);
    if (!from.lanes.empty())
        return;
    TINFOIL_ASSERT(from.waiting.of.empty());
    set_due(from, never);
    nodes.erase(from.key);
}

// Only what is of this lane goes along, with what is in flight: the new bucket counts that.
void limiter::state::move(lane& what, bucket_node& to, instant now)
{
    bucket_node& from = *what.home;
    for (request* each : what.flying) {
        from.limit.moved_away(each->place);
        each->place = to.limit.sent(now);
        if (each->has_departed)
            each->place = to.limit.departed(each->place, now);
    }
    if (!what.extra.is_known()) {
        std::vector<request*> moving;
        for (const auto& [who, line] : from.waiting.of)
            for (const auto& [when, each] : line)
                if (each->of == &what)
                    moving.push_back(each);
        for (request* each : moving)
            lines.remove(from.waiting, each->who, each->when);
        for (request* each : moving)
            lines.add(to.waiting, each->who, each->when, *each);
    }
    refresh(from, now);
    detach(what);
    attach(what, to);
}

// From now on it waits apart from the others of its bucket.
void limiter::state::separate(lane& what, instant now)
{
    line_group& common = what.home->waiting;
    for (auto line = common.of.begin(); line != common.of.end();) {
        const owner_number who = line->first;
        std::vector<request*> moving;
        for (const auto& [when, each] : line->second)
            if (each->of == &what)
                moving.push_back(each);
        ++line;
        for (request* each : moving) {
            lines.remove(common, who, each->when);
            lines.add(what.own, who, each->when, *each);
        }
    }
    refresh(*what.home, now);
}

void limiter::state::set_due(bucket_node& of, instant when)
{
    if (of.due == when)
        return;
    if (of.due != never)
        due.erase({of.due, &of});
    of.due = when;
    if (when != never)
        due.emplace(when, &of);
}

void limiter::state::refresh(bucket_node& of, instant now)
{
    const bool is_free = of.limit.is_free(now);
    const instant opens = is_free ? now : of.limit.deadline();
    instant next = never;
    lines.set_ready(of.waiting, is_free);
    if (!is_free && !of.waiting.of.empty())
        next = opens;
    for (lane* each : of.lanes) {
        if (!each->extra.is_known())
            continue;
        const bool own_free = each->extra.is_free(now);
        lines.set_ready(each->own, is_free && own_free);
        if ((is_free && own_free) || each->own.of.empty())
            continue;
        const instant own_opens = own_free ? now : each->extra.deadline();
        next = std::min(next, std::max(opens, own_opens));
    }
    // One that has passed would be looked at for ever; an answer is under way then.
    set_due(of, next > now ? next : never);
}

void limiter::state::rest_lane(lane& of, instant now)
{
    // Each interaction has one of its own, used once.
    if (of.route.exempt && !of.home->limit.is_limited() && of.home->limit.blocked_until() <= now)
        return forget(of);
    of.idle_since = now;
    idle.push_back(&of);
    of.idle = std::prev(idle.end());
    if (lanes.size() > lanes_max)
        forget(*idle.front());
}

instant limiter::state::next_forgotten() const
{
    return idle.empty() ? never : idle.front()->idle_since + idle_max;
}

void limiter::state::forget_idle(instant now)
{
    while (next_forgotten() <= now) {
        lane& oldest = *idle.front();
        const bucket& limit = oldest.home->limit;
        const instant held = oldest.extra.is_known() ? oldest.extra.deadline() : instant{};
        if (std::max({limit.reset_at(), limit.blocked_until(), held}) <= now) {
            forget(oldest);
            continue;
        }
        // Forgetting it now would cost a 429.
        oldest.idle_since = now;
        idle.splice(idle.end(), idle, idle.begin());
    }
}

void limiter::state::forget(lane& of)
{
    if (of.idle)
        idle.erase(*of.idle);
    detach(of);
    const std::string key = of.key;
    lanes.erase(key);
}

// Refuses those whose deadline is before this opens.
void limiter::state::refuse_hopeless(line_group& in, instant free_at, actions& todo)
{
    if (free_at == never)
        return;
    std::vector<request*> hopeless;
    for (const auto& [who, line] : in.of)
        for (const bool is_bulk : {false, true})
            for (auto at = line.lower_bound({is_bulk, instant::min(), 0});
                 at != line.end() && at->first.is_bulk == is_bulk && at->first.deadline < free_at;
                 ++at)
                hopeless.push_back(at->second);
    for (request* each : hopeless) {
        leave_line(*each);
        refuse_one(*each, refusal::deadline, todo);
    }
}

view limiter::look(instant now) const
{
    state& own = *state_;
    view made;
    made.buckets_known = own.nodes.size();
    made.waiting = own.waiting;
    made.in_flight = own.in_flight;
    made.global_limit = own.global.per_second();
    made.global_used = own.global.used(now);
    const instant blocked = std::max(own.global.blocked_until(), own.all_blocked_until);
    made.global_blocked_for = std::max(blocked - now, duration::zero());
    made.invalid = own.gate.seen(now);
    made.invalid_max = own.gate.most();
    made.dead_webhooks = own.dead_webhooks.size();
    made.token_rejected = own.token_rejected;
    for (const auto& [key, node] : own.nodes) {
        bucket_view shown;
        shown.bucket = node->hash;
        shown.limit = node->limit.limit();
        shown.remaining = node->limit.remaining(now);
        shown.reset_after = std::max(node->limit.reset_at() - now, duration::zero());
        shown.blocked_for = std::max(node->limit.blocked_until() - now, duration::zero());
        shown.in_flight = node->limit.in_flight();
        for (const lane* each : node->lanes) {
            shown.routes.push_back(each->learned_as);
            shown.major = public_part(each->route.major);
            shown.has_sub_limit = shown.has_sub_limit || each->extra.is_known();
            for (const auto& [who, line] : each->own.of)
                shown.waiting += line.size();
        }
        for (const auto& [who, line] : node->waiting.of)
            shown.waiting += line.size();
        std::sort(shown.routes.begin(), shown.routes.end());
        made.buckets.push_back(std::move(shown));
    }
    std::sort(made.buckets.begin(), made.buckets.end(), [](const auto& one, const auto& other) {
        return std::tuple(other.waiting, other.in_flight, one.routes, one.major) <
               std::tuple(one.waiting, one.in_flight, other.routes, other.major);
    });
    made.buckets.resize(std::min(made.buckets.size(), buckets_shown));
    for (owner& each : own.owners)
        made.owners.push_back(
            {each.name, each.waiting, each.invalid.seen(now), each.in_flight, each.may, each.seen});
    return made;
}

}  // namespace tinfoil::rest
