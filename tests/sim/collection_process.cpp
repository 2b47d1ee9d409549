#include "sim/collection_process.hpp"

#include "base/assert.hpp"
#include "base/overloaded.hpp"

namespace tinfoil::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t intents = (1U << 0) | (1U << 1) | (1U << 9);
constexpr duration pulse_interval = 1s;
constexpr std::uint32_t unfinished_max = 1024;
constexpr std::size_t handlers_if_tight = 4;
// With as many shards as there are, at the lowest rate, and for a process that hangs.
constexpr duration resume_wait_max = 30s;

dispatch::subscriber subscriber(std::size_t plugin)
{
    dispatch::subscriber made{std::string(plugin_names[plugin]), {}, {}};
    for (const char* type :
         {"READY", "RESUMED", "GUILD_CREATE", "GUILD_MEMBER_ADD", "MESSAGE_CREATE"})
        if (wants(plugin, type))
            made.events.emplace_back(type);
    if (plugin == 0)
        made.commands.emplace_back(command_name);
    return made;
}

}  // namespace

collection_process::collection_process(surroundings& with, network& net, identity who, ways to)
    : process(with.time),
      with_(with),
      net_(net),
      who_(who),
      to_(std::move(to)),
      life_({}, [this](const collection::life_action& action) { perform(action); })
{
}

void collection_process::on_death()
{
    with_.held.process_died(who_.epoch);
    net_.orphan(who_.epoch);
    to_.died();
}

void collection_process::say(link::message what)
{
    if (step())
        to_.to_host(std::move(what));
}

void collection_process::got(const link::message& what)
{
    if (!step())
        return;
    if (const auto* how = std::get_if<link::welcome>(&what)) {
        begin(*how);
    } else if (const auto* shards = std::get_if<link::serve>(&what)) {
        serve(*shards);
    } else if (const auto* turn = std::get_if<link::turn>(&what)) {
        for (const auto& each : shards_)
            if (each->slot == turn->slot)
                tell_later(*each, gateway::permitted{turn->generation});
    } else if (const auto* asked = std::get_if<link::stop>(&what)) {
        stop_asked_ = with_.time.now();
        tell_life(collection::stop_asked{asked->end_sessions});
    }
}

void collection_process::begin(const link::welcome& how)
{
    seed_ = how.seed;
    pacer_.emplace(how.collections, how.seed);
    collection::fullness::bounds most;
    most.handlers_all = collection::fullness::handlers_all_for(unfinished_max);
    if (with_.tight)
        most.handlers_each = handlers_if_tight;
    unfinished_.emplace(std::move(most));
    const dispatch::recorder::shape room{how.sessions_max, unfinished_max};
    link::loaded told;
    told.intents = intents;
    auto made =
        with_.state.create_record(who_.number, who_.epoch, dispatch::recorder::bytes_for(room));
    if (made) {
        memory_ = *made;
        record_.emplace(memory_->bytes(), room);
        work_.emplace(*record_, router_);
        for (std::size_t plugin = 0; plugin < plugin_names.size(); ++plugin) {
            router_.add(subscriber(plugin));
            record_->name_plugin(plugin_names[plugin]);
        }
    } else {
        told.failed = made.error();
    }
    say(std::move(told));
    run_after(pulse_interval, [this] { beat(); });
}

void collection_process::serve(const link::serve& what)
{
    if (!record_ || !shards_.empty())
        return;
    random_source seeds{seed_};
    tell_life(collection::shards_opened{what.shards.size()});
    for (const discord::session_record& known : what.shards) {
        if (!step())
            return;
        gateway::session_settings how;
        how.slot = known.which;
        how.token = redacted("sandbox");
        how.intents = intents;
        how.url = what.gateway_url;
        shards_.push_back(std::make_unique<shard>(std::move(how), seeds.next(),
                                                  record_->open(known, with_.time.now())));
        gateway::start begin;
        if (!known.point.session_id.empty())
            begin.from = {known.point.session_id, known.point.resume_url, known.resume_from()};
        tell_later(*shards_.back(), std::move(begin));
    }
}

void collection_process::tell_later(shard& to, gateway::input what)
{
    run_after(0s, [this, &to, what = std::move(what)] { tell(to, what); });
}

void collection_process::tell(shard& to, const gateway::input& what)
{
    with_.seen.on(to.machine.where(), what);
    std::vector<gateway::action> todo;
    to.machine.on(what, with_.time.now(), todo);
    with_.held.look_at(to.slot, to.machine);
    look_at_queue(to);
    for (const gateway::action& action : todo) {
        if (!step())
            return;
        with_.seen.on(action);
        perform(to, action);
    }
    if (is_dead())
        return;
    to.timer.set(time_, to.machine.deadline(), [weak = weak_from_this(), this, &to] {
        if (const auto self = weak.lock())
            run([this, &to] { tell(to, gateway::elapsed{}); });
    });
}

