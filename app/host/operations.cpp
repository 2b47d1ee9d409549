#include "host/operations.hpp"

#include "discord/intents.hpp"
#include "handoff/settings.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace tinfoil::host {
namespace {

// Handoffs of one operation have ids of their own, never the same twice.
constexpr std::uint64_t handoffs_max = 1U << 20;

bool is_handoff(operation_kind kind)
{
    return kind != operation_kind::move;
}

std::string seconds(duration length)
{
    const auto whole = std::chrono::ceil<std::chrono::seconds>(length).count();
    return whole < 120 ? std::to_string(whole) + " s" : std::to_string((whole + 59) / 60) + " min";
}

std::string joined(const std::vector<sharding::objection>& all)
{
    std::string text;
    for (const sharding::objection& each : all)
        text += (text.empty() ? "" : "; ") + each.text;
    return text;
}

std::uint64_t count_in(const boost::json::value& where, std::string_view name)
{
    const auto* object = where.if_object();
    if (object == nullptr)
        return 0;
    for (const auto& [key, value] : *object) {
        if (key == name && value.is_int64())
            return static_cast<std::uint64_t>(value.get_int64());
        if (const std::uint64_t found = count_in(value, name); found != 0)
            return found;
    }
    return 0;
}

std::string listed(const std::vector<discord::slot>& all)
{
    constexpr std::size_t named_max = 8;
    if (all.size() > named_max)
        return " " + discord::shards_in_words(all.size());
    std::string text;
    for (const discord::slot each : all)
        text += " " + to_string(each);
    return text;
}

// `split 3/16 into 3/32 19/32`.
std::string title_of(const operation_view& of)
{
    std::string text = std::string(name(of.wish.kind)) + listed(of.quote.older);
    if (of.wish.kind == operation_kind::move)
        return text + " to collection " + std::to_string(of.wish.to);
    if (of.quote.newer != of.quote.older)
        text += " into" + listed(of.quote.newer);
    return text;
}

}  // namespace

std::uint64_t count_in_report(const std::string& report, std::string_view name)
{
    boost::system::error_code failed;
    const boost::json::value read = boost::json::parse(report, failed);
    return failed ? 0 : count_in(read, name);
}

void operations::on(const operations_input& what, const situation& at, instant now, actions& todo)
{
    if (const auto* before = std::get_if<operations_known>(&what)) {
        last_id_ = before->last_id;
        learned_ = before->learned;
    } else if (const auto* asked = std::get_if<operation_asked>(&what)) {
        on_asked(*asked, at, now, todo);
    } else if (const auto* unwanted = std::get_if<operation_cancelled>(&what)) {
        auto answer = cancel(*unwanted, at, todo);
        todo.emplace_back(operation_answer{unwanted->ticket, std::move(answer)});
    } else if (const auto* handed = std::get_if<handoff_over>(&what)) {
        on_handoff_over(*handed, at, now, todo);
    } else if (const auto* moved = std::get_if<move_over>(&what)) {
        on_move_over(*moved, at, now, todo);
    } else if (const auto* look = std::get_if<link::handoff_look>(&what)) {
        on_look(*look, now, todo);
    } else if (const auto* gap = std::get_if<link::shard_gap>(&what)) {
        on_gap(*gap, todo);
    } else if (const auto* spent = std::get_if<identify_spent>(&what)) {
        if (job_ && job_->handoff != 0) {
            const auto& newer = job_->parts[job_->part].after;
            job_->view.identifies +=
                std::find(newer.begin(), newer.end(), spent->slot) != newer.end() ? 1 : 0;
        }
    } else if (std::holds_alternative<plugins_changed>(what)) {
        intents_due_ = stopping_ ? never : now + intents_wait;
    } else if (std::holds_alternative<operations_stop>(what)) {
        stopping_ = true;
        intents_due_ = never;
        if (job_)
            finish(operation_state::interrupted, "the host ended", at, todo);
        for (operation_view& each : std::exchange(waiting_, {})) {
            each.state = operation_state::interrupted;
            each.why = "the host ended before its turn";
            each.ended_ms = at.wall_ms;
            todo.emplace_back(keep_operation{std::move(each)});
        }
    } else if (now >= intents_due_) {
        intents_due_ = never;
        look_at_intents(at, now, todo);
    }
}

