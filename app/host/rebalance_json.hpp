#pragma once

#include "host/rebalance_target.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Plans, progress and decisions as the control API has them. What is parsed comes from a host that
/// may be of another version: errc::malformed for what is not understood.
namespace tinfoil::host {

/// A plan as a client has it: actions in words.
struct rebalance_quote {
    struct step {
        std::string what, why;
        int identifies = 0;
        duration usually{};
    };
    std::vector<step> steps;
    std::vector<scaling::refused> refusals;
    std::vector<scaling::rebalancing::share> collections;
    scaling::micro best = 0, overlap = 0;
    std::size_t moves = 0, splits = 0;
    int identifies = 0;
    duration usually{};
    std::uint64_t errand = 0;  ///< That does it; 0: none.
    std::string plan;          ///< Its scaling::plan_id().
};
[[nodiscard]] std::string rebalancing_json(const scaling::rebalancing& of, bool dry_run,
                                           std::uint64_t errand);
[[nodiscard]] result<rebalance_quote> parse_rebalancing(std::string_view json);

/// Progress as a client has it.
struct errand_view {
    struct step {
        std::string what;
        errand_stage where = errand_stage::waiting;
        std::uint64_t operation = 0;
        std::string why;
    };
    std::uint64_t id = 0;
    std::string what, origin;
    errand_state state = errand_state::none;
    std::vector<step> steps;
    std::string why;

    [[nodiscard]] std::size_t done() const;
};
[[nodiscard]] std::string errand_json(const errand_progress& of);
/// The same without steps, for followers.
[[nodiscard]] std::string errand_news(const errand_progress& of);
[[nodiscard]] result<errand_view> parse_errand(std::string_view json);

/// Around a line of scaling::to_line(), and back.
[[nodiscard]] std::string decision_line_json(std::string_view line);
[[nodiscard]] result<std::string> parse_decision_line(std::string_view json);
[[nodiscard]] std::string decisions_json(const std::vector<decision_view>& of);
[[nodiscard]] result<std::vector<decision_view>> parse_decisions(std::string_view json);

}  // namespace tinfoil::host
