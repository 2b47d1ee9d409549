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
            {"too_many_requests", from.too_many_requests},
            {"breaches", from.breaches}};
}

void witness::broke(std::string_view rule, std::string what, instant now)
{
    ++counts_.breaches;
    if (breaches_.size() < breaches_max)
        breaches_.push_back({now - start_, rule, std::move(what)});
}

void witness::given(discord::snowflake id, kind what, instant now)
{
    ++counts_.commands_given;
    waiting_.emplace(id, command{now, what});
}

void witness::deferred(discord::snowflake id, instant now)
{
    look(now);
    deferred_.insert(waiting_.extract(id));
    if (deferred_.size() > closed_max)
        deferred_.erase(deferred_.begin());
}

std::optional<duration> witness::answered(discord::snowflake id, instant now)
{
    look(now);
    auto* from = deferred_.contains(id) ? &deferred_ : &waiting_;
    const auto found = from->find(id);
    if (found == from->end()) {
        const auto before = closed_.find(id);
        if (before != closed_.end()) {
            ++counts_.answered_twice;
            if (before->second.what == kind::interaction)
                broke("interactions/answer-once",
                      "command " + to_string(id) + " was answered again", now);
        }
        return std::nullopt;
    }
    const duration took = now - found->second.at;
    ++counts_.commands_answered;
    closed_.insert(from->extract(found));
    if (closed_.size() > closed_max)
        closed_.erase(closed_.begin());
    return took;
}

void witness::look(instant now)
{
    for (auto each = waiting_.begin(); each != waiting_.end();) {
        if (now - each->second.at < patience) {
            ++each;
            continue;
        }
        ++counts_.unanswered;
        if (each->second.what == kind::interaction)
            broke("interactions/three-seconds",
                  "command " + to_string(each->first) + " was not answered in time", now);
        closed_.insert(*each);
        each = waiting_.erase(each);
    }
}

instant witness::deadline() const
{
    // Ids grow with time, so the first is the oldest.
    return waiting_.empty() ? never : waiting_.begin()->second.at + patience;
}

}  // namespace tinfoil::discordsim
