#pragma once

#include "host/fleet.hpp"
#include "host/operations.hpp"
#include "host/operations_control.hpp"
#include "host/watcher.hpp"
#include "net/pump.hpp"
#include "state/store.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::host {

/// All that the host does about operations on shards: tells host::operations how things stand,
/// brings what it decides to the fleet, writes commits and the history into the state, and answers
/// whoever asks. The loop's thread only.
class operations_desk final : public operations_target {
public:
    struct ports {
        boost::asio::io_context& loop;
        state::store& store;
        watcher& people;
        const fleet& shards;  ///< Outlives this.
        std::function<void(fleet_input)> tell;
        std::function<std::uint64_t()> intents_wanted;  ///< By the plugins that run.
        /// An operation is other than before.
        std::function<void(const operation_view&)> changed;
    };
    explicit operations_desk(ports to);

    /// Before anything else: what earlier runs left. `own_user`: the bot's.
    result<void> begin(std::uint64_t own_user);
    void stop() { decides_.tell(operations_stop{}); }

    // operations_target
    result<operation_view> ask(const operation_wish& what) override;
    result<operation_view> cancel(std::optional<std::uint64_t> id) override;
    [[nodiscard]] std::vector<operation_view> look() const override;
    [[nodiscard]] std::vector<discord::slot> plan() const override;

    /// The one that runs, then those that wait.
    [[nodiscard]] std::vector<operation_view> under_way() const
    {
        return decides_.machine().it.look();
    }
    [[nodiscard]] bool is_busy() const { return !under_way().empty(); }

    /// What handoffs have shown of Discord so far.
    [[nodiscard]] const handoff_experience& learned() const;

    // What the fleet wants done, and has done.
    void perform(const write_commit& what);
    void perform(const keep_handoff_record& what);
    void perform(const drop_handoff_record& what);
    void perform(const handoff_over& what);
    void perform(const move_over& what) { decides_.tell(what); }
    /// The row of an IDENTIFY is on the disk.
    void identified(discord::slot slot) { decides_.tell(identify_spent{slot}); }

    /// A message of a collection; false when it is somebody else's, perhaps also.
    bool on(const link::message& what);
    /// Zeros where nothing is known.
    [[nodiscard]] link::shard_facts facts(discord::slot slot) const;

private:
    /// The machine with what it has to know.
    struct informed {
        operations it;
        std::function<situation()> look;

        void on(const operations_input& what, instant now, std::vector<operations_action>& todo)
        {
            it.on(what, look(), now, todo);
        }
        [[nodiscard]] instant deadline() const { return it.deadline(); }
    };

    [[nodiscard]] situation now() const;
    void perform(const operations_action& action);
    void keep(const operation_view& what);
    void complain(const result<void>& kept) const;
    [[nodiscard]] result<operation_view> answered();
    [[nodiscard]] static state::store::operation_row row_of(const operation_view& what);

    ports to_;
    std::uint64_t own_user_ = 0;
    std::map<discord::slot, link::shard_facts> facts_;  // Of shards of the plan.
    std::deque<operation_view> past_;                   // At most store::operations_max.
    std::uint64_t last_ticket_ = 0;
    std::optional<operation_answer> answer_;  // Of the one that asks now.
    net::pump<informed, operations_input, operations_elapsed, operations_action> decides_;
};

}  // namespace tinfoil::host
