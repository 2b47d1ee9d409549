#include "host/network_life.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace tinfoil::host {

void network_life::on(const life_input& what, instant now, std::vector<life_action>& todo)
{
    std::visit([&](const auto& told) { on(told, now, todo); }, what);
}

std::string_view network_life::state() const
{
    switch (is_) {
    case phase::idle:
    case phase::starting:
        return "starting";
    case phase::running:
        return "running";
    case phase::ending:
        return "ending";
    case phase::waiting:
        return "waiting";
    case phase::over:
        break;
    }
    return "over";
}

void network_life::on(const life_begin&, instant now, std::vector<life_action>& todo)
{
    if (is_ == phase::idle)
        start(now, todo);
}

void network_life::start(instant now, std::vector<life_action>& todo)
{
    is_ = phase::starting;
    due_ = now + load_patience;
    why_.clear();
    ++begun_;
    away_since_ = std::min(away_since_, now);
    todo.emplace_back(spawn_worker{});
}

void network_life::on(const life_ready&, instant now, std::vector<life_action>& todo)
{
    if (is_ != phase::starting)
        return;
    is_ = phase::running;
    due_ = never;
    began_ = now;
    has_run_ = true;
    away_since_ = never;
    todo.emplace_back(worker_came{});
}

void network_life::on(const life_refused& what, instant, std::vector<life_action>& todo)
{
    if (is_ != phase::starting)
        return;
    is_ = phase::ending;
    due_ = never;
    why_ = what.why;
    todo.emplace_back(kill_worker{});
}

void network_life::on(const life_ended& what, instant now, std::vector<life_action>& todo)
{
    if (is_ != phase::starting && is_ != phase::running && is_ != phase::ending)
        return;
    const std::string why =
        is_ == phase::ending ? std::exchange(why_, {}) : "its process has ended: " + what.how;
    last_end_ = why;
    away_since_ = std::min(away_since_, now);
    if (!has_run_) {
        is_ = phase::over;
        due_ = never;
        todo.emplace_back(worker_failed{why});
        return;
    }
    if (is_ == phase::running) {
        if (now - began_ >= good_run)
            wait_.reset();
        todo.emplace_back(worker_left{why});
    }
    const duration wait = wait_.draw(random_);
    is_ = phase::waiting;
    due_ = now + wait;
    todo.emplace_back(life_warning{
        fmt::format("{}; it is begun again in {} ms, and collections go on meanwhile", why,
                    std::chrono::duration_cast<std::chrono::milliseconds>(wait).count())});
}

void network_life::on(const life_stop&, instant, std::vector<life_action>& todo)
{
    if (is_ == phase::starting || is_ == phase::running || is_ == phase::ending)
        todo.emplace_back(kill_worker{});
    is_ = phase::over;
    due_ = never;
}

void network_life::on(const life_elapsed&, instant now, std::vector<life_action>& todo)
{
    if (now < due_)
        return;
    if (is_ == phase::waiting)
        return start(now, todo);
    if (is_ != phase::starting)
        return;
    is_ = phase::ending;
    due_ = never;
    why_ = fmt::format("it has not started within {} s",
                       std::chrono::duration_cast<std::chrono::seconds>(load_patience).count());
    todo.emplace_back(kill_worker{});
}

}  // namespace tinfoil::host
