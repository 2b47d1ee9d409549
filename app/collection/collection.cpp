#include "collection/collection.hpp"

#include "collection/fullness.hpp"
#include "collection/gateway_commands.hpp"
#include "collection/guild_lookups.hpp"
#include "collection/handling.hpp"
#include "collection/letters.hpp"
#include "collection/life.hpp"
#include "collection/plugin_home.hpp"
#include "collection/residents.hpp"
#include "collection/shard.hpp"
#include "collection/uplink.hpp"
#include "discord/intents.hpp"
#include "gateway/resume_pacer.hpp"
#include "gateway/suspension.hpp"
#include "net/clock.hpp"
#include "net/pump.hpp"
#include "net/tls.hpp"
#include "state/record_file.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

namespace tinfoil::collection {
namespace asio = boost::asio;
namespace {

constexpr duration pulse_interval = std::chrono::seconds(1);
// Gauges are told with every so many pulses.
constexpr int gauges_each = 10;
// For each session so many events may be unfinished before the oldest is given up, on average.
constexpr std::uint32_t unfinished_each = 64, unfinished_least = 4096;

}  // namespace

struct collection::impl final : private shard_owner {
    impl(asio::io_context& on, std::function<void(link::message)> send, surroundings with)
        : loop(on),
          around(std::move(with)),
          up(std::move(send),
             [&on](std::function<void()> what) { asio::post(on, std::move(what)); }),
          wanted(up, [&on](std::function<void()> what) { asio::post(on, std::move(what)); }),
          post({up, [&on](std::function<void()> what) { asio::post(on, std::move(what)); },
                [this](const sharing::address& what) { return is_here(what); },
                [this](const sharing::letter& what, letters::replied done) {
                    if (plugins)
                        plugins->give(what, std::move(done));
                    else
                        done({0, sharing::delivery::down, "the collection has no plugins"});
                }}),
          life_pump(on, life{}, [this](const life_action& action) { perform(action); }),
          pulse_timer(on)
    {
    }

    void begin(link::welcome how);
    result<void> prepare();
    [[nodiscard]] std::string session_of(discord::slot slot);
    [[nodiscard]] std::uint64_t intents() const
    {
        return plugins ? plugins->intents() : discord::intent_guilds;
    }
    void change(const link::change_plugin& what);
    void plugins_changed();
    void serve(const link::serve& what);
    void give_turn(const link::turn& what);
    void perform(const life_action& action);
    void beat();
    void look_at_shards(instant now);
    void pulse();
    void wake(const link::wake& what);
    [[nodiscard]] shard* find(discord::slot slot);
    [[nodiscard]] bool is_here(const sharing::address& what) const;
    void caught_up(dispatch::recorder::session session, std::size_t bytes);
    void handlers_changed();

    // shard_owner
    void on_event(shard& of, const plugin::event& what, instant now) override;
    void on_established(shard& of, const discord::resume_point& point) override;
    void on_connecting(shard& of) override { work->connecting(of.session()); }
    void on_resumed(shard& of) override;
    void on_forgotten(shard& of, const std::string& why) override;
    void on_stopped(shard& of, int close_code, const std::string& why) override;
    void on_answered(std::uint64_t command, const discord::command_answer& what) override
    {
        wanted.answered(command, what);
    }
    void on_queue_resume(shard& of, instant since) override
    {
        pacer->tell(gateway::resume_wanted{of.slot(), since});
    }
    void on_leave_resume_queue(shard& of) override { pacer->tell(gateway::resume_left{of.slot()}); }
    void on_resume_ended(bool failed) override { pacer->tell(gateway::resume_result{failed}); }

