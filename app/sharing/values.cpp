#include "sharing/values.hpp"

#include "base/assert.hpp"
#include "base/overloaded.hpp"

#include <algorithm>

namespace tinfoil::sharing {
namespace {

answer busy(std::string why)
{
    answer made;
    made.how = verdict::busy;
    made.text = std::move(why);
    return made;
}

}  // namespace

bool is_change(const question& what)
{
    return what.what == deed::put || what.what == deed::erase || what.what == deed::add;
}

void values::on(values_input what, instant now, std::vector<values_action>& todo)
{
    std::visit(
        overloaded{
            [&](const values_opened&) { sweep_at_ = now; },
            [&](asked& one) { ask(std::move(one), now, todo); },
            [&](const ask_cancelled& one) {
                // It is answered like any other, so that whoever counts them need not
                // know.
                if (const auto own = watches_.find({one.who, one.id}); own != watches_.end()) {
                    todo.emplace_back(tell_answer{one.who, one.id, news_for(own->second.what)});
                    end_watch(own);
                }
            },
            [&](const client_gone& one) {
                auto own = watches_.lower_bound({one.who, 0});
                while (own != watches_.end() && own->first.first == one.who)
                    own = end_watch(own);
            },
            [&](group_done& one) { finish(std::move(one), now, todo); },
            [&](const values_elapsed&) {
                end_watches(now, todo);
                run(now, todo);
            },
        },
        what);
}

instant values::deadline() const
{
    instant due = std::max(sweep_at_, next_commit_);
    if (!waiting_.empty() && running_.empty())
        due = std::min(due, changes_waiting_ == 0 ? instant() : next_commit_);
    return dues_.empty() ? due : std::min(due, dues_.begin()->first);
}

void values::ask(asked what, instant now, std::vector<values_action>& todo)
{
    if (auto no = refusal_of(what.what)) {
        todo.emplace_back(tell_answer{what.who, what.id, std::move(*no)});
        return;
    }
    if (what.what.what == deed::watch)
        return begin_watch(std::move(what), now, todo);
    const std::size_t bytes = bytes_of(what.what);
    if (waiting_.size() >= waiting_max || waiting_bytes_ + bytes > waiting_bytes_max) {
        todo.emplace_back(tell_answer{
            what.who, what.id,
            busy("more questions wait for the state than it can answer: ask again in a second")});
        return;
    }
    waiting_bytes_ += bytes;
    changes_waiting_ += is_change(what.what) ? 1 : 0;
    waiting_.push_back(std::move(what));
    // What needs no commit need not wait for one, unless it would overtake.
    if (changes_waiting_ == 0)
        run(now, todo);
}

void values::begin_watch(asked what, instant now, std::vector<values_action>& todo)
{
    question& wanted = what.what;
    if (wanted.since == 0)
        wanted.since = revision_;
    answer news = news_for(wanted);
    if (!news.rows.empty() || news.is_cut || wanted.patience == duration::zero()) {
        todo.emplace_back(tell_answer{what.who, what.id, std::move(news)});
        return;
    }
    std::size_t of_same = 0;
    for (auto own = watches_.lower_bound({what.who, 0});
         own != watches_.end() && own->first.first == what.who; ++own)
        of_same += own->second.what.scope == wanted.scope ? 1 : 0;
    if (watches_.size() >= watches_max || of_same >= watches_each) {
        todo.emplace_back(tell_answer{
            what.who, what.id,
            busy("256 watches of a plugin in a collection are the most, and 2,000 of all")});
        return;
    }
    const name own{what.who, what.id};
    const instant due = now + wanted.patience;
    if (watches_.emplace(own, watch{std::move(wanted), due}).second)
        dues_.emplace(due, own);
}

// Those at the front, as many as a group may have. What has expired goes with every commit; where
// there are only reads it gets one of its own, or somebody who reads all the time would keep it.
void values::run(instant now, std::vector<values_action>& todo)
{
    const bool can_commit = now >= next_commit_;
    const bool is_due = can_commit && now >= sweep_at_;
    if (!running_.empty() || (waiting_.empty() && !is_due) ||
        (changes_waiting_ != 0 && !can_commit))
        return;
    sweeps_ = changes_waiting_ == 0 && is_due;
    if (sweeps_)
        return todo.emplace_back(run_group{}), void();
    run_group made;
    std::size_t bytes = 0;
    while (!waiting_.empty() && made.what.size() < group_max && bytes < group_bytes_max) {
        asked& next = waiting_.front();
        const std::size_t own = bytes_of(next.what);
        bytes += own;
        waiting_bytes_ -= own;
        if (is_change(next.what)) {
            --changes_waiting_;
            sweeps_ = true;
        }
        running_.emplace_back(next.who, next.id);
        made.what.push_back(std::move(next.what));
        waiting_.pop_front();
    }
    todo.emplace_back(std::move(made));
}

void values::finish(group_done what, instant now, std::vector<values_action>& todo)
{
    TINFOIL_ASSERT(what.answers.size() == running_.size());
    revision_ = std::max(revision_, what.revision);
    if (what.committed)
        next_commit_ = now + commit_gap;
    const instant next = what.next_expiry == group_done::no_end
                             ? never
                             : now + std::max(what.next_expiry, sweep_gap);
    // What only read has erased nothing.
    sweep_at_ = sweeps_ ? next : std::min(sweep_at_, next);
    for (std::size_t i = 0; i < running_.size(); ++i)
        todo.emplace_back(
            tell_answer{running_[i].first, running_[i].second, std::move(what.answers[i])});
    running_.clear();
    if (what.changes.empty())
        return;
    const std::vector<change> news = std::move(what.changes);
    remember(news);
    for (auto at = watches_.begin(); at != watches_.end();) {
        question& wanted = at->second.what;
        if (std::none_of(news.begin(), news.end(),
                         [&](const change& each) { return concerns(wanted, each); })) {
            // What the history forgets from here on was not for it.
            wanted.since = revision_;
            ++at;
            continue;
        }
        todo.emplace_back(tell_answer{at->first.first, at->first.second, news_for(wanted)});
        at = end_watch(at);
    }
}

void values::remember(std::vector<change> all)
{
    for (change& each : all) {
        history_bytes_ += bytes_of(each.what);
        history_.push_back(std::move(each));
    }
    while (history_.size() > history_max || history_bytes_ > history_bytes_max) {
        forgotten_ = history_.front().what.modified;
        history_bytes_ -= bytes_of(history_.front().what);
        history_.pop_front();
    }
}

answer values::news_for(const question& wanted) const
{
    answer made;
    made.revision = revision_;
    // Later than all that is: of another state.
    if (wanted.since < forgotten_ || wanted.since > revision_) {
        made.is_cut = true;
        return made;
    }
    std::size_t bytes = 0;
    for (const change& each : history_) {
        if (!concerns(wanted, each))
            continue;
        if (made.rows.size() == answer_rows_max || bytes >= answer_bytes_max) {
            made.revision = made.rows.back().modified;
            break;
        }
        bytes += bytes_of(each.what);
        made.rows.push_back(each.what);
    }
    return made;
}

std::map<values::name, values::watch>::iterator
values::end_watch(std::map<name, watch>::iterator which)
{
    dues_.erase({which->second.due, which->first});
    return watches_.erase(which);
}

void values::end_watches(instant now, std::vector<values_action>& todo)
{
    while (!dues_.empty() && dues_.begin()->first <= now) {
        const auto own = watches_.find(dues_.begin()->second);
        todo.emplace_back(
            tell_answer{own->first.first, own->first.second, news_for(own->second.what)});
        end_watch(own);
    }
}

}  // namespace tinfoil::sharing
