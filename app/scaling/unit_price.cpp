#include "scaling/unit_price.hpp"

#include <algorithm>

namespace tinfoil::scaling {
namespace {

// What is left of the past with each addition; these come once a second.
constexpr double kept = 0.8;

}  // namespace

void unit_price::add(duration spent, std::uint64_t units)
{
    // What is spent where there are none says nothing of them.
    const double price_of_all = units == 0 ? 0 : static_cast<double>(std::max(spent, {}).count());
    spent_ = spent_ * kept + price_of_all;
    units_ = units_ * kept + static_cast<double>(units);
}

duration unit_price::of(std::uint64_t units) const
{
    if (units_ <= 0)
        return {};
    const double each = std::min(spent_ / units_, static_cast<double>(most_.count()));
    return duration(static_cast<duration::rep>(each * static_cast<double>(units)));
}

}  // namespace tinfoil::scaling