bool operations::job::is_past_cancel() const
{
    return handoff != 0 && (view.phase == "journalling" || view.phase == "committed");
}

std::vector<operation_view> operations::look() const
{
    std::vector<operation_view> all;
    if (job_)
        all.push_back(job_->view);
    all.insert(all.end(), waiting_.begin(), waiting_.end());
    return all;
}

void operations::on_asked(const operation_asked& what, const situation& at, instant now,
                          actions& todo)
{
    auto answer = ask(what.what, at, todo);
    if (answer && answer->id != 0)
        go_on(at, now, todo);
    // It may have begun, or have ended, by now.
    if (answer && job_ && job_->view.id == answer->id)
        answer = job_->view;
    todo.emplace_back(operation_answer{what.ticket, std::move(answer)});
}

result<operation_view> operations::ask(const operation_wish& what, const situation& at,
                                       actions& todo)
{
    if (stopping_)
        return error{errc::cancelled, "the host is ending"};
    auto judged = judge(what, at, *ledger_);
    if (!judged)
        return judged.error();
    operation_view made;
    made.wish = what;
    made.quote = std::move(judged->quote);
    made.asked_ms = at.wall_ms;
    if (what.mode == operation_mode::quote) {
        made.state = operation_state::done;
        made.ended_ms = at.wall_ms;
        return made;
    }
    if (!made.quote.may_go()) {
        made.state = operation_state::failed;
        made.why = joined(made.quote.objections);
        made.ended_ms = at.wall_ms;
        return made;
    }
    if (waiting_.size() >= waiting_max)
        return error{errc::cancelled, std::to_string(waiting_max) +
                                          " operations wait already; ask again when one has ended"};
    made.id = ++last_id_;
    waiting_.push_back(made);
    todo.emplace_back(keep_operation{made});
    todo.emplace_back(operation_changed{made});
    return made;
}

result<operation_view> operations::cancel(const operation_cancelled& what, const situation& at,
                                          actions& todo)
{
    const auto waits = std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& each) {
        return what.id && each.id == *what.id;
    });
    if (waits != waiting_.end()) {
        operation_view over = *waits;
        waiting_.erase(waits);
        over.state = operation_state::cancelled;
        over.why = "cancelled before its turn";
        over.ended_ms = at.wall_ms;
        todo.emplace_back(keep_operation{over});
        todo.emplace_back(operation_changed{over});
        return over;
    }
    if (!job_ || (what.id && job_->view.id != *what.id))
        return error{errc::invalid_argument, what.id ? "there is no operation " +
                                                           std::to_string(*what.id) +
                                                           " that runs or waits"
                                                     : "no operation runs"};
    const bool is_last = job_->part + 1 >= job_->parts.size();
    if (job_->is_past_cancel() && is_last)
        return error{errc::cancelled, "its commit is under way, and nothing stops it any more"};
    if (!job_->cancelled) {
        job_->cancelled = "cancelled";
        if (job_->handoff != 0)
            todo.emplace_back(cancel_handoff{job_->handoff, "an operator has cancelled it"});
    }
    return job_->view;
}

void operations::on_handoff_over(const handoff_over& what, const situation& at, instant now,
                                 actions& todo)
{
    if (!job_ || job_->handoff != what.id)
        return;
    job& own = *job_;
    own.handoff = 0;
    own.view.phase.clear();
    own.view.waits_for.clear();
    own.view.streams = own.view.proven = own.view.held = own.view.held_bytes = 0;
    if (!what.report.empty() && own.view.reports.size() < reports_max)
        own.view.reports.push_back(what.report);
    const bool is_shadow = own.view.wish.mode == operation_mode::shadow;
    const bool observed = is_shadow && !what.committed && what.why == handoff::observed;
    learn(what, observed, todo);
    if (!what.committed && !observed) {
        if (own.cancelled)
            return finish(operation_state::cancelled, *own.cancelled + so_far(), at, todo),
                   go_on(at, now, todo);
        return finish(operation_state::failed, what.why + so_far(), at, todo), go_on(at, now, todo);
    }
    if (what.committed)
        own.view.is_exact = own.view.is_exact && what.exact;
    if (what.committed && !what.why.empty())
        own.losses.push_back(what.why);
    ++own.view.parts_done;
    ++own.part;
    go_on(at, now, todo);
}

