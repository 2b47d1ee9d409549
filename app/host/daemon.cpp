#include "host/daemon.hpp"

#include "gateway/backoff.hpp"
#include "host/bot.hpp"
#include "host/collections_settings.hpp"
#include "host/command_care.hpp"
#include "host/control.hpp"
#include "host/earlier_sessions.hpp"
#include "host/facts.hpp"
#include "host/plan_choice.hpp"
#include "host/plugin_control.hpp"
#include "host/plugin_desk.hpp"
#include "host/report.hpp"
#include "host/rest_call.hpp"
#include "host/rest_control.hpp"
#include "host/token_care.hpp"
#include "net/clock.hpp"
#include "net/control_server.hpp"
#include "net/pump.hpp"
#include "net/tls.hpp"
#include "sharding/plan.hpp"
#include "state/store.hpp"
#include "version.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace tinfoil::host {
namespace {

namespace asio = boost::asio;

// What a shard waits for is asked again so soon.
constexpr duration asked_again = std::chrono::seconds(10);

sharding::budget budget_of(const discord::gateway_bot& said, instant asked)
{
    return {said.total, said.remaining, said.reset_after, said.max_concurrency, net::now() - asked};
}

class daemon final : private control_target {
public:
    daemon(const config& how, watcher& people)
        : how_(how),
          people_(people),
          started_ms_(net::wall_clock_ms()),
          counted_(net::now()),
          signals_(loop_, SIGINT, SIGTERM),
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
    void watch_signals();
    void make_token_care();
    void ask_budget();
    void ask_intents();
    [[nodiscard]] std::string binding() const { return how_.sandbox ? "sandbox" : how_.api; }
    void begin();
    result<void> open_control();
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
    void perform(const bot_action& action);
    void poll_quiet();
    result<void> finish();

