#pragma once

#include "base/time.hpp"

#include <deque>
#include <optional>

namespace tinfoil::rest {

/// A limit that no header tells of, for one kind of request, as far as 429s have told.
///
/// The times of the last requests that got through are kept; when one is refused although its
/// bucket had room, the smallest number of them that explains it becomes the limit, and the time
/// until which it is refused the end of its window. Another refusal is a better explanation.
/// discord-api-docs #1295 (deletion by age), #1402 (names of channels).
class sub_limit {
public:
    /// One got through, and was counted at `counted` at the latest.
    void passed(instant counted);
    /// One was refused until `until`.
    void refused(instant until, instant now);
    void sent() { ++in_flight_; }
    void came_back() { --in_flight_; }

    [[nodiscard]] bool is_known() const { return limit_.has_value(); }
    [[nodiscard]] bool is_free(instant now) const;
    /// When is_free() may become true by itself; never when only an answer can tell.
    [[nodiscard]] instant deadline() const;

    [[nodiscard]] std::optional<int> limit() const { return limit_; }
    [[nodiscard]] duration window() const { return window_; }

private:
    static constexpr std::size_t passed_max = 64;

    [[nodiscard]] bool explains(std::size_t limit, duration window) const;
    [[nodiscard]] int used(instant now) const;

    std::deque<instant> passed_;  ///< The last ones.
    std::optional<int> limit_;
    duration window_{};
    instant blocked_until_{};
    int in_flight_ = 0;
};

}  // namespace tinfoil::rest
