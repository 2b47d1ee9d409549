#include "gateway/resume_pacer.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace tinfoil::gateway {
namespace {

using namespace std::chrono_literals;

constexpr duration window = 1s;
// What a late timer, or a moment without anybody, may catch up.
constexpr duration catch_up = 50ms;

duration seconds(double many)
{
    return duration(static_cast<duration::rep>(many * 1e9));
}

}  // namespace

resume_pacer::resume_pacer(std::uint32_t collections, std::uint64_t seed)
    : share_(collections),
      random_(seed)
{
    TINFOIL_ASSERT(collections > 0);
}

instant resume_pacer::deadline() const
{
    return order_.empty() ? never : std::min(next_, window_end_);
}

void resume_pacer::on(const pacer_input& what, instant now, std::vector<pacer_action>& todo)
{
    look_at_window(now);
    if (const auto* who = std::get_if<resume_wanted>(&what)) {
        want(*who, now);
    } else if (const auto* gone = std::get_if<resume_left>(&what)) {
        leave(gone->which);
    } else if (const auto* result = std::get_if<resume_result>(&what)) {
        answered_ = answered_ || !result->failed;
        if (result->failed && !std::exchange(failed_, true))
            rate_ = std::max(rate_ / 2, least_rate);
    }
    release(now, todo);
}

void resume_pacer::want(const resume_wanted& who, instant now)
{
    if (order_.empty() && now - last_go_ >= quiet)
        rate_ = start_rate;
    leave(who.which);
    const key place{who.since, ++asked_};
    order_[place] = who.which;
    known_[who.which] = place;
}

void resume_pacer::leave(discord::slot which)
{
    if (const auto found = known_.extract(which); !found.empty())
        order_.erase(found.mapped());
}

void resume_pacer::look_at_window(instant now)
{
    if (now < window_end_)
        return;
    if (answered_ && !failed_)
        rate_ = std::min(rate_ * 2, most_rate);
    failed_ = answered_ = false;
    window_end_ = order_.empty() ? never : now + window;
}

void resume_pacer::release(instant now, std::vector<pacer_action>& todo)
{
    while (!order_.empty() && next_ <= now) {
        const auto first = order_.extract(order_.begin());
        known_.erase(first.mapped());
        todo.emplace_back(resume_go{first.mapped()});
        next_ = std::max(next_, now - catch_up) + seconds((0.5 + random_.unit()) / rate());
        last_go_ = now;
    }
    if (!order_.empty() && window_end_ == never)
        window_end_ = now + window;
}

duration resume_pacer::estimate() const
{
    auto left = static_cast<double>(order_.size());
    double all = rate_;
    duration wait{};
    for (; left > all / share_ && all < most_rate; all = std::min(all * 2, most_rate)) {
        left -= all / share_;
        wait += window;
    }
    return wait + seconds(left / (all / share_));
}

}  // namespace tinfoil::gateway
