#include "rest/latency.hpp"

#include <algorithm>

namespace tinfoil::rest {
namespace {

// Fewer may all have been slow ones.
constexpr int samples_needed = 32;
constexpr duration epoch_length = std::chrono::minutes(2);

}  // namespace

void latency::saw(duration round_trip, instant now)
{
    if (now - begun_ >= epoch_length && current_.samples >= samples_needed) {
        last_ = current_;
        current_ = {};
        begun_ = now;
    }
    current_.shortest = std::min(current_.shortest, round_trip);
    ++current_.samples;
    const duration off = round_trip - mean_;
    const bool is_first = mean_ == duration{} && deviation_ == duration{};
    mean_ += is_first ? off : off / 8;
    deviation_ += is_first ? off / 2 : (std::chrono::abs(off) - deviation_) / 4;
}

duration latency::certain() const
{
    if (last_.samples + current_.samples < samples_needed)
        return {};
    const duration shortest = std::min(last_.shortest, current_.shortest);
    return std::max(shortest, duration::zero()) * 3 / 4;
}

}  // namespace tinfoil::rest
