// What the fleet decides about IDENTIFYs, and what keeps shards from them: token and intents.
#include "discord/intents.hpp"
#include "host/fleet.hpp"

#include <algorithm>

namespace tinfoil::host {
namespace {

constexpr std::uint16_t token_invalid = 4004, sharding_required = 4011, intents_denied = 4014;

}  // namespace

void fleet::request(discord::slot slot, instant now, actions& todo)
{
    auto why = lost_.contains(slot) ? sharding::reason::session_lost : sharding::reason::cold_start;
    if (newer_of(slot) != nullptr)
        why =
            handoff_->may_spend_reserve ? sharding::reason::by_operator : sharding::reason::handoff;
    const auto load = load_.find(slot);
    ask_ledger(sharding::requested{slot, why, load == load_.end() ? 0 : load->second}, now, todo);
}

void fleet::was_up(discord::slot slot)
{
    was_up_ = true;
    lost_.erase(slot);
    if (!token_refused_) {
        token_checked_ = false;
        token_wait_.reset();
    }
}

void fleet::ask_ledger(const sharding::identify_ledger_input& what, instant now, actions& todo)
{
    // Nobody identifies any more, so nothing may be recorded.
    if (stopping_)
        return;
    std::vector<sharding::identify_ledger_action> answers;
    ledger_.on(what, now, answers);
    // By index: a permit that is given back may bring the next one.
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (const auto* turn = std::get_if<sharding::permit>(&answers[i])) {
            const auto owner = owner_.find(turn->slot);
            if (newer_session* newer = newer_of(turn->slot)) {
                newer->turn = newer->asked;
                todo.emplace_back(record_identify{turn->slot, turn->why});
            } else if (owner != owner_.end() &&
                       collections_[owner->second].where == phase::running) {
                turns_[turn->slot] = asked_[turn->slot];
                todo.emplace_back(record_identify{turn->slot, turn->why});
            } else {
                // It asks anew when it is back; nothing is spent on one that can't be told.
                const discord::slot slot = turn->slot;
                ledger_.on(sharding::unused{slot}, now, answers);
            }
        } else if (auto* words = std::get_if<sharding::notice>(&answers[i])) {
            todo.emplace_back(say{words->warning, std::move(words->text)});
        } else {
            todo.emplace_back(ask_budget{});
        }
    }
}

void fleet::on_recorded(const identify_recorded& what, instant now, actions& todo)
{
    newer_session* newer = newer_of(what.slot);
    const auto owner = owner_.find(what.slot);
    // A handoff may have ended meanwhile.
    if (newer == nullptr && owner == owner_.end()) {
        ask_ledger(sharding::recorded{what.slot}, now, todo);
        return ask_ledger(sharding::left{what.slot}, now, todo);
    }
    const std::uint32_t number = newer != nullptr ? handoff_->number : owner->second;
    const bool runs = collections_[number].where == phase::running;
    if (!what.failed) {
        // Its process may have ended meanwhile, and another one asks anew.
        const auto turn = turns_.extract(what.slot);
        if (newer != nullptr && newer->turn)
            todo.emplace_back(tell{number, link::handoff_turn{handoff_->id, place_of(*newer),
                                                              *std::exchange(newer->turn, {})}});
        else if (newer == nullptr && runs && !turn.empty())
            todo.emplace_back(tell{number, link::turn{what.slot, turn.mapped()}});
        return ask_ledger(sharding::recorded{what.slot}, now, todo);
    }
    ask_ledger(sharding::unused{what.slot}, now, todo);
    if (!runs)
        return;
    if (newer != nullptr)
        newer->turn.reset();
    const bool anything_runs = std::any_of(known_.begin(), known_.end(), [](const auto& each) {
        return !each.second.point.session_id.empty();
    });
    if (!anything_runs && !was_up_)
        return todo.emplace_back(start_refused{*what.failed}), void();
    unrecorded_[what.slot] = now + record_interval;
    todo.emplace_back(say{true, "shard " + to_string(what.slot) +
                                    " may not identify, since that can't be recorded: " +
                                    what.failed->detail + "; the next try is in 30 s"});
}

