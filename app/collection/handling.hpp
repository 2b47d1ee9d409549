#pragma once

#include "base/recent_ids.hpp"
#include "base/time.hpp"
#include "dispatch/recorder.hpp"
#include "dispatch/router.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace tinfoil::collection {

/// An event of one session, as the gateway brought it.
struct arrival {
    dispatch::recorder::session session = 0;
    std::int64_t sequence = 0;
    std::string_view type;
    std::string_view data;
    bool drop = false;  ///< Nobody gets it, if it is fresh.
};

/// Decides who handles an event: a fresh one goes to all that the router names, one that comes
/// again after a restart only to the plugins that had not finished it, marked, and a finished one
/// to nobody. What is begun is in the record before anybody is called.
class handling {
public:
    /// The record's plugins are numbered as the router's subscribers. Both outlive it.
    handling(dispatch::recorder& record, const dispatch::router& router)
        : record_(record),
          router_(router)
    {
    }

    struct delivery {
        std::size_t plugin = 0;
        bool redelivered = false;
        std::uint32_t life = 0;  ///< Of its session, for finished().
    };
    /// Appends who is to be called, in order; finished() has to follow for each.
    void on_event(const arrival& what, instant now, std::vector<delivery>& todo);
    /// A handler that has outlived its session ends nothing of the next one.
    /// The same for what tinfoil says itself, which has no number: it is not kept, nor repeated.
    void on_notice(dispatch::recorder::session session, std::string_view type,
                   std::string_view data, std::vector<delivery>& todo);
    void finished(dispatch::recorder::session session, std::int64_t sequence, const delivery& what);
    /// A replay may hold the RESUMED of an earlier connection, so the first one is not its end yet;
    /// no replay takes longer than this between two events.
    static constexpr duration doubt_after_resumed = std::chrono::minutes(1);
    /// A connection begins; what it brings may be older than the RESUMED of the last one.
    void connecting(dispatch::recorder::session session) { trusted_from_.erase(session); }
    /// It was not read for a while, or nobody ran; the wait after RESUMED begins anew.
    void reads_again(dispatch::recorder::session session, instant now);
    /// RESUMED: soon what comes can't have been handled before.
    void resumed(dispatch::recorder::session session, instant now)
    {
        if (record_.is_doubtful(session))
            trusted_from_[session] = now + doubt_after_resumed;
    }

    /// An application command that came and whose first answer Discord has not accepted yet.
    [[nodiscard]] bool is_open_command(std::uint64_t interaction) const
    {
        return open_commands_.contains(interaction);
    }
    void answered(std::uint64_t interaction) { open_commands_.erase(interaction); }

    /// Handlers that run or wait.
    [[nodiscard]] std::size_t running() const { return running_; }

private:
    void on_connection_event(const arrival& what, bool fresh, instant now,
                             std::vector<delivery>& todo);
    [[nodiscard]] bool is_doubtful(dispatch::recorder::session session, instant now);
    void note_command(const arrival& what, bool fresh);

    dispatch::recorder& record_;
    const dispatch::router& router_;
    std::size_t running_ = 0;
    // A command older than this many others counts as never answered.
    static constexpr std::size_t open_commands_max = 10'000;
    recent_ids open_commands_{open_commands_max};
    std::map<dispatch::recorder::session, instant> trusted_from_;
};

}  // namespace tinfoil::collection
