#include "host/bot.hpp"

namespace tinfoil::host {

static_assert(bot::answers_patience + bot::close_patience < std::chrono::seconds(2));

void bot::on(const bot_input& what, instant now, std::vector<bot_action>& todo)
{
    if (state_ == state::ended)
        return;
    if (const auto* begun = std::get_if<shards_begun>(&what)) {
        if (state_ == state::starting) {
            state_ = state::running;
            shards_ = begun->count;
        }
    } else if (const auto* failed = std::get_if<start_failed>(&what)) {
        why_ = failed->why;
        finish(todo);
    } else if (std::holds_alternative<interrupted>(what)) {
        switch (state_) {
        case state::starting:
        case state::closing:
            return finish(todo);
        case state::running:
            return answer_out(answers_patience, now, todo);
        case state::answering:
            return close(now, todo);
        case state::ended:
            return;
        }
    } else if (std::holds_alternative<time_over>(what)) {
        if (state_ == state::starting)
            finish(todo);
        else if (state_ == state::running)
            answer_out(unhurried_patience, now, todo);
    } else if (const auto* gone = std::get_if<shard_given_up>(&what)) {
        why_ = gone->why;
        if (shards_ > 0 && --shards_ == 0 &&
            (state_ == state::running || state_ == state::answering))
            close(now, todo);
    } else if (const auto* lost = std::get_if<state_lost>(&what)) {
        why_ = lost->why;
        if (state_ == state::starting)
            finish(todo);
        else if (state_ != state::closing)
            close(now, todo);
    } else if (std::holds_alternative<people_quiet>(what)) {
        if (state_ == state::answering)
            close(now, todo);
    } else if (std::holds_alternative<collection_ended>(what)) {
        if (state_ == state::closing)
            finish(todo);
    } else if (now >= until_) {
        if (state_ == state::answering)
            close(now, todo);
        else if (state_ == state::closing)
            finish(todo);
    }
}

void bot::answer_out(duration patience, instant now, std::vector<bot_action>& todo)
{
    state_ = state::answering;
    until_ = now + patience;
    todo.emplace_back(hush{});
}

void bot::close(instant now, std::vector<bot_action>& todo)
{
    state_ = state::closing;
    until_ = now + close_patience;
    todo.emplace_back(stop_collection{});
}

void bot::finish(std::vector<bot_action>& todo)
{
    state_ = state::ended;
    until_ = never;
    todo.emplace_back(end{why_});
}

}  // namespace tinfoil::host
