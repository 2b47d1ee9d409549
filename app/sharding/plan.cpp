#include "sharding/plan.hpp"

#include "base/assert.hpp"

#include <numeric>

namespace tinfoil::sharding {

std::vector<discord::slot> even_plan(std::uint32_t count)
{
    TINFOIL_ASSERT(count >= 1);
    std::vector<discord::slot> slots;
    slots.reserve(count);
    for (std::uint32_t id = 0; id < count; ++id)
        slots.push_back({id, count});
    return slots;
}

result<void> check_plan(std::span<const discord::slot> slots)
{
    constexpr std::uint64_t multiple_max = 1U << 22;
    std::uint64_t multiple = 1;
    for (const discord::slot each : slots) {
        TINFOIL_ASSERT(each.id < each.count);
        multiple = std::lcm(multiple, std::uint64_t{each.count});
        if (multiple > multiple_max)
            return error{errc::too_large,
                         "the slots of the plan have no common multiple up to 4194304"};
    }
    // One mark for each residue; a slot i/n owns every n-th from i on.
    std::vector<bool> covered(multiple);
    std::uint64_t count = 0;
    for (const discord::slot each : slots) {
        for (std::uint64_t key = each.id; key < multiple; key += each.count) {
            if (covered[key])
                return error{errc::invalid_argument,
                             "slot " + discord::to_string(each) + " overlaps another of the plan"};
            covered[key] = true;
            ++count;
        }
    }
    if (count != multiple)
        return error{errc::invalid_argument, "the plan leaves guilds without a slot"};
    return {};
}

std::string to_string(std::span<const discord::slot> slots)
{
    std::string text;
    for (const discord::slot each : slots)
        text += (text.empty() ? "" : " ") + discord::to_string(each);
    return text;
}

result<std::vector<discord::slot>> parse_plan(std::string_view text)
{
    std::vector<discord::slot> slots;
    while (!text.empty()) {
        const auto space = std::min(text.find(' '), text.size());
        const auto slot = discord::parse_slot(text.substr(0, space));
        if (!slot)
            return error{errc::malformed,
                         "\"" + std::string(text.substr(0, space)) + "\" is no slot like 3/16"};
        slots.push_back(*slot);
        text.remove_prefix(std::min(space + 1, text.size()));
    }
    if (auto checked = check_plan(slots); !checked)
        return checked.error();
    return slots;
}

}  // namespace tinfoil::sharding
