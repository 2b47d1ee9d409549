#pragma once

#include "gateway/backoff.hpp"
#include "host/bot.hpp"
#include "host/collections.hpp"
#include "host/command_care.hpp"
#include "host/control.hpp"
#include "host/daemon.hpp"
#include "host/facts.hpp"
#include "host/log_control.hpp"
#include "host/metrics_endpoint.hpp"
#include "host/network_plugin.hpp"
#include "host/operations_control.hpp"
#include "host/plugin_control.hpp"
#include "host/plugin_desk.hpp"
#include "host/rebalance_control.hpp"
#include "host/report.hpp"
#include "host/rest_call.hpp"
#include "host/rest_control.hpp"
#include "host/restart_control.hpp"
#include "host/service_notice.hpp"
#include "host/token_care.hpp"
#include "net/clock.hpp"
#include "net/control_server.hpp"
#include "net/pump.hpp"
#include "net/tls.hpp"
#include "state/store.hpp"

#include <boost/asio/signal_set.hpp>

namespace tinfoil::host {

/// A run of the host: daemon_start.cpp has its beginning, daemon_network.cpp what it has to do with
/// a network manager that is a plugin, daemon.cpp what follows. Seen by these only.
class daemon final : private control_target {
public:
    daemon(const config& how, watcher& people)
        : how_(how),
          log_(loop_, people, how.log_levels, how.development),
          people_(log_.of(log_area::host)),
          started_ms_(net::wall_clock_ms()),
          counted_(net::now()),
          service_(loop_, how.notify_socket, how.watchdog),
          signals_(loop_, SIGINT, SIGTERM),
          hangups_(loop_, SIGHUP),
          run_for_(loop_),
          quiet_poll_(loop_),
          ask_again_(loop_),
          intents_timer_(loop_),
          ask_random_(net::entropy()),
          bot_(loop_, bot{}, [this](const bot_action& action) { perform(action); }),
          control_(*this,
                   [this](const net::control_event& what) {
                       if (control_server_)
                           control_server_->publish(what.name, what.json);
                   }),
          operations_control_(
              [this](const net::control_event& what) {
                  if (control_server_)
                      control_server_->publish(what.name, what.json);
              },
              [] { return net::wall_clock_ms(); }),
          restart_control_([this](const net::control_event& what) {
              if (control_server_)
                  control_server_->publish(what.name, what.json);
          }),
          rebalance_control_([this](const net::control_event& what) {
              if (control_server_)
                  control_server_->publish(what.name, what.json);
          }),
          log_control_(loop_, log_),
          rest_control_({[this] { return rest_->look(); },
                         [this](discord::rest_request asked, rest_control::done then) {
                             rest_->submit(std::move(asked), std::move(then));
                         }})
    {
    }

    result<void> run();

private:
    result<void> prepare();
    result<void> start_sandbox();
    result<void> open_state();
    void make_collections();
    void meet_bot();
    void ask_facts();
    void on_no_facts(const error& why);
    void begin_shards(const facts& of);
    [[nodiscard]] bool awaits_network() const;
    void begin_network(const facts& of);
    void network_began(const result<scaling_choice>& wants);
    void end_network();
    void watch_signals();
    void make_token_care();
    void ask_budget();
    void ask_intents();
    [[nodiscard]] std::string binding() const { return how_.sandbox ? "sandbox" : how_.api; }
    void begin();
    result<void> open_control();
    result<void> open_metrics();
    [[nodiscard]] measured measure() const;
    // control_target
    [[nodiscard]] status now() const override;
    void stop(bool end_sessions) override;
    void wake(const std::vector<discord::slot>& slots) override
    {
        if (collections_)
            collections_->wake(slots);
    }
    [[nodiscard]] result<budget_report> budget(std::optional<int> plan) const override;
    std::size_t release_starts(std::optional<discord::slot> slot) override;
    [[nodiscard]] std::vector<effective_setting> settings() const override { return how_.shown; }
    result<std::vector<changed_setting>> reload_settings() override;
    void watch_hangups();
    void perform(const bot_action& action);
    void poll_quiet();
    result<void> finish();

    config how_;
    boost::asio::io_context loop_;
    log_desk log_;
    watcher& people_;
    std::int64_t started_ms_;
    tally counted_;
    service_notice service_;
    boost::asio::signal_set signals_, hangups_;
    boost::asio::steady_timer run_for_, quiet_poll_, ask_again_, intents_timer_;
    bool facts_known_ = false;  // Discord has accepted the token in this run.
    gateway::backoff ask_wait_{std::chrono::seconds(1), std::chrono::seconds(60)};
    random_source ask_random_;
    discord::application application_;
    net::pump<bot, bot_input, elapsed, bot_action> bot_;
    std::optional<error> failure_;
    bool ended_ = false;
    std::unique_ptr<sandbox::server> sandbox_;
    std::unique_ptr<net::tls_context> tls_;
    std::unique_ptr<state::store> store_;
    std::unique_ptr<net::rest_driver> rest_;
    std::unique_ptr<fact_finder> facts_;
    std::unique_ptr<token_care> token_;
    std::vector<discord::session_record> known_;  // Until the collections have them.
    std::unique_ptr<plugin_desk> desk_;
    std::unique_ptr<network_plugin> network_;    // Where the network manager is a plugin.
    std::optional<scaling_choice> breakpoints_;  // What it wants; nothing before it runs.
    std::optional<facts> begins_with_;           // Known while that is awaited.
    std::unique_ptr<collections> collections_;
    std::unique_ptr<command_care> commands_;
    bool told_to_stop_ = false;
    control control_;
    operations_control operations_control_;
    restart_control restart_control_;
    rebalance_control rebalance_control_;
    log_control log_control_;
    rest_control rest_control_;
    plugin_control plugin_control_;
    std::unique_ptr<net::control_server> control_server_;
    std::unique_ptr<metrics_endpoint> metrics_;
    bool all_ended_ = false;  // Every collection, in order, with its cursors stored.
};

}  // namespace tinfoil::host
