#include "gateway/backoff.hpp"

#include <algorithm>

namespace tinfoil::gateway {

duration backoff::draw(random_source& random)
{
    const auto half = next_ / 2;
    const duration wait =
        half +
        duration(static_cast<duration::rep>(static_cast<double>(half.count()) * random.unit()));
    next_ = std::min(next_ * 2, most_);
    return wait;
}

}  // namespace tinfoil::gateway
