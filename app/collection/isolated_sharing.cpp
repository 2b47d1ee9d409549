#include "collection/isolated.hpp"

#include <utility>

/// What a plugin with a process of its own shares with others: its values, its messages, and what
/// goes along with a shard.
namespace tinfoil::collection {

void isolated::on_value(link::value_asked what)
{
    const std::uint64_t id = what.id;
    // The scope of its own is for its services to say.
    if (what.what.scope != sharing::shared_scope)
        what.what.scope.clear();
    worker_->values[id] = with_.ask_value(
        std::move(what.what), [this, id, weak = std::weak_ptr(worker_)](sharing::answer told) {
            const auto own = weak.lock();
            if (!own || own != worker_)
                return;
            own->values.erase(id);
            send(link::value_answered{id, std::move(told)});
        });
}

void isolated::on_letter(link::plugin_letter what)
{
    const std::uint64_t id = what.id;
    worker_->letters[id] = with_.send_letter(
        std::move(what.what),
        [this, id, weak = std::weak_ptr(worker_)](std::vector<sharing::reply> all) {
            const auto own = weak.lock();
            if (!own || own != worker_)
                return;
            own->letters.erase(id);
            send(link::letters_answered{{{id, false, std::move(all)}}});
        });
}

void isolated::message(const sharing::letter& what, message_done done)
{
    if (phase_ == phase::aside)
        return done({0, sharing::delivery::down, "the plugin does not run in this collection"});
    if (letters_.size() >= letters_max)
        return done({0, sharing::delivery::refused,
                     "4096 messages wait for the plugin's process already: send them slower"});
    letters_.emplace(++last_letter_, kept_letter{what, std::move(done)});
    give_letters();
}

void isolated::give_letters()
{
    if (phase_ != phase::running || rests_)
        return;
    for (auto at = letters_.lower_bound(next_letter_); at != letters_.end(); ++at) {
        at->second.is_given = true;
        next_letter_ = at->first + 1;
        send(link::plugin_letter{at->first, std::move(at->second.what)});
    }
}

void isolated::on_replies(link::letters_answered what)
{
    for (auto& each : what.all) {
        auto node = letters_.extract(each.id);
        if (!node.empty() && node.mapped().is_given && !each.all.empty())
            node.mapped().done(std::move(each.all.front()));
    }
}

// `all`: those that no worker has had, too.
void isolated::end_letters(bool all, const std::string& why)
{
    for (auto at = letters_.begin(); at != letters_.end();) {
        if (!all && !at->second.is_given) {
            ++at;
            continue;
        }
        const auto done = std::move(at->second.done);
        at = letters_.erase(at);
        done({0, sharing::delivery::down, why});
    }
}

// Behind all events that the worker has, so it is asked when it has begun on them.
void isolated::shard_leaves(discord::slot which, part_done done)
{
    if (phase_ != phase::running)
        return done(std::string());
    leaving_.emplace(which, std::move(done));
    send(link::work_leaves{which});
}

void isolated::shard_arrives(discord::slot which, const std::string& part)
{
    if (phase_ == phase::running)
        send(link::work_arrives{which, part});
    else if (phase_ != phase::aside)
        arriving_.push_back({which, part});
}

void isolated::on_left(link::work_left what)
{
    auto node = leaving_.extract(what.slot);
    if (node.empty())
        return;
    if (what.failed)
        node.mapped()(*what.failed);
    else
        node.mapped()(std::move(what.part));
}

void isolated::end_parts(const std::string& why)
{
    for (const auto& [slot, done] : std::exchange(leaving_, {}))
        done(error{errc::plugin_refused,
                   "nothing of it goes along with shard " + to_string(slot) + ": " + why});
}

}  // namespace tinfoil::collection
