#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <set>
#include <vector>

namespace tinfoil::sim {

/// Those of `all` that are not in `some`.
inline std::set<int> all_but(const std::vector<int>& all, const std::vector<int>& some)
{
    std::set<int> rest(all.begin(), all.end());
    for (const int each : some)
        rest.erase(each);
    return rest;
}

/// As few of `all` as still break it, in their order: takes away halves, then quarters, and so on
/// down to single ones, and begins anew with what is left until nothing more can go. What `breaks`
/// says of `all` itself is not asked. It is asked `most` times at most.
inline std::vector<int> least_of(std::vector<int> all,
                                 const std::function<bool(const std::vector<int>&)>& breaks,
                                 int most = 500)
{
    for (std::size_t piece = (all.size() + 1) / 2; piece > 0;) {
        bool went = false;
        for (std::size_t at = 0; at < all.size() && most > 0;) {
            std::vector<int> fewer = all;
            const auto from = fewer.begin() + static_cast<std::ptrdiff_t>(at);
            fewer.erase(from,
                        from + static_cast<std::ptrdiff_t>(std::min(piece, fewer.size() - at)));
            --most;
            if (breaks(fewer)) {
                all = std::move(fewer);
                went = true;
            } else {
                at += piece;
            }
        }
        if (most <= 0)
            break;
        if (piece == 1 && !went)
            break;
        piece = std::max<std::size_t>(1, piece / 2);
    }
    return all;
}

}  // namespace tinfoil::sim
