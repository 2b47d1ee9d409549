#include "sharing/memory_state.hpp"

#include <algorithm>

namespace tinfoil::sharing {
namespace {

std::int64_t whole_ms(duration length)
{
    return std::chrono::ceil<std::chrono::milliseconds>(length).count();
}

}  // namespace

group_done memory_state::run(std::span<const question> all, std::int64_t wall_ms)
{
    group_done done;
    done.committed = all.empty() || std::any_of(all.begin(), all.end(), is_change);
    for (auto at = rows_.begin(); done.committed && at != rows_.end();) {
        if (!at->second.has_expired(wall_ms)) {
            ++at;
            continue;
        }
        usage& used = usage_[at->first.first];
        --used.rows;
        used.bytes -= bytes_of(at->second.what);
        done.changes.push_back({at->first.first, {at->first.second, "", 0, ++revision_, true}});
        at = rows_.erase(at);
    }
    for (const question& each : all)
        done.answers.push_back(one(each, wall_ms, done));
    done.revision = revision_;
    for (const auto& [where, each] : rows_)
        if (each.expires_ms != 0)
            done.next_expiry = std::min<duration>(
                done.next_expiry,
                std::chrono::milliseconds(std::max<std::int64_t>(each.expires_ms - wall_ms, 0)));
    return done;
}

std::vector<row> memory_state::rows(const std::string& scope) const
{
    std::vector<row> all;
    for (auto at = rows_.lower_bound({scope, ""}); at != rows_.end() && at->first.first == scope;
         ++at)
        all.push_back(at->second.what);
    return all;
}

answer memory_state::one(const question& what, std::int64_t wall_ms, group_done& done)
{
    if (what.what == deed::list)
        return list(what, wall_ms);
    if (what.what != deed::get)
        return change(what, wall_ms, done);
    answer made;
    made.revision = revision_;
    if (const auto own = rows_.find({what.scope, what.key});
        own != rows_.end() && !own->second.has_expired(wall_ms))
        made.rows.push_back(own->second.what);
    return made;
}

answer memory_state::change(const question& what, std::int64_t wall_ms, group_done& done)
{
    const place where{what.scope, what.key};
    const auto own = rows_.find(where);
    const auto there = own == rows_.end() ? std::nullopt : std::optional(own->second.what);
    decision decided = decide(what, there);
    answer& told = decided.told;
    told.revision = revision_;
    if (told.how == verdict::rejected && there)
        told.rows.push_back(*there);
    if (!decided.changes)
        return std::move(told);
    usage& used = usage_[what.scope];
    const std::uint64_t before = there ? bytes_of(*there) : 0;
    const std::uint64_t after = decided.value ? what.key.size() + decided.value->size() : 0;
    if (auto lack = after == 0 ? std::nullopt : lack_of_room(used, before, after))
        return *lack;
    told.revision = ++revision_;
    row made{what.key, decided.value.value_or(""), there ? there->created : revision_, revision_,
             !decided.value.has_value()};
    used.rows = used.rows + (made.is_erased ? 0 : 1) - (there ? 1 : 0);
    used.bytes = used.bytes + after - before;
    if (made.is_erased) {
        rows_.erase(own);
    } else {
        const bool keeps = what.what == deed::add && there;
        const std::int64_t lives = whole_ms(what.lives);
        const std::int64_t expires = keeps        ? own->second.expires_ms
                                     : lives == 0 ? 0
                                                  : wall_ms + lives;
        rows_[where] = {made, expires};
        told.rows.push_back(made);
    }
    done.changes.push_back({what.scope, std::move(made)});
    return std::move(told);
}

answer memory_state::list(const question& what, std::int64_t wall_ms) const
{
    answer made;
    made.revision = revision_;
    const std::size_t most =
        what.limit == 0 || what.limit > answer_rows_max ? answer_rows_max : what.limit;
    std::size_t bytes = 0;
    for (auto at = rows_.lower_bound({what.scope, what.key});
         at != rows_.end() && at->first.first == what.scope &&
         at->first.second.starts_with(what.key);
         ++at) {
        if (at->second.has_expired(wall_ms) ||
            (at->first.second <= what.after && !what.after.empty()))
            continue;
        if (made.rows.size() == most || bytes >= answer_bytes_max) {
            made.is_cut = true;
            break;
        }
        made.rows.push_back(at->second.what);
        bytes += bytes_of(at->second.what);
    }
    return made;
}

}  // namespace tinfoil::sharing
