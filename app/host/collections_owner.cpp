#include "base/assert.hpp"
#include "discord/opcode.hpp"
#include "host/collections_parts.hpp"
#include "host/collections_settings.hpp"

#include <algorithm>

namespace tinfoil::host {

shard_status collections::impl::status_of(std::uint32_t number, discord::slot slot) const
{
    shard_status made;
    made.slot = slot;
    made.collection = number;
    if (const auto at = states.find(slot); at != states.end()) {
        made.state = at->second.state;
        made.why = at->second.why;
        const auto ms_since = [now = net::now()](instant then) {
            return std::chrono::duration_cast<std::chrono::milliseconds>(now - then).count();
        };
        made.in_state_ms = ms_since(at->second.since);
        if (at->second.session_since)
            made.session_age_ms = ms_since(*at->second.session_since);
    }
    made.lag_us = decides.machine().collections().at(number).lag_us;
    if (const auto load = scaler.load_of(slot)) {
        made.load = load->load;
        made.heaviest_guild = load->heaviest_guild;
        made.heaviest = load->heaviest;
    }
    made.events_milli = static_cast<std::uint64_t>(1000 * rates.per_second(slot, net::now()) + 0.5);
    const auto& known = decides.machine().sessions();
    if (const auto own = known.find(slot); own != known.end()) {
        made.generation = own->second.generation;
        made.has_session = !own->second.point.session_id.empty();
        made.sequence = own->second.point.sequence;
        made.unfinished = own->second.unfinished.size();
    }
    made.gauge = health.of(slot, net::now());
    made.facts = operations.facts(slot);
    return made;
}

collections::collections(parts with, settings how, listener to)
    : impl_(std::make_unique<impl>(with, std::move(how), std::move(to)))
{
}

collections::~collections() = default;

result<void> collections::begin(fleet_plan plan, std::uint64_t own_user)
{
    auto records = impl_->with.store.handoff_records();
    if (!records)
        return records.error();
    plan.handoffs = std::move(*records);
    if (auto begun = impl_->operations.begin(own_user); !begun)
        return begun;
    if (auto made = impl_->make_network(); !made)
        return made;
    impl_->decides.tell(std::move(plan));
    return impl_->scaler.begin();
}

result<void> collections::impl::make_network()
{
    network_manager::surroundings around{
        with.loop, how.run_folder, with.store.lock_descriptor(),
        [this](const std::string& text) { with.people.warn(text); }};
    using kind = network_settings::kind;
    if (how.in_process || how.network.manager == kind::local) {
        network = network_manager::local(std::move(around));
        return {};
    }
    TINFOIL_ASSERT(how.network.manager == kind::exec || with.network != nullptr);
    auto made = how.network.manager == kind::exec
                    ? network_manager::exec(std::move(around), how.network)
                    : network_manager::plugin(std::move(around), *with.network);
    if (!made)
        return made.error();
    network = std::move(*made);
    if (with.network != nullptr)
        with.network->share(
            {[this](sharing::client from, link::message told) { shared.on(from, told); },
             [this](sharing::client who) { shared.gone(who); }});
    return {};
}

void collections::close_network(std::function<void()> then)
{
    if (!impl_->network)
        return then();
    impl_->network->close(std::move(then));
}

operations_desk& collections::operations()
{
    return impl_->operations;
}

rebalance_target& collections::balance()
{
    return impl_->scaler;
}

restart_target& collections::restarts()
{
    return impl_->restarts;
}

void collections::inform(fleet_input what)
{
    impl_->decides.tell(std::move(what));
}

void collections::set_token(redacted token)
{
    impl_->how.welcome.token = std::move(token);
}

void collections::reconfigure(const settings& how)
{
    link::welcome& own = impl_->how.welcome;
    take_settings(own, how.welcome);
    impl_->care.set(how.care.care);
    impl_->scaler.configure(how.scaler);
    // Without one the sessions keep what they show: nobody knows what that was before.
    if (how.welcome.presence.empty() || how.welcome.presence == impl_->configured_presence)
        return;
    impl_->configured_presence = own.presence = how.welcome.presence;
    for (const auto& [number, member] : impl_->members)
        member.link->send(
            link::gateway_command{0, discord::opcode::presence_update, own.presence, {}});
}

sharding::ledger_view collections::starts() const
{
    return impl_->decides.machine().ledger().look(net::now());
}

sharding::quote collections::price(int identifies) const
{
    return impl_->decides.machine().ledger().price(identifies);
}

bool collections::enable_plugin(const std::string& plugin)
{
    const bool was_aside = impl_->care.enable(plugin);
    for (auto& [number, each] : impl_->members)
        for (const auto& terms : impl_->care.terms_of(plugin))
            each.link->send(link::plugin_order{terms});
    return was_aside;
}

care_desk& collections::plugin_care()
{
    return impl_->care;
}

void collections::stop(bool end_sessions)
{
    impl_->stopping = true;
    impl_->scaler.stop();
    impl_->operations.stop();
    impl_->decides.tell(fleet_stop{end_sessions});
}

void collections::wake(const std::vector<discord::slot>& slots)
{
    for (auto& [number, each] : impl_->members)
        each.link->send(link::wake{slots});
}

gateway_status collections::gateway() const
{
    return impl_->health.all();
}

bool collections::all_kept() const
{
    return impl_->dead.all_kept();
}

void collections::pass_on(std::uint32_t number, link::message what)
{
    if (const auto own = impl_->members.find(number); own != impl_->members.end())
        own->second.link->send(std::move(what));
}

std::uint64_t collections::session_intents() const
{
    std::uint64_t all = ~std::uint64_t{0};
    for (const auto& [slot, known] : impl_->decides.machine().sessions())
        if (!known.point.session_id.empty())
            all &= known.intents;
    return all;
}

std::vector<shard_status> collections::shards() const
{
    std::vector<shard_status> all;
    const auto& known = impl_->decides.machine().collections();
    for (std::uint32_t number = 0; number < known.size(); ++number)
        for (const discord::slot slot : known[number].slots)
            all.push_back(impl_->status_of(number, slot));
    return all;
}

std::vector<collection_status> collections::list() const
{
    std::vector<collection_status> all;
    const auto& known = impl_->decides.machine().collections();
    for (std::uint32_t number = 0; number < known.size(); ++number) {
        const fleet::collection& each = known[number];
        if (each.retires && each.where == fleet::phase::ended)
            continue;
        const auto own = impl_->members.find(number);
        const auto load = impl_->scaler.load_of(number);
        all.push_back({.number = number,
                       .state = std::string(name(each.where)),
                       .pid = own == impl_->members.end() ? 0 : own->second.link->pid(),
                       .epoch = each.epoch,
                       .restarts = each.restarts,
                       .lag_us = each.lag_us,
                       .unfinished = each.unfinished,
                       .shards = each.slots.size(),
                       .busy = load ? std::optional(load->busy) : std::nullopt});
    }
    return all;
}

}  // namespace tinfoil::host