void collection_process::perform(shard& of, const gateway::action& action)
{
    std::visit(
        overloaded{
            [&](const gateway::open& to) { dial(of, to); },
            [&](const gateway::send& what) { net_.send(of.connection, what.payload); },
            [&](const gateway::close& with) { net_.close(of.connection, with.code); },
            [&](const gateway::drop&) { net_.drop(of.connection); },
            [&](const gateway::queue_identify& asks) {
                say(link::identify_wanted{of.slot, asks.generation});
            },
            [&](const gateway::leave_queue&) { say(link::identify_left{of.slot}); },
            [&](const gateway::identify_ended& how) {
                say(link::identify_ended{of.slot, how.received});
            },
            [&](const gateway::deliver& what) {
                of.silence.event(what.type);
                on_event(of, {what.sequence, what.type, what.data});
            },
            [&](const gateway::established& at) {
                record_->renew(of.record, at.point, intents);
                with_.held.session_kept(of.slot, at.point.session_id);
                say(link::session_established{of.slot, intents, at.point});
            },
            [&](const gateway::resumed&) {
                work_->resumed(of.record, with_.time.now());
                with_.held.session_kept(of.slot, of.machine.point()->session_id);
                say(link::session_resumed{of.slot});
            },
            [&](const gateway::forgotten& what) {
                record_->forget(of.record);
                say(link::session_forgotten{of.slot, what.why});
            },
            [&](const gateway::moved& what) {
                if (what.to != gateway::state::dialing)
                    return;
                work_->connecting(of.record);
            },
            [&](const gateway::stopped& how) { on_stopped(of, how); },
            [&](const gateway::queue_resume& want) {
                tell_pacer(gateway::resume_wanted{of.slot, want.since});
            },
            [&](const gateway::leave_resume_queue&) { tell_pacer(gateway::resume_left{of.slot}); },
            [&](const gateway::resume_ended& how) {
                tell_pacer(gateway::resume_result{how.failed});
            },
            [&](const gateway::read& how) { net_.read(of.connection, how.on); },
            [&](const gateway::own_mistake&) {},
        },
        action);
}

void collection_process::dial(shard& of, const gateway::open& to)
{
    const auto hear = [weak = weak_from_this(), this, &of,
                       generation = to.generation](const network::arrival& what) {
        const auto self = weak.lock();
        if (!self)
            return;
        run([this, &of, generation, what] {
            switch (what.what) {
            case network::arrival::kind::connected:
                return tell(of, gateway::connected{generation});
            case network::arrival::kind::received:
                return tell(of, gateway::received{generation, what.text});
            case network::arrival::kind::lost:
                return tell(of, gateway::lost{generation, what.code, what.text});
            }
        });
    };
    of.connection = net_.dial({of.slot, who_.epoch, hear}, to.url);
}

void collection_process::on_event(shard& of, const event& what)
{
    std::vector<collection::handling::delivery> todo;
    work_->on_event({of.record, what.sequence, what.type, what.data}, with_.time.now(), todo);
    // On record is begun: a process that dies now leaves an unfinished event.
    const std::string session = of.machine.point()->session_id;
    for (const auto& each : todo) {
        with_.seen.on_handling(each.redelivered);
        with_.held.begun({session, what.sequence, each.plugin}, what.type, each.redelivered,
                         who_.epoch);
    }
    for (const auto& each : todo) {
        if (!step())
            return;
        unfinished_->begun(of.record, what.data.size());
        deliver(of, what, each);
    }
    if (!is_dead() && unfinished_->is_full(of.record))
        tell_later(of, gateway::full{true});
    handlers_changed();
}

void collection_process::look_at_queue(shard& of)
{
    if (of.machine.where() != gateway::state::queue_resume)
        of.queued = never;
    else if (of.queued == never)
        of.queued = with_.time.now();
    else if (with_.time.now() - of.queued > resume_wait_max)
        with_.held.broken("shard " + to_string(of.slot) + " waits to resume for too long");
}

void collection_process::tell_pacer(const gateway::pacer_input& what)
{
    std::vector<gateway::pacer_action> todo;
    pacer_->on(what, with_.time.now(), todo);
    for (const auto& each : todo)
        for (const auto& one : shards_)
            if (one->slot == std::get<gateway::resume_go>(each).which)
                tell_later(*one, gateway::resume_turn{});
    pacer_timer_.set(time_, pacer_->deadline(), [weak = weak_from_this(), this] {
        if (const auto self = weak.lock())
            run([this] { tell_pacer(gateway::pacer_elapsed{}); });
    });
}

void collection_process::slept()
{
    for (const auto& each : shards_) {
        work_->reads_again(each->record, with_.time.now());
        tell_later(*each, gateway::slept{});
    }
}

