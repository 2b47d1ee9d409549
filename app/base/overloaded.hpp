#pragma once

namespace tinfoil {

/// Several function objects as one, for std::visit.
template <class... Each>
struct overloaded : Each... {
    using Each::operator()...;
};
template <class... Each>
overloaded(Each...) -> overloaded<Each...>;

}  // namespace tinfoil
