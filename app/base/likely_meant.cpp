#include "base/likely_meant.hpp"

#include <algorithm>

namespace tinfoil {
namespace {

// What nobody would type by hand is not compared.
constexpr std::size_t length_max = 64;

// Optimal string alignment: rows of the table two before, before, and now.
std::size_t distance(std::string_view one, std::string_view other)
{
    std::vector<std::size_t> older, before(other.size() + 1), now(other.size() + 1);
    for (std::size_t at = 0; at <= other.size(); ++at)
        before[at] = at;
    for (std::size_t row = 1; row <= one.size(); ++row) {
        now[0] = row;
        for (std::size_t at = 1; at <= other.size(); ++at) {
            const std::size_t changed = one[row - 1] == other[at - 1] ? 0 : 1;
            now[at] = std::min({before[at] + 1, now[at - 1] + 1, before[at - 1] + changed});
            if (row > 1 && at > 1 && one[row - 1] == other[at - 2] && one[row - 2] == other[at - 1])
                now[at] = std::min(now[at], older[at - 2] + 1);
        }
        older = before;
        before.swap(now);
    }
    return before[other.size()];
}

}  // namespace

std::optional<std::string> likely_meant(std::string_view typed,
                                        const std::vector<std::string>& known)
{
    if (typed.size() > length_max)
        return std::nullopt;
    std::optional<std::string> nearest;
    std::size_t least = typed.size() < 3 ? 0 : std::max<std::size_t>(1, typed.size() / 3);
    for (const std::string& each : known) {
        if (each.size() > length_max)
            continue;
        const std::size_t apart = distance(typed, each);
        if (apart > least || (nearest && apart == least))
            continue;
        nearest = each;
        least = apart;
    }
    return nearest;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known)
{
    const auto meant = likely_meant(typed, known);
    return meant ? "; did you mean " + *meant + "?" : "";
}

}  // namespace tinfoil
