#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

namespace tinfoil::gateway {

/// How long to wait before the next try: doubling from `least` to `most`, each time a random part
/// of the second half, so that what failed together does not come back together.
class backoff {
public:
    backoff(duration least, duration most) : least_(least), most_(most), next_(least) {}

    [[nodiscard]] duration draw(random_source& random);
    void reset() { next_ = least_; }

private:
    duration least_, most_, next_;
};

}  // namespace tinfoil::gateway
