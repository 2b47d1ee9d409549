#pragma once

#include "base/time.hpp"
#include "discord/rate_limit_headers.hpp"
#include "discord/route.hpp"
#include "rest/bucket.hpp"
#include "rest/global_limit.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace tinfoil::rest {

using request_id = std::uint64_t;

// clang-format off
struct submitted { request_id id; discord::route route; instant deadline; bool interaction; };
struct answered { request_id id; int status; discord::rate_limit_headers limits; };  ///< The answer's head is here.
struct failed { request_id id; bool sent; };     ///< No answer came; `sent`: Discord may have counted it.
struct withdrawn { request_id id; };             ///< The caller has gone; harmless for an unknown id.
struct global_limit_changed { int per_second; };
struct token_changed {};                         ///< Requests go out with another one.
struct elapsed {};
using input = std::variant<submitted, answered, failed, withdrawn, global_limit_changed, token_changed, elapsed>;

enum class refusal { deadline, queue_full, token_rejected, invalid_requests };
struct dispatch { request_id id; };              ///< Send it now; `answered` or `failed` must follow, unless withdrawn.
struct refuse { request_id id; refusal why; };   ///< It will not be sent, now or again.
struct retry { request_id id; };                 ///< Its answer was a 429: it waits again and is dispatched again.
struct complete { request_id id; };              ///< Its answer is the caller's.
using action = std::variant<dispatch, refuse, retry, complete>;
// clang-format on

/// Decides which request may go now and which waits until when, so that Discord never has to refuse
/// one: buckets learned from headers, one pioneer for an unknown bucket, as many in flight as
/// remain, the global window, exempt routes, the latch for a rejected token, the gate of invalid
/// requests. What can't be sent before its deadline is refused as soon as that is certain.
///
/// At most queue_max requests wait; one more is refused.
/// See Discord Docs/Rate Limits.
class limiter {
public:
    static constexpr std::size_t queue_max = 10'000;

    limiter();

    void on(const input& what, instant now, std::vector<action>& todo);
    [[nodiscard]] instant deadline() const { return due_; }

private:
    struct request {
        discord::route route;
        instant deadline;
        bool interaction = false;
        bool in_flight = false;
        std::string bucket;
    };
    using actions = std::vector<action>;

    void on_submitted(const submitted& asked, instant now, actions& todo);
    void on_answered(const answered& got, instant now, actions& todo);
    void on_gone(request_id id, bool counted, instant now);
    void learn_bucket(request& what, const std::string& hash);
    void note_invalid(const request& what, const answered& got, instant now);
    [[nodiscard]] bool gate_is_closed(instant now);
    [[nodiscard]] std::string bucket_key(const discord::route& route) const;
    void send_what_may_go(instant now, actions& todo);
    [[nodiscard]] bool stays(request_id id, request& what, instant now, actions& todo);
    [[nodiscard]] std::deque<request_id>& line_of(const request& what);
    void forget_idle_buckets(instant now);

    std::unordered_map<request_id, request> requests_;
    std::deque<request_id> urgent_, bulk_;  ///< Waiting, in order; answers to interactions first.
    std::set<std::string> full_;  ///< Buckets that are waited for: what comes later waits too.
    std::map<std::string, bucket> buckets_;
    std::map<std::string, std::string> hash_of_route_;
    global_limit global_;
    bool token_rejected_ = false;
    std::deque<instant> invalid_;
    instant due_ = never;
};

}  // namespace tinfoil::rest
