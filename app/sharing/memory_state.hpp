#pragma once

#include "sharing/values.hpp"

#include <map>
#include <span>
#include <string>
#include <utility>

namespace tinfoil::sharing {

/// The shared values of a bot that keeps none, as plugins are tested with: what state::store does
/// with the same questions, without a disk.
class memory_state {
public:
    /// As state::store::run_values().
    group_done run(std::span<const question> all, std::int64_t wall_ms);

    /// Of one scope, in order.
    [[nodiscard]] std::vector<row> rows(const std::string& scope) const;

private:
    using place = std::pair<std::string, std::string>;  // Scope and key.
    struct kept {
        row what;
        std::int64_t expires_ms = 0;  // 0: never.
        [[nodiscard]] bool has_expired(std::int64_t wall_ms) const
        {
            return expires_ms != 0 && expires_ms <= wall_ms;
        }
    };

    answer one(const question& what, std::int64_t wall_ms, group_done& done);
    answer change(const question& what, std::int64_t wall_ms, group_done& done);
    [[nodiscard]] answer list(const question& what, std::int64_t wall_ms) const;

    std::map<place, kept> rows_;
    std::map<std::string, usage> usage_;
    std::uint64_t revision_ = 0;
};

}  // namespace tinfoil::sharing
