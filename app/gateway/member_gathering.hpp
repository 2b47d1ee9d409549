#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::gateway {

/// The chunks that answer one request for members, in whatever order they come. What they hold is
/// joined as text: no document is built.
///
/// See Discord Docs/Gateway Events, "Guild Members Chunk".
class member_gathering {
public:
    enum class progress {
        none,  ///< A chunk that was here already, or one that can't be read.
        more,  ///< Others are missing.
        complete,
    };
    /// Takes the `d` of a GUILD_MEMBERS_CHUNK of this request.
    progress add(std::string_view chunk);

    [[nodiscard]] bool has_begun() const { return !seen_.empty(); }
    [[nodiscard]] std::size_t bytes() const
    {
        return members_.size() + presences_.size() + not_found_.size();
    }
    /// Of a complete one: the JSON object `{"guild_id", "members", "presences", "not_found"}`.
    [[nodiscard]] std::string take(std::string_view guild);

private:
    std::vector<bool> seen_;  // By index; its size is what Discord announced.
    std::size_t missing_ = 0;
    std::string members_, presences_, not_found_;  // Elements of lists, with commas.
};

}  // namespace tinfoil::gateway
