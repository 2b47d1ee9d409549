#pragma once

#include "base/time.hpp"
#include "rest/owner.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace tinfoil::rest {

struct request;

/// The order among the requests of one owner: answers to interactions before everything else, then
/// by deadline, then as they came.
struct turn {
    bool is_bulk = true;
    instant deadline;
    std::uint64_t number = 0;  ///< Unique.

    auto operator<=>(const turn&) const = default;
};

using owner_number = std::uint32_t;

/// Requests that wait for the same limits. Each owner has a line of its own.
struct line_group {
    using line = std::map<turn, request*>;

    std::map<owner_number, line> of;            ///< None of them empty.
    std::map<owner_number, std::uint64_t> had;  ///< Turns of those with a line.
    bool is_exempt = false;                     ///< From the global limit.
    bool is_ready = false;                      ///< Its limits have room.
};

/// All that waits, ordered so that the next to go is found without looking at the others.
///
/// Among owners the one with the least service goes first, and the same holds inside each group, so
/// nobody starves by the other's number of requests. An answer to an interaction passes both.
class lines {
public:
    explicit lines(std::vector<owner>& owners) : owners_(owners) {}

    void add(line_group& to, owner_number who, turn when, request& what);
    void remove(line_group& from, owner_number who, turn when);
    /// Its limits have room, or no longer.
    void set_ready(line_group& of, bool is_ready);

    /// The next to go of all ready groups; `usable`: whether that owner may send.
    [[nodiscard]] request* next(bool exempt, const std::function<bool(owner&)>& usable);
    /// Something of this owner could go if the owner might send.
    [[nodiscard]] bool wants(owner_number who) const;
    [[nodiscard]] bool any_ready(bool exempt) const { return !ready_[exempt ? 1 : 0].empty(); }
    /// It was sent: the others' turn.
    void served(line_group& in, owner_number who);

private:
    using heads = std::map<turn, line_group*>;

    void put_heads(line_group& of);
    void take_heads(line_group& of);
    [[nodiscard]] std::map<owner_number, heads>& ready(const line_group& of)
    {
        return ready_[of.is_exempt ? 1 : 0];
    }

    std::vector<owner>& owners_;
    std::array<std::map<owner_number, heads>, 2> ready_;  ///< None of them empty.
};

}  // namespace tinfoil::rest
