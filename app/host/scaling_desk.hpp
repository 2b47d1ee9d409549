#pragma once

#include "host/fleet.hpp"
#include "host/operations_desk.hpp"
#include "host/rebalance_target.hpp"
#include "host/scaling_view.hpp"
#include "host/watcher.hpp"
#include "net/pump.hpp"
#include "scaling/load_book.hpp"
#include "scaling/scaler.hpp"
#include "state/store.hpp"

#include <boost/asio/io_context.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace tinfoil::host {

/// All that the host does about load: keeps the book of what collections measure, tells the scaler
/// how things stand, has its decisions and an operator's plans done by an errand_runner, and keeps
/// decisions in the state. The loop's thread only.
class scaling_desk final : public rebalance_target {
public:
    struct ports {
        boost::asio::io_context& loop;
        state::store& store;
        watcher& people;
        const fleet& shards;          ///< Outlives this.
        operations_desk& operations;  ///< Likewise.
        bool in_process = false;      ///< One collection, and no more.
        std::function<void(fleet_input)> tell;
        std::function<bool(discord::slot)> is_served;  ///< Its session is up.
        std::function<void()> changed;                 ///< look() is other than before.
        std::function<void(const decision_view&)> decided;
    };
    scaling_desk(ports to, scaling::policy how);

    /// Before anything else: what earlier runs left. Fails when the state can't be read.
    result<void> begin();
    /// From now on.
    void configure(const scaling::policy& how);
    void stop();

    void on(std::uint32_t collection, const link::loads& what);
    void operation_changed(const operation_view& what);
    // What the fleet wants done, and has done.
    void perform(const write_commit& what);
    void perform(const handoff_over& what);
    void perform(const collection_over& what);

    /// Of one that is known well enough; of a loop, and of all that its collection takes.
    [[nodiscard]] std::optional<scaling::shard_load> load_of(discord::slot slot) const;
    [[nodiscard]] std::optional<scaling::collection_load> load_of(std::uint32_t number) const;
    [[nodiscard]] bool is_busy() const { return errands_.machine().is_busy(); }

    // rebalance_target
    [[nodiscard]] result<scaling::rebalancing>
    plan(const scaling::rebalance_wish& what) const override;
    result<begun> begin(const scaling::rebalance_wish& what, const std::string& shown) override;
    [[nodiscard]] result<scaling::rebalancing> plan_drain(std::uint32_t number) const override;
    result<begun> drain(std::uint32_t number, const std::string& shown) override;
    result<void> undrain(std::uint32_t number) override;
    void cancel() override { errands_.tell(errand_cancelled{}); }
    [[nodiscard]] const errand_progress& look() const override { return errands_.machine().look(); }
    [[nodiscard]] scaling_status scaler() const override;
    [[nodiscard]] result<std::vector<decision_view>> decisions(std::size_t most) const override;
    [[nodiscard]] result<std::optional<std::string>>
    decision_line(std::uint64_t number) const override;

private:
    struct look_now {};
    using scaler_told = std::variant<look_now, scaling::remembered, scaling::ended>;
    /// The machine with what it has to know.
    struct informed {
        scaling::scaler it;
        std::function<scaling::situation()> look;
        std::function<bool()> is_on;

        void on(const scaler_told& what, instant now, std::vector<scaling::scaler_action>& todo);
        [[nodiscard]] instant deadline() const { return is_on() ? it.deadline() : never; }
    };

    [[nodiscard]] scaling::situation now(std::string under_way) const;
    [[nodiscard]] std::string under_way() const;
    void perform(const scaling::scaler_action& action);
    void perform(const errand_action& action);
    void over(const errand_over& what);
    [[nodiscard]] begun set_off(scaling::rebalancing plan, std::string what);
    /// Not inside of what set it off.
    void later(errand_input what);
    void keep(const scaling::decided& what);
    void note(decision_view what);
    void keep_count();
    void keep_known();
    [[nodiscard]] result<void> check_idle() const;
    void complain(const result<void>& kept) const;

    ports to_;
    scaling::policy how_;
    std::optional<int> fixed_;  // Collections, by an operator's wish.
    scaling::load_book loads_;
    std::set<std::uint32_t> draining_;
    std::optional<std::pair<sharding::slots, sharding::slots>> committing_;
    std::uint64_t last_errand_ = 0;
    std::optional<state::store::decision_row> under_way_row_;
    std::deque<decision_view> seen_;  // As the state has them, so that nobody reads lines again.
    bool is_on_ = false;              // Between begin() and stop().
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    net::pump<informed, scaler_told, look_now, scaling::scaler_action> scaler_;
    net::pump<errand_runner, errand_input, errand_elapsed, errand_action> errands_;
};

}  // namespace tinfoil::host
