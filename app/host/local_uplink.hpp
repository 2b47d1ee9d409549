#pragma once

#include "collection/uplink.hpp"
#include "host/identify_turns.hpp"
#include "host/tally.hpp"
#include "host/watcher.hpp"
#include "net/rest_driver.hpp"
#include "state/store.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>

namespace tinfoil::host {

/// The uplink of a collection that lives inside the host: calls in place of messages, with the same
/// promise that nothing answers inside the call that asked.
class local_uplink final : public collection::uplink {
public:
    struct parts {
        boost::asio::io_context& loop;
        net::rest_driver& rest;
        identify_turns& turns;
        state::store& store;
        tally& counted;
        watcher& people;
        std::function<void(const error&)> shard_given_up;
    };
    explicit local_uplink(parts with) : with_(std::move(with)) {}

    std::uint64_t rest(discord::rest_request request, rest_done done) override;
    void cancel_rest(std::uint64_t id) override { with_.rest.cancel(id); }
    void queue_identify(discord::slot slot, turn_granted granted) override;
    void leave_identify_queue(discord::slot slot) override { with_.turns.leave(slot); }
    void identify_ended(discord::slot slot, bool received) override
    {
        with_.turns.ended(slot, received);
    }
    void read_value(const std::string& plugin, const std::string& key, value_read done) override;
    void write_value(const std::string& plugin, const std::string& key,
                     std::optional<std::string> value, value_written done) override;
    void shard_moved(discord::slot slot, gateway::state to, const std::string& why) override;
    void session_established(discord::slot slot, const gateway::resume_point& point) override;
    void session_resumed(discord::slot slot) override;
    void event_dispatched(discord::slot slot, std::string_view type,
                          std::string_view data) override;
    void shard_stopped(discord::slot slot, const error& why) override;
    void plugin_logged(const std::string& plugin, int level, const std::string& text) override;

private:
    parts with_;
};

}  // namespace tinfoil::host
