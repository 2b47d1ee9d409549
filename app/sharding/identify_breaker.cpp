#include "sharding/identify_breaker.hpp"

#include <algorithm>

namespace tinfoil::sharding {
namespace {

duration pause_of(int level)
{
    constexpr int doublings_max = 6;
    const duration doubled =
        loop_counter::pause_least * (std::int64_t{1} << std::min(level - 1, doublings_max));
    return std::min(doubled, loop_counter::pause_most);
}

}  // namespace

bool loop_counter::count(instant when, std::size_t most)
{
    if (level_ > 0 && when - last_ > pause_of(level_) + window)
        level_ = 0;
    last_ = when;
    recent_.push_back(when);
    while (when - recent_.front() >= window)
        recent_.pop_front();
    if (level_ == 0 && recent_.size() < most)
        return false;
    free_at_ = when + pause_of(++level_);
    // What is older can't matter while there are pauses of a minute or more.
    while (recent_.size() > most)
        recent_.pop_front();
    return level_ == 1;
}

std::size_t loop_counter::recent(instant now) const
{
    return static_cast<std::size_t>(std::count_if(recent_.begin(), recent_.end(),
                                                  [&](instant at) { return now - at < window; }));
}

identify_breaker::trip identify_breaker::count(discord::slot slot, instant when)
{
    const auto [own, is_first] = shards_.try_emplace(slot);
    const bool repeated = !is_first && when - own->second.last < loop_counter::window;
    own->second.last = when;
    const bool shard = own->second.counter.count(when, per_shard_);
    const bool overall = repeated && overall_.count(when, overall_most_);
    return overall ? trip::overall : shard ? trip::shard : trip::none;
}

void identify_breaker::set_total(int total)
{
    overall_most_ = std::max(overall_least, static_cast<std::size_t>(std::max(total, 0)) / 10);
}

instant identify_breaker::free_at(discord::slot slot) const
{
    const auto own = shards_.find(slot);
    if (own == shards_.end())
        return instant{};
    const instant shard = own->second.counter.free_at();
    // An hour after its last one the next is no repetition any more.
    return std::max(shard, std::min(overall_.free_at(), own->second.last + loop_counter::window));
}

}  // namespace tinfoil::sharding