    asio::io_context& loop;
    surroundings around;
    uplink up;
    gateway_commands wanted;  // Of the gateway, by plugins.
    letters post;
    std::optional<guild_lookups> guilds;
    std::optional<link::welcome> settings;
    bool ends_sessions = false;  // They end with their shards.
    std::unique_ptr<net::tls_context> tls;
    std::unique_ptr<state::record_file> file;
    std::optional<dispatch::recorder> record;
    dispatch::router router;
    std::optional<handling> work;
    std::optional<plugin_home> place;
    std::optional<residents> plugins;
    std::vector<std::unique_ptr<shard>> shards;
    std::vector<handling::delivery> deliveries;  // Of the event at hand; kept to save allocations.
    bool told_first_event = false;
    net::pump<life, life_input, elapsed, life_action> life_pump;
    asio::steady_timer pulse_timer;
    instant pulse_due{};
    std::uint64_t lag_us = 0;
    using pacer_pump = net::pump<gateway::resume_pacer, gateway::pacer_input,
                                 gateway::pacer_elapsed, gateway::pacer_action>;
    std::optional<pacer_pump> pacer;
    std::optional<fullness> unfinished;
    std::vector<dispatch::recorder::session> ready_again;  // Kept to save allocations.
    gateway::suspension_watch suspension;
    int pulses = 0;
};

void collection::impl::begin(link::welcome how)
{
    if (settings)
        return;
    settings = std::move(how);
    wanted.show(settings->presence);
    guilds.emplace(
        up, [this](std::function<void()> what) { asio::post(loop, std::move(what)); },
        guilds::view_bounds{settings->guilds_max, settings->guild_bytes_max});
    link::loaded told;
    if (auto ready = prepare(); !ready)
        told.failed = ready.error();
    else if (auto outcomes = plugins->begin(); !outcomes)
        told.failed = outcomes.error();
    else
        told.plugins = std::move(*outcomes);
    told.intents = intents();
    told.commands = plugins ? plugins->commands() : "{}";
    if (plugins)
        told.builds = plugins->builds();
    up.tell(std::move(told));
    pulse_due = net::now() + pulse_interval;
    beat();
}

result<void> collection::impl::prepare()
{
    auto context = net::tls_context::client(settings->authority_pem);
    if (!context)
        return context.error();
    tls = std::move(*context);
    const dispatch::recorder::shape room{
        .sessions_max = settings->sessions_max,
        .unfinished_max = std::max(unfinished_least, settings->sessions_max * unfinished_each)};
    auto made =
        state::record_file::create(settings->record_file, dispatch::recorder::bytes_for(room));
    if (!made)
        return made.error();
    file = std::move(*made);
    record.emplace(file->memory(), room);
    work.emplace(*record, router);
    place.emplace(plugin_home::parts{loop, up, wanted, *guilds, post, *work, *record, *settings,
                                     around.name, around.executable,
                                     [this](discord::slot slot) { return session_of(slot); }});
    if (around.guard)
        around.guard(record->in_charge(), settings->handler_hung);
    fullness::bounds most;
    most.handlers_all = fullness::handlers_all_for(room.unfinished_max);
    most.drop = settings->drop_when_full;
    unfinished.emplace(std::move(most));
    plugins.emplace(
        residents::home{loop, up, *place, router, *record, *settings},
        residents::listener{[this](dispatch::recorder::session session, std::int64_t sequence,
                                   std::size_t bytes, const handling::delivery& what) {
                                work->finished(session, sequence, what);
                                caught_up(session, bytes);
                                handlers_changed();
                            },
                            [this] { plugins_changed(); }, [this] { handlers_changed(); }});
    return {};
}

std::string collection::impl::session_of(discord::slot slot)
{
    const shard* const own = find(slot);
    return own == nullptr ? "" : record->record_of(own->session()).point.session_id;
}

void collection::impl::serve(const link::serve& what)
{
    if (!record || !shards.empty())
        return;
    random_source seeds{settings->seed};
    pacer.emplace(loop, gateway::resume_pacer(settings->collections, seeds.next()),
                  [this](const gateway::pacer_action& action) {
                      if (shard* const next = find(std::get<gateway::resume_go>(action).which))
                          next->resume_turn();
                  });
    life_pump.tell(shards_opened{what.shards.size()});
    std::optional<gateway::compression> compression;
    if (settings->compression != 0)
        compression = static_cast<gateway::compression>(settings->compression - 1);
    for (const discord::session_record& known : what.shards) {
        gateway::session_settings how;
        how.slot = known.which;
        how.token = settings->token;
        how.intents = intents();
        how.url = what.gateway_url;
        how.transport = gateway::transport_for(compression, what.shards.size());
        how.resume_patience = settings->resume_patience;
        shards.push_back(std::make_unique<shard>(shard::place{loop, *tls, up, *this},
                                                 std::move(how), seeds.next(),
                                                 record->open(known, net::now())));
        std::optional<discord::resume_point> from;
        if (!known.point.session_id.empty())
            from = {known.point.session_id, known.point.resume_url, known.resume_from()};
        shards.back()->start(std::move(from));
    }
    std::vector<command_taker*> takers;
    for (const auto& each : shards)
        takers.push_back(each.get());
    wanted.serve(std::move(takers));
    std::vector<discord::slot> slots;
    for (const auto& each : shards)
        slots.push_back(each->slot());
    guilds->serve(std::move(slots));
}

void collection::impl::change(const link::change_plugin& what)
{
    if (plugins)
        plugins->on(what);
}

// What is wanted now goes with the next IDENTIFY; a session has what it was opened with.
void collection::impl::plugins_changed()
{
    for (const auto& each : shards)
        each->want_intents(plugins->intents());
}

shard* collection::impl::find(discord::slot slot)
{
    for (const auto& each : shards)
        if (each->slot() == slot)
            return each.get();
    return nullptr;
}

bool collection::impl::is_here(const sharing::address& what) const
{
    std::vector<discord::slot> slots;
    for (const auto& each : shards)
        slots.push_back(each->slot());
    return serves(slots, what);
}

void collection::impl::give_turn(const link::turn& what)
{
    if (shard* const next = find(what.slot))
        next->permit(what.generation);
}

void collection::impl::wake(const link::wake& what)
{
    for (const auto& each : shards)
        if (what.slots.empty() ||
            std::find(what.slots.begin(), what.slots.end(), each->slot()) != what.slots.end())
            each->wake();
}

void collection::impl::on_event(shard& of, const plugin::event& what, instant now)
{
    if (!std::exchange(told_first_event, true))
        up.tell(link::first_event{});
    guilds->on_event(of.slot(), what.type, what.data);
    deliveries.clear();
    const bool drop = unfinished->drops(of.session(), what.type);
    work->on_event({of.session(), what.sequence, what.type, what.data, drop}, now, deliveries);
    plugin::event event = what;
    if (!deliveries.empty()) {
        event.data = discord::first_value(what.data);
        event.ids = discord::ids_in(event.data);
    }
    // By index: a handler that ends inside its call changes nothing here, but the list is a member.
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        unfinished->begun(of.session(), event.data.size());
        plugins->deliver(event, of.session(), deliveries[i]);
    }
    if (unfinished->is_full(of.session()))
        of.full(true);
    if (!deliveries.empty())
        handlers_changed();
}

