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
            {"breaches", from.breaches},
            {"left_open", from.left_open}};
}

void witness::broke(std::string_view rule, std::string what, instant now)
{
    ++counts_.breaches;
    if (breaches_.size() < breaches_max)
        breaches_.push_back({now - start_, rule, std::move(what)});
}

void witness::superseded(std::uint64_t session, discord::slot slot, instant now)
{
    superseded_.try_emplace(session, since{slot, now});
}

void witness::no_longer_superseded(std::uint64_t session, instant now)
{
    const auto found = superseded_.find(session);
    if (found == superseded_.end())
        return;
    const auto [slot, at] = found->second;
    superseded_.erase(found);
    if (now - at < left_open_patience)
        return;
    ++were_left_open_count_;
    if (were_left_open_.size() < breaches_max)
        were_left_open_.push_back({slot, at - start_, now - at, false});
}

std::vector<left_session> witness::left_open(instant now) const
{
    std::vector<left_session> all(were_left_open_.begin(), were_left_open_.end());
    for (const auto& [session, each] : superseded_)
        all.push_back({each.slot, each.at - start_, now - each.at, true});
    return all;
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

void witness::excuse()
{
    for (auto* all : {&waiting_, &deferred_})
        for (auto& [id, each] : *all)
            each.what = kind::message;
}

void witness::look(instant now)
{
    give_up(waiting_, patience, "interactions/three-seconds", now);
    give_up(deferred_, token_life, "interactions/deferred", now);
}

// Ids grow with time, so the first is the oldest.
void witness::give_up(std::map<discord::snowflake, command>& among, duration after,
                      std::string_view rule, instant now)
{
    while (!among.empty() && now - among.begin()->second.at >= after) {
        const auto& [id, overdue] = *among.begin();
        ++counts_.unanswered;
        if (overdue.what == kind::interaction)
            broke(rule, "command " + to_string(id) + " was not answered in time", now);
        closed_.insert(among.extract(among.begin()));
        if (closed_.size() > closed_max)
            closed_.erase(closed_.begin());
    }
}

instant witness::deadline() const
{
    return std::min(waiting_.empty() ? never : waiting_.begin()->second.at + patience,
                    deferred_.empty() ? never : deferred_.begin()->second.at + token_life);
}

}  // namespace tinfoil::discordsim