    config how_;
    watcher& people_;
    std::int64_t started_ms_;
    tally counted_;
    asio::io_context loop_;
    asio::signal_set signals_;
    asio::steady_timer run_for_, quiet_poll_, ask_again_, intents_timer_;
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
    std::unique_ptr<collections> collections_;
    std::unique_ptr<command_care> commands_;
    bool told_to_stop_ = false;
    control control_;
    rest_control rest_control_;
    plugin_control plugin_control_;
    std::unique_ptr<net::control_server> control_server_;
    bool all_ended_ = false;  // Every collection, in order, with its cursors stored.
};

result<void> daemon::run()
{
    watch_signals();
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
    if (!ended_)
        loop_.run();
    return finish();
}

result<void> daemon::prepare()
{
    if (how_.sandbox)
        if (auto started = start_sandbox(); !started)
            return started;
    auto tls = net::tls_context::client(how_.authority_pem);
    if (!tls)
        return tls.error();
    tls_ = std::move(*tls);
    rest_ = std::make_unique<net::rest_driver>(
        loop_, *tls_, rest_settings_of(how_, [this] { token_->on_refused(); }));
    make_token_care();
    return {};
}

// Where another host was killed its collections may take a moment to end; they hold the state until
// they have.
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
    desk_ = std::make_unique<plugin_desk>(
        plugin_desk::settings{how_.plugins, how_.state, how_.executable, how_.watch,
                              how_.when_deleted},
        plugin_desk::ports{
            loop_, people_, *store_,
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
    if (collections_) {
        made.plugins = desk_->outcomes();
        collections_->plugin_care().fill(made);
        made.collections = collections_->list();
        made.shards = collections_->shards();
        made.shard_counts = count_by_state(made.shards);
        made.gateway = collections_->gateway();
        made.starts_left = summary_of(collections_->starts());
        made.commands = commands_->look();
    }
    return made;
}

void daemon::stop(bool end_sessions)
{
    how_.end_sessions = how_.end_sessions || end_sessions;
    // A second one would hurry, as a second Ctrl-C does.
    if (!std::exchange(told_to_stop_, true))
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

result<void> daemon::start_sandbox()
{
    sandbox::options options;
    options.rules.seed = how_.seed;
    options.rules.recommended_shards = how_.shards.value_or(1);
    auto server = sandbox::server::start(options, [this](const sandbox::happening& what) {
        asio::post(loop_, [this, what] { people_.happened(what); });
    });
    if (!server)
        return server.error();
    sandbox_ = std::move(*server);
    const sandbox::endpoint where = sandbox_->where();
    how_.api = where.api;
    how_.token = redacted(where.token);
    how_.authority_pem = where.authority_pem;
    how_.end_sessions = true;  // They can't be resumed, since this Discord ends with the run.
    people_.note("a Discord of your own is at " + how_.api);
    return {};
}

result<void> daemon::open_state()
{
    auto store = state::store::open(how_.state);
    if (!store)
        return store.error();
    store_ = std::move(*store);
    return {};
}

// Sessions don't wait: those of the last run with the same token go on at once, while Discord is
// asked about the bot; everything else needs to know first.
void daemon::meet_bot()
{
    facts_ = std::make_unique<fact_finder>(fact_finder::parts{*rest_, *store_, counted_}, how_.api,
                                           how_.token);
    auto known = earlier_sessions(*store_, how_.state);
    if (!known)
        return bot_.tell(start_failed{known.error()});
    // A Discord inside this process has forgotten them.
    if (!how_.sandbox)
        known_ = std::move(*known);
    const auto last = known_.empty() ? std::nullopt : facts_->remembered();
    if (last)
        begin_shards(*last);
    ask_facts();
}

void daemon::ask_facts()
{
    // The sandbox listens on another port every time and is the same Discord all the same.
    facts_->ask(binding(), [this, asked = net::now()](result<facts> found) {
        if (!found)
            return on_no_facts(found.error());
        facts_known_ = true;
        if (!collections_)
            begin_shards(*found);
        if (collections_)
            collections_->inform(budget_of(found->gateway, asked));
    });
}

void daemon::on_no_facts(const error& why)
{
    if (!collections_)
        return bot_.tell(start_failed{why});
    if (!is_retryable(why.code) && !facts_known_)
        return bot_.tell(state_lost{why});
    const duration wait = ask_wait_.draw(ask_random_);
    people_.warn(fmt::format("{}; shards that can resume go on, those that need to identify wait; "
                             "the next try is in {} s",
                             why.detail,
                             std::chrono::duration_cast<std::chrono::seconds>(wait).count()));
    ask_again_.expires_after(wait);
    ask_again_.async_wait([this](boost::system::error_code failed) {
        if (!failed)
            ask_facts();
    });
}

void daemon::make_collections()
{
    collections::settings settings = settings_of(how_, desk_->current());
    settings.welcome.application = application_.id.value;
    collections::listener to;
    to.first_loaded = [this](const link::loaded& what) {
        if (what.plugins.empty())
            people_.warn("no plugins in " + how_.plugins.string() +
                         ": the bot is online and does nothing");
    };
    to.commands_declared = [this](const std::string& all) { commands_->loaded(all); };
    to.shard_lost = [this](error why) {
        people_.warn(why.detail);
        bot_.tell(shard_given_up{std::move(why)});
    };
    to.cant_go_on = [this](error why) { bot_.tell(state_lost{std::move(why)}); };
    to.ended = [this](std::uint64_t unfinished) {
        all_ended_ = true;
        if (unfinished != 0)
            people_.warn(fmt::format(
                "{} handlers had not finished and were cut off; their events come again",
                unfinished));
        bot_.tell(collection_ended{unfinished});
    };
    to.shard_changed = [this](const shard_status& what) { control_.shard_changed(what); };
    to.collection_changed = [this] { control_.look_at_collections(); };
    to.ask_budget = [this] { ask_budget(); };
    to.ask_intents = [this] { ask_intents(); };
    to.check_token = [this](duration wait) { token_->check(wait); };
    collections_ = std::make_unique<collections>(
        collections::parts{loop_, *rest_, *store_, counted_, people_, *desk_}, std::move(settings),
        std::move(to));
}

void daemon::begin_shards(const facts& of)
{
    application_ = of.application;
    const auto stored = store_->plan();
    if (!stored)
        return bot_.tell(start_failed{stored.error()});
    const auto choice = choose_plan(how_.shards, *stored, of.gateway.shards);
    if (!choice)
        return bot_.tell(start_failed{choice.error()});
    if (choice->store)
        if (auto kept = store_->set_plan(sharding::to_string(choice->slots)); !kept)
            return bot_.tell(start_failed{kept.error()});
    if (!choice->note.empty())
        people_.note(choice->note);
    const auto incarnation = store_->begin_incarnation();
    if (!incarnation)
        return bot_.tell(start_failed{incarnation.error()});
    const auto spent = spent_lately(*store_, net::wall_clock_ms());
    if (!spent)
        return bot_.tell(start_failed{spent.error()});
    make_collections();
    commands_ = std::make_unique<command_care>(
        command_care::parts{loop_, *rest_, *store_, counted_, people_},
        command_care::settings{how_.development, how_.development_guilds, how_.sandbox,
                               net::entropy()});
    commands_->begin(application_.id);
    desk_->tell_disabled();
    bot_.tell(shards_begun{choice->slots.size()});
    collections_->begin(
        {.slots = choice->slots,
         .known = std::move(known_),
         // A Discord inside this process has counted none of them.
         .rows = past_identifies(how_.sandbox ? std::vector<spent_start>{} : *spent),
         .gateway_url = of.gateway.url,
         .granted = discord::granted_privileged_intents(application_.flags),
         .recommended = of.gateway.shards,
         .collections = how_.collections,
         // Room for as many processes in one run as nobody will ever see.
         .epoch = (*incarnation << 24) + 1,
         .in_process = how_.in_process});
}

void daemon::watch_signals()
{
    signals_.async_wait([this](boost::system::error_code failed, int) {
        if (failed)
            return;
        bot_.tell(interrupted{});
        watch_signals();
    });
}

void daemon::make_token_care()
{
    token_care::owner to;
    // At the start it ends the run, with an exit code of its own.
    to.runs = [this] { return facts_known_ && collections_; };
    to.use = [this](const redacted& token) {
        how_.token = token;
        rest_->set_token(token);
        if (facts_)
            facts_->set_token(token);
        if (collections_)
            collections_->set_token(token);
    };
    to.ask = [this](std::function<void(result<void>)> then) {
        facts_->ask(binding(),
                    [this, then = std::move(then), asked = net::now()](const result<facts>& found) {
                        if (found)
                            collections_->inform(budget_of(found->gateway, asked));
                        then(found ? result<void>() : result<void>(found.error()));
                    });
    };
    to.refused = [this](std::string why) { collections_->inform(token_refused{std::move(why)}); };
    to.accepted = [this] { collections_->inform(token_renewed{}); };
    to.say = [this](bool warning, const std::string& text) {
        warning ? people_.warn(text) : people_.note(text);
    };
    token_ = std::make_unique<token_care>(loop_, how_.token_file, how_.token, std::move(to));
    token_->begin();
}

void daemon::ask_budget()
{
    // Where nobody answers it is asked again.
    facts_->ask_gateway([this, asked = net::now()](result<discord::gateway_bot> said) {
        if (said)
            collections_->inform(budget_of(*said, asked));
    });
}

void daemon::ask_intents()
{
    facts_->ask(binding(), [this](result<facts> found) {
        if (found) {
            application_ = found->application;
            return collections_->inform(intents_known{
                discord::granted_privileged_intents(application_.flags), found->gateway.shards});
        }
        intents_timer_.expires_after(asked_again);
        intents_timer_.async_wait([this](boost::system::error_code failed) {
            if (!failed)
                ask_intents();
        });
    });
}

void daemon::perform(const bot_action& action)
{
    if (std::holds_alternative<hush>(action)) {
        told_to_stop_ = true;
        if (sandbox_)
            sandbox_->hush();
        poll_quiet();
    } else if (std::holds_alternative<host::stop_collection>(action)) {
        collections_->stop(how_.end_sessions);
    } else {
        failure_ = std::get<end>(action).why;
        ended_ = true;
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
    rest_.reset();
    store_.reset();
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

}  // namespace

result<void> run(const config& how, watcher& people)
{
    return daemon(how, people).run();
}

}  // namespace tinfoil::host
