#include "host/errand.hpp"

#include "base/overloaded.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tinfoil::host {
namespace {

constexpr std::array<std::string_view, 5> stages{"waiting", "running", "done", "failed", "skipped"};
constexpr std::array<std::string_view, 5> states{"none", "running", "done", "failed", "cancelled"};

}  // namespace

std::string_view name(errand_stage of)
{
    return stages.at(static_cast<std::size_t>(of));
}

std::string_view name(errand_state of)
{
    return states.at(static_cast<std::size_t>(of));
}

std::size_t errand_progress::done() const
{
    return static_cast<std::size_t>(std::count_if(steps.begin(), steps.end(), [](const step& each) {
        return each.where == errand_stage::done;
    }));
}

void errand_runner::on(const errand_input& what, instant now, actions& todo)
{
    now_ = now;
    std::visit(overloaded{[&](const errand_wanted& it) {
                              if (!is_busy())
                                  begin(it.what, todo);
                          },
                          [&](const operation_begun& it) {
                              if (!is_busy() || at_ == behind_)
                                  return;
                              if (!it.what)
                                  return conclude(0, it.what.error().detail, "", todo);
                              operation_ = it.what->id;
                              for (std::size_t i = at_; i < behind_; ++i)
                                  view_.steps[i].operation = operation_;
                              todo.emplace_back(errand_changed{});
                              on_operation(*it.what, todo);
                          },
                          [&](const operation_told& it) {
                              // 0 is one that was refused.
                              if (is_busy() && operation_ != 0 && it.what.id == operation_)
                                  on_operation(it.what, todo);
                          },
                          [&](const collection_over& it) {
                              if (is_busy() && at_ < behind_)
                                  on_collection(it, todo);
                          },
                          [&](const errand_cancelled&) { cancel(todo); },
                          [&](const errand_elapsed&) {
                              if (is_busy() && now >= until_)
                                  conclude(0, "it has not ended within 2 hours", "", todo);
                          }},
               what);
}

void errand_runner::cancel(actions& todo)
{
    if (is_busy() && !std::exchange(is_cancelled_, true) && operation_ != 0)
        todo.emplace_back(cancel_operation{operation_});
}

void errand_runner::begin(const errand& what, actions& todo)
{
    own_ = what;
    view_ = {};
    view_.id = what.id;
    view_.what = what.what;
    view_.origin = what.origin;
    view_.state = errand_state::running;
    for (const scaling::action& each : what.actions)
        view_.steps.push_back({each, errand_stage::waiting, 0, ""});
    at_ = behind_ = 0;
    operation_ = 0;
    is_cancelled_ = false;
    step(todo);
}

void errand_runner::step(actions& todo)
{
    if (at_ == view_.steps.size())
        return finish(errand_state::done, "", todo);
    if (is_cancelled_)
        return finish(errand_state::cancelled, "cancelled", todo);
    operation_wish wish;
    wish.origin = own_.origin;
    behind_ = at_ + 1;
    until_ = now_ + step_max;
    view_.steps[at_].where = errand_stage::running;
    std::visit(
        overloaded{[&](const scaling::move& it) {
                       wish.kind = operation_kind::move;
                       wish.to = it.to;
                       wish.slots = {it.slot};
                       for (; behind_ < view_.steps.size(); ++behind_) {
                           const auto* next =
                               std::get_if<scaling::move>(&view_.steps[behind_].what);
                           if (next == nullptr || next->to != it.to)
                               break;
                           wish.slots.push_back(next->slot);
                           view_.steps[behind_].where = errand_stage::running;
                       }
                       ask(std::move(wish), todo);
                   },
                   [&](const scaling::replace& it) {
                       const bool is_split = it.newer.size() > it.older.size();
                       wish.kind = is_split ? operation_kind::split : operation_kind::merge;
                       wish.slots = {it.older.begin(), it.older.end()};
                       wish.count = static_cast<std::uint32_t>(it.newer.size());
                       ask(std::move(wish), todo);
                   },
                   [&](const scaling::add_collection&) { todo.emplace_back(add_collection{}); },
                   [&](const scaling::retire_collection& it) {
                       todo.emplace_back(retire_collection{it.number});
                   }},
        view_.steps[at_].what);
    todo.emplace_back(errand_changed{});
}

void errand_runner::ask(operation_wish what, actions& todo)
{
    todo.emplace_back(ask_operation{std::move(what)});
}

void errand_runner::on_operation(const operation_view& of, actions& todo)
{
    if (!is_over(of.state))
        return;
    const bool is_done = of.state == operation_state::done;
    is_cancelled_ = is_cancelled_ || of.state == operation_state::cancelled;
    const std::size_t all = behind_ - at_;
    if (of.wish.kind != operation_kind::move)
        return conclude(is_done ? all : 0, is_done ? "" : of.why, is_done ? of.why : "", todo);
    conclude(is_done ? all : std::min<std::size_t>(of.moves_done, all), is_done ? "" : of.why,
             is_done ? of.why : "", todo);
}

void errand_runner::on_collection(const collection_over& what, actions& todo)
{
    const bool adds = std::holds_alternative<scaling::add_collection>(view_.steps[at_].what);
    const auto* retires = std::get_if<scaling::retire_collection>(&view_.steps[at_].what);
    if (what.added ? !adds : retires == nullptr || retires->number != what.number)
        return;
    conclude(what.failed ? 0 : 1, what.failed ? what.failed->detail : "", "", todo);
}

void errand_runner::conclude(std::size_t done, std::string failed, std::string lost, actions& todo)
{
    const bool has_failed = !failed.empty() || done < behind_ - at_;
    if (has_failed && failed.empty())
        failed = "it has not been done";
    for (std::size_t i = at_; i < behind_; ++i) {
        auto& own = view_.steps[i];
        own.where = i - at_ < done    ? errand_stage::done
                    : i - at_ == done ? errand_stage::failed
                                      : errand_stage::skipped;
        own.why = i - at_ < done ? lost : i - at_ == done ? failed : "";
    }
    at_ = behind_;
    operation_ = 0;
    if (has_failed)
        return finish(is_cancelled_ ? errand_state::cancelled : errand_state::failed,
                      std::move(failed), todo);
    step(todo);
}

void errand_runner::finish(errand_state how, std::string why, actions& todo)
{
    until_ = never;
    view_.state = how;
    view_.why = std::move(why);
    std::vector<scaling::outcome> outcomes;
    for (auto& each : view_.steps) {
        if (each.where == errand_stage::waiting)
            each.where = errand_stage::skipped;
        using kind = scaling::outcome::kind;
        const bool is_done = each.where == errand_stage::done;
        const bool failed = each.where == errand_stage::failed;
        // What an operator has ended has not failed, and neither has what they kept from beginning.
        outcomes.push_back({is_done                          ? kind::done
                            : how == errand_state::cancelled ? kind::called_off
                            : failed                         ? kind::failed
                                                             : kind::not_tried,
                            failed ? each.why : ""});
    }
    todo.emplace_back(errand_changed{});
    todo.emplace_back(errand_over{own_, std::move(outcomes)});
}

}  // namespace tinfoil::host
