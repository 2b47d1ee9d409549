#include "host/rollout.hpp"

#include "dispatch/swap.hpp"

#include <algorithm>

namespace tinfoil::host {
namespace {

bool is_taken(const link::plugin_changed& what)
{
    const auto how = static_cast<dispatch::swap_verdict>(what.how);
    return how == dispatch::swap_verdict::loaded || how == dispatch::swap_verdict::reloaded ||
           how == dispatch::swap_verdict::unloaded;
}

link::plugin_changed silence(const std::string& plugin, std::string why)
{
    link::plugin_changed made;
    made.plugin = plugin;
    made.how = static_cast<std::uint8_t>(dispatch::swap_verdict::refused);
    made.why = std::move(why);
    return made;
}

}  // namespace

void rollout::on(const rollout_input& what, instant now, std::vector<rollout_action>& todo)
{
    if (const auto* settled = std::get_if<rollout_settled_on>(&what))
        plugins_[settled->plugin].settled = settled->build;
    else if (const auto* order = std::get_if<rollout_order>(&what))
        on_order(*order, now, todo);
    else if (const auto* begun = std::get_if<collection_up>(&what))
        on_up(*begun, now, todo);
    else if (const auto* gone = std::get_if<collection_down>(&what))
        on_down(gone->number, now, todo);
    else if (const auto* told = std::get_if<collection_changed>(&what))
        on_changed(*told, now, todo);
    else
        for (auto& [name, own] : plugins_) {
            std::vector<std::uint32_t> late;
            for (const auto& [number, each] : own.open)
                if (now >= each.until)
                    late.push_back(number);
            for (const std::uint32_t number : late)
                answer(name, {number, false, silence(name, "no answer within 20 s")}, now, todo);
        }
}

instant rollout::deadline() const
{
    instant due = never;
    for (const auto& [name, own] : plugins_)
        for (const auto& [number, each] : own.open)
            due = std::min(due, each.until);
    return due;
}

bool rollout::is_busy(const std::string& name) const
{
    const auto own = plugins_.find(name);
    return own != plugins_.end() && own->second.is_at_work;
}

std::string rollout::runs_in(const plugin& of, std::uint32_t number)
{
    const auto found = of.runs.find(number);
    return found == of.runs.end() ? std::string() : found->second;
}

void rollout::on_order(const rollout_order& what, instant now, actions& todo)
{
    plugin& own = plugins_[what.plugin];
    if (own.is_at_work) {
        todo.emplace_back(rollout_settled{
            own.at.ticket, what.plugin, own.settled, false, true, "a newer one was wanted", {}});
        // Where one of them is at it, its collection gets the newer one behind it.
        for (auto& [number, each] : own.open)
            each.wanted = false;
    }
    own.is_at_work = true;
    own.at = {what.ticket, what.build, what.rollback, stage::first, "", {}};
    go_on(what.plugin, now, todo);
}

void rollout::on_up(const collection_up& what, instant now, actions& todo)
{
    up_.insert(what.number);
    std::set<std::string> names;
    for (const auto& [name, build] : what.builds)
        names.insert(name);
    for (const auto& [name, own] : plugins_)
        names.insert(name);
    for (const std::string& name : names) {
        plugin& own = plugins_[name];
        const auto begun = what.builds.find(name);
        own.runs.erase(what.number);
        if (begun != what.builds.end())
            own.runs[what.number] = begun->second;
        if (own.is_at_work)
            go_on(name, now, todo);
        // It read its folder just before that was settled.
        else if (begun != what.builds.end() && begun->second != own.settled)
            send({what.number, 0, name, own.settled, false}, now, todo);
    }
}

void rollout::on_down(std::uint32_t number, instant now, actions& todo)
{
    up_.erase(number);
    for (auto& [name, own] : plugins_) {
        own.runs.erase(number);
        if (own.open.contains(number))
            answer(name,
                   {number, false,
                    silence(name, "collection " + std::to_string(number) + " ended meanwhile")},
                   now, todo);
        else if (own.is_at_work)
            go_on(name, now, todo);
    }
}

void rollout::on_changed(const collection_changed& from, instant now, actions& todo)
{
    const auto own = plugins_.find(from.what.plugin);
    if (own == plugins_.end())
        return;
    const auto open = own->second.open.find(from.number);
    if (open != own->second.open.end() && open->second.ticket == from.what.ticket)
        answer(from.what.plugin, {from.number, is_taken(from.what), from.what}, now, todo);
}

void rollout::answer(const std::string& name, const reply& told, instant now, actions& todo)
{
    const auto& [number, took, what] = told;
    plugin& own = plugins_.at(name);
    const asked was = own.open.at(number);
    own.open.erase(number);
    if (took && was.build.empty())
        own.runs.erase(number);
    else if (took)
        own.runs[number] = was.build;
    if (!own.is_at_work)
        return;
    if (was.wanted && was.back) {
        rollout_place& place = own.at.places[number];
        place.went_back = took;
        if (!took)
            place.what.why += "; and it can't go back: " + what.why;
        if (took)
            place.what.version = what.version;
    } else if (was.wanted) {
        own.at.places[number] = {number, took, false, what};
        if (!took) {
            own.at.why = own.at.where == stage::back ? own.at.why : what.why;
            own.at.where = stage::back;
        } else if (own.at.where == stage::first) {
            own.at.where = stage::rest;
        }
    }
    go_on(name, now, todo);
}

bool rollout::is_due(const plugin& of, std::uint32_t number)
{
    if (of.open.contains(number))
        return false;
    const auto place = of.at.places.find(number);
    const std::string runs = runs_in(of, number);
    if (of.at.where == stage::back)
        // Who refused still runs what it had; who could not go back is not asked twice.
        return runs != of.settled && place != of.at.places.end() && place->second.took &&
               place->second.what.why.empty();
    if (of.at.build.empty())
        return !runs.empty();
    return place == of.at.places.end() || runs != of.at.build;
}

void rollout::go_on(const std::string& name, instant now, actions& todo)
{
    plugin& own = plugins_.at(name);
    const bool back = own.at.where == stage::back;
    const bool one = own.at.where == stage::first;
    for (const std::uint32_t number : up_) {
        if (!is_due(own, number))
            continue;
        if (one && !own.open.empty())
            break;
        send({number, 0, name, back ? own.settled : own.at.build, back || own.at.rollback}, now,
             todo);
    }
    if (own.open.empty())
        settle(name, !back, todo);
}

void rollout::send(rollout_send what, instant now, actions& todo)
{
    what.ticket = ++last_ticket_;
    plugin& own = plugins_.at(what.plugin);
    own.open[what.number] = {what.ticket, what.build, now + patience, own.at.where == stage::back,
                             true};
    todo.emplace_back(std::move(what));
}

void rollout::settle(const std::string& name, bool done, actions& todo)
{
    plugin& own = plugins_.at(name);
    own.is_at_work = false;
    if (done)
        own.settled = own.at.build;
    rollout_settled told{own.at.ticket, name, own.settled, done, false, own.at.why, {}};
    for (const auto& [number, place] : own.at.places)
        told.places.push_back(place);
    todo.emplace_back(std::move(told));
}

}  // namespace tinfoil::host
