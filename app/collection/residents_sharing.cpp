#include "collection/resident.hpp"
#include "net/clock.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>

/// What plugins share over all collections: their messages, and what goes along with a shard.
namespace tinfoil::collection {
namespace {

// Messages that wait while a version takes over.
constexpr std::size_t letters_held_max = 4096;
// So long those with a process of their own may take to say what goes along with a shard.
constexpr duration parts_patience = std::chrono::seconds(1);
// What all plugins together may give along with one; the message that takes it has its bound.
constexpr std::size_t parts_bytes_max = 24U << 20;

}  // namespace

void residents::give(const sharing::letter& what, plugin::instance::message_done done)
{
    const auto found = std::find_if(all_.begin(), all_.end(),
                                    [&](const auto& each) { return each->name == what.plugin; });
    if (found == all_.end() || !(*found)->now)
        return done(resident::not_running());
    resident& which = **found;
    if (!which.holds)
        return read(which, what, std::move(done));
    if (which.letters.size() >= letters_held_max)
        return done({0, sharing::delivery::refused,
                     "a version of the plugin takes over, and 4096 messages wait for it already"});
    which.letters.push_back({what, std::move(done), net::now()});
}

void residents::read(resident& which, const sharing::letter& what,
                     plugin::instance::message_done done)
{
    ++which.handlers;
    which.now->running().message(what, [this, &which, done = std::move(done)](sharing::reply said) {
        --which.handlers;
        done(std::move(said));
        handler_ended(which);
    });
}

// Nobody waits any more for the reply to one that is too old.
void residents::read_held(resident& which)
{
    const instant now = net::now();
    for (auto& each : std::exchange(which.letters, {})) {
        each.what.patience -= now - each.since;
        if (each.what.patience > duration::zero())
            read(which, each.what, std::move(each.done));
        else
            each.done({0, sharing::delivery::timed_out, "it waited for the plugin for too long"});
    }
}

// What is being gathered: whoever answers last tells, or the timer does.
struct residents::farewell {
    explicit farewell(boost::asio::io_context& loop) : timer(loop) {}

    discord::slot slot;
    std::function<void(parts)> done;
    boost::asio::steady_timer timer;
    std::set<std::string> waits_for;
    parts given;
    std::size_t bytes = 0;

    void end()
    {
        timer.cancel();
        if (const auto told = std::exchange(done, {}))
            told(std::move(given));
    }
};

void residents::complain(const std::string& plugin, std::string text)
{
    home_.up.tell(link::plugin_logged{plugin, static_cast<std::uint8_t>(plugin::log_level::error),
                                      std::move(text)});
}

void residents::part_with(discord::slot slot, std::function<void(parts)> done)
{
    const auto run = std::make_shared<farewell>(home_.loop);
    run->slot = slot;
    run->done = std::move(done);
    for (const auto& each : all_)
        if (each->now || each->holds)
            run->waits_for.insert(each->name);
    const std::set<std::string> asked = run->waits_for;
    for (const auto& each : all_) {
        if (!asked.contains(each->name))
            continue;
        resident& which = *each;
        in_turn(which, [this, &which, run] {
            const auto told = [this, run, name = which.name](result<std::string> part) {
                take_part(*run, name, std::move(part));
            };
            if (which.now)
                which.now->running().shard_leaves(run->slot, told);
            else
                told(std::string());
        });
    }
    if (run->waits_for.empty())
        return run->end();
    run->timer.expires_after(parts_patience);
    run->timer.async_wait([this, run, alive = std::weak_ptr(alive_)](boost::system::error_code no) {
        if (no || alive.expired() || !run->done)
            return;
        for (const std::string& name : run->waits_for)
            complain(name, "nothing of it goes along with shard " + to_string(run->slot) +
                               ": it did not say what within 1 s");
        run->end();
    });
}

void residents::take_part(farewell& run, const std::string& name, result<std::string> part)
{
    if (run.waits_for.erase(name) == 0 || !run.done)
        return;
    if (!part)
        complain(name, part.error().detail);
    else if (part->size() > parts_bytes_max - run.bytes)
        complain(name, "nothing of it goes along with shard " + to_string(run.slot) +
                           ": all plugins together may give 24 MiB along");
    else if (!part->empty()) {
        run.bytes += part->size();
        run.given.emplace_back(name, std::move(*part));
    }
    if (run.waits_for.empty())
        run.end();
}

void residents::take_in(discord::slot slot, const parts& what)
{
    for (const auto& [name, part] : what) {
        const auto found = std::find_if(all_.begin(), all_.end(), [&name = name](const auto& each) {
            return each->name == name;
        });
        const auto lost = [this, slot, name = name] {
            complain(name, "what came along with shard " + to_string(slot) +
                               " is lost: the plugin does not run in this collection");
        };
        if (found == all_.end()) {
            lost();
            continue;
        }
        resident& which = **found;
        in_turn(which, [&which, slot, part = part, lost] {
            if (which.now)
                which.now->running().shard_arrives(slot, part);
            else
                lost();
        });
    }
}

void residents::in_turn(resident& which, std::function<void()> what)
{
    if (!which.holds)
        return what();
    resident::held own;
    own.instead = std::move(what);
    which.queue.push_back(std::move(own));
}

}  // namespace tinfoil::collection
