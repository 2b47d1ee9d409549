#pragma once

#include "discord/snowflake.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tinfoil::discord {

/// A request's place in Discord's rate limits: requests of the same route and major parameter share
/// a bucket. Discord Docs/Rate Limits.
struct route {
    std::string name;  ///< Method and path with ids replaced: `POST /channels/{id}/messages`.
    std::string
        major;  ///< The id of channel, guild, or webhook with token, that limits are kept for.
    bool exempt = false;  ///< Interaction callbacks do not count for the global limit.
    bool bot_token =
        true;  ///< False where the path carries its own token: a 401 says nothing of the bot's.
};

/// `path` may have a query, which does not matter here.
[[nodiscard]] route route_of(std::string_view method, std::string_view path);

/// What Discord tells apart within a route without any header of it; empty for most requests. A
/// channel's name and topic change twice in ten minutes (discord-api-docs #1402), and messages are
/// deleted by age: `young` below 10 s, `old` above two weeks (#8330). `wall_ms`: now.
[[nodiscard]] std::string kind_of(std::string_view method, std::string_view path,
                                  std::string_view body, std::int64_t wall_ms);

/// The interaction that this request gives its first answer to; 0 when it is no such request.
/// Discord Docs/Receiving and Responding, "Create Interaction Response".
[[nodiscard]] snowflake answered_interaction(std::string_view method, std::string_view path);

}  // namespace tinfoil::discord
