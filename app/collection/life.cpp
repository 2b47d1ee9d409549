#include "collection/life.hpp"

#include "base/assert.hpp"

namespace tinfoil::collection {

void life::on(const life_input& what, instant now, std::vector<life_action>& todo)
{
    if (const auto* opened = std::get_if<shards_opened>(&what)) {
        shards_ += opened->count;
    } else if (const auto* asked = std::get_if<stop_asked>(&what)) {
        if (state_ == state::running) {
            state_ = state::stopping;
            until_ = now + patience;
            todo.emplace_back(close_shards{asked->end_sessions});
        }
    } else if (std::holds_alternative<shard_ended>(what)) {
        TINFOIL_ASSERT(shards_ > 0);
        --shards_;
    } else if (const auto* changed = std::get_if<collection_handlers>(&what)) {
        handlers_ = changed->unfinished;
    }
    if (state_ != state::stopping)
        return;
    if ((shards_ == 0 && handlers_ == 0) || now >= until_) {
        state_ = state::ended;
        until_ = never;
        todo.emplace_back(finished{handlers_});
    }
}

}  // namespace tinfoil::collection
