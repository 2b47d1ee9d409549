#include "rest/bucket.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace tinfoil::rest {
namespace {

// Headers are rounded, by a millisecond at most.
constexpr duration rounding = std::chrono::milliseconds(1);
// A place whose end nobody knows; an answer of a later window frees it.
constexpr duration unknown_window = std::chrono::hours(24);
// Of one that has not left yet; nothing stays there for so long.
constexpr duration held_max = unknown_window + unknown_window;
// However long an answer takes, the request arrived within this time.
constexpr duration arrival_max = std::chrono::seconds(5);
// After an answer that tells nothing.
constexpr duration usual_pause = std::chrono::seconds(1);

// Whether an answer without headers can be taken for "there is no limit".
bool tells_of_no_limit(int status)
{
    return status < 500 && status != 429 && status != 401 && status != 403;
}

}  // namespace

bool bucket::may_try_new_window() const
{
    return in_flight_ == 0 && last_sent_ < reset_at_;
}

bool bucket::is_free(instant now)
{
    if (now < blocked_until_)
        return false;
    if (!known_ || careful_)
        return in_flight_ == 0;
    if (!limit_ || taken_.taken(now) < static_cast<std::size_t>(*limit_))
        return true;
    return now >= reset_at_ && may_try_new_window();
}

instant bucket::sent(instant now)
{
    ++in_flight_;
    last_sent_ = now;
    // Those of an unlimited route need no memory.
    if (known_ && !limit_)
        return {};
    const instant until = now + held_max;
    taken_.take(until);
    flying_.insert(until);
    return until;
}

instant bucket::departed(instant place, instant now)
{
    last_sent_ = std::max(last_sent_, now);
    if (!window_ || place == instant{})
        return place;
    landed(place);
    const instant until = now + *window_ + arrival_max;
    taken_.prolong(place, until);
    flying_.insert(until);
    return until;
}

// It takes its place no longer as one in flight.
void bucket::landed(instant place)
{
    if (const auto found = flying_.find(place); found != flying_.end())
        flying_.erase(found);
}

instant bucket::end_of_place(flight when) const
{
    return when.counted + rounding + window_.value_or(unknown_window);
}

void bucket::answered(instant place, const discord::rate_limit_headers& said, int status,
                      flight when)
{
    TINFOIL_ASSERT(in_flight_ > 0);
    --in_flight_;
    landed(place);
    if (said.limit && said.remaining && said.reset_after) {
        learn(said, when);
        taken_.prolong(place, end_of_place(when));
        known_ = true;
    } else {
        known_ = known_ || tells_of_no_limit(status);
        told_nothing(place, when);
    }
    if (status == 429)
        block(when.counted + said.retry_after.value_or(usual_pause) + rounding);
    careful_ = status == 429 || (careful_ && status >= 500);
}

// `taken_` still holds the place of the request whose answer this is.
void bucket::learn(const discord::rate_limit_headers& said, flight when)
{
    const int limit = std::max(*said.limit, 1);
    const int used = limit - std::min(*said.remaining, limit);
    const instant earliest = when.sent + *said.reset_after;
    const instant latest = when.counted + *said.reset_after + rounding;
    const bool is_later_window = !limit_ || earliest > reset_at_ + rounding;
    // Its first request: what is left of the window is all of it.
    if (used == 1)
        window_ = *said.reset_after;
    limit_ = limit;
    reset_at_ = is_later_window ? latest : std::max(reset_at_, latest);
    // Those in flight may have been counted or not, and so may those that were lost.
    const std::size_t at_most = static_cast<std::size_t>(used) +
                                static_cast<std::size_t>(in_flight_) + lost_.taken(when.sent);
    if (is_later_window)
        taken_.trim(std::max<std::size_t>(at_most, 1));
    // Somebody else has used what this side did not.
    for (std::size_t mine = taken_.taken(when.sent); mine < static_cast<std::size_t>(used); ++mine)
        taken_.take(end_of_place(when));
}

void bucket::unanswered(instant place, bool counted, flight when)
{
    TINFOIL_ASSERT(in_flight_ > 0);
    --in_flight_;
    landed(place);
    if (!counted)
        return taken_.release(place);
    told_nothing(place, when);
}

// It may have been counted all the same.
void bucket::told_nothing(instant place, flight when)
{
    if (!limit_)
        taken_.release(place);
    else
        taken_.prolong(place, end_of_place(when));
    pause(when.counted);
}

void bucket::lost(instant place, flight when)
{
    TINFOIL_ASSERT(in_flight_ > 0);
    --in_flight_;
    landed(place);
    if (!limit_)
        taken_.release(place);
    else
        lost_.take(place);
    pause(when.counted);
}

void bucket::pause(instant counted)
{
    if (!known_)
        block(counted + usual_pause);
    else if (limit_ && !window_)
        reset_at_ = std::max(reset_at_, counted + usual_pause);
}

void bucket::block(instant until)
{
    blocked_until_ = std::max(blocked_until_, until);
}

void bucket::moved_away(instant place)
{
    TINFOIL_ASSERT(in_flight_ > 0);
    --in_flight_;
    landed(place);
    taken_.release(place);
}

instant bucket::deadline() const
{
    if (!known_ || careful_)
        return in_flight_ == 0 ? blocked_until_ : never;
    if (!limit_)
        return blocked_until_;
    const instant place = taken_.free_at(static_cast<std::size_t>(*limit_));
    const instant turn = may_try_new_window() ? reset_at_ : never;
    return std::max(blocked_until_, std::min(place, turn));
}

// Of the place of one in flight, if its answer came now.
instant bucket::earliest_end(instant place) const
{
    if (!window_)
        return instant{};
    return place > last_sent_ + unknown_window ? place - held_max + *window_ : place - arrival_max;
}

instant bucket::earliest() const
{
    if (in_flight_ == 0)
        return deadline();
    if (!known_ || careful_ || !limit_)
        return blocked_until_;
    instant opens = taken_.free_at(static_cast<std::size_t>(*limit_));
    for (const instant place : flying_)
        opens = std::min(opens, earliest_end(place));
    // When all are back one may try a new window.
    if (last_sent_ < reset_at_)
        opens = std::min(opens, reset_at_);
    return std::max(blocked_until_, opens);
}

std::optional<int> bucket::remaining(instant now)
{
    if (!limit_)
        return std::nullopt;
    const auto taken = static_cast<int>(taken_.taken(now));
    return now < blocked_until_ ? 0 : std::max(*limit_ - taken, 0);
}

}  // namespace tinfoil::rest