void operations::learn(const handoff_over& what, bool observed, actions& todo)
{
    const bool answers_held = count_in_report(what.report, "answers_contradicted") == 0;
    const bool order_held = count_in_report(what.report, "mismatch_lasting") == 0 &&
                            count_in_report(what.report, "overlap_mismatch_lasting") == 0 &&
                            count_in_report(what.report, "shift_changed") == 0;
    handoff_experience now_known = learned_;
    now_known.trusts_answers = now_known.trusts_answers && answers_held;
    // A shadow of today says more than a handoff of last year.
    if (observed) {
        now_known.has_shadow_passed = order_held && answers_held;
        now_known.trusts_answers = answers_held;
        job_->view.is_exact = job_->view.is_exact && order_held && answers_held;
    }
    if (now_known.has_shadow_passed == learned_.has_shadow_passed &&
        now_known.trusts_answers == learned_.trusts_answers)
        return;
    learned_ = now_known;
    todo.emplace_back(keep_experience{learned_});
    if (!answers_held)
        todo.emplace_back(say{true, "answers of Discord overtook events, so handoffs prove quiet "
                                    "guilds by time only from now on; a shadow run in which they "
                                    "do not changes that: --dry-run=shadow"});
}

void operations::on_move_over(const move_over& what, const situation& at, instant now,
                              actions& todo)
{
    if (!job_ || job_->move != what.slot)
        return;
    job& own = *job_;
    own.move.reset();
    if (what.failed) {
        finish(own.cancelled ? operation_state::cancelled : operation_state::failed,
               what.failed->detail + so_far(), at, todo);
        return go_on(at, now, todo);
    }
    ++own.view.moves_done;
    const auto pause = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(what.pause).count());
    own.view.pause_us = std::max(own.view.pause_us.value_or(0), pause);
    if (!what.resumed) {
        own.view.is_exact = false;
        own.losses.push_back("shard " + to_string(what.slot) +
                             " could not resume, so each of its guilds may have missed events");
    }
    go_on(at, now, todo);
}

void operations::on_look(const link::handoff_look& what, instant now, actions& todo)
{
    if (!job_ || job_->handoff != what.id)
        return;
    operation_view& view = job_->view;
    view.phase = what.phase;
    view.waits_for = what.waits_for;
    view.streams = what.streams;
    view.proven = what.proven;
    view.held = what.held;
    view.held_bytes = what.held_bytes;
    if (what.phase == "settling")
        job_->part_began = now;  // Its own time has not begun.
    const duration each = view.quote.takes / std::max<std::uint32_t>(view.quote.parts, 1);
    const auto behind = static_cast<int>(job_->parts.size() - job_->part - 1);
    const duration left = each * (behind + 1) - (now - job_->part_began);
    view.left = left > duration::zero() ? std::optional(left) : std::nullopt;
    todo.emplace_back(operation_changed{view});
}

void operations::on_gap(const link::shard_gap& what, actions& todo)
{
    constexpr std::size_t named_max = 20;
    if (!job_)
        return;
    const auto& newer = job_->view.quote.newer;
    if (std::find(newer.begin(), newer.end(), what.slot) == newer.end())
        return;
    job_->view.is_exact = false;
    if (job_->losses.size() < named_max)
        job_->losses.push_back((what.guild == 0 ? "guilds of shard " + to_string(what.slot)
                                                : "guild " + std::to_string(what.guild)) +
                               " may have missed events: " + what.why);
    change(todo);
}

