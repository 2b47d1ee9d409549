#include "host/daemon.hpp"

#include "discord/application.hpp"
#include "host/bot.hpp"
#include "host/local_uplink.hpp"
#include "host/plan_choice.hpp"
#include "host/report.hpp"
#include "net/clock.hpp"
#include "net/tls.hpp"
#include "sharding/plan.hpp"
#include "state/store.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>

#include <csignal>
#include <fmt/format.h>
#include <unistd.h>

namespace tinfoil::host {
namespace {

namespace asio = boost::asio;

// Who owns a value in the plugin store that is tinfoil's own; no plugin can have an empty name.
constexpr const char* own = "";
constexpr const char* registered_commands = "registered_commands";

class daemon {
public:
    daemon(const config& how, watcher& people)
        : how_(how),
          people_(people),
          started_ms_(net::wall_clock_ms()),
          counted_(net::now()),
          signals_(loop_, SIGINT, SIGTERM),
          run_for_(loop_),
          quiet_poll_(loop_),
          bot_(loop_, bot{}, [this](const bot_action& action) { perform(action); })
    {
    }

    result<void> run();

private:
    result<void> prepare();
    result<void> start_sandbox();
    result<void> open_state();
    void fetch(std::string path, void (daemon::*then)(const std::string& body));
    void on_application(const std::string& body);
    void on_gateway(const std::string& body);
    void register_commands();
    void begin_shards(const discord::gateway_bot& gateway);
    void watch_signals();
    void perform(const bot_action& action);
    void poll_quiet();
    void stop_collection();
    bool record_identify(discord::slot slot);
    result<void> finish();