void collection_process::look_for_silence()
{
    const instant now = with_.time.now();
    for (const auto& each : shards_) {
        const bool live =
            each->machine.where() == gateway::state::active && !each->machine.is_paused();
        auto silent = each->silence.look(now, live);
        if (!silent)
            continue;
        if (each->last_refresh != never && now - each->last_refresh < 1h)
            with_.held.broken("shard " + to_string(each->slot) +
                              " is resumed for its silence twice in an hour");
        each->last_refresh = now;
        tell_later(*each, gateway::refresh{std::move(*silent)});
    }
}

void collection_process::deliver(shard& of, const event& what, collection::handling::delivery to)
{
    const delivery_name name{of.machine.point()->session_id, what.sequence, to.plugin};
    record_->in_charge().begin(to.plugin,
                               {dispatch::charge::part::event, of.slot, what.sequence, what.type});
    const duration takes = handler_time();
    const std::size_t bytes = what.data.size();
    if (takes == duration::zero()) {
        if (step())
            finish(of, to, name, bytes);
    } else if (takes != duration::max()) {
        run_after(takes, [this, &of, to, name, bytes] {
            if (step())
                finish(of, to, name, bytes);
        });
    }
    if (!is_dead())
        record_->in_charge().end();
}

void collection_process::finish(shard& of, const collection::handling::delivery& to,
                                const delivery_name& name, std::size_t bytes)
{
    work_->finished(of.record, name.sequence, to);
    std::vector<collection::fullness::shard> caught_up;
    unfinished_->finished(of.record, bytes, caught_up);
    for (const auto& each : shards_) {
        if (std::find(caught_up.begin(), caught_up.end(), each->record) == caught_up.end())
            continue;
        work_->reads_again(each->record, with_.time.now());
        tell_later(*each, gateway::full{false});
    }
    with_.held.finished(name);
    if (step())
        handlers_changed();
}

// Most are quick, some wait for something, and a few never end.
duration collection_process::handler_time()
{
    if (with_.tight)
        return with_.now.slow_handlers ? with_.between(30s, 3min) : with_.between(0ms, 1s);
    const std::uint64_t luck = with_.random.below(1000);
    if (luck < 500)
        return duration::zero();
    if (luck < 940)
        return with_.between(1ms, with_.now.slow_handlers ? 20s : 500ms);
    if (luck < 998)
        return with_.between(1ms, with_.now.slow_handlers ? 90s : 5s);
    return with_.now.calm ? duration::zero() : duration::max();
}

void collection_process::handlers_changed()
{
    tell_life(collection::collection_handlers{work_->running()});
}

void collection_process::on_stopped(shard& of, const gateway::stopped& how)
{
    if (how.close_code != 0)
        record_->forget(of.record);
    say(link::shard_stopped{of.slot, static_cast<std::uint16_t>(how.close_code), how.why});
    if (!is_dead())
        tell_life(collection::shard_ended{});
}

void collection_process::tell_life(const collection::life_input& what)
{
    life_.tell(time_, what, [this] { return step(); });
    if (is_dead())
        return;
    life_timer_.set(time_, life_.machine().deadline(), [weak = weak_from_this(), this] {
        if (const auto self = weak.lock())
            run([this] { tell_life(collection::elapsed{}); });
    });
}

void collection_process::perform(const collection::life_action& action)
{
    if (const auto* closing = std::get_if<collection::close_shards>(&action)) {
        with_.seen.on_life(closing->end_sessions ? 1 : 0);
        for (const auto& each : shards_)
            tell_later(*each, gateway::stop{closing->end_sessions});
        return;
    }
    const std::size_t unfinished = std::get<collection::finished>(action).unfinished;
    with_.seen.on_life(unfinished == 0 ? 2 : 3);
    if (unfinished != 0 && with_.time.now() < stop_asked_ + collection::life::patience)
        with_.held.broken("a stop cut off handlers that had time left");
    pulse();
    say(link::stopped{unfinished});
    // What was said is written, and then the process ends.
    run_after(with_.between(0ms, 3ms), [this] { die(); });
}

void collection_process::wake(std::uint64_t any)
{
    if (!shards_.empty())
        tell_later(*shards_[any % shards_.size()], gateway::wake{});
}

std::size_t collection_process::active() const
{
    return static_cast<std::size_t>(
        std::count_if(shards_.begin(), shards_.end(), [](const auto& each) {
            return each->machine.where() == gateway::state::active;
        }));
}

void collection_process::beat()
{
    if (record_)
        record_->expire(with_.time.now());
    look_for_silence();
    pulse();
    run_after(pulse_interval, [this] { beat(); });
}

void collection_process::pulse()
{
    link::pulse told;
    if (record_) {
        told.unfinished = record_->unfinished();
        told.changed = record_->take_changed();
    }
    say(std::move(told));
}

}  // namespace tinfoil::sim
