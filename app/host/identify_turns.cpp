#include "host/identify_turns.hpp"

#include <boost/asio/post.hpp>

#include <fmt/format.h>

namespace tinfoil::host {

identify_turns::identify_turns(boost::asio::io_context& loop,
                               std::function<bool(discord::slot)> record,
                               std::function<void(const std::string&)> warn)
    : loop_(loop),
      record_(std::move(record)),
      warn_(std::move(warn)),
      pump_(loop, sharding::identify_queue{},
            [this](const sharding::identify_queue_action& action) { perform(action); })
{
}

void identify_turns::budget(const discord::gateway_bot& limit)
{
    pump_.tell(
        sharding::budget{limit.total, limit.remaining, limit.reset_after, limit.max_concurrency});
}

void identify_turns::request(discord::slot slot, std::function<void()> granted)
{
    waiting_[slot] = std::move(granted);
    pump_.tell(sharding::requested{slot});
}

void identify_turns::leave(discord::slot slot)
{
    waiting_.erase(slot);
    pump_.tell(sharding::left{slot});
}

void identify_turns::ended(discord::slot slot, bool received)
{
    pump_.tell(sharding::ended{slot, received});
}

void identify_turns::perform(const sharding::identify_queue_action& action)
{
    if (const auto* out = std::get_if<sharding::exhausted>(&action)) {
        const auto minutes =
            std::chrono::duration_cast<std::chrono::minutes>(out->reset_after).count();
        warn_(fmt::format(
            "no session starts are left for today; shards that need one wait {} h {} min",
            minutes / 60, minutes % 60));
        return;
    }
    const discord::slot slot = std::get<sharding::permit>(action).slot;
    if (!record_(slot))
        return;
    boost::asio::post(loop_, [this, slot, alive = std::weak_ptr(alive_)] {
        if (alive.expired())
            return;
        const auto asked = waiting_.extract(slot);
        if (!asked.empty())
            asked.mapped()();
    });
}

}  // namespace tinfoil::host
