#pragma once

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "discord/slot.hpp"
#include "discord/snowflake.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::discordsim {

/// What can be made to go wrong; fault_names() says what each does.
enum class fault_kind {
    // At once.
    reconnect,
    invalid_session,
    close,
    cut,
    request_heartbeat,
    guild_outage,
    guild_joined,
    guild_left,
    clock_step,
    burst,
    repeats,
    second_snapshot,
    permission_lost,
    // For a while.
    no_acks,
    no_hello,
    late_hello,
    no_ready,
    late_ready,
    slow_replay,
    early_dispatch,
    dead_resume_url,
    delay,
    guild_delay,
    answers_overtake,
    shuffle_keys,
    twins,
    rest_429,
    rest_status,
    rest_html,
    rest_late,
    rest_cut,
    // Of the transport: a simulator without sockets only passes these on.
    stall,
    cut_mid_frame,
    corrupt,
    truncate,
};

struct fault_name {
    fault_kind what;
    std::string_view name;
    std::string_view takes;  ///< Parameters, with spaces between; `for` only where it lasts.
    std::string_view means;
};
/// All of them, in the order of share/doc/sandbox.md.
[[nodiscard]] std::span<const fault_name> fault_names();
[[nodiscard]] std::string_view name(fault_kind of);

/// One order to break something.
struct fault {
    fault_kind what = fault_kind::cut;
    std::optional<discord::slot> shard;  ///< Nothing: any.
    discord::snowflake guild;            ///< 0: any.
    duration lasts{};                    ///< Of what lasts; 30 s unless it says otherwise.
    duration by{};
    duration jitter{};   ///< Of delays, what is drawn up to this comes on top.
    duration longest{};  ///< Of delays: by Pareto's law from `by` up to this; 0: just `by`.
    double chance = 1;   ///< Each time that it could happen.
    double rate = 0;     ///< Of `burst` and `repeats`, events a second.
    int code = 0;        ///< A close code or a status.
    bool resumable = false;
    std::uint64_t permission = 0;  ///< That the bot loses.
    std::string scope;             ///< Of a 429: `user`, `global` or `shared`.
    std::string direction;         ///< Of `stall`: `in`, `out` or `both`, as the client sees it.
    std::string deed;              ///< Of `repeats`: `typing`, `reactions`, `edits` or `any`.
};

/// From what people and scripts write: `close code=4000 shard=0/2`. An unknown name, an unknown
/// parameter or a value out of range is errc::invalid_argument, saying what is possible.
[[nodiscard]] result<fault> parse_fault(std::string_view name,
                                        const std::map<std::string, std::string>& with);

/// Those that last.
class standing_faults {
public:
    void add(fault what, instant now);
    void clear() { all_.clear(); }
    /// One of this kind that strikes now; draws its chance. What names a shard or a guild strikes
    /// nothing else.
    [[nodiscard]] const fault* strikes(fault_kind what, instant now, random_source& random,
                                       std::optional<discord::slot> shard = std::nullopt,
                                       discord::snowflake guild = {});
    /// All delays of this kind that strike now together, each drawn anew.
    [[nodiscard]] duration length(fault_kind what, instant now, random_source& random,
                                  discord::slot shard, discord::snowflake guild);
    /// Whether there is one of this kind, without its chance.
    [[nodiscard]] bool lasts(fault_kind what, instant now) const;
    /// Whether anything strikes now.
    [[nodiscard]] bool any(instant now) const;
    [[nodiscard]] bool none() const { return all_.empty(); }

private:
    struct standing {
        fault what;
        instant until;

        [[nodiscard]] bool strikes(fault_kind which, instant now, random_source& random,
                                   std::optional<discord::slot> shard,
                                   discord::snowflake guild) const;
    };
    std::vector<standing> all_;
};

}  // namespace tinfoil::discordsim
