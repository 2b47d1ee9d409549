// Who is killed in the middle of what.
#include "base/overloaded.hpp"
#include "fleet/fleet_world.hpp"

namespace tinfoil::host {
namespace {

using namespace std::chrono_literals;

}  // namespace

void fleet_world::follow(const host::tell& what)
{
    if (std::holds_alternative<link::handoff_begin>(what.what)) {
        handoff_at_ = under_way{"", what.number, what.number};
        reach_handoff("asked for");
    } else if (const auto* away = std::get_if<link::shard_unload>(&what.what)) {
        moves_at_[away->slot] = {"", what.number, moves_to_[away->slot]};
        reach_move(away->slot, "asked for");
    } else if (const auto* load = std::get_if<link::shard_load>(&what.what)) {
        if (load->is_moved)
            reach_move(load->what.which, "given");
    }
}

void fleet_world::reach_handoff(const char* phase)
{
    if (handoff_at_)
        reach(*handoff_at_, phase);
}

void fleet_world::reach_move(discord::slot slot, const char* phase)
{
    if (const auto found = moves_at_.find(slot); found != moves_at_.end())
        reach(found->second, phase);
}

void fleet_world::reach(under_way& what, const char* phase)
{
    what.phase = phase;
    if (chance(faults_.killed))
        kill_some(what);
}

// Many steps take no time, some a minute.
void fleet_world::kill_some(const under_way& what)
{
    const duration longest = random_.below(3) == 0 ? 10s : 300ms;
    const auto which = random_.below(3);
    at(between(0ms, longest), [this, which, what] {
        if (which != 0)
            return kill(which == 1 ? what.from : what.to);
        if (host_)
            end_host();
    });
}

// Nothing: the host, and all with it.
void fleet_world::note_death(std::optional<std::uint32_t> collection)
{
    const auto note = [&](const char* what, const std::string& phase, bool is_its) {
        if (collection && !is_its)
            return;
        ++seen[std::string(collection ? "collection" : "host") + " died: " + what + " " + phase];
        ++seen["deaths in operations"];
    };
    if (handoff_at_)
        note("handoff", handoff_at_->phase, collection == handoff_at_->from);
    else if (!records_.empty())
        note("handoff", "settling", true);
    for (const auto& [slot, each] : moves_at_)
        note("move", each.phase, collection == each.from || collection == each.to);
    if (!collection) {
        handoff_at_.reset();
        moves_at_.clear();
    } else if (handoff_at_ && handoff_at_->from == *collection && handoff_at_->phase != "written" &&
               handoff_at_->phase != "journalling") {
        handoff_at_.reset();
    }
}

}  // namespace tinfoil::host
