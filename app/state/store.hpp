#pragma once

#include "base/error.hpp"
#include "discord/command_record.hpp"
#include "discord/session_record.hpp"
#include "discord/snowflake.hpp"
#include "sharding/plan_change.hpp"
#include "sharing/values.hpp"
#include "state/database.hpp"
#include "state/lock.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tinfoil::state {

/// How long the identify ledger remembers: Discord counts IDENTIFYs over 24 hours, the rest is for
/// people. Discord Docs/Gateway, "Session Start Limit Object".
inline constexpr std::int64_t ledger_keeps_ms = 7LL * 24 * 60 * 60 * 1000;

/// How long creates of application commands are remembered: Discord counts them over a day.
/// Discord Docs/Application Commands, "Registering a Command".
inline constexpr std::int64_t creates_kept_ms = 24LL * 60 * 60 * 1000;

/// What a bot remembers between runs: one folder with the file `state.db` (mode 0600) and a lock
/// that keeps every other process out while this one has it open. Calls block on the disk.
///
/// Unless it says otherwise a failure is errc::state_unusable. The file stays whole at any loss of
/// power; tinfoil's own last values and cursors that are `running` may then be lost, all else
/// is on the disk when a call returns.
class store {
public:
    static constexpr std::int64_t identifies_max = 100'000;
    static constexpr std::int64_t operations_max = 200;

    /// Makes the folder with mode 0700 if there is none, and brings an older file up to date.
    static result<std::unique_ptr<store>> open(const std::filesystem::path& folder);
    ~store();

    /// The first call ties the state to a bot and an API; later ones refuse any other.
    result<void> bind(discord::snowflake application, const std::string& api);

    /// The plan as `set_plan` got it, nothing before the first one.
    result<std::optional<std::string>> plan();
    result<void> set_plan(const std::string& text);

    /// A value of tinfoil's own, which no plugin sees.
    result<std::optional<std::string>> own_value(const std::string& key);
    /// Nothing erases.
    result<void> set_own_value(const std::string& key, const std::optional<std::string>& value);

    /// What plugins share: runs the questions, which are those that sharing::refusal_of() lets
    /// pass and no watches, in one transaction, on the disk when this returns. Each change has a
    /// revision of its own. What has expired by `wall_ms` is not there, and is erased on the way.
    sharing::group_done run_values(std::span<const sharing::question> all, std::int64_t wall_ms);
    /// Of the last change of anything.
    result<std::uint64_t> revision();

    /// One row of the identify ledger.
    struct identify {
        discord::slot slot;
        std::string why;  ///< Empty where an older version wrote it.
        std::int64_t wall_ms = 0;
    };
    /// Call before each IDENTIFY, which must not be sent when this fails: on the disk when it
    /// returns.
    result<void> record_identify(discord::slot slot, const std::string& why, std::int64_t wall_ms);
    /// Those recorded at `wall_ms` or later, in order; the newest identifies_max.
    result<std::vector<identify>> identifies_since(std::int64_t wall_ms);

    /// Every session that is kept. One that somebody may have gone on with is doubtful.
    result<std::vector<discord::session_record>> sessions();
    /// All of them or none, each in place of its slot's older ones; a doubtful one is kept as one
    /// that somebody goes on with. `owner`: the collection, `NODE/NUMBER`.
    result<void> save_sessions(std::span<const discord::session_record> all,
                               discord::cursor_use use, const std::string& owner,
                               std::uint64_t epoch);
    /// That session of the slot, and older ones.
    result<void> forget_session(discord::slot slot, std::uint32_t generation);

    /// What an operation on shards is, or was; `text` is the host's JSON as of `wall_ms`.
    struct operation_row {
        std::uint64_t id = 0;
        std::int64_t wall_ms = 0;
        std::string text;
    };
    /// The commit of a handoff, which is part of that operation: everything of it is on the disk
    /// when this returns, or nothing is. `owner`, `epoch`: as for save_sessions().
    result<void> commit_handoff(const sharding::plan_change& what, const std::string& owner,
                                std::uint64_t epoch, const operation_row& of);
    /// Of handoffs that are not settled, at most one of a slot.
    result<std::vector<sharding::handoff_record>> handoff_records();
    /// In place of the one of its slot.
    result<void> keep_handoff_record(const sharding::handoff_record& what);
    result<void> drop_handoff_record(discord::slot slot, const std::string& session_id);
    /// In place of the one of its id; the oldest beyond operations_max go.
    result<void> keep_operation(const operation_row& what);
    /// In the order of their ids.
    result<std::vector<operation_row>> operations();

    /// What the scaler decided, and what became of it; see scaling::to_line(). `outcome` is the
    /// host's JSON, empty while it is not known.
    struct decision_row {
        std::uint64_t number = 0;
        std::int64_t wall_ms = 0;
        std::string line, outcome;
    };
    static constexpr std::int64_t decisions_max = 500, decision_bytes_max = 64 << 20;
    /// In place of the one of its number; the oldest beyond decisions_max, or beyond so many bytes
    /// of all lines, go.
    result<void> keep_decision(const decision_row& what);
    /// The last so many, oldest first.
    result<std::vector<decision_row>> decisions(std::int64_t most);
    result<std::optional<decision_row>> decision(std::uint64_t number);

    /// Application commands that tinfoil registered, in order of guild, type and name; at most one
    /// of each.
    result<std::vector<discord::command_record>> commands();
    result<void> keep_command(const discord::command_record& what);
    result<void> forget_command(discord::snowflake guild, int type, const std::string& name);
    struct command_create {
        discord::snowflake guild;  ///< Zero: a global command.
        std::int64_t wall_ms = 0;
    };
    result<void> record_command_create(discord::snowflake guild, std::int64_t wall_ms);
    /// Those recorded at `wall_ms` or later, in order, of the last creates_kept_ms.
    result<std::vector<command_create>> command_creates_since(std::int64_t wall_ms);

    /// Sixteen hexadecimal digits, made with the file: tells this state from every other.
    [[nodiscard]] const std::string& node() const { return node_; }
    /// Counts the starts of a host with this state; 1 for the first.
    result<std::uint64_t> begin_incarnation();

    [[nodiscard]] int lock_descriptor() const { return held_.descriptor(); }

    /// What the file remembers, for people.
    struct snapshot {
        std::string application, api;  ///< Empty before the first start.
        std::string plan;
        std::vector<discord::session_record> sessions;
        std::vector<identify> identifies;  ///< All that is remembered.
        std::string facts;                 ///< The host's own value of that name; may be empty.
    };
    /// Reads without the lock and changes nothing, also of a file that an older tinfoil wrote.
    static result<snapshot> look(const std::filesystem::path& folder);

private:
    class group;
    store(lock held, std::unique_ptr<database> file);

    result<void> put_session(const discord::session_record& what, bool clean,
                             const std::string& owner, std::uint64_t epoch, std::int64_t revision);
    result<void> put_record(const sharding::handoff_record& what, std::int64_t revision);
    result<void> put_operation(const operation_row& what, std::int64_t revision);
    /// How much of what plugins share is there.
    result<void> measure_values();

    static result<std::vector<identify>> read_identifies(database& file, std::int64_t wall_ms);
    /// Runs `change` in a transaction with its number, undone when anything fails.
    result<void> transact(database::flush when,
                          const std::function<result<void>(std::int64_t revision)>& change);

    lock held_;  // outlives the connection
    std::unique_ptr<database> file_;
    std::string node_;
    std::map<std::string, sharing::usage> usage_;  // By scope.
};

}  // namespace tinfoil::state
