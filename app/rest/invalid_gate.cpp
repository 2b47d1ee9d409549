#include "rest/invalid_gate.hpp"

#include "discord/limits.hpp"

namespace tinfoil::rest {
namespace {

constexpr duration window = discord::limits::invalid_requests_window;

}  // namespace

std::size_t invalid_gate::seen(instant now)
{
    while (!seen_.empty() && now - seen_.front() >= window)
        seen_.pop_front();
    return seen_.size();
}

instant invalid_gate::deadline() const
{
    return seen_.empty() ? never : seen_.front() + window;
}

}  // namespace tinfoil::rest
