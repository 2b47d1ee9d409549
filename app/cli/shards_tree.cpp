#include "cli/shards_tree.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace tinfoil::cli {
namespace {

using discord::slot;

class drawn_plan {
public:
    explicit drawn_plan(std::span<const slot> plan)
    {
        std::uint32_t common = 0;
        for (std::size_t at = 0; at < plan.size(); ++at) {
            places_[plan[at]] = at;
            sizes_.insert(plan[at].count);
            common = std::gcd(common, plan[at].count);
        }
        // Parts of unlike sizes have a larger slot in common that none of them is.
        if (sizes_.size() > 1 && common > 1)
            sizes_.insert(common);
        for (const slot each : plan)
            hang(each);
    }

    std::vector<branch> draw()
    {
        for (const slot each : roots_)
            draw(each, "", "", 0);
        return std::move(made_);
    }

private:
    // The smallest slot of a size there is that contains it.
    [[nodiscard]] std::optional<slot> above(slot which) const
    {
        for (auto size = std::make_reverse_iterator(sizes_.lower_bound(which.count));
             size != sizes_.rend(); ++size)
            if (which.count % *size == 0)
                return slot{which.id % *size, *size};
        return std::nullopt;
    }

    void hang(slot which)
    {
        for (;;) {
            const auto parent = above(which);
            if (!parent) {
                roots_.insert(which);
                return;
            }
            if (!parts_[*parent].insert(which).second)
                return;
            which = *parent;
        }
    }

    void draw(slot which, const std::string& before, const std::string& below, std::size_t depth)
    {
        const auto parts = parts_.find(which);
        const auto place = places_.find(which);
        const bool is_shard = place != places_.end();
        // One part alone says no more than itself.
        if (parts != parts_.end() && parts->second.size() == 1 && !is_shard)
            return draw(*parts->second.begin(), before, below, depth);
        made_.push_back(
            {before, which, is_shard ? std::optional(place->second) : std::nullopt, depth});
        if (parts == parts_.end())
            return;
        for (const slot each : parts->second) {
            const bool is_last = each == *parts->second.rbegin();
            draw(each, below + (is_last ? "└ " : "├ "), below + (is_last ? "  " : "│ "), depth + 1);
        }
    }

    std::map<slot, std::size_t> places_;
    std::set<std::uint32_t> sizes_;
    std::map<slot, std::set<slot>> parts_;
    std::set<slot> roots_;
    std::vector<branch> made_;
};

}  // namespace

std::vector<branch> tree_of(std::span<const slot> plan)
{
    return drawn_plan(plan).draw();
}

}  // namespace tinfoil::cli
