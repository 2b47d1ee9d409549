#pragma once

#include "base/error.hpp"
#include "scaling/situation.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

/// What an operator asks for at once: a complete plan, priced before anything of it is done.
namespace tinfoil::scaling {

struct rebalance_wish {
    std::size_t moves_max = std::numeric_limits<std::size_t>::max();
    std::optional<int> collections;  ///< So many from then on.
    bool splits = true;              ///< Shards at split_at or above, or with too many guilds.
};

/// One operation of a plan; as an action of a decision.
struct rebalance_step {
    action what;
    std::string why;  ///< A sentence; that of a move is short.
    int identifies = 0;
    milliseconds usually = 0;
    micro overlap = 0;
};

struct rebalancing {
    struct share {
        std::uint32_t collection = 0;
        bool was = true, stays = true;  ///< Before and after.
        micro before = 0, after = 0;
        std::size_t shards_before = 0, shards_after = 0;
    };
    std::vector<rebalance_step> steps;  ///< In this order; moves that follow each other go at once.
    std::vector<refused> refusals;
    std::vector<share> collections;  ///< By number.
    micro best = 0;                  ///< Of the busiest, by largest first, on what comes out.
    std::size_t moves = 0, splits = 0;
    int identifies = 0;
    milliseconds usually = 0;
    micro overlap = 0;  ///< The most at any time.

    [[nodiscard]] bool is_nothing() const { return steps.empty(); }
};

/// Sixteen hexadecimal digits that tell what is to be done from anything else, whatever loads it
/// was made of: the steps in their order.
[[nodiscard]] std::string plan_id(const rebalancing& of);

/// By hand: no sustained times, no cool-downs, and the reserve may be spent; what Discord does not
/// allow is refused all the same. Collections are added first, then shards split, then moved, then
/// collections retired. Fails with invalid_argument while something is under way, without a
/// collection that is up, and for a number of collections below 1 or above collections_limit.
[[nodiscard]] result<rebalancing> plan_rebalance(const situation& at, const rebalance_wish& what);

/// All shards of one collection to the others; it stays, empty. Fails with invalid_argument for one
/// that is not there, the last one, and while something is under way.
[[nodiscard]] result<rebalancing> plan_drain(const situation& at, std::uint32_t collection);

/// One collection of a rolling restart: it ends, begins again and its sessions RESUME; the next one
/// follows when all of them have.
struct restart_step {
    std::uint32_t collection = 0;
    std::size_t shards = 0;
    micro load = 0;
    milliseconds usually = 0;
};
/// All collections that are up, least load first: what is wrong with the new executable shows where
/// it costs least. No step costs an IDENTIFY.
[[nodiscard]] std::vector<restart_step> rolling_restart(const situation& at);

/// So long the RESUMEs of one collection take when none fails, as gateway::resume_pacer has them.
[[nodiscard]] milliseconds resumes_take(std::size_t shards);

}  // namespace tinfoil::scaling