void operations::look_at_intents(const situation& at, instant now, actions& todo)
{
    operation_wish wish;
    wish.kind = operation_kind::renew;
    wish.origin = operation_origin::for_intents;
    std::uint64_t lacking = 0;
    for (const situation::shard& each : at.shards)
        if (each.has_session && (at.intents_wanted & ~each.intents) != 0) {
            wish.slots.push_back(each.slot);
            lacking |= at.intents_wanted & ~each.intents;
        }
    if (wish.slots.empty() || intents_judged_ == at.intents_wanted)
        return;
    const auto quote = judge(wish, at, *ledger_);
    if (quote && std::any_of(quote->quote.objections.begin(), quote->quote.objections.end(),
                             [](const auto& each) {
                                 return each.why == sharding::refusal::budget_unknown;
                             })) {
        intents_due_ = now + intents_again;
        return;
    }
    intents_judged_ = at.intents_wanted;
    const std::string what = "plugins want " + discord::intent_names(lacking) + ", which " +
                             discord::shards_in_words(wish.slots.size()) +
                             (wish.slots.size() == 1 ? " lacks" : " lack");
    if (quote && quote->quote.may_go() && waiting_.size() < waiting_max) {
        todo.emplace_back(say{false, what +
                                         "; new sessions take over one after the other, which "
                                         "takes about " +
                                         seconds(quote->quote.takes)});
        if (const auto asked = ask(wish, at, todo); asked)
            go_on(at, now, todo);
        return;
    }
    std::string why = quote ? joined(quote->quote.objections) : quote.error().detail;
    if (why.empty())
        why = "too many operations wait";
    todo.emplace_back(say{true, what + ": new sessions with it would cost " +
                                    std::to_string(wish.slots.size()) +
                                    " IDENTIFYs, and that is not done by itself, since " + why +
                                    "; tinfoil shards renew --all does it"});
}

void operations::go_on(const situation& at, instant now, actions& todo)
{
    // A part that ends at once is followed by the next with the next input, since the situation has
    // to be seen anew; only what needs nothing of it goes round here.
    while (!stopping_) {
        if (!job_ && !begin_next(at, now, todo))
            return;
        if (!job_)
            continue;  // That one can't be done any more.
        if (job_->handoff != 0 || job_->move)
            return;
        step(at, now, todo);
        if (job_)
            return;
    }
}

// True: there was one.
bool operations::begin_next(const situation& at, instant now, actions& todo)
{
    if (waiting_.empty())
        return false;
    job made;
    made.view = std::move(waiting_.front());
    waiting_.pop_front();
    auto judged = judge(made.view.wish, at, *ledger_);
    job_ = std::move(made);
    if (!judged || !judged->quote.may_go()) {
        finish(operation_state::failed,
               judged ? joined(judged->quote.objections) : judged.error().detail, at, todo);
        return true;
    }
    job_->view.quote = std::move(judged->quote);
    job_->parts = std::move(judged->parts);
    job_->view.state = operation_state::running;
    job_->view.is_exact = true;
    job_->part_began = now;
    todo.emplace_back(keep_operation{job_->view});
    change(todo);
    return true;
}

void operations::step(const situation& at, instant now, actions& todo)
{
    job& own = *job_;
    const operation_wish& wish = own.view.wish;
    const std::optional<discord::slot> elsewhere = next_to_move(at);
    const bool is_all_done =
        is_handoff(wish.kind) ? own.part == own.parts.size() : !elsewhere.has_value();
    if (own.cancelled && is_all_done)
        return finish(operation_state::done,
                      is_handoff(wish.kind) ? "it was cancelled when all was written already"
                                            : "it was cancelled when all was moved already",
                      at, todo);
    if (own.cancelled)
        return finish(operation_state::cancelled, *own.cancelled + so_far(), at, todo);
    if (!is_handoff(wish.kind))
        return elsewhere ? move({*elsewhere, wish.to}, now, todo)
                         : finish(operation_state::done, "", at, todo);
    if (own.part < own.parts.size()) {
        const auto gather = gathering_move(own.parts[own.part].before, at);
        if (!gather)
            return finish(operation_state::failed, gather.error().detail + so_far(), at, todo);
        if (*gather)
            return move(**gather, now, todo);
        return hand_over(at, now, todo);
    }
    if (wish.kind == operation_kind::reshard && wish.mode == operation_mode::perform)
        if (const auto spread = spreading_move(at))
            return move(*spread, now, todo);
    finish(operation_state::done, "", at, todo);
}

