#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "discord/rate_limit_headers.hpp"
#include "discord/route.hpp"
#include "rest/bucket.hpp"
#include "rest/global_limit.hpp"
#include "rest/invalid_gate.hpp"
#include "rest/latency.hpp"
#include "rest/lines.hpp"
#include "rest/owner.hpp"
#include "rest/recent.hpp"
#include "rest/sub_limit.hpp"
#include "rest/view.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace tinfoil::rest {

using request_id = std::uint64_t;

// clang-format off
struct submitted { request_id id; discord::route route; instant deadline; bool interaction; std::string owner = {}; std::string kind = {}; bool repeatable = false; };  ///< `kind`: of discord::kind_of(); `owner`: whose budget; `repeatable`: doing it twice does no harm.
struct answered { request_id id; int status; discord::rate_limit_headers limits; int code = 0; };  ///< `code`: Discord's own of an error, 0: none.
struct departed { request_id id; instant begun; };  ///< Its last byte has left, its first at `begun`. Until then, or an answer, it holds its places.
struct failed { request_id id; bool sent; bool transient = true; bool stale = false; };  ///< No answer came; `sent`: Discord may have counted it; `transient`: another attempt may do better; `stale`: and at once, since a connection had gone unnoticed.
struct withdrawn { request_id id; };             ///< The caller has gone; harmless for an unknown id.
struct global_limit_changed { int per_second; };
struct budget_changed { std::string owner; budget to; };
struct token_changed {};                         ///< What is sent from now on has another token.
struct elapsed {};
using input = std::variant<submitted, answered, departed, failed, withdrawn, global_limit_changed, budget_changed, past, token_changed, elapsed>;

enum class refusal { deadline, queue_full, token_rejected, invalid_requests, webhook_gone, owner_queue_full, owner_invalid_requests };
struct dispatch { request_id id; };              ///< Send it now; `answered` or `failed` must follow, also when it is withdrawn.
struct refuse { request_id id; refusal why; };   ///< It will not be sent, now or again.
struct retry { request_id id; };                 ///< What came of it is of no interest: it waits again.
struct complete { request_id id; };              ///< What came of it is the caller's.
struct token_refused {};                         ///< Discord does not know the bot token; once for each token.
using action = std::variant<dispatch, refuse, retry, complete, token_refused>;
// clang-format on

/// How many requests may be under way at once: those that connections can take.
struct flights {
    int all = 64;
    int urgent = 8;  ///< Of them for first answers to interactions only.
};

struct lane;
struct bucket_node;

/// Decides which request may go now and which waits until when, so that Discord never has to refuse
/// one, and what is tried again when something went wrong.
///
/// A *bucket* is a limit with the hash that Discord gives it and the major parameter; a *lane* is a
/// route with its major parameter and kind, which moves to the bucket that its answers name. A lane
/// that is refused although its bucket has room gets a line of its own, and the others go on. What
/// waits is ordered by owner, urgency and deadline (lines). Over all buckets: the global window,
/// the gate of invalid requests, the latch for a rejected token, webhooks that are gone.
///
/// What is under way has a bound, so that nothing waits behind the limiter, where it would count as
/// sent. Each request gets exactly one of refuse and complete, unless it is withdrawn; what the
/// answer to one that was withdrawn tells is learned all the same. What can't be sent
/// before its deadline is refused as soon as that is certain. No input looks at all that waits.
/// At most queue_max requests wait; what is remembered of routes is bounded and goes by age.
/// See Discord Docs/Rate Limits.
class limiter {
public:
    static constexpr std::size_t queue_max = 10'000;
    static constexpr std::size_t owners_max = 1000;
    static constexpr std::size_t buckets_shown = 200;

    /// `seed`: of the waits between attempts.
    explicit limiter(std::uint64_t seed = 1, flights most = {});
    limiter(const limiter&) = delete;
    limiter(limiter&&) noexcept;
    limiter& operator=(const limiter&) = delete;
    limiter& operator=(limiter&&) = delete;
    ~limiter();

    void on(const input& what, instant now, std::vector<action>& todo);
    [[nodiscard]] instant deadline() const { return due_; }

    [[nodiscard]] view look(instant now) const;
    /// What the limits still count of this process's requests, and of those before: for the next
    /// one. What has not left or has no answer counts for as long as it may be on its way.
    [[nodiscard]] past carried(instant now) const;

private:
    using actions = std::vector<action>;
    struct state;

    std::unique_ptr<state> state_;
    instant due_ = never;
};

}  // namespace tinfoil::rest
