#include "discordsim/rate_limits.hpp"

#include "discord/limits.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstdio>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;
namespace limits = discord::limits;
using namespace std::chrono_literals;

constexpr std::size_t buckets_max = 20'000;

// Limits that no header tells of. Discord has confirmed them, and does not promise the numbers:
// discord-api-docs #1402 (name and topic), #1295 (messages older than two weeks).
constexpr std::size_t renames = 2;
constexpr duration renames_window = 10min;
constexpr std::size_t old_deletes = 30;
constexpr duration old_deletes_window = 2min;

std::string decimals(duration time)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.3f",
                  static_cast<double>(std::max(time, 0ns).count()) / 1e9);
    return text;
}

// FNV-1a, which is the same everywhere, as std::hash is not.
std::uint64_t hash(std::string_view text, std::uint64_t from)
{
    for (const char each : text)
        from = (from ^ static_cast<unsigned char>(each)) * 0x100000001b3ULL;
    return from;
}

void forget(std::deque<instant>& of, duration window, instant now)
{
    while (!of.empty() && now - of.front() >= window)
        of.pop_front();
}

template <class Map>
void bound(Map& of)
{
    // A bucket that is forgotten is a full one, so only a bot with this many sees it.
    if (of.size() > buckets_max)
        of.erase(of.begin());
}

}  // namespace

// Discord does not publish its limits; these are of its usual size.
const rate_limits::rule& rate_limits::rule_of(const discord::route& where)
{
    static constexpr rule rules[] = {
        {"POST /channels/{id}/messages", 5, 5s},
        {"GET /channels/{id}/messages", 5, 5s, true},
        {"PATCH /channels/{id}/messages/{id}", 5, 5s, true},
        {"DELETE /channels/{id}/messages/{id}", 5, 1s},
        // Discord Docs/Rate Limits: all reactions of a channel are one bucket.
        {"PUT /channels/{id}/messages/{id}/reactions", 1, 250ms, false, 0, "reactions"},
        {"DELETE /channels/{id}/messages/{id}/reactions", 1, 250ms, false, 0, "reactions"},
        // Discord Docs/Rate Limits: emoji routes are limited for each guild, for all bots in it
        // together, and what the headers say "may be inaccurate".
        {"GET /guilds/{id}/emojis", 50, 30s, false, 30, "emojis"},
        {"POST /guilds/{id}/emojis", 50, 30s, false, 30, "emojis"},
        {"GET /guilds/{id}/emojis/{id}", 50, 30s, false, 30, "emojis"},
        {"PATCH /guilds/{id}/emojis/{id}", 50, 30s, false, 30, "emojis"},
        {"DELETE /guilds/{id}/emojis/{id}", 50, 30s, false, 30, "emojis"},
        // The members of one guild are looked up for all bots from one place.
        {"GET /guilds/{id}/members/search", 10, 10s, true, 40},
        {"POST /webhooks/{id}/{token}", 5, 2s},
    };
    static constexpr rule usual{"", 20, 5s};
    for (const rule& each : rules)
        if (each.route == where.name)
            return each;
    return usual;
}

void rate_limits::forget_used(bucket& of, const rule& by, instant now)
{
    if (by.sliding) {
        forget(of.used, by.window, now);
        // What api-docs #7680 describes: the reset moves with every request.
        of.reset_at = of.used.empty() ? now + by.window : of.used.front() + by.window;
    } else if (now >= of.reset_at) {
        of.used.clear();
        of.reset_at = now + by.window;
    }
}

std::string rate_limits::hash_of(const rule& by, const discord::route& where) const
{
    const std::string_view named = by.bucket.empty() ? std::string_view(where.name) : by.bucket;
    char text[33];
    const std::uint64_t one = hash(named, 0xcbf29ce484222325ULL ^ salt_);
    std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(one),
                  static_cast<unsigned long long>(hash(named, one)));
    return text;
}

// Discord Docs/Rate Limits, "Exceeding A Rate Limit".
rate_limits::verdict rate_limits::limited(duration retry_after, std::string_view scope,
                                          verdict with, instant now)
{
    const bool is_global = scope == "global";
    with.status = 429;
    // The header has whole seconds, never fewer than the body's.
    with.headers.emplace_back(
        "Retry-After",
        std::to_string(std::chrono::ceil<std::chrono::seconds>(retry_after).count()));
    with.headers.emplace_back("X-RateLimit-Scope", scope);
    if (is_global)
        with.headers.emplace_back("X-RateLimit-Global", "true");
    with.body = json::serialize(
        json::object{{"message", "You are being rate limited."},
                     {"retry_after", static_cast<double>(retry_after.count()) / 1e9},
                     {"global", is_global}});
    // Discord Docs/Rate Limits, "Invalid Request Limit": a shared limit is nobody's fault.
    with.is_own_fault = scope != "shared";
    if (with.is_own_fault)
        answered(429, now);
    return with;
}

