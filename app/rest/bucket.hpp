#pragma once

#include "base/time.hpp"
#include "discord/rate_limit_headers.hpp"
#include "rest/slots.hpp"

#include <optional>
#include <set>

namespace tinfoil::rest {

/// When one request was sent and the latest instant at which Discord can have counted it.
struct flight {
    instant sent, counted;
};

/// One rate limit of Discord's, as far as its answers have told.
///
/// Until the first answer one request goes alone (the *pioneer*); its answer opens as many as
/// remain. From then on the own count is what holds, since answers overtake each other: an answer
/// of the same window can only show that more is used, never give anything back. A window that has
/// ended is opened by places that have certainly run out, or by one request whose answer tells.
///
/// That is right for windows that begin with a request and for those that slide with each, and
/// headers do not say which a limit has. A 429 is the truth whatever the headers said.
/// Discord Docs/Rate Limits, "Header Format".
class bucket {
public:
    [[nodiscard]] bool is_free(instant now);
    /// The answer names the place it has taken, for the calls below. It is held until one of them.
    [[nodiscard]] instant sent(instant now);
    /// The last byte of one in flight has left; the answer is the place that it has from now on.
    [[nodiscard]] instant departed(instant place, instant now);
    /// The answer to one in flight that took `place`. `status`: 429 is one of this very bucket.
    void answered(instant place, const discord::rate_limit_headers& said, int status, flight when);
    /// One in flight has no answer; `counted`: Discord may have counted it.
    void unanswered(instant place, bool counted, flight when);
    /// One that has left has no answer and may still arrive: its place stays as departed() gave it.
    void lost(instant place, flight when);
    /// Others told that nothing goes before `until`.
    void block(instant until);
    /// One in flight belongs to another bucket, which its answer named.
    void moved_away(instant place);

    /// When is_free() may become true by itself; never when only an answer can tell. May have
    /// passed when it is free.
    [[nodiscard]] instant deadline() const;
    /// It is certainly not free before, whatever the answers to those in flight tell.
    [[nodiscard]] instant earliest() const;
    [[nodiscard]] bool is_limited() const { return limit_.has_value(); }
    /// How many may go in one window at most, and how long it is; nothing while unknown.
    [[nodiscard]] std::optional<int> limit() const { return limit_; }
    [[nodiscard]] std::optional<duration> window() const { return window_; }
    [[nodiscard]] int in_flight() const { return in_flight_; }
    /// What may still go now; nothing while unknown or unlimited.
    [[nodiscard]] std::optional<int> remaining(instant now);
    [[nodiscard]] instant reset_at() const { return reset_at_; }
    [[nodiscard]] instant blocked_until() const { return blocked_until_; }

private:
    void landed(instant place);
    void learn(const discord::rate_limit_headers& said, flight when);
    void told_nothing(instant place, flight when);
    void pause(instant counted);
    [[nodiscard]] bool may_try_new_window() const;
    [[nodiscard]] instant end_of_place(flight when) const;
    [[nodiscard]] instant earliest_end(instant place) const;

    int in_flight_ = 0;
    bool known_ = false;
    bool careful_ = false;  ///< After a 429: one at a time until one gets through.
    std::optional<int> limit_;
    std::optional<duration> window_;  ///< Known from answers to the first request of one.
    slots taken_;
    slots lost_;  ///< Those of taken_ whose requests have no answer: Discord may count them yet.
    std::multiset<instant> flying_;  ///< The places of those in flight, where they take one.
    instant reset_at_{};
    instant last_sent_{};
    instant blocked_until_{};
};

}  // namespace tinfoil::rest
