#include "discordsim/witness.hpp"

#include <algorithm>

namespace tinfoil::discordsim {

boost::json::object to_json(const counts& from)
{
    return {{"identifies", from.identifies},
            {"identifies_refused", from.identifies_refused},
            {"resumes", from.resumes},
            {"resumes_refused", from.resumes_refused},
            {"events_generated", from.events_generated},
            {"events_sent", from.events_sent},
            {"events_replayed", from.events_replayed},
            {"sessions", from.sessions},
            {"connections", from.connections},
            {"commands_given", from.commands_given},
            {"commands_answered", from.commands_answered},
            {"answered_twice", from.answered_twice},
            {"unanswered", from.unanswered},
            {"requests", from.requests},
            {"too_many_requests", from.too_many_requests}};
}

void witness::given(discord::snowflake id, instant now)
{
    ++counts_.commands_given;
    waiting_.emplace(id, now);
}

std::optional<duration> witness::answered(discord::snowflake id, instant now)
{
    look(now);
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) {
        counts_.answered_twice += closed_.contains(id) ? 1 : 0;
        return std::nullopt;
    }
    const duration took = now - found->second;
    ++counts_.commands_answered;
    closed_.insert(*found);
    waiting_.erase(found);
    if (closed_.size() > closed_max)
        closed_.erase(closed_.begin());
    return took;
}

void witness::look(instant now)
{
    for (auto each = waiting_.begin(); each != waiting_.end();) {
        if (now - each->second < patience) {
            ++each;
            continue;
        }
        ++counts_.unanswered;
        closed_.insert(*each);
        each = waiting_.erase(each);
    }
}

instant witness::deadline() const
{
    // Ids grow with time, so the first is the oldest.
    return waiting_.empty() ? never : waiting_.begin()->second + patience;
}

}  // namespace tinfoil::discordsim
