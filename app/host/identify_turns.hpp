#pragma once

#include "discord/session_start_limit.hpp"
#include "discord/slot.hpp"
#include "net/pump.hpp"
#include "sharding/identify_queue.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>

namespace tinfoil::host {

/// Gives shards their turns to IDENTIFY, as sharding::identify_queue decides. `record` is called
/// before a turn is given; when it says no, the turn is not given.
class identify_turns {
public:
    identify_turns(boost::asio::io_context& loop, std::function<bool(discord::slot)> record,
                   std::function<void(const std::string&)> warn);

    void budget(const discord::gateway_bot& limit);
    void request(discord::slot slot, std::function<void()> granted);
    void leave(discord::slot slot);
    void ended(discord::slot slot, bool received);

private:
    void perform(const sharding::identify_queue_action& action);

    boost::asio::io_context& loop_;
    std::function<bool(discord::slot)> record_;
    std::function<void(const std::string&)> warn_;
    std::map<discord::slot, std::function<void()>> waiting_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    net::pump<sharding::identify_queue, sharding::identify_queue_input, sharding::elapsed,
              sharding::identify_queue_action>
        pump_;
};

}  // namespace tinfoil::host
