#pragma once

#include "discord/slot.hpp"
#include "gateway/session.hpp"
#include "host/fleet.hpp"
#include "sim/agenda.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::sim {

/// The plugins of every collection, and what each wants.
inline constexpr std::array<std::string_view, 3> plugin_names{"archive", "greeter", "watcher"};
/// The command that the first of them owns.
inline constexpr std::string_view command_name = "ping";
[[nodiscard]] bool wants(std::size_t plugin, std::string_view type);

/// A delivery, as every process of the run would name it.
struct delivery_name {
    std::string session;  ///< Discord's id.
    std::int64_t sequence = 0;
    std::size_t plugin = 0;

    auto operator<=>(const delivery_name&) const = default;
};

/// Sees everything that Discord, the processes and the disk do, and holds it against the promises.
/// It knows nothing of how the machines keep them. The first broken promise is kept.
class promises {
public:
    explicit promises(agenda& time) : time_(time) {}

    void broken(const std::string& what);
    [[nodiscard]] const std::string& what_broke() const { return broken_; }

    // What Discord sees and says.
    void session_began(discord::slot slot, const std::string& session);
    void event_sent(const std::string& session, std::int64_t sequence, std::string_view type);
    /// Discord has told the client of that slot that its session is over.
    void session_over(discord::slot slot, const std::string& session);
    /// `recorded`: how many rows the ledger has for the slot.
    void identify_arrived(discord::slot slot, std::uint64_t recorded);
    /// Of the identify ledger: a day's starts, the reserve, and when a shard's breaker trips.
    struct starts {
        int total = 0, reserve_percent = 0;
        std::size_t per_shard = 0;
    };
    void starts_are(starts how) { starts_ = how; }
    /// A row was written, which may be followed by its IDENTIFY.
    void identify_recorded(discord::slot slot, bool by_operator);
    void resume_arrived(discord::slot slot, const std::string& session);
    /// Discord goes on behind `sequence`.
    void resume_accepted(const std::string& session, std::int64_t sequence);

    // What happens in a collection; `epoch` names its process.
    /// A record has the session now, be it new or proven by RESUMED.
    void session_kept(discord::slot slot, const std::string& session);
    void begun(const delivery_name& what, std::string_view type, bool redelivered,
               std::uint64_t epoch);
    void finished(const delivery_name& what);
    void process_died(std::uint64_t epoch);

    // What excuses a slot, until it has a session again.
    /// An operator ends its session, or the machine has lost it.
    void may_identify(discord::slot slot) { reasons_.insert(slot); }
    /// Its cursor may be behind what was handled.
    void may_mark(discord::slot slot) { marked_.insert(slot); }
    void may_repeat(discord::slot slot);
    /// Whether the state took what the host told it last of the slot. Nothing marks what comes
    /// again when the disk did not even take that somebody goes on, and then the power goes.
    void on_disk(discord::slot slot, bool kept)
    {
        if (kept)
            unkept_.erase(slot);
        else
            unkept_.insert(slot);
    }
    /// After a loss of power the state has this session, which may be an older one, or none.
    void lost_power(discord::slot slot, const std::string& session);

    // After each input.
    void look_at(discord::slot slot, const gateway::session& it);
    void look_at(const host::fleet& it);

    /// Once all faults are over: what of a session that lives was not begun.
    void everything_was_handled();

private:
    enum class progress { none, running, interrupted, perhaps, finished };
    struct event {
        std::string type;
        std::array<progress, plugin_names.size()> by{};
    };
    struct session {
        discord::slot slot;
        bool over = false;
        std::int64_t newest = 0;             ///< That was ever sent.
        std::int64_t may_repeat_to = 0;      ///< A row may list it as unfinished, however late.
        std::map<std::int64_t, event> open;  ///< Events that are not finished.
        std::map<std::int64_t, event> done;
        std::array<std::int64_t, plugin_names.size()> last{};  ///< Begun for the first time.
    };
    struct run {
        std::uint64_t epoch = 0;
        instant since{};
    };

    void judge(const delivery_name& what, progress was, bool redelivered);
    void judge_order(const delivery_name& what, session& of);

    agenda& time_;
    std::string broken_;
    std::map<std::string, session> sessions_;
    std::map<discord::slot, std::string> kept_;  ///< The newest session that a record has.
    std::set<discord::slot> reasons_, older_;
    std::set<discord::slot> unkept_,
        unmarked_;  ///< See on_disk(): before the power goes, and after.
    /// Whose record may say that it is doubtful: a process that dies soon after RESUMED leaves that
    /// to the next, so what comes there is marked, too.
    std::set<discord::slot> marked_;
    std::map<discord::slot, instant> doubted_;  ///< Until when.
    std::map<discord::slot, std::uint64_t> identifies_;
    starts starts_;
    int rows_ = 0;
    std::map<discord::slot, std::vector<instant>> rows_of_;
    std::map<discord::slot, instant> active_;  ///< When it was last.
    std::map<delivery_name, run> running_;
};

}  // namespace tinfoil::sim
