// What the fleet decides while its collections are restarted one after the other.
#include "base/assert.hpp"
#include "host/fleet.hpp"
#include "scaling/rebalance.hpp"

#include <algorithm>

namespace tinfoil::host {
namespace {

std::size_t with_session(const std::vector<discord::slot>& of,
                         const std::map<discord::slot, discord::session_record>& known)
{
    return static_cast<std::size_t>(std::count_if(of.begin(), of.end(), [&](discord::slot slot) {
        return !known.at(slot).point.session_id.empty();
    }));
}

}  // namespace

std::string_view name(restart_stage of)
{
    switch (of) {
    case restart_stage::waiting:
        return "waiting";
    case restart_stage::ending:
        return "ending";
    case restart_stage::starting:
        return "starting";
    case restart_stage::resuming:
        return "resuming";
    case restart_stage::back:
        return "back";
    case restart_stage::failed:
        return "failed";
    case restart_stage::skipped:
        return "skipped";
    }
    TINFOIL_UNREACHABLE("a stage of a restart without a name");
}

std::string_view name(restart_state of)
{
    switch (of) {
    case restart_state::none:
        return "none";
    case restart_state::running:
        return "running";
    case restart_state::done:
        return "done";
    case restart_state::failed:
        return "failed";
    case restart_state::cancelled:
        return "cancelled";
    }
    TINFOIL_UNREACHABLE("a state of a restart without a name");
}

std::size_t restart_progress::done() const
{
    return static_cast<std::size_t>(std::count_if(steps.begin(), steps.end(), [](const step& each) {
        return each.where == restart_stage::back;
    }));
}

result<void> fleet::can_restart() const
{
    if (in_process_)
        return error{errc::invalid_argument,
                     "the collection of this host is inside its process (--in-process) and can't "
                     "be restarted by itself; tinfoil stop and a new start resume its sessions"};
    if (stopping_ || !served_)
        return error{errc::cancelled, stopping_ ? "the host is ending"
                                                : "no collection has begun yet; ask again soon"};
    if (restart_.view.state == restart_state::running)
        return error{errc::cancelled, "a restart is under way; tinfoil restart --status shows how "
                                      "far it is, --cancel ends it behind this collection"};
    if (handoff_ || !moves_.empty())
        return error{errc::cancelled,
                     "shards are being changed or moved; ask again when that has ended (tinfoil "
                     "shards operations), or end it with tinfoil shards cancel"};
    return {};
}

void fleet::on_begin_restart(const begin_restart& what, actions& todo)
{
    if (const auto may = can_restart(); !may)
        return todo.emplace_back(say{true, "nothing is restarted: " + may.error().detail}), void();
    restart_ = {};
    restart_.build = what.build;
    restart_.view.state = restart_state::running;
    for (const std::uint32_t number : what.order)
        restart_.view.steps.push_back({number, restart_stage::waiting, 0, 0, {}});
    todo.emplace_back(say{
        false, "restarting " + std::to_string(what.order.size()) +
                   (what.order.size() == 1 ? " collection" : " collections, one after the other")});
    todo.emplace_back(restart_changed{});
}

void fleet::on_cancel_restart(actions& todo)
{
    if (restart_.view.state != restart_state::running || std::exchange(restart_.cancelled, true))
        return;
    todo.emplace_back(restart_changed{});
}

void fleet::go_on_restart(instant now, actions& todo)
{
    if (restart_.view.state != restart_state::running)
        return;
    if (stopping_)
        return end_restart(restart_state::cancelled, "the host ended", todo);
    while (restart_.view.state == restart_state::running)
        if (!step_restart(now, todo))
            return;
}

// True: there may be more to do at once.
bool fleet::step_restart(instant now, actions& todo)
{
    restart_run& run = restart_;
    if (run.at == run.view.steps.size()) {
        build_ = run.build;
        end_restart(restart_state::done, "", todo);
        return false;
    }
    restart_progress::step& own = run.view.steps[run.at];
    const collection* is =
        own.collection < collections_.size() ? &collections_[own.collection] : nullptr;
    const restart_stage before = own.where;
    const bool is_late = now >= run.until;
    if (is == nullptr || is->retires) {
        own.where = restart_stage::skipped;
    } else if (own.where == restart_stage::waiting) {
        if (run.cancelled)
            return end_restart(restart_state::cancelled, "an operator has cancelled it", todo),
                   false;
        if (const std::string missing = not_up(); !missing.empty()) {
            if (is_late)
                end_restart(restart_state::failed,
                            missing + ", so no other is taken away; tinfoil status says more",
                            todo);
            else if (run.until == never)
                run.until = now + restart_patience;
            return false;
        }
        run.until = never;
        run.began = now;
        run.blamed.clear();
        run.build_before = is->build;
        run.epoch_before = is->epoch;
        own.where = restart_stage::ending;
        own.shards = with_session(is->slots, known_);
        collections_[own.collection].build = run.build;
        renew(own.collection, now, todo);
    } else if (own.where == restart_stage::ending) {
        if (is->epoch == run.epoch_before)
            return false;
        own.where = restart_stage::starting;
    } else if (own.where == restart_stage::starting) {
        if (is->where != phase::running)
            return false;
        own.where = restart_stage::resuming;
        run.until =
            now + restart_patience + std::chrono::milliseconds(scaling::resumes_take(own.shards));
    } else {
        const std::size_t away = away_of(own.collection);
        const std::size_t resumed = own.shards - std::min(own.shards, away);
        // It may have been started anew meanwhile, for another token, say.
        const bool is_back = is->where == phase::running && away == 0;
        if (!is_back && is_late)
            fail_restart(std::to_string(away) + " of its " + discord::shards_in_words(own.shards) +
                             " have not resumed in time",
                         todo);
        if (std::exchange(own.resumed, resumed) != resumed && !is_back)
            todo.emplace_back(restart_changed{});
        if (!is_back)
            return false;
        own.where = restart_stage::back;
        own.took = now - run.began;
    }
    if (own.where == restart_stage::back || own.where == restart_stage::skipped)
        run.until = never, ++run.at;
    if (own.where != before)
        todo.emplace_back(restart_changed{});
    return own.where != restart_stage::ending;
}

// Empty: every collection that there is runs, and has all its sessions.
std::string fleet::not_up() const
{
    for (std::uint32_t number = 0; number < collections_.size(); ++number) {
        const collection& each = collections_[number];
        if (each.retires)
            continue;
        if (each.where != phase::running || each.condemned)
            return collection_name(number) + " does not run";
        if (const std::size_t away = away_of(number); away != 0)
            return discord::shards_in_words(away) + " of " + collection_name(number) +
                   (away == 1 ? " has" : " have") + " not resumed";
    }
    return "";
}

std::size_t fleet::away_of(std::uint32_t number) const
{
    const auto& slots = collections_[number].slots;
    return static_cast<std::size_t>(std::count_if(
        slots.begin(), slots.end(), [&](discord::slot slot) { return away_.contains(slot); }));
}

bool fleet::is_restarting(std::uint32_t number) const
{
    if (restart_.view.state != restart_state::running || restart_.at == restart_.view.steps.size())
        return false;
    const restart_progress::step& own = restart_.view.steps[restart_.at];
    return own.collection == number &&
           (own.where == restart_stage::starting || own.where == restart_stage::resuming);
}

void fleet::lose_in_restart(discord::slot slot, const std::string& why, actions& todo)
{
    const bool was_away = away_.erase(slot) != 0;
    const auto own = owner_.find(slot);
    if (was_away && own != owner_.end() && is_restarting(own->second))
        fail_restart("shard " + to_string(slot) + " could not resume (" + why +
                         "), and needs an IDENTIFY",
                     todo);
}

void fleet::fail_restart(const std::string& why, actions& todo)
{
    restart_progress::step& own = restart_.view.steps[restart_.at];
    own.where = restart_stage::failed;
    collections_[own.collection].build = restart_.build_before;
    end_restart(restart_state::failed,
                collection_name(own.collection) + " did not come back as the new executable: " +
                    (restart_.blamed.empty() ? why : "it " + restart_.blamed),
                todo);
}

void fleet::end_restart(restart_state how, std::string why, actions& todo)
{
    restart_.view.state = how;
    restart_.view.why = std::move(why);
    restart_.until = never;
    const std::size_t done = restart_.view.done(), all = restart_.view.steps.size();
    const std::string count = std::to_string(done) + " of " + std::to_string(all);
    if (how == restart_state::done)
        todo.emplace_back(say{false, "restarted " + count + " collections, without an IDENTIFY"});
    else if (how == restart_state::failed)
        todo.emplace_back(
            say{true, "the restart stops: " + restart_.view.why + "; " + count +
                          " collections are restarted, the others are left as they were. When "
                          "what is wrong is mended, or the earlier executable is in its place "
                          "again, tinfoil restart does all of them"});
    else
        todo.emplace_back(say{false, "the restart ends: " + restart_.view.why + "; " + count +
                                         " collections are restarted"});
    todo.emplace_back(restart_changed{});
}

}  // namespace tinfoil::host