void fleet::on_shard_stopped(std::uint32_t number, const link::shard_stopped& what, instant now,
                             actions& todo)
{
    forget(what.slot, todo);
    ask_ledger(sharding::left{what.slot}, now, todo);
    if (what.close_code == intents_denied)
        return on_denied(number, what, now, todo);
    // At the start it ends the run, with an exit code of its own.
    if (what.close_code == token_invalid && was_up_) {
        if (token_refused_)
            return;
        suspend("the gateway does not accept the bot token", now, todo);
        todo.emplace_back(check_token{
            std::exchange(token_checked_, true) ? token_wait_.draw(random_) : duration::zero()});
        return;
    }
    std::string why = "shard " + to_string(what.slot) + ": " + what.why;
    if (what.close_code == sharding_required)
        why += "; Discord recommends " + std::to_string(recommended_) +
               " shards: tinfoil run --shards " + std::to_string(recommended_);
    todo.emplace_back(
        shard_lost{{what.close_code == token_invalid ? errc::token_rejected : errc::gateway_refused,
                    std::move(why)}});
}

// Discord Docs/Opcodes and Status Codes: 4014, an intent that is not switched on. Somebody may have
// switched it off while the bot runs, which is no reason to end.
void fleet::on_denied(std::uint32_t number, const link::shard_stopped& what, instant now,
                      actions& todo)
{
    collection& own = collections_[number];
    if (own.denials.is_tripped(now) || denied_.contains(number)) {
        if (!denied_.contains(number))
            todo.emplace_back(shard_lost{
                {errc::gateway_refused, "shard " + to_string(what.slot) + ": " + what.why}});
        return;
    }
    own.denials.count(now, intents_tries_max);
    denied_.insert(number);
    todo.emplace_back(say{true, "shard " + to_string(what.slot) + ": " + what.why +
                                    "; the bot goes on with the intents that are granted"});
    if (!std::exchange(asks_intents_, true))
        todo.emplace_back(ask_intents{});
}

void fleet::on_intents(const intents_known& what, instant now, actions& todo)
{
    asks_intents_ = false;
    recommended_ = what.recommended;
    for (const std::uint32_t number : std::exchange(denied_, {})) {
        collection& own = collections_[number];
        // Discord says that it has all that it asked for, and refuses it all the same.
        own.granted = what.granted == own.granted ? 0 : what.granted;
        renew(number, now, todo);
    }
}

void fleet::suspend(const std::string& why, instant now, actions& todo)
{
    if (stopping_ || std::exchange(token_refused_, true))
        return;
    ask_ledger(sharding::suspended{why}, now, todo);
    todo.emplace_back(
        say{true,
            why + ": nobody identifies and nothing is sent by REST until there is another; copy it "
                  "from the Developer Portal, Bot, Reset Token, into the token file, which is "
                  "noticed, or send SIGHUP"});
}

void fleet::on_token_renewed(instant now, actions& todo)
{
    if (stopping_)
        return;
    token_refused_ = false;
    for (std::uint32_t number = 0; number < collections_.size(); ++number)
        renew(number, now, todo);
    ask_ledger(sharding::resumed{}, now, todo);
}

// Stops it in order and starts it again, with what is so now; its sessions resume.
void fleet::renew(std::uint32_t number, instant now, actions& todo)
{
    collection& own = collections_[number];
    if (own.where == phase::starting) {
        own.stale = true;
    } else if (own.where == phase::running && !own.condemned && !stopping_) {
        own.where = phase::stopping;
        own.returns = true;
        own.until = now + stop_patience;
        todo.emplace_back(tell{number, link::stop{false}});
    }
}

}  // namespace tinfoil::host
