#include "host/collections_settings.hpp"
#include "host/daemon_parts.hpp"
#include "host/earlier_sessions.hpp"
#include "host/health.hpp"
#include "host/network_breakpoints.hpp"
#include "host/own_values.hpp"
#include "host/rest_past.hpp"
#include "net/child_process.hpp"
#include "sharding/plan.hpp"
#include "version.hpp"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace tinfoil::host {

result<void> daemon::run()
{
    watch_signals();
    watch_hangups();
    if (auto ready = prepare(); !ready) {
        bot_.tell(start_failed{ready.error()});
    } else {
        if (how_.run_for) {
            run_for_.expires_after(*how_.run_for);
            run_for_.async_wait([this](boost::system::error_code failed) {
                if (!failed)
                    bot_.tell(time_over{});
            });
        }
        begin();
    }
    if (!ended_ || network_)
        loop_.run();
    return finish();
}

void daemon::begin()
{
    constexpr duration lock_patience = std::chrono::seconds(5);
    constexpr duration lock_interval = std::chrono::milliseconds(50);
    auto opened = open_state();
    if (!opened && opened.error().code == errc::timed_out &&
        net::wall_clock_ms() - started_ms_ <
            std::chrono::duration_cast<std::chrono::milliseconds>(lock_patience).count()) {
        ask_again_.expires_after(lock_interval);
        ask_again_.async_wait([this](boost::system::error_code failed) {
            if (!failed)
                begin();
        });
        return;
    }
    if (!opened)
        return bot_.tell(start_failed{{errc::state_unusable, opened.error().detail}});
    if (auto listens = open_control(); !listens)
        return bot_.tell(start_failed{listens.error()});
    if (auto listens = open_metrics(); !listens)
        return bot_.tell(start_failed{listens.error()});
    desk_ = std::make_unique<plugin_desk>(
        plugin_desk::settings{how_.plugins, how_.state, how_.executable, how_.watch,
                              how_.when_deleted, how_.network.plugin},
        plugin_desk::ports{
            loop_, log_.of(log_area::plugins), *store_,
            [this](std::uint32_t number, link::message what) {
                collections_->pass_on(number, std::move(what));
            },
            [this] { return collections_ ? collections_->session_intents() : ~std::uint64_t{0}; },
            [this](const std::string& commands) { commands_->loaded(commands); },
            [this](const std::string& name) {
                if (commands_)
                    commands_->tell(plugin_disabled{name});
            },
            [this](const std::string& name) {
                return collections_ ? collections_->plugin_care().quarantined(name) : "";
            },
            [this](const std::string& name) {
                return collections_ && collections_->enable_plugin(name);
            }});
    desk_->prepare([this](const result<void>& done) {
        if (!done)
            return bot_.tell(start_failed{done.error()});
        plugin_control_.show(*desk_);
        meet_bot();
    });
}

result<void> daemon::open_control()
{
    auto made =
        net::control_server::listen(loop_, how_.state,
                                    {[this](net::control_request asked, net::control_reply reply) {
                                         if (plugin_control::takes(asked.path))
                                             plugin_control_.on_request(asked, reply);
                                         else if (operations_control::takes(asked.path))
                                             operations_control_.on_request(asked, reply);
                                         else if (rebalance_control::takes(asked.path))
                                             rebalance_control_.on_request(asked, reply);
                                         else if (restart_control::takes(asked.path))
                                             restart_control_.on_request(asked, reply);
                                         else if (log_control::takes(asked.path))
                                             log_control_.on_request(asked, reply);
                                         else if (rest_control::takes(asked.path))
                                             rest_control_.on_request(asked, reply);
                                         else
                                             control_.on_request(asked, reply);
                                     },
                                     [this] { control_.tick(); }},
                                    rest_control::bounds());
    if (!made)
        return made.error();
    control_server_ = std::move(*made);
    return {};
}

result<void> daemon::open_metrics()
{
    if (!how_.metrics)
        return {};
    auto opened = metrics_endpoint::open(loop_, *how_.metrics, [this] { return measure(); });
    if (!opened)
        return opened.error();
    metrics_ = std::move(*opened);
    people_.note("metrics are at " + metrics_->url());
    return {};
}

measured daemon::measure() const
{
    measured made;
    made.now = now();
    made.events = counted_.total();
    made.rest_answers = counted_.rest();
    if (rest_)
        made.rest = rest_->look();
    made.log = &log_.book();
    made.host = net::process_facts_of(::getpid()).value_or(net::process_facts{});
    for (const collection_status& each : made.now.collections)
        made.collections.push_back(each.pid == 0 ? std::nullopt : net::process_facts_of(each.pid));
    return made;
}

status daemon::now() const
{
    status made;
    made.version = version;
    made.pid = ::getpid();
    made.node = store_ ? store_->node() : "";
    made.phase = told_to_stop_ ? "stopping" : collections_ ? "running" : "starting";
    made.uptime_ms = net::wall_clock_ms() - started_ms_;
    made.application_id = application_.id ? to_string(application_.id) : "";
    made.application_name = application_.name;
    made.api = how_.api;
    made.sandbox = how_.sandbox;
    const tally::totals total = counted_.total();
    made.identifies = counted_.identifies();
    made.resumes = counted_.resumes();
    made.events = total.all_events;
    made.redelivered = total.redelivered;
    if (network_)
        made.network = network_->look();
    if (collections_) {
        made.plugins = desk_->outcomes();
        collections_->plugin_care().fill(made);
        made.collections = collections_->list();
        made.shards = collections_->shards();
        made.shard_counts = count_by_state(made.shards);
        made.gateway = collections_->gateway();
        made.starts_left = summary_of(collections_->starts());
        made.commands = commands_->look();
        made.scaler = collections_->balance().scaler();
    }
    judge_health(made);
    return made;
}

