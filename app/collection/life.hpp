#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <variant>
#include <vector>

namespace tinfoil::collection {

// clang-format off
struct shards_opened { std::size_t count; };
struct stop_asked { bool end_sessions; };
struct shard_ended {};
struct collection_handlers { std::size_t unfinished; };
struct elapsed {};
using life_input = std::variant<shards_opened, stop_asked, shard_ended, collection_handlers, elapsed>;

struct close_shards { bool end_sessions; };
struct finished { std::size_t unfinished; };  ///< Final; with how many handlers cut off.
using life_action = std::variant<close_shards, finished>;
// clang-format on

/// Decides how a collection ends: shards stop reading at once, handlers may finish what they began
/// and still have REST, and neither may hold up the end for longer than `patience`.
class life {
public:
    static constexpr duration patience = std::chrono::milliseconds(800);

    void on(const life_input& what, instant now, std::vector<life_action>& todo);
    [[nodiscard]] instant deadline() const { return until_; }

private:
    enum class state { running, stopping, ended };

    state state_ = state::running;
    std::size_t shards_ = 0;
    std::size_t handlers_ = 0;
    instant until_ = never;
};

}  // namespace tinfoil::collection
