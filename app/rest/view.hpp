#pragma once

#include "base/time.hpp"
#include "rest/owner.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::rest {

/// What an earlier process of the bot did that still counts, and for how long each: requests of the
/// global limit, and answers that Discord calls invalid. In no order.
struct past {
    std::vector<duration> sent, invalid;
};

/// One bucket as people look at it.
struct bucket_view {
    std::string bucket;               ///< Discord's name of it, or empty while that is unknown.
    std::vector<std::string> routes;  ///< `POST /channels/{id}/messages`.
    std::string major;                ///< Without the token of a webhook.
    std::optional<int> limit, remaining;
    duration reset_after{};  ///< Zero when the window is over.
    duration blocked_for{};  ///< By a 429.
    std::size_t waiting = 0;
    int in_flight = 0;
    bool has_sub_limit = false;
};

/// A limiter at one instant.
struct view {
    std::vector<bucket_view> buckets;  ///< Those most waited for first, at most buckets_shown.
    std::size_t buckets_known = 0;
    std::size_t waiting = 0;
    int in_flight = 0;
    int global_limit = 0;
    std::size_t global_used = 0;  ///< Of the current second.
    duration global_blocked_for{};
    std::size_t invalid = 0, invalid_max = 0;  ///< Answers in ten minutes, and where sending ends.
    std::size_t dead_webhooks = 0;
    bool token_rejected = false;
    struct owner_view {
        std::string name;
        std::size_t waiting = 0, invalid = 0;
        int in_flight = 0;
        budget may;
        meter seen;
    };
    std::vector<owner_view> owners;
};

}  // namespace tinfoil::rest