void operations::hand_over(const situation& at, instant now, actions& todo)
{
    job& own = *job_;
    const sharding::component& part = own.parts[own.part];
    const bool by_operator = own.view.wish.origin == operation_origin::by_operator;
    const sharding::quote starts = ledger_->price(static_cast<int>(part.after.size()));
    const bool fits = starts.is == sharding::quote::verdict::fits;
    if (!fits && !(by_operator && starts.is == sharding::quote::verdict::needs_operator))
        return finish(operation_state::failed,
                      "the next handoff takes " + std::to_string(starts.identifies) +
                          " IDENTIFYs, and " + std::to_string(at.ledger.remaining) +
                          " are left until the day's window ends; see tinfoil budget" + so_far(),
                      at, todo);
    own.handoff = own.view.id * handoffs_max + own.part + 1;
    own.part_began = now;
    todo.emplace_back(begin_handoff{.id = own.handoff,
                                    .older = part.before,
                                    .newer = part.after,
                                    .own_user = at.own_user,
                                    .trust_answers = learned_.trusts_answers,
                                    .observe_for = own.view.wish.mode == operation_mode::shadow
                                                       ? own.view.wish.observe_for
                                                       : duration::zero(),
                                    .wall_ms = static_cast<std::uint64_t>(at.wall_ms),
                                    .may_spend_reserve = by_operator && !fits});
    change(todo);
}

void operations::move(const shard_move& what, instant now, actions& todo)
{
    job_->move = what.slot;
    job_->part_began = now;
    todo.emplace_back(begin_move{what.slot, what.to});
    change(todo);
}

void operations::finish(operation_state how, std::string why, const situation& at, actions& todo)
{
    operation_view& view = job_->view;
    view.state = how;
    view.why = std::move(why);
    for (const std::string& each : job_->losses)
        view.why += (view.why.empty() ? "" : "; ") + each;
    view.ended_ms = at.wall_ms;
    view.left.reset();
    view.is_exact = view.is_exact && how == operation_state::done;
    const bool is_done = how == operation_state::done;
    todo.emplace_back(say{!is_done || !view.is_exact,
                          title_of(view) + ": " + std::string(name(how)) +
                              (view.wish.mode == operation_mode::shadow ? ", only watched" : "") +
                              (is_done ? (view.is_exact ? ", exact" : ", not exact") : "") +
                              (view.why.empty() ? "" : ": " + view.why)});
    todo.emplace_back(keep_operation{view});
    change(todo);
    job_.reset();
}

void operations::change(actions& todo) const
{
    todo.emplace_back(operation_changed{job_->view});
}

// Of an operation that only moves: a shard that is not where it is to be.
std::optional<discord::slot> operations::next_to_move(const situation& at) const
{
    const operation_view& view = job_->view;
    if (!is_handoff(view.wish.kind))
        for (const discord::slot slot : view.quote.older)
            if (const auto* known = at.find(slot);
                known != nullptr && known->collection != view.wish.to)
                return slot;
    return {};
}

std::string operations::so_far() const
{
    const operation_view& view = job_->view;
    if (!is_handoff(view.wish.kind) && view.moves_done != 0)
        return "; " + std::to_string(view.moves_done) + " of " + std::to_string(view.quote.moves) +
               " moves were done and stay";
    if (view.parts_done == 0)
        return "";
    return "; " + std::to_string(view.parts_done) + " of " + std::to_string(job_->parts.size()) +
           " handoffs were done and stay";
}

}  // namespace tinfoil::host