void daemon::stop(bool end_sessions)
{
    how_.end_sessions = how_.end_sessions || end_sessions;
    // A second one would hurry, as a second Ctrl-C does.
    if (std::exchange(told_to_stop_, true))
        return;
    people_.note("told to stop over the control API");
    bot_.tell(interrupted{});
}

result<budget_report> daemon::budget(std::optional<int> plan) const
{
    budget_report made;
    if (store_) {
        auto rows = spent_lately(*store_, net::wall_clock_ms());
        if (!rows)
            return rows.error();
        made.spent = std::move(*rows);
    }
    if (collections_)
        made.starts = collections_->starts();
    if (plan)
        made.plan =
            collections_ ? collections_->price(*plan) : sharding::quote{.identifies = *plan};
    return made;
}

std::size_t daemon::release_starts(std::optional<discord::slot> slot)
{
    if (!collections_)
        return 0;
    const auto waiting = collections_->starts().waiting;
    const auto some = std::count_if(waiting.begin(), waiting.end(),
                                    [&](const auto& each) { return !slot || each.slot == *slot; });
    collections_->inform(sharding::released{slot});
    return static_cast<std::size_t>(some);
}

void daemon::watch_signals()
{
    signals_.async_wait([this](boost::system::error_code failed, int number) {
        if (failed)
            return;
        people_.note(fmt::format("told to stop by SIG{}", ::sigabbrev_np(number)));
        bot_.tell(interrupted{});
        watch_signals();
    });
}

// The token is token_care's, which takes the same signal.
void daemon::watch_hangups()
{
    hangups_.async_wait([this](boost::system::error_code failed, int) {
        if (failed)
            return;
        if (how_.read_again) {
            const auto changed = reload_settings();
            if (!changed)
                people_.warn(changed.error().detail + "; no setting has changed");
            else
                for (const changed_setting& each : *changed)
                    people_.note(describe(each));
        }
        watch_hangups();
    });
}

result<std::vector<changed_setting>> daemon::reload_settings()
{
    if (!how_.read_again)
        return error{errc::invalid_argument,
                     "this host was started without settings to read again"};
    auto fresh = how_.read_again();
    if (!fresh)
        return fresh.error();
    if (breakpoints_)
        if (auto fits = apply_breakpoints(*fresh, *breakpoints_, network_->name()); !fits)
            return fits.error();
    auto changed = compare(how_, *fresh);
    if (desk_)
        desk_->set_when_deleted(fresh->when_deleted);
    if (collections_)
        collections_->reconfigure(settings_of(*fresh, desk_->current()));
    // What `tinfoil logs level` has changed stays until the setting says something else.
    if (fresh->log_levels != how_.log_levels)
        for (const log_area each : log_areas)
            log_.book().set_level(each, fresh->log_levels[static_cast<std::size_t>(each)]);
    rest_->set_limits(fresh->rest.requests_per_second, fresh->rest.budgets);
    how_ = taken_over(how_, *fresh);
    return changed;
}

void daemon::perform(const bot_action& action)
{
    if (std::holds_alternative<hush>(action)) {
        told_to_stop_ = true;
        service_.stopping();
        if (sandbox_)
            sandbox_->hush();
        poll_quiet();
    } else if (std::holds_alternative<host::stop_collection>(action)) {
        collections_->stop(how_.end_sessions);
    } else {
        failure_ = std::get<end>(action).why;
        ended_ = true;
        if (network_)
            return end_network();
        loop_.stop();
    }
}

void daemon::poll_quiet()
{
    if (!sandbox_ || sandbox_->waiting() == 0)
        return bot_.tell(people_quiet{});
    quiet_poll_.expires_after(std::chrono::milliseconds(10));
    quiet_poll_.async_wait([this](boost::system::error_code failed) {
        if (!failed)
            poll_quiet();
    });
}

result<void> daemon::finish()
{
    if (control_server_)
        control_server_->stop_listening();
    report about;
    about.started_ms = started_ms_;
    about.failure = failure_;
    if (collections_) {
        about.plugins = desk_->outcomes();
        about.shards = collections_->shards();
        about.collections = collections_->list();
        all_ended_ = all_ended_ && collections_->all_kept();
    }
    collections_.reset();
    network_.reset();
    desk_.reset();
    if (sandbox_)
        about.witness = sandbox_->so_far();
    sandbox_.reset();
    // What collections left that did not end in order is for the next start to read.
    if (all_ended_) {
        std::error_code failed;
        std::filesystem::remove_all(run_folder(how_.state), failed);
    }
    commands_.reset();
    // For what the limits count longer than a restart takes; one that can't be kept is no failure.
    if (rest_ && store_)
        static_cast<void>(
            store_->set_own_value(requests_before, to_text(rest_->past(), net::wall_clock_ms())));
    rest_.reset();
    store_.reset();
    metrics_.reset();
    log_control_.end();
    if (control_server_)
        control_.ended();
    control_server_.reset();
    about.stopped_ms = net::wall_clock_ms();
    if (!how_.report.empty())
        if (auto written = write_report(how_.report, to_json(about, counted_));
            !written && !failure_)
            return written;
    if (failure_)
        return *failure_;
    return {};
}

result<void> run(const config& how, watcher& people)
{
    // The token is in the memory of this process and of its collections, which inherit this.
    // Authors want to look into what crashed.
    if (!how.in_process && !how.development)
        net::forbid_core_dumps();
    return daemon(how, people).run();
}

}  // namespace tinfoil::host
