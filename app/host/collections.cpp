#include "base/overloaded.hpp"
#include "collection/letters.hpp"
#include "discord/opcode.hpp"
#include "host/collections_parts.hpp"
#include "host/earlier_sessions.hpp"
#include "state/plugin_states.hpp"
#include "state/record_file.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <fmt/format.h>

namespace tinfoil::host {
namespace {

namespace fs = std::filesystem;

// Between two warnings that the state can't be written.
constexpr duration complaint_interval = std::chrono::minutes(1);

}  // namespace

void collections::impl::perform(const fleet_action& action)
{
    std::visit(
        overloaded{
            [&](const spawn& what) { start(what); },
            [&](const end_process& what) {
                if (const auto own = members.find(what.number); own != members.end())
                    own->second.forced = true, own->second.link->kill();
            },
            [&](const tell& what) {
                if (const auto own = members.find(what.number); own != members.end())
                    own->second.link->send(what.what);
            },
            [&](const record_identify& what) { record(what); },
            [&](const keep_sessions& what) { keep(what); },
            [&](const forget_session& what) {
                told_state({what.slot}, with.store.forget_session(what.slot, what.generation));
            },
            [&](const say& what) {
                what.warning ? with.people.warn(what.text) : with.people.note(what.text);
            },
            [&](const shard_lost& what) { listens.shard_lost(what.why); },
            [&](const ask_budget&) { listens.ask_budget(); },
            [&](const ask_intents&) { listens.ask_intents(); },
            [&](const check_token& what) { listens.check_token(what.wait); },
            [&](const start_refused& what) { listens.cant_go_on(what.why); },
            [&](const write_commit& what) {
                scaler.perform(what);
                operations.perform(what);
            },
            [&](const keep_handoff_record& what) { operations.perform(what); },
            [&](const drop_handoff_record& what) { operations.perform(what); },
            [&](const handoff_over& what) {
                const auto& plan = decides.machine().sessions();
                std::erase_if(states, [&](const auto& each) { return !plan.contains(each.first); });
                dead.keep_only(plan);
                remove_needless();
                scaler.perform(what);
                operations.perform(what);
            },
            [&](const move_over& what) { operations.perform(what); },
            [&](const collection_over& what) { scaler.perform(what); },
            [&](const restart_changed& what) { restarts.perform(what); },
            [&](const fleet_ended& what) { listens.ended(what.unfinished); },
        },
        action);
}

void collections::impl::start(const spawn& what)
{
    const fs::path base = fs::path(how.run_folder) / fmt::format("{}-{}", what.number, what.epoch);
    member made;
    made.epoch = what.epoch;
    made.record = fs::path(how.run_folder) / record_name(what.number, what.epoch);
    made.copies = base;
    const auto number = what.number;
    const auto epoch = what.epoch;
    const peer::listener to{
        [this, number, epoch](link::message got_one) { got(number, epoch, std::move(got_one)); },
        [this, number, epoch](std::string end) { ended(number, epoch, std::move(end)); }};
    if (how.in_process) {
        made.link = peer::local(with.loop, how.executable, to);
    } else {
        auto process =
            network->start({with.store.node(), number, epoch}, builds.of(what.build), to);
        if (!process)
            // It may go better the next time; a fleet that never began refuses after a few.
            return decides.tell(gone{number, epoch, std::nullopt, process.error().detail});
        made.link = std::move(*process);
    }
    link::welcome welcome = how.welcome;
    welcome.record_file = made.record.string();
    welcome.private_copies = made.copies.string();
    welcome.plugin_states = state::plugin_states(how.state_folder, number).string();
    welcome.seed = seeds.next();
    welcome.granted_privileged = what.granted;
    welcome.terms = care.terms();
    // Room for newer sessions beside the older ones, and for those of shards that are moved.
    welcome.sessions_max = static_cast<std::uint32_t>(2 * decides.machine().sessions().size() + 64);
    welcome.collections = static_cast<std::uint32_t>(decides.machine().collections().size());
    made.link->send(std::move(welcome));
    if (const auto before = members.find(number); before != members.end())
        replace(number, std::move(before->second));
    members[number] = std::move(made);
    listens.collection_changed();
}

// One in this process may be the one that just spoke: it goes when it has finished. Nothing of its
// record is needed, since the fleet has heard all of it.
void collections::impl::replace(std::uint32_t number, member before)
{
    command_routes::outgoing nobody_waits;
    commands.on_ended(number, nobody_waits);
    shared.gone({number, before.epoch});
    health.gone(before.epoch);
    boost::asio::post(with.loop, [before = std::make_shared<member>(std::move(before))] {
        before->link.reset();
        std::error_code ignored;
        fs::remove(before->record, ignored);
        fs::remove_all(before->copies, ignored);
    });
}

void collections::impl::ended(std::uint32_t number, std::uint64_t epoch, std::string end)
{
    const auto own = members.find(number);
    if (own == members.end() || own->second.epoch != epoch)
        return;
    const fs::path record = own->second.record, copies = own->second.copies;
    const care_desk::end last{number, epoch, end, own->second.forced, stopping};
    members.erase(own);
    command_routes::outgoing lost;
    commands.on_ended(number, lost);
    pass(std::move(lost));
    shared.gone({number, epoch});
    health.gone(epoch);
    with.plugins.on_gone(number);
    gone told{number, epoch, std::nullopt, std::move(end)};
    std::optional<std::set<discord::slot>> slots;
    auto left = state::read_record(record);
    const bool trusted = left && *left && (*left)->trusted;
    care.ended(last, trusted ? &(*left)->what : nullptr);
    if (trusted) {
        with.counted.counted(epoch, (*left)->what.counts);
        told.left = std::move((*left)->what.sessions);
        slots.emplace();
        for (const discord::session_record& each : *told.left)
            slots->insert(each.which);
    }
    decides.tell(std::move(told));
    // Only now, when the state has what the file had, or could not take it.
    dead.died(record, std::move(slots));
    remove_needless();
    std::error_code ignored;
    fs::remove_all(copies, ignored);
    listens.collection_changed();
}

void collections::impl::send(std::uint32_t number, std::uint64_t epoch, link::message what)
{
    const auto own = members.find(number);
    if (own != members.end() && own->second.epoch == epoch)
        own->second.link->send(std::move(what));
}

void collections::impl::got(std::uint32_t number, std::uint64_t epoch, link::message what)
{
    const auto own = members.find(number);
    if (own == members.end() || own->second.epoch != epoch)
        return;
    if (care.on(number, epoch, what) || operations.on(what))
        return;
    if (auto* request = std::get_if<link::rest>(&what))
        return on_rest(own->second, number, std::move(*request));
    if (const auto* cancelled = std::get_if<link::rest_cancel>(&what)) {
        if (const auto node = own->second.requests.extract(cancelled->id); !node.empty())
            with.rest.cancel(node.mapped());
        return;
    }
    if (shared.on({number, epoch}, what))
        return;
    if (const auto* command = std::get_if<link::gateway_command>(&what))
        return on_command(number, *command);
    if (auto* answer = std::get_if<link::gateway_answer>(&what)) {
        command_routes::outgoing todo;
        commands.on_answer(number, std::move(*answer), todo);
        return pass(std::move(todo));
    }
    if (const auto* logged = std::get_if<link::plugin_logged>(&what))
        return with.people.plugin_logged(logged->plugin, logged->level, logged->text);
    if (const auto* moved = std::get_if<link::shard_moved>(&what))
        return on_moved(number, *moved);
    if (const auto* told = std::get_if<link::shard_noticed>(&what)) {
        health.on(*told);
        return with.people.warn("shard " + to_string(told->slot) + ": " + told->text);
    }
    if (const auto* told = std::get_if<link::loads>(&what))
        return scaler.on(number, *told);
    if (const auto* told = std::get_if<link::gauges>(&what))
        return health.on(epoch, *told, net::now());
    if (std::holds_alternative<link::first_event>(what))
        return with.counted.event_came(net::now());
    if (std::holds_alternative<link::session_resumed>(what))
        with.counted.resumed();
    if (std::holds_alternative<link::plugin_changed>(what) ||
        std::holds_alternative<link::plugin_state>(what) ||
        std::holds_alternative<link::plugin_state_rejected>(what))
        return with.plugins.on_message(number, what);
    if (const auto* begun = std::get_if<link::loaded>(&what))
        on_loaded(number, *begun);
    else if (const auto* beat = std::get_if<link::pulse>(&what)) {
        with.counted.counted(epoch, beat->counts);
        health.on(epoch, *beat);
        for (const auto& each : beat->changed)
            rates.note(each.which, each.point.sequence, net::now());
    }
    decides.tell(heard{number, epoch, std::move(what)});
}

void collections::impl::on_loaded(std::uint32_t number, link::loaded what)
{
    with.plugins.on_loaded(number, what);
    const auto before = std::exchange(outcomes, what.plugins);
    if (what.failed)
        return;
    listens.commands_declared(what.commands);
    if (std::exchange(told_loaded, true))
        return announce(before);
    for (const auto& outcome : outcomes)
        with.people.plugin_examined(outcome);
    listens.first_loaded(what);
}

// One that was set aside since, or is back.
void collections::impl::announce(const std::vector<link::plugin_outcome>& before)
{
    for (const auto& outcome : outcomes) {
        const auto old = std::find_if(before.begin(), before.end(),
                                      [&](const auto& each) { return each.file == outcome.file; });
        if (old == before.end() || old->refused.has_value() != outcome.refused.has_value())
            with.people.plugin_examined(outcome);
    }
}

void collections::impl::on_rest(member& of, std::uint32_t number, link::rest what)
{
    // Enough of the request to count its answer, without a second copy of body and files.
    discord::rest_request counted;
    counted.method = what.request.method;
    counted.path = what.request.path;
    counted.answers_command = what.request.answers_command;
    const std::uint64_t id = what.id;
    of.requests[id] =
        with.rest.submit(std::move(what.request),
                         [this, number, epoch = of.epoch, id, counted = std::move(counted),
                          living = std::weak_ptr(alive)](result<discord::rest_response> answer) {
                             if (living.expired())
                                 return;
                             if (answer)
                                 with.counted.answered(counted, answer->status);
                             // Its process may have ended: then nobody waits for the answer any
                             // more.
                             if (const auto own = members.find(number);
                                 own != members.end() && own->second.epoch == epoch)
                                 own->second.requests.erase(id);
                             link::rest_answer told{id, {}, {}};
                             if (answer)
                                 told.response = std::move(*answer);
                             else
                                 told.failed = answer.error();
                             send(number, epoch, std::move(told));
                         });
}

std::vector<sharing::place> collections::impl::find(const sharing::address& what) const
{
    std::vector<sharing::place> all;
    const auto& known = decides.machine().collections();
    for (std::uint32_t each = 0; each < known.size(); ++each) {
        const bool is_meant = what.what == sharing::addressee::all ||
                              (what.what == sharing::addressee::collection
                                   ? what.collection == each
                                   : collection::serves(known[each].slots, what));
        if (is_meant)
            all.push_back({each, known[each].where == fleet::phase::running});
    }
    return all;
}

void collections::impl::on_presence(std::uint32_t number, const link::gateway_command& what)
{
    const bool begins = decides.machine().collections().at(number).where == fleet::phase::starting;
    if (commands.takes_presence({number, members.at(number).epoch}, begins)) {
        how.welcome.presence = what.data;
        for (const auto& [each, own] : members)
            own.link->send(link::gateway_command{0, what.op, what.data, {}});
    }
    members.at(number).link->send(link::gateway_answer{what.id, {{}, "{}"}});
}

void collections::impl::on_command(std::uint32_t number, const link::gateway_command& what)
{
    if (what.op == discord::opcode::presence_update)
        return on_presence(number, what);
    const discord::snowflake guild = guild_of(what);
    const auto& known = decides.machine().collections();
    std::optional<command_routes::target> owner;
    for (std::uint32_t each = 0; each < known.size() && !owner; ++each)
        for (const discord::slot slot : known[each].slots)
            if (slot.serves(guild))
                owner = {each, known[each].where == fleet::phase::running};
    command_routes::outgoing todo;
    commands.on_command(number, what, owner ? &*owner : nullptr, todo);
    pass(std::move(todo));
}

void collections::impl::pass(command_routes::outgoing all)
{
    for (auto& [to, what] : all)
        if (const auto own = members.find(to); own != members.end())
            own->second.link->send(std::move(what));
}

void collections::impl::on_moved(std::uint32_t number, const link::shard_moved& what)
{
    if (what.to > static_cast<std::uint8_t>(gateway::last_state))
        return;
    const auto to = static_cast<gateway::state>(what.to);
    seen& at = states[what.slot];
    if (at.state == gateway::state::await_ready)
        at.session_since = to == gateway::state::active ? std::optional(net::now()) : std::nullopt;
    at = {to, net::now(), what.why, at.session_since};
    with.people.shard_moved(what.slot, to, what.why);
    listens.shard_changed(status_of(number, what.slot));
}

void collections::impl::record(const record_identify& what)
{
    auto recorded = with.store.record_identify(what.slot, std::string(sharding::name(what.why)),
                                               net::wall_clock_ms());
    if (recorded) {
        with.counted.identified();
        operations.identified(what.slot);
    }
    decides.tell(identify_recorded{what.slot, recorded ? std::nullopt
                                                       : std::optional<error>(recorded.error())});
}

void collections::impl::keep(const keep_sessions& what)
{
    const auto own = members.find(what.number);
    const auto kept = with.store.save_sessions(
        what.what, what.use, with.store.node() + "/" + std::to_string(what.number),
        own == members.end() ? 0 : own->second.epoch);
    std::vector<discord::slot> slots;
    for (const auto& each : what.what)
        slots.push_back(each.which);
    told_state(slots, kept);
    if (!kept)
        decides.tell(not_kept{std::move(slots)});
}

void collections::impl::told_state(const std::vector<discord::slot>& slots,
                                   const result<void>& kept)
{
    for (const discord::slot each : slots)
        kept ? dead.has(each) : dead.lacks(each);
    if (kept)
        return remove_needless();
    complain(kept);
}

void collections::impl::remove_needless()
{
    std::error_code ignored;
    for (const fs::path& each : dead.take_needless())
        fs::remove(each, ignored);
}

void collections::impl::complain(const result<void>& kept)
{
    if (kept || (complained != never && net::now() - complained < complaint_interval))
        return;
    complained = net::now();
    with.people.warn(kept.error().detail + "; the bot goes on, and what its sessions need is in " +
                     how.run_folder);
}

}  // namespace tinfoil::host
