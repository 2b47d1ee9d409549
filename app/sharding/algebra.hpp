#pragma once

#include "base/error.hpp"
#include "discord/slot.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// What slots are to each other. A slot i/n is the keys k with k mod n == i, so two of different
/// num_shards may share keys, and i/n is the same as i/kn, (i+n)/kn, … together.
/// Discord Docs/Gateway, "Sharding".
namespace tinfoil::sharding {

using slots = std::vector<discord::slot>;

/// Some key belongs to both.
[[nodiscard]] bool overlap(discord::slot one, discord::slot other);
/// Every key of `inner` belongs to `outer`.
[[nodiscard]] bool contains(discord::slot outer, discord::slot inner);

/// Every key of `which` belongs to one of `all`, which do not overlap.
[[nodiscard]] bool covers(std::span<const discord::slot> all, discord::slot which);

/// The largest num_shards that is made here, which discord::parse_slot() reads too.
inline constexpr std::uint32_t num_shards_max = 1'000'000;

/// The `factor` slots of equal size that are the same keys. Fails with invalid_argument for a
/// factor below 2, and with too_large beyond num_shards_max.
[[nodiscard]] result<slots> split(discord::slot which, std::uint32_t factor);

/// The one slot that is the same keys as these, which may differ in size. Fails with
/// invalid_argument where there is none, and says why.
[[nodiscard]] result<discord::slot> merge(std::span<const discord::slot> parts);

/// Both are the same keys, each of them once. Fails with invalid_argument naming a slot that
/// overlaps, or what one side lacks; with too_large as check_plan().
[[nodiscard]] result<void> check_same_keys(std::span<const discord::slot> before,
                                           std::span<const discord::slot> after);

/// A part of a change of plans that can be done without the rest.
struct component {
    slots before, after;

    /// The same slots on both sides.
    [[nodiscard]] bool is_unchanged() const { return before == after; }
};
/// The parts of a change from one plan to another (or from some slots to others of the same keys),
/// as small as they can be, in the order of their first slots: of n to m equal ones gcd(n, m).
/// Fails as check_same_keys().
[[nodiscard]] result<std::vector<component>> components(std::span<const discord::slot> before,
                                                        std::span<const discord::slot> after);

/// `plan` with these slots in place of those of the same keys, sorted. Fails with invalid_argument
/// where `older` is not part of the plan, or `newer` are other keys.
[[nodiscard]] result<slots> replaced(std::span<const discord::slot> plan,
                                     std::span<const discord::slot> older,
                                     std::span<const discord::slot> newer);

/// Who serves a guild: the place in `plan`; nothing where nobody does.
[[nodiscard]] std::optional<std::size_t> owner(std::span<const discord::slot> plan,
                                               discord::snowflake guild);

/// Slots as a person writes them, `3/32 19/32`, each once; unlike parse_plan() any set of them.
[[nodiscard]] result<slots> parse_slots(std::string_view text);

}  // namespace tinfoil::sharding
