#include "collection/collection_impl.hpp"

namespace tinfoil::collection {
namespace {

constexpr duration pulse_interval = std::chrono::seconds(1);
// Gauges are told with every so many pulses.
constexpr int gauges_each = 10;
// For each session so many events may be unfinished before the oldest is given up, on average.
constexpr std::uint32_t unfinished_each = 64, unfinished_least = 4096;

}  // namespace

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
        // Half of the room is for sessions that take over from others.
        .unfinished_max = std::max(unfinished_least, settings->sessions_max / 2 * unfinished_each)};
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
    load_of.emplace(settings->seed);
    load_of->watch(place->watch());
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
    if (!record || serves)
        return;
    serves = true;
    seeds = random_source{settings->seed};
    gateway_url = what.gateway_url;
    pacer.emplace(loop, gateway::resume_pacer(settings->collections, seeds.next()),
                  [this](const gateway::pacer_action& action) {
                      if (shard* const next = find(std::get<gateway::resume_go>(action).which))
                          next->resume_turn();
                  });
    expected = what.shards.size();
    for (const discord::session_record& known : what.shards)
        open(known, what.gateway_url, {}, "", false);
    shards_changed();
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
    return tinfoil::collection::serves(slots, what);
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
    if (!handovers.empty()) {
        if (handover* const own = handover_of(of))
            return own->on_event(of, what, now);
        // The older side of a handoff: another session brings it.
        if (find(of.slot()) != &of)
            return;
    }
    hand_on(of, what, now);
}

void collection::impl::hand_on(shard& of, const plugin::event& what, instant now)
{
    guilds->on_event(of.slot(), what.type, what.data);
    deliveries.clear();
    const bool drop = unfinished->drops(of.session(), what.type);
    work->on_event({of.session(), what.sequence, what.type, what.data, drop}, now, deliveries);
    deliver(what, of);
}

// To those of `deliveries`.
void collection::impl::deliver(const plugin::event& what, shard& of)
{
    plugin::event event = what;
    if (!deliveries.empty())
        event.ids = discord::ids_in(what.data, &event.data);
    const auto measured = place->measure();
    // By index: a handler that ends inside its call changes nothing here, but the list is a member.
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        unfinished->begun(of.session(), event.data.size());
        plugins->deliver(event, of.session(), deliveries[i]);
    }
    if (unfinished->is_full(of.session()))
        of.full(true);
    load_of->delivered(deliveries.size());
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

// With each event; and only the end of a collection waits for it.
void collection::impl::handlers_changed()
{
    if (!ends)
        return;
    life_pump.tell(collection_handlers{work->running() + (plugins ? plugins->saving() : 0)});
}

void collection::impl::on_established(shard& of, const discord::resume_point& point)
{
    record->renew(of.session(), point, of.intents());
    up.tell(link::session_established{of.slot(), of.intents(), point});
}

void collection::impl::on_resumed(shard& of)
{
    if (handover* const own = handover_of(of))
        own->on_session_back(of);
    work->resumed(of.session(), net::now());
    up.tell(link::session_resumed{of.slot()});
}

void collection::impl::on_forgotten(shard& of, const std::string& why)
{
    if (handover* const own = handover_of(of))
        own->on_session_lost(of, why, false);
    record->forget(of.session());
    guilds->on_session_lost(of.slot());
    up.tell(link::session_forgotten{of.slot(), why});
    // The older side of a handoff has its events brought by another session; and where a shard
    // comes to without one, load() says so.
    if (find(of.slot()) == &of && !leaving.contains(of.slot()))
        say_gap(of, {}, "its session was lost: " + why);
}

void collection::impl::on_stopped(shard& of, int close_code, const std::string& why)
{
    const auto gone = std::find_if(closing.begin(), closing.end(),
                                   [&](const auto& each) { return each.get() == &of; });
    if (gone != closing.end()) {
        auto own = std::move(*gone);
        closing.erase(gone);
        left(std::move(own));
        return life_pump.tell(shard_ended{});
    }
    if (handover* const own = handover_of(of); own != nullptr && close_code != 0)
        own->on_session_lost(of, why, true);
    if (close_code != 0 || ends_sessions)
        record->forget(of.session());
    up.tell(link::shard_stopped{of.slot(), static_cast<std::uint16_t>(close_code), why});
    life_pump.tell(shard_ended{});
}

void collection::impl::perform(const life_action& action)
{
    if (const auto* stops = std::get_if<close_shards>(&action)) {
        ends_sessions = stops->end_sessions;
        for (const auto& each : handovers)
            each->stop();
        for (const auto& each : shards)
            each->stop(stops->end_sessions);
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
    if (const auto away = suspension.look(net::read_clocks())) {
        for (const auto& each : handovers)
            each->slept(*away);
        for (const auto& each : shards) {
            work->reads_again(each->session(), now);
            each->slept(*away);
        }
    }
    for (const auto& each : shards)
        each->look(now);
    for (const auto& each : handovers)
        each->pulse(now);
    try_settling(now);
    tell_facts();
    tell_load(now);
    if (++pulses % gauges_each != 0 || shards.empty())
        return;
    link::gauges told;
    for (const auto& each : shards)
        told.shards.push_back(each->gauge(now));
    up.tell(std::move(told));
}

void collection::impl::tell_load(instant now)
{
    if (!load_of)
        return;
    for (const auto& each : shards)
        each->tell_load();
    up.tell(link::loads{load_of->take(now, net::thread_time(), std::chrono::microseconds(lag_us))});
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
    else if (auto* change_of_shards = std::get_if<link::handoff_begin>(&what))
        impl_->begin_handoff(std::move(*change_of_shards));
    else if (const auto* handoff_turn = std::get_if<link::handoff_turn>(&what))
        impl_->tell_handover(*handoff_turn);
    else if (const auto* written = std::get_if<link::handoff_journalled>(&what))
        impl_->tell_handover(*written);
    else if (const auto* cancelled = std::get_if<link::handoff_cancel>(&what))
        impl_->tell_handover(*cancelled);
    else if (const auto* comes = std::get_if<link::shard_load>(&what))
        impl_->load(*comes);
    else if (const auto* goes = std::get_if<link::shard_unload>(&what))
        impl_->unload(goes->slot);
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
        impl_->ends = true;
        if (impl_->plugins)
            impl_->plugins->save_apart();
        if (impl_->work)
            impl_->handlers_changed();
        impl_->life_pump.tell(stop_asked{asked->end_sessions});
    }
}

}  // namespace tinfoil::collection