// It is Cloudflare that answers then: HTML, and nothing of Discord's headers.
rate_limits::verdict rate_limits::banned()
{
    return {429,
            {{"Content-Type", "text/html; charset=UTF-8"},
             {"Server", "cloudflare"},
             {"Retry-After", "600"}},
            "<!DOCTYPE html><html><head><title>Access denied | discord.com used Cloudflare to "
            "restrict access</title></head><body><h1>Error 1015</h1><p>You are being rate "
            "limited</p></body></html>",
            false};
}

bool rate_limits::is_banned(instant now)
{
    forget(invalid_, limits::invalid_requests_window, now);
    return invalid_.size() >= static_cast<std::size_t>(limits::invalid_requests_max);
}

void rate_limits::answered(int status, instant now)
{
    // Discord Docs/Rate Limits, "Invalid Request Limit".
    if ((status == 401 || status == 403 || status == 429) && !is_banned(now))
        invalid_.push_back(now);
}

// How long a limit that headers deny is still used up; zero when it is not, and one is taken.
duration rate_limits::hidden_wait(const asked& what, const discord::route& where, instant now)
{
    if (!what.renames_channel && !what.deletes_old_message)
        return {};
    auto& used = hidden_[where.name + " " + where.major];
    const duration window = what.renames_channel ? renames_window : old_deletes_window;
    forget(used, window, now);
    if (used.size() >= (what.renames_channel ? renames : old_deletes))
        return used.front() + window - now;
    used.push_back(now);
    bound(hidden_);
    return {};
}

rate_limits::verdict rate_limits::take(const asked& what, std::int64_t wall_ms, instant now)
{
    if (is_banned(now))
        return banned();
    const discord::route where = discord::route_of(what.method, what.path);
    // Discord Docs/Rate Limits, "Global Rate Limit": interactions are not bound to it, nor are
    // webhooks, which have no bot's token.
    if (!where.exempt) {
        forget(global_, limits::global_requests_window, now);
        if (global_.size() >= static_cast<std::size_t>(limits::global_requests_max))
            return limited(global_.front() + limits::global_requests_window - now, "global", {},
                           now);
        global_.push_back(now);
    }
    if (where.name.starts_with("POST /interactions/"))
        return {};
    verdict made = take_of_bucket(where, wall_ms, now);
    if (made.status != 0)
        return made;
    if (const duration wait = hidden_wait(what, where, now); wait > 0ns) {
        made = limited(wait, "user", std::move(made), now);
        made.is_own_fault = false;
    }
    return made;
}

rate_limits::verdict rate_limits::take_of_bucket(const discord::route& where, std::int64_t wall_ms,
                                                 instant now)
{
    const rule& by = rule_of(where);
    const std::string hashed = hash_of(by, where);
    const std::string key =
        std::string(by.bucket.empty() ? std::string_view(where.name) : by.bucket) + " " +
        where.major;
    bound(buckets_);
    bound(shared_);
    bucket& own = buckets_[key];
    forget_used(own, by, now);
    const auto limit = static_cast<std::size_t>(by.limit);
    const bool is_empty = own.used.size() >= limit;
    if (by.shared != 0) {
        bucket& all = shared_[key];
        forget_used(all, by, now);
        if (!is_empty && all.used.size() >= static_cast<std::size_t>(by.shared))
            return limited(all.reset_at - now, "shared",
                           {0,
                            {{"X-RateLimit-Bucket", hashed},
                             {"X-RateLimit-Limit", std::to_string(limit)},
                             {"X-RateLimit-Remaining", std::to_string(limit - own.used.size())},
                             {"X-RateLimit-Reset-After", decimals(own.reset_at - now)}},
                            {},
                            false},
                           now);
        if (!is_empty)
            all.used.push_back(now);
    }
    if (!is_empty)
        own.used.push_back(now);
    if (by.sliding && own.used.size() == 1)
        own.reset_at = now + by.window;
    const duration left = own.reset_at - now;
    const double reset =
        static_cast<double>(wall_ms) / 1e3 + static_cast<double>(left.count()) / 1e9;
    char reset_text[32];
    std::snprintf(reset_text, sizeof reset_text, "%.3f", reset);
    verdict made;
    made.headers = {{"X-RateLimit-Bucket", hashed},
                    {"X-RateLimit-Limit", std::to_string(limit)},
                    {"X-RateLimit-Remaining", std::to_string(limit - own.used.size())},
                    {"X-RateLimit-Reset", reset_text},
                    {"X-RateLimit-Reset-After", decimals(left)}};
    return is_empty ? limited(left, "user", std::move(made), now) : made;
}

void rate_limits::others_use(const asked& what, int requests, instant now)
{
    const discord::route where = discord::route_of(what.method, what.path);
    const rule& by = rule_of(where);
    bucket& all =
        shared_[std::string(by.bucket.empty() ? std::string_view(where.name) : by.bucket) + " " +
                where.major];
    forget_used(all, by, now);
    all.used.insert(all.used.end(), static_cast<std::size_t>(std::max(requests, 0)), now);
}

}  // namespace tinfoil::discordsim
