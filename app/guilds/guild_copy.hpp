#pragma once

#include "discord/snowflake.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tinfoil::guilds {

/// What is kept of one guild: Discord's own JSON, in slices that events replace. Members,
/// presences, emojis and the like are not among them.
///
/// Events that are malformed, or are about what there is not, change nothing.
class guild_copy {
public:
    /// Of GUILD_CREATE. False where it says too little, as of a guild that is unavailable, or does
    /// not hold the member `self`.
    [[nodiscard]] bool from_create(std::string_view data, discord::snowflake self);

    // Answers of REST: GET /guilds/{id}, its channels, its active threads, and the own member.
    // False where they are not what they should be.
    [[nodiscard]] bool take_guild(std::string_view body);
    [[nodiscard]] bool take_channels(std::string_view body);
    [[nodiscard]] bool take_threads(std::string_view body);
    [[nodiscard]] bool take_member(std::string_view body);

    /// GUILD_UPDATE, and what begins with GUILD_ROLE_, CHANNEL_ or THREAD_; GUILD_MEMBER_UPDATE of
    /// the bot itself. True when anything has changed.
    bool apply(std::string_view type, std::string_view data);

    /// {"guild":{…,"roles":[…]},"channels":[…],"threads":[…],"member":{…},"revision":N}
    [[nodiscard]] std::string json(std::uint64_t revision) const;
    /// About so much memory.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    using slices = std::map<discord::snowflake, std::string>;

    bool put(slices& into, std::string_view object);
    bool erase(slices& from, std::string_view id);
    bool replace(slices& into, std::string_view array);
    void set(std::string& into, std::string_view text);
    bool update_guild(std::string_view data);
    bool drop_threads_in(std::string_view channel);
    bool sync_threads(std::string_view data);
    bool put_thread(std::string_view thread);

    std::string guild_, member_;
    slices roles_, channels_, threads_;
    std::size_t bytes_ = 0;
};

/// Whether events of this type may change a guild_copy, or end one. A look at a few characters.
[[nodiscard]] bool concerns_guilds(std::string_view type);

}  // namespace tinfoil::guilds