void collection::impl::caught_up(dispatch::recorder::session session, std::size_t bytes)
{
    ready_again.clear();
    unfinished->finished(session, bytes, ready_again);
    if (ready_again.empty())
        return;
    for (const auto& each : shards) {
        if (std::find(ready_again.begin(), ready_again.end(), each->session()) == ready_again.end())
            continue;
        work->reads_again(each->session(), net::now());
        each->full(false);
    }
}

void collection::impl::handlers_changed()
{
    life_pump.tell(collection_handlers{work->running() + (plugins ? plugins->saving() : 0)});
}

void collection::impl::on_established(shard& of, const discord::resume_point& point)
{
    record->renew(of.session(), point, of.intents());
    up.tell(link::session_established{of.slot(), of.intents(), point});
}

void collection::impl::on_resumed(shard& of)
{
    work->resumed(of.session(), net::now());
    up.tell(link::session_resumed{of.slot()});
}

void collection::impl::on_forgotten(shard& of, const std::string& why)
{
    record->forget(of.session());
    guilds->on_session_lost(of.slot());
    up.tell(link::session_forgotten{of.slot(), why});
}

void collection::impl::on_stopped(shard& of, int close_code, const std::string& why)
{
    if (close_code != 0 || ends_sessions)
        record->forget(of.session());
    up.tell(link::shard_stopped{of.slot(), static_cast<std::uint16_t>(close_code), why});
    life_pump.tell(shard_ended{});
}

