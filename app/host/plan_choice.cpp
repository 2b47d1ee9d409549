#include "host/plan_choice.hpp"

#include "sharding/plan.hpp"

#include <fmt/format.h>

namespace tinfoil::host {

result<plan_choice> choose_plan(std::optional<int> asked, const earlier_plan& before,
                                int recommended)
{
    const auto& stored = before.stored;
    const auto even = [](int count) {
        return sharding::even_plan(static_cast<std::uint32_t>(count));
    };
    if (asked && !(stored && before.asked == asked && sharding::parse_plan(*stored))) {
        plan_choice choice{.slots = even(*asked), .store = true, .note = ""};
        if (*asked < recommended)
            choice.note =
                fmt::format("Discord recommends {} shards; this run has {}", recommended, *asked);
        return choice;
    }
    if (!stored)
        return plan_choice{.slots = even(recommended), .store = true, .note = ""};
    auto slots = sharding::parse_plan(*stored);
    if (!slots)
        return error{errc::state_unusable, "the stored plan is unusable (" + slots.error().detail +
                                               "); start once with --shards N to replace it"};
    plan_choice choice{.slots = std::move(*slots), .store = false, .note = ""};
    if (asked && choice.slots != even(*asked))
        choice.note = fmt::format("the plan has been changed since it was begun with --shards {0} "
                                  "and is kept; tinfoil shards reshard {0} goes back to that",
                                  *asked);
    else if (choice.slots.size() < static_cast<std::size_t>(recommended))
        choice.note =
            fmt::format("Discord recommends {} shards; the stored plan has {} and is kept; "
                        "--shards {} changes it",
                        recommended, choice.slots.size(), recommended);
    return choice;
}

}  // namespace tinfoil::host
