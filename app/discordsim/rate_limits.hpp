#pragma once

#include "base/time.hpp"
#include "discord/route.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinfoil::discordsim {

/// What Discord limits, apart from any request's meaning. Discord Docs/Rate Limits.
///
/// A request is *limited* by the first of these that is used up: the ban for too many invalid
/// requests, the global limit, limits that no header tells of, the bucket of its route and major
/// parameter.
class rate_limits {
public:
    struct asked {
        std::string_view method, path;
        bool renames_channel = false;      ///< PATCH of a channel with a name or a topic.
        bool deletes_old_message = false;  ///< Of one older than two weeks.
    };
    struct verdict {
        int status = 0;  ///< 0: the request may go on.
        std::vector<std::pair<std::string, std::string>> headers;
        std::string body;
        /// Of a 429: headers told the client before. Not when others have used up a shared limit,
        /// or when the limit is one that no header tells of, or the ban.
        bool is_own_fault = true;
    };

    /// `wall_ms` is the time for X-RateLimit-Reset.
    verdict take(const asked& what, std::int64_t wall_ms, instant now);
    /// What came of a request that was not limited; for the ban.
    void answered(int status, instant now);

    /// Buckets get other hashes from now on. Discord Docs/Rate Limits: clients are to expect it.
    void change_hashes(std::uint64_t salt) { salt_ = salt; }
    /// Others use up so much of what all bots share: the route's limit is the resource's own.
    void others_use(const asked& what, int requests, instant now);
    [[nodiscard]] bool is_banned(instant now);

private:
    struct rule {
        std::string_view route;
        int limit;
        duration window;
        bool sliding = false;          ///< Each request counts for a window of its own.
        int shared = 0;                ///< So many of all bots together; 0: nobody shares it.
        std::string_view bucket = {};  ///< Routes with the same bucket share it.
    };
    struct bucket {
        std::deque<instant> used;
        instant reset_at{};  ///< When the window that began with the first request ends.
    };

    static const rule& rule_of(const discord::route& where);
    static void forget_used(bucket& of, const rule& by, instant now);
    [[nodiscard]] std::string hash_of(const rule& by, const discord::route& where) const;
    verdict limited(duration retry_after, std::string_view scope, verdict with, instant now);
    [[nodiscard]] static verdict banned();
    duration hidden_wait(const asked& what, const discord::route& where, instant now);
    verdict take_of_bucket(const discord::route& where, std::int64_t wall_ms, instant now);

    std::uint64_t salt_ = 0;
    std::map<std::string, bucket> buckets_;
    std::map<std::string, bucket> shared_;
    std::map<std::string, std::deque<instant>> hidden_;
    std::deque<instant> global_;
    std::deque<instant> invalid_;
};

}  // namespace tinfoil::discordsim
