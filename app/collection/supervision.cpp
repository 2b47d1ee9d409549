#include "collection/supervision.hpp"

#include <cstdlib>

namespace tinfoil::collection {
namespace {

using part = dispatch::charge::part;

part part_of(plugin::entry what)
{
    switch (what) {
    case plugin::entry::start:
        return part::start;
    case plugin::entry::event:
        return part::event;
    case plugin::entry::completion:
        return part::completion;
    case plugin::entry::stop:
        return part::stop;
    case plugin::entry::save:
        return part::save;
    case plugin::entry::message:
        return part::message;
    case plugin::entry::shard:
        return part::shard;
    case plugin::entry::network:
        return part::network;
    }
    return part::nobody;
}

}  // namespace

plugin_meter& supervision::of(std::size_t plugin)
{
    if (plugin >= meters_.size())
        meters_.resize(plugin + 1);
    return meters_[plugin];
}

void supervision::entering(std::size_t plugin, const plugin::call& what)
{
    plugin_ = plugin;
    what_ = &what;
    marker_.begin(plugin, {part_of(what.what), what.slot, what.sequence, what.type});
    if (!is_stretch_)
        since_.start();
}

void supervision::left()
{
    const duration took = since_.lap();
    marker_.end();
    plugin_meter& own = of(plugin_);
    own.ran(took);
    busy_ += took;
    if (what_->what == plugin::entry::event)
        ++own.events;
    if (took < warn_)
        return;
    ++own.slow;
    tell_(plugin_, *what_, took);
}

link::plugin_slow slow_call(const std::string& plugin, const plugin::call& what, duration took)
{
    return {plugin, static_cast<std::uint8_t>(part_of(what.what)), std::string(what.type),
            static_cast<std::uint64_t>(
                std::chrono::duration_cast<std::chrono::milliseconds>(took).count())};
}

void supervision::unwound()
{
    marker_.say(dispatch::charge::ending::unwound, 0, "");
    std::abort();
}

}  // namespace tinfoil::collection
