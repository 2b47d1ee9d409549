#include "sharding/algebra.hpp"

#include "base/assert.hpp"
#include "sharding/plan.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <utility>

namespace tinfoil::sharding {
namespace {

using discord::slot;

constexpr std::uint64_t multiple_max = 1U << 22;
constexpr std::uint32_t nobody = ~std::uint32_t{0};

result<std::uint64_t> common_multiple(std::span<const slot> some, std::uint64_t of = 1)
{
    for (const slot each : some) {
        of = std::lcm(of, std::uint64_t{each.count});
        if (of > multiple_max)
            return error{errc::too_large, "these slots have no common multiple up to 4194304"};
    }
    return of;
}

// Of each residue of the common multiple, which of the slots has it.
result<std::vector<std::uint32_t>> owners(std::span<const slot> some, std::uint64_t multiple)
{
    std::vector<std::uint32_t> found(multiple, nobody);
    for (std::size_t i = 0; i < some.size(); ++i)
        for (std::uint64_t key = some[i].id; key < multiple; key += some[i].count)
            if (std::exchange(found[key], static_cast<std::uint32_t>(i)) != nobody)
                return error{errc::invalid_argument,
                             "slot " + to_string(some[i]) + " overlaps another of them"};
    return found;
}

struct both {
    std::vector<std::uint32_t> before, after;
};

result<both> owners_of_both(std::span<const slot> before, std::span<const slot> after)
{
    auto multiple = common_multiple(before);
    if (multiple)
        multiple = common_multiple(after, *multiple);
    if (!multiple)
        return multiple.error();
    auto one = owners(before, *multiple);
    if (!one)
        return one.error();
    auto other = owners(after, *multiple);
    if (!other)
        return other.error();
    for (std::uint64_t key = 0; key < *multiple; ++key) {
        if (((*one)[key] == nobody) == ((*other)[key] == nobody))
            continue;
        const bool is_before = (*one)[key] != nobody;
        const slot has = is_before ? before[(*one)[key]] : after[(*other)[key]];
        return error{errc::invalid_argument, "keys of " + to_string(has) + " are only " +
                                                 (is_before ? "before" : "after") + " the change"};
    }
    return both{std::move(*one), std::move(*other)};
}

class groups {
public:
    explicit groups(std::size_t count) : parent_(count)
    {
        std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    }
    std::size_t of(std::size_t which)
    {
        while (parent_[which] != which)
            which = parent_[which] = parent_[parent_[which]];
        return which;
    }
    void join(std::size_t one, std::size_t other) { parent_[of(one)] = of(other); }

private:
    std::vector<std::size_t> parent_;
};

}  // namespace

bool overlap(slot one, slot other)
{
    const std::uint32_t common = std::gcd(one.count, other.count);
    return one.id % common == other.id % common;
}

bool contains(slot outer, slot inner)
{
    return inner.count % outer.count == 0 && inner.id % outer.count == outer.id;
}

bool covers(std::span<const slot> all, slot which)
{
    slots parts;
    for (const slot each : all) {
        if (contains(each, which))
            return true;
        if (contains(which, each))
            parts.push_back(each);
    }
    return !parts.empty() && check_same_keys(parts, std::span(&which, 1)).has_value();
}

result<slots> split(slot which, std::uint32_t factor)
{
    if (factor < 2)
        return error{errc::invalid_argument, "a shard is split into two or more"};
    if (std::uint64_t{which.count} * factor > num_shards_max)
        return error{errc::too_large, to_string(which) + " can't be split into " +
                                          std::to_string(factor) + ": no more than 1000000 shards"};
    slots parts;
    for (std::uint32_t i = 0; i < factor; ++i)
        parts.push_back({which.id + i * which.count, which.count * factor});
    return parts;
}

result<slot> merge(std::span<const slot> parts)
{
    if (parts.empty())
        return error{errc::invalid_argument, "there is nothing to merge"};
    // The only slot that can be it is the largest num_shards that all ids agree about.
    std::uint32_t count = 0;
    for (const slot each : parts) {
        const std::uint32_t first = parts.front().id;
        count = std::gcd(count, each.count);
        count = std::gcd(count, each.id > first ? each.id - first : first - each.id);
    }
    const slot whole{parts.front().id % count, count};
    const slots alone{whole};
    if (auto same = check_same_keys(parts, alone); !same)
        return error{same.error().code,
                     to_string(parts) + " are no shard together: " + same.error().detail};
    return whole;
}

result<void> check_same_keys(std::span<const slot> before, std::span<const slot> after)
{
    auto found = owners_of_both(before, after);
    if (!found)
        return found.error();
    return {};
}

result<std::vector<component>> components(std::span<const slot> before, std::span<const slot> after)
{
    const auto found = owners_of_both(before, after);
    if (!found)
        return found.error();
    groups joined(before.size() + after.size());
    for (std::size_t key = 0; key < found->before.size(); ++key)
        if (found->before[key] != nobody)
            joined.join(found->before[key], before.size() + found->after[key]);
    std::map<std::size_t, std::size_t> places;
    std::vector<component> all;
    const auto place = [&](std::size_t which) -> component& {
        const auto [at, is_new] = places.try_emplace(joined.of(which), all.size());
        if (is_new)
            all.emplace_back();
        return all[at->second];
    };
    for (std::size_t i = 0; i < before.size(); ++i)
        place(i).before.push_back(before[i]);
    for (std::size_t i = 0; i < after.size(); ++i)
        place(before.size() + i).after.push_back(after[i]);
    return all;
}

result<slots> replaced(std::span<const slot> plan, std::span<const slot> older,
                       std::span<const slot> newer)
{
    slots left(plan.begin(), plan.end());
    for (const slot each : older) {
        const auto found = std::find(left.begin(), left.end(), each);
        if (found == left.end())
            return error{errc::invalid_argument, to_string(each) + " is no shard of the plan"};
        left.erase(found);
    }
    if (auto same = check_same_keys(older, newer); !same)
        return same.error();
    left.insert(left.end(), newer.begin(), newer.end());
    std::sort(left.begin(), left.end(), [](slot one, slot other) {
        return std::pair(one.count, one.id) < std::pair(other.count, other.id);
    });
    return left;
}

std::optional<std::size_t> owner(std::span<const slot> plan, discord::snowflake guild)
{
    const auto found =
        std::find_if(plan.begin(), plan.end(), [&](slot each) { return each.serves(guild); });
    if (found == plan.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - plan.begin());
}

result<slots> parse_slots(std::string_view text)
{
    slots all;
    for (;;) {
        const auto begin = text.find_first_not_of(' ');
        if (begin == std::string_view::npos)
            break;
        text.remove_prefix(begin);
        const auto word = text.substr(0, std::min(text.find(' '), text.size()));
        const auto which = discord::parse_slot(word);
        if (!which)
            return error{errc::invalid_argument,
                         "\"" + std::string(word) + "\" is no shard like 3/16"};
        if (std::find(all.begin(), all.end(), *which) != all.end())
            return error{errc::invalid_argument, std::string(word) + " is named twice"};
        all.push_back(*which);
        text.remove_prefix(word.size());
    }
    if (all.empty())
        return error{errc::invalid_argument, "name a shard, like 3/16"};
    return all;
}

}  // namespace tinfoil::sharding