void collection::impl::perform(const life_action& action)
{
    if (const auto* closing = std::get_if<close_shards>(&action)) {
        ends_sessions = closing->end_sessions;
        for (const auto& each : shards)
            each->stop(closing->end_sessions);
        return;
    }
    if (plugins)
        plugins->save_all();
    pulse();
    up.tell(link::stopped{std::get<finished>(action).unfinished});
}

// A timer and not the machine's: how late it comes is what is measured.
void collection::impl::beat()
{
    pulse_timer.expires_after(std::max(pulse_due - net::now(), duration::zero()));
    pulse_timer.async_wait([this](boost::system::error_code failed) {
        if (failed)
            return;
        const instant now = net::now();
        lag_us = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(now - pulse_due).count());
        pulse_due = now + pulse_interval;
        if (record)
            record->expire(now);
        if (plugins)
            plugins->beat(now);
        look_at_shards(now);
        pulse();
        if (plugins)
            plugins->tell_gauges();
        beat();
    });
}

void collection::impl::look_at_shards(instant now)
{
    if (const auto away = suspension.look(net::read_clocks()))
        for (const auto& each : shards) {
            work->reads_again(each->session(), now);
            each->slept(*away);
        }
    for (const auto& each : shards)
        each->look(now);
    if (++pulses % gauges_each != 0 || shards.empty())
        return;
    link::gauges told;
    for (const auto& each : shards)
        told.shards.push_back(each->gauge(now));
    up.tell(std::move(told));
}

void collection::impl::pulse()
{
    link::pulse told;
    told.lag_us = lag_us;
    if (record) {
        told.unfinished = record->unfinished();
        told.counts = record->counts();
        told.changed = record->take_changed();
    }
    if (pacer) {
        told.resumes_waiting = static_cast<std::uint32_t>(pacer->machine().waiting());
        told.resumes_ms = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(pacer->machine().estimate())
                .count());
        told.full = static_cast<std::uint32_t>(unfinished->full());
        told.dropped = unfinished->dropped();
    }
    up.tell(std::move(told));
}

collection::collection(asio::io_context& loop, std::function<void(link::message)> send,
                       surroundings with)
    : impl_(std::make_unique<impl>(loop, std::move(send), std::move(with)))
{
}

collection::~collection()
{
    // Before the shards and the record that they write to.
    impl_->plugins.reset();
}

void collection::on(link::message what)
{
    if (auto* how = std::get_if<link::welcome>(&what))
        impl_->begin(std::move(*how));
    else if (const auto* shards = std::get_if<link::serve>(&what))
        impl_->serve(*shards);
    else if (const auto* turn = std::get_if<link::turn>(&what))
        impl_->give_turn(*turn);
    else if (const auto* called = std::get_if<link::wake>(&what))
        impl_->wake(*called);
    else if (auto* answer = std::get_if<link::rest_answer>(&what))
        impl_->up.on(std::move(*answer));
    else if (auto* value = std::get_if<link::value_answered>(&what))
        impl_->up.on(std::move(*value));
    else if (const auto* letter = std::get_if<link::plugin_letter>(&what))
        impl_->post.on(*letter);
    else if (auto* replies = std::get_if<link::letters_answered>(&what))
        impl_->post.on(std::move(*replies));
    else if (const auto* command = std::get_if<link::gateway_command>(&what))
        impl_->wanted.on(*command);
    else if (auto* told = std::get_if<link::gateway_answer>(&what))
        impl_->wanted.on(std::move(*told));
    else if (const auto* order = std::get_if<link::plugin_order>(&what)) {
        if (impl_->plugins)
            impl_->plugins->on(*order);
    } else if (const auto* change = std::get_if<link::change_plugin>(&what))
        impl_->change(*change);
    else if (const auto* asked = std::get_if<link::stop>(&what)) {
        if (impl_->plugins)
            impl_->plugins->save_apart();
        if (impl_->work)
            impl_->handlers_changed();
        impl_->life_pump.tell(stop_asked{asked->end_sessions});
    }
}

}  // namespace tinfoil::collection
