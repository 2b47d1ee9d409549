#include "rest/retry.hpp"

#include <algorithm>

namespace tinfoil::rest {
namespace {

constexpr duration first_wait = std::chrono::milliseconds(250);
constexpr duration wait_max = std::chrono::seconds(10);
constexpr int not_implemented = 501;

}  // namespace

bool is_idempotent(std::string_view method)
{
    return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE";
}

std::optional<duration> next_attempt(const attempt& last, random_source& random)
{
    const bool may_pass =
        last.status == 0 ? last.transient : last.status >= 500 && last.status != not_implemented;
    if (!may_pass || last.number >= attempts_max || (last.sent && !last.repeatable))
        return std::nullopt;
    if (last.stale)
        return duration::zero();
    const duration whole = std::min(first_wait * (1 << std::min(last.number - 1, 10)), wait_max);
    // Between half of it and all of it, so that those who failed together come back apart.
    const auto drawn =
        static_cast<std::int64_t>((0.5 + 0.5 * random.unit()) * static_cast<double>(whole.count()));
    return duration(drawn);
}

}  // namespace tinfoil::rest
