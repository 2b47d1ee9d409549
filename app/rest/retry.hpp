#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

#include <optional>
#include <string_view>

namespace tinfoil::rest {

/// How one attempt at a request went wrong.
struct attempt {
    int number = 1;           ///< The first is 1.
    int status = 0;           ///< 0: no answer came.
    bool sent = false;        ///< The server may have seen it.
    bool transient = true;    ///< Of a failure: the next attempt may do better.
    bool repeatable = false;  ///< Doing it twice does no more than doing it once.
    bool stale = false;       ///< Of a failure: only the connection was at fault, and nobody else.
};

/// Attempts at one request, 429s not counted.
inline constexpr int attempts_max = 5;
/// Answers with 429 to one request; the last is the caller's.
inline constexpr int limited_max = 10;

/// GET, HEAD, PUT and DELETE, by what Discord does with them; PATCH is not.
[[nodiscard]] bool is_idempotent(std::string_view method);

/// How long to wait before the next attempt; nothing when there should be none. What was never sent
/// may always be tried again, what may have been seen only if it is repeatable, and no more than
/// attempts_max times. The wait doubles each time, and a part of it is drawn; there is none after a
/// stale connection.
[[nodiscard]] std::optional<duration> next_attempt(const attempt& last, random_source& random);

}  // namespace tinfoil::rest
