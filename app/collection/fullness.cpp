#include "collection/fullness.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace tinfoil::collection {

fullness::load& fullness::of(shard which)
{
    if (which >= shards_.size())
        shards_.resize(which + 1);
    return shards_[which];
}

bool fullness::is_at(const load& own, std::size_t part) const
{
    return own.handlers >= most_.handlers_each / part || own.bytes >= most_.bytes_each / part ||
           handlers_ >= most_.handlers_all / part;
}

void fullness::begun(shard which, std::size_t bytes)
{
    load& own = of(which);
    ++own.handlers;
    ++handlers_;
    own.bytes += bytes;
    if (is_at(own, 1))
        full_.insert(which);
}

void fullness::finished(shard which, std::size_t bytes, std::vector<shard>& caught_up)
{
    load& own = of(which);
    TINFOIL_ASSERT(own.handlers > 0 && own.bytes >= bytes);
    --own.handlers;
    --handlers_;
    own.bytes -= bytes;
    if (full_.empty() || handlers_ >= most_.handlers_all / 2)
        return;
    // All of them when it was the collection as a whole that had too much.
    std::erase_if(full_, [&](shard each) {
        if (is_at(shards_[each], 2))
            return false;
        caught_up.push_back(each);
        return true;
    });
}

bool fullness::drops(shard which, std::string_view type)
{
    if (most_.drop.empty() || !is_at(of(which), 2) ||
        std::find(most_.drop.begin(), most_.drop.end(), type) == most_.drop.end())
        return false;
    ++dropped_;
    return true;
}

}  // namespace tinfoil::collection
