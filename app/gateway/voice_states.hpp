#pragma once

#include "base/time.hpp"
#include "discord/gateway_command.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace tinfoil::gateway {

/// In which voice channels the bot wants to be, a guild each: the latest wish of each, remembered
/// for as long as the shard lives, so that a new session joins them again. Discord's word counts
/// too: a bot that somebody moved or disconnected does not come back by itself.
///
/// See Discord Docs/Gateway Events, "Update Voice State".
class voice_states {
public:
    /// Wishes, and commands that wait for one to go out. More are refused.
    static constexpr std::size_t guilds_max = 5000, waiting_max = 1000;

    /// False when there are too many. `id` is told when it has gone out; 0: nobody waits.
    [[nodiscard]] bool want(const discord::gateway_command& what, std::uint64_t id, instant until);
    /// True when somebody waited under that id. The wish stays.
    bool stop_waiting(std::uint64_t id);

    /// The wish that waits longest to be sent; nothing when none does.
    [[nodiscard]] const discord::gateway_command* first_due() const;
    /// It was sent: who waited for that.
    [[nodiscard]] std::vector<std::uint64_t> sent(discord::snowflake guild, instant now);

    /// What was sent after `since` may not have arrived: it goes again.
    void doubt(instant since);
    /// Discord refused it for now.
    void refused(discord::snowflake guild);
    /// A new session is in no channel.
    void session_began();
    /// VOICE_STATE_UPDATE about the bot itself; a zero channel: it is in none.
    void told(discord::snowflake guild, discord::snowflake channel);

    [[nodiscard]] bool empty() const { return wishes_.empty(); }
    /// Whose patience has ended by `now`; they no longer wait.
    [[nodiscard]] std::vector<std::uint64_t> expired(instant now);
    [[nodiscard]] std::vector<std::uint64_t> all_waiting();
    [[nodiscard]] instant deadline() const;

private:
    struct wish {
        discord::gateway_command what;
        std::uint64_t order = 0;  // 0: not due.
        instant sent_at = never;
    };
    struct waiter {
        std::uint64_t id;
        discord::snowflake guild;
        instant until;
    };
    void make_due(wish& which);
    void forget_left();

    std::map<discord::snowflake, wish> wishes_;
    std::vector<waiter> waiting_;
    std::uint64_t last_order_ = 0;
    std::size_t due_ = 0;
};

}  // namespace tinfoil::gateway
