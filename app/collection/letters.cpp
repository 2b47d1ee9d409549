#include "collection/letters.hpp"

#include "sharding/algebra.hpp"

#include <algorithm>
#include <utility>

namespace tinfoil::collection {

bool serves(std::span<const discord::slot> slots, const sharing::address& what)
{
    if (what.what == sharing::addressee::slot)
        return sharding::covers(slots, what.slot);
    return std::any_of(slots.begin(), slots.end(),
                       [&](discord::slot each) { return each.serves(what.guild); });
}

std::uint64_t letters::send(sharing::letter what, done then)
{
    const std::uint64_t id = ++last_id_;
    pending_.emplace(id, pending{std::move(then), what.plugin, what.body.size()});
    if (auto fault = sharing::fault_of(what))
        with_.later([this, id, why = std::move(*fault), alive = std::weak_ptr(alive_)] {
            if (!alive.expired())
                on(link::letters_answered{
                    {{id, false, {{sharing::no_collection, sharing::delivery::refused, why}}}}});
        });
    else
        with_.up.tell(link::plugin_letter{id, std::move(what)});
    return id;
}

void letters::leave(std::uint64_t id)
{
    pending_.erase(id);
}

bool letters::post(sharing::letter what)
{
    load& has = posted_[what.plugin];
    if (sharing::fault_of(what) || has.letters >= posted_max ||
        has.bytes + what.body.size() > posted_bytes_max)
        return false;
    ++has.letters;
    has.bytes += what.body.size();
    send(std::move(what), nullptr);
    return true;
}

void letters::on(const link::plugin_letter& what)
{
    const auto kind = what.what.to.what;
    const bool is_followed = kind == sharing::addressee::guild || kind == sharing::addressee::slot;
    if (is_followed && !with_.is_here(what.what.to))
        return answer({what.id, true, {}});
    with_.give(what.what, [this, id = what.id, alive = std::weak_ptr(alive_)](sharing::reply said) {
        if (!alive.expired())
            answer({id, false, {std::move(said)}});
    });
}

// As many as one read of the link brought are answered together.
void letters::answer(link::letter_answer what)
{
    answers_.all.push_back(std::move(what));
    if (answers_.all.size() == 1)
        with_.later([this, alive = std::weak_ptr(alive_)] {
            if (!alive.expired())
                with_.up.tell(std::exchange(answers_, {}));
        });
}

void letters::on(link::letters_answered what)
{
    for (auto& each : what.all) {
        const auto node = pending_.extract(each.id);
        if (node.empty())
            continue;
        const pending& own = node.mapped();
        if (own.then) {
            own.then(std::move(each.all));
            continue;
        }
        const auto posted = posted_.find(own.plugin);
        posted->second.bytes -= own.bytes;
        if (--posted->second.letters == 0)
            posted_.erase(posted);
    }
}

}  // namespace tinfoil::collection
