#include "host/collections_settings.hpp"
#include "host/daemon_parts.hpp"
#include "host/earlier_sessions.hpp"
#include "host/own_values.hpp"
#include "host/plan_choice.hpp"
#include "host/rest_past.hpp"
#include "host/scaling_settings.hpp"
#include "sharding/plan.hpp"

#include <boost/asio/post.hpp>

#include <fmt/format.h>
#include <utility>

namespace tinfoil::host {
namespace {

// What a shard waits for is asked again so soon.
constexpr duration asked_again = std::chrono::seconds(10);

sharding::budget budget_of(const discord::gateway_bot& said, instant asked)
{
    return {said.total, said.remaining, said.reset_after, said.max_concurrency, net::now() - asked};
}

}  // namespace

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

result<void> daemon::start_sandbox()
{
    sandbox::options options;
    options.rules.seed = how_.seed;
    options.rules.recommended_shards = how_.shards.value_or(1);
    auto server = sandbox::server::start(options, [this](const sandbox::happening& what) {
        boost::asio::post(loop_, [this, what] { log_.of(log_area::sandbox).happened(what); });
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
    if (const auto before = store_->own_value(requests_before); before && *before && !how_.sandbox)
        rest_->take_over(parse_past(**before, net::wall_clock_ms()));
    return {};
}

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
    if (!collections_ && !network_)
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
    to.operation_changed = [this](const operation_view& what) {
        operations_control_.changed(what);
    };
    to.rebalance_changed = [this] { rebalance_control_.changed(); };
    to.decided = [this](const decision_view& what) { rebalance_control_.decided(what); };
    to.restart_changed = [this] { restart_control_.changed(); };
    to.ask_budget = [this] { ask_budget(); };
    to.ask_intents = [this] { ask_intents(); };
    to.check_token = [this](duration wait) { token_->check(wait); };
    collections_ = std::make_unique<collections>(
        collections::parts{loop_, *rest_, *store_, counted_, log_.of(log_area::shards),
                           log_.of(log_area::plugins), log_.of(log_area::scaler), *desk_,
                           network_.get()},
        std::move(settings), std::move(to));
}

void daemon::begin_shards(const facts& of)
{
    if (awaits_network())
        return begin_network(of);
    application_ = of.application;
    const auto stored = store_->plan();
    if (!stored)
        return bot_.tell(start_failed{stored.error()});
    const auto asked = store_->own_value(asked_shards);
    if (!asked)
        return bot_.tell(start_failed{asked.error()});
    const auto choice = choose_plan(
        how_.shards, {*stored, *asked ? std::optional(std::atoi((*asked)->c_str())) : std::nullopt},
        of.gateway.shards);
    if (!choice)
        return bot_.tell(start_failed{choice.error()});
    if (choice->store)
        if (auto kept = store_->set_plan(sharding::to_string(choice->slots)); !kept)
            return bot_.tell(start_failed{kept.error()});
    if (how_.shards)
        if (auto kept = store_->set_own_value(asked_shards, std::to_string(*how_.shards)); !kept)
            return bot_.tell(start_failed{kept.error()});
    if (!choice->note.empty())
        people_.note(choice->note);
    const auto incarnation = store_->begin_incarnation();
    if (!incarnation)
        return bot_.tell(start_failed{incarnation.error()});
    const auto spent = spent_lately(*store_, net::wall_clock_ms());
    if (!spent)
        return bot_.tell(start_failed{spent.error()});
    const auto kept = store_->own_value(kept_collections);
    if (!kept)
        return bot_.tell(start_failed{kept.error()});
    if (const auto known = read_kept(kept->value_or(""), how_.scaler); known && !how_.in_process)
        how_.collections = static_cast<std::uint32_t>(known->now);
    make_collections();
    commands_ = std::make_unique<command_care>(
        command_care::parts{loop_, *rest_, *store_, counted_, log_.of(log_area::commands)},
        command_care::settings{how_.development, how_.development_guilds, how_.sandbox,
                               net::entropy()});
    commands_->begin(application_.id);
    desk_->tell_disabled();
    bot_.tell(shards_begun{choice->slots.size()});
    service_.ready(fmt::format("serves {} shards", choice->slots.size()));
    auto begun = collections_->begin(
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
         .in_process = how_.in_process},
        // A bot's own user mostly has the id of its application; its sessions know better.
        application_.id.value);
    if (!begun)
        return bot_.tell(state_lost{begun.error()});
    operations_control_.show(collections_->operations());
    restart_control_.show(collections_->restarts());
    rebalance_control_.show(collections_->balance());
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

}  // namespace tinfoil::host
