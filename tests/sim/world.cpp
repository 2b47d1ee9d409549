#include "sim/world.hpp"

#include "sharding/plan.hpp"

namespace tinfoil::sim {
namespace {

using namespace std::chrono_literals;

// That happen within a millisecond; the busiest one of a seed has some hundred.
constexpr std::size_t steps_max = 100'000;

}  // namespace

world::world(const settings& how)
    : with(how.seed),
      net(with, how.discord),
      slots_(sharding::even_plan(how.shards)),
      collections_(how.collections),
      ledger_(how.ledger)
{
    with.held.starts_are(
        {how.discord.session_starts, how.ledger.reserve_percent, how.ledger.breaker_per_shard});
    start_host();
}

void world::run_for(duration how_long)
{
    const instant until = with.time.now() + how_long;
    instant mark = with.time.now();
    std::size_t steps = 0;
    while (with.held.what_broke().empty() && with.time.run_one(until)) {
        dead_.clear();
        if (with.time.now() - mark >= 1ms) {
            mark = with.time.now();
            steps = 0;
        } else if (++steps > steps_max) {
            with.held.broken("more happens in a millisecond than can; a deadline does not move");
        }
    }
}

duration world::on_the_way()
{
    return with.between(50us, with.now.slow_link ? 6s : 3ms);
}

// Mostly somebody is there, or a supervisor; sometimes it takes longer than Discord waits.
duration world::pause_of_operator()
{
    const std::uint64_t luck = with.random.below(10);
    if (with.now.calm || luck < 7)
        return with.between(50ms, 2s);
    return luck < 9 ? with.between(2s, 30s) : with.between(1min, 4min);
}

void world::start_host()
{
    if (host_)
        return;
    // They hold the lock of the state for as long as they live.
    if (!members_.empty()) {
        with.time.after(5ms, [this] { start_host(); });
        return;
    }
    host_process::ways to;
    to.spawn = [this](const host::spawn& what, link::welcome how) { spawn(what, std::move(how)); };
    to.end_process = [this](std::uint64_t epoch) {
        with.time.after(with.between(100us, 5ms), [this, epoch] {
            if (const auto own = members_.find(epoch); own != members_.end())
                own->second->it->die();
        });
    };
    to.send = [this](std::uint64_t epoch, link::message what) { say_down(epoch, std::move(what)); };
    to.shard_lost = [this] {
        with.time.after(with.between(1s, 60s), [this] { stop_host(false); });
    };
    to.died = [this] { on_host_died(); };
    host_ = std::make_shared<host_process>(
        with, net, host_process::settings{slots_, collections_, ledger_}, std::move(to));
    host_->begin();
}

void world::on_host_died()
{
    dead_.push_back(std::move(host_));
    host_.reset();
    // It takes its collections with it.
    for (const auto& [epoch, each] : members_)
        with.time.after(with.between(0ms, 2ms), [each = each] { each->it->die(); });
    with.time.after(pause_of_operator(), [this] { start_host(); });
}

void world::stop_host(bool end_sessions)
{
    if (!host_)
        return;
    if (end_sessions)
        for (const discord::slot slot : slots_)
            with.held.may_identify(slot);
    host_->stop(end_sessions);
}

void world::release_starts()
{
    if (host_)
        host_->release();
}

void world::spawn(const host::spawn& what, link::welcome how)
{
    const auto made = std::make_shared<member>();
    made->number = what.number;
    made->epoch = what.epoch;
    made->it = std::make_shared<collection_process>(
        with, net, collection_process::identity{what.number, what.epoch},
        collection_process::ways{
            [this, made = made.get()](link::message said) { say_up(*made, std::move(said)); },
            [this, made = made.get()] { on_collection_died(*made); }});
    members_[what.epoch] = made;
    // It has to be loaded first.
    made->last_down = with.time.now() + with.between(5ms, 50ms);
    if (std::exchange(with.now.never_begins, false))
        made->it->hang_for(1h);
    made->it->run_after(1ms, [it = made->it.get()] { it->greet(); });
    say_down(what.epoch, std::move(how));
}

void world::say_down(std::uint64_t epoch, link::message what)
{
    const auto own = members_.find(epoch);
    if (own == members_.end())
        return;
    member& to = *own->second;
    to.last_down = std::max(to.last_down, with.time.now() + on_the_way());
    with.time.at(to.last_down, [it = std::weak_ptr(to.it), what = std::move(what)] {
        if (const auto self = it.lock())
            self->run([&self = *self, what] { self.got(what); });
    });
}

void world::say_up(member& from, link::message what)
{
    from.last_up = std::max(from.last_up, with.time.now() + on_the_way());
    const auto arrive = [this, to = std::weak_ptr(host_), number = from.number, epoch = from.epoch,
                         what = std::move(what)] {
        if (const auto self = to.lock())
            self->run([&self = *self, number, epoch, what] { self.got(number, epoch, what); });
    };
    with.time.at(from.last_up,
                 [this, own = members_.at(from.epoch), said = with.time.now(), arrive] {
                     if (said >= own->unsaid_from)
                         return;
                     if (own->late == duration::zero())
                         arrive();
                     else
                         with.time.after(own->late, arrive);
                 });
}

void world::on_collection_died(member& which)
{
    const auto own = members_.at(which.epoch);
    members_.erase(which.epoch);
    dead_.push_back(own->it);
    if (with.chance(50))
        own->unsaid_from = with.time.now();
    if (with.chance(20))
        own->late = with.between(10ms, 8s);
    with.time.at(std::max(own->last_up, with.time.now()) + with.between(1ms, 5ms),
                 [to = std::weak_ptr(host_), own] {
                     if (const auto self = to.lock())
                         self->run([&self = *self, own] { self.ended(own->number, own->epoch); });
                 });
}

void world::sleep(duration how_long)
{
    net.sleep_through(how_long);
    // Each looks at the clocks once a second.
    for (const auto& [epoch, each] : members_)
        each->it->run_after(with.between(0ms, 1s), [&it = *each->it] { it.slept(); });
}

void world::lose_power()
{
    if (host_)
        host_->die();
    while (!members_.empty())
        members_.begin()->second->it->die();
    with.state.lose_power(with.random.next());
    for (const discord::slot slot : slots_) {
        const auto own = with.state.rows.find(slot);
        with.held.lost_power(slot,
                             own == with.state.rows.end() ? "" : own->second.what.point.session_id);
    }
}

std::vector<collection_process*> world::collections() const
{
    std::vector<collection_process*> all;
    for (const auto& [epoch, each] : members_)
        all.push_back(each->it.get());
    return all;
}

bool world::all_active() const
{
    std::size_t active = 0;
    for (const auto& [epoch, each] : members_)
        active += each->it->active();
    return active == slots_.size();
}

}  // namespace tinfoil::sim
