#pragma once

#include "dispatch/recorder.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::collection {

/// Notices when plugins have more than they can do: counts what each shard's handlers have not
/// finished, and says when a shard is full and when it has caught up. What to do then is the
/// session's to decide.
///
/// A shard is full at either of its own bounds, or when it brings more while the whole collection
/// is at its bound, which leaves the flight recorder room for what is on its way: so long as shards
/// stop, the record never has to give up an event for lack of room. It has caught up at half of
/// that.
///
/// Failure mode: handlers that never end. Their shard stays full, and its session reads now and
/// again so as to be kept (gateway::session::held_max).
class fullness {
public:
    struct bounds {
        std::size_t handlers_each = 512;
        std::size_t bytes_each = std::size_t{16} << 20;  ///< Of the events that they were given.
        std::size_t handlers_all = 3072;
        /// Event types that a shard drops from half of a bound on; an operator's choice.
        std::vector<std::string> drop;
    };
    /// Three quarters of what the record has room for.
    [[nodiscard]] static std::size_t handlers_all_for(std::uint32_t unfinished_max)
    {
        return std::size_t{unfinished_max} / 4 * 3;
    }

    explicit fullness(bounds most) : most_(std::move(most)) {}

    using shard = dispatch::recorder::session;
    /// A handler begins.
    void begun(shard which, std::size_t bytes);
    /// To be asked after each event, so that a shard that reads all the same is told again.
    [[nodiscard]] bool is_full(shard which) const { return full_.contains(which); }
    /// A handler has ended; appends the shards that have caught up by that, once each.
    void finished(shard which, std::size_t bytes, std::vector<shard>& caught_up);

    /// Whether an event of that type, which came fresh, is to be dropped; counts it if so.
    [[nodiscard]] bool drops(shard which, std::string_view type);

    [[nodiscard]] std::size_t full() const { return full_.size(); }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

private:
    struct load {
        std::size_t handlers = 0, bytes = 0;
    };
    [[nodiscard]] load& of(shard which);
    /// At this part, 1 or 2, of its bounds or of the collection's.
    [[nodiscard]] bool is_at(const load& own, std::size_t part) const;

    bounds most_;
    std::vector<load> shards_;
    std::size_t handlers_ = 0;
    std::set<shard> full_;
    std::uint64_t dropped_ = 0;
};

}  // namespace tinfoil::collection