    config how_;
    watcher& people_;
    std::int64_t started_ms_;
    tally counted_;
    asio::io_context loop_;
    asio::signal_set signals_;
    asio::steady_timer run_for_, quiet_poll_;
    discord::application application_;
    net::pump<bot, bot_input, elapsed, bot_action> bot_;
    std::optional<error> failure_;
    bool ended_ = false;
    std::unique_ptr<sandbox::server> sandbox_;
    std::unique_ptr<net::tls_context> tls_;
    std::unique_ptr<state::store> store_;
    std::unique_ptr<net::rest_driver> rest_;
    std::unique_ptr<identify_turns> turns_;
    std::unique_ptr<local_uplink> uplink_;
    std::unique_ptr<collection::collection> collection_;
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
        fetch("/applications/@me", &daemon::on_application);
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
    if (auto opened = open_state(); !opened)
        return opened;
    rest_ = std::make_unique<net::rest_driver>(
        loop_, *tls_, net::rest_settings{.api = how_.api, .token = how_.token});
    turns_ = std::make_unique<identify_turns>(
        loop_, [this](discord::slot slot) { return record_identify(slot); },
        [this](const std::string& text) { people_.warn(text); });
    uplink_ = std::make_unique<local_uplink>(
        local_uplink::parts{loop_, *rest_, *turns_, *store_, counted_, people_,
                            [this](const error& why) { bot_.tell(shard_given_up{why}); }});
    return {};
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
    people_.note("a Discord of your own is at " + how_.api);
    return {};
}

result<void> daemon::open_state()
{
    auto store = state::store::open(how_.state);
    if (!store)
        return store.error();
    store_ = std::move(*store);
    // Only one host can have this state open, so copies that lie here belong to nobody any more.
    std::error_code failed;
    std::filesystem::remove_all(how_.state / "run", failed);
    return {};
}

void daemon::fetch(std::string path, void (daemon::*then)(const std::string& body))
{
    discord::rest_request request;
    request.method = "GET";
    request.path = path;
    rest_->submit(std::move(request), [this, path = std::move(path),
                                       then](result<discord::rest_response> answer) {
        if (!answer)
            return bot_.tell(start_failed{answer.error()});
        counted_.answered({}, answer->status);
        if (answer->status == 401)
            return bot_.tell(start_failed{
                {errc::token_rejected,
                 how_.api + " does not accept the bot token; copy it again from the Discord "
                            "Developer Portal, Bot, Reset Token"}});
        if (answer->status != 200)
            return bot_.tell(start_failed{
                {errc::http_status, fmt::format("GET {}{} answered {}; is the API address right?",
                                                how_.api, path, answer->status)}});
        (this->*then)(answer->body);
    });
}

void daemon::on_application(const std::string& body)
{
    const auto application = discord::parse_application(body);
    if (!application)
        return bot_.tell(start_failed{application.error()});
    application_ = *application;
    // The sandbox listens on another port every time and is the same Discord all the same.
    if (auto bound = store_->bind(application_.id, how_.sandbox ? "sandbox" : how_.api); !bound)
        return bot_.tell(start_failed{bound.error()});
    collection::collection_settings settings;
    settings.token = how_.token;
    settings.application = application_.id;
    settings.granted_privileged = discord::granted_privileged_intents(application_.flags);
    settings.plugins = how_.plugins;
    settings.private_copies = how_.state / "run" / std::to_string(::getpid());
    settings.plugin_settings = how_.plugin_settings;
    settings.seed = net::entropy();
    collection_ =
        std::make_unique<collection::collection>(loop_, *tls_, *uplink_, std::move(settings));
    if (auto loaded = collection_->load_plugins(); !loaded)
        return bot_.tell(start_failed{loaded.error()});
    for (const auto& outcome : collection_->plugins())
        people_.plugin_examined(outcome);
    if (collection_->plugins().empty())
        people_.warn("no plugins in " + how_.plugins.string() +
                     ": the bot is online and does nothing");
    fetch("/gateway/bot", &daemon::on_gateway);
}

void daemon::on_gateway(const std::string& body)
{
    const auto gateway = discord::parse_gateway_bot(body);
    if (!gateway)
        return bot_.tell(start_failed{gateway.error()});
    register_commands();
    begin_shards(*gateway);
}

void daemon::register_commands()
{
    const std::string commands = collection_->commands_json();
    const auto known = store_->value(own, registered_commands);
    // The sandbox forgets everything when it ends; Discord does not.
    if (!how_.sandbox && known && *known == commands)
        return;
    discord::rest_request request;
    request.method = "PUT";
    request.path = "/applications/" + to_string(application_.id) + "/commands";
    request.body = commands;
    uplink_->rest(std::move(request), [this, commands](result<discord::rest_response> answer) {
        if (answer && answer->status == 200) {
            if (auto kept = store_->set_value(own, registered_commands, commands); !kept)
                people_.warn(kept.error().detail);
            return;
        }
        people_.warn("slash commands could not be registered: " +
                     (answer ? fmt::format("Discord answered {}: {}", answer->status, answer->body)
                             : answer.error().detail));
    });
}

void daemon::begin_shards(const discord::gateway_bot& gateway)
{
    const auto stored = store_->plan();
    if (!stored)
        return bot_.tell(start_failed{stored.error()});
    const auto choice = choose_plan(how_.shards, *stored, gateway.shards);
    if (!choice)
        return bot_.tell(start_failed{choice.error()});
    if (choice->store)
        if (auto kept = store_->set_plan(sharding::to_string(choice->slots)); !kept)
            return bot_.tell(start_failed{kept.error()});
    if (!choice->note.empty())
        people_.note(choice->note);
    turns_->budget(gateway);
    bot_.tell(shards_begun{choice->slots.size()});
    collection_->start(gateway.url, choice->slots);
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

void daemon::perform(const bot_action& action)
{
    if (std::holds_alternative<hush>(action)) {
        if (sandbox_)
            sandbox_->hush();
        poll_quiet();
    } else if (std::holds_alternative<host::stop_collection>(action)) {
        stop_collection();
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

void daemon::stop_collection()
{
    collection_->stop(false, [this](std::size_t unfinished) {
        if (unfinished != 0)
            people_.warn(fmt::format("{} handlers had not finished and were cut off", unfinished));
        bot_.tell(collection_ended{unfinished});
    });
}

bool daemon::record_identify(discord::slot slot)
{
    if (auto recorded = store_->record_identify(slot, net::wall_clock_ms()); !recorded) {
        bot_.tell(state_lost{recorded.error()});
        return false;
    }
    counted_.identified();
    return true;
}

result<void> daemon::finish()
{
    report about;
    about.started_ms = started_ms_;
    about.failure = failure_;
    if (collection_) {
        about.plugins = collection_->plugins();
        about.shards = collection_->shards();
    }
    collection_.reset();
    if (sandbox_)
        about.witness = sandbox_->so_far();
    sandbox_.reset();
    if (store_) {
        std::error_code failed;
        std::filesystem::remove_all(how_.state / "run", failed);
    }
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
