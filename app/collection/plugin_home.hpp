#pragma once

#include "collection/guest.hpp"
#include "collection/placing.hpp"
#include "collection/supervision.hpp"
#include "dispatch/recorder.hpp"
#include "link/message.hpp"
#include "plugin/library.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tinfoil::collection {

/// Where the plugins of a collection live: starts each inside of this process or in one of its own,
/// as the host wants it, and knows what the host decided about them since. The loop's thread only.
class plugin_home {
public:
    /// All of it outlives the home.
    struct parts {
        boost::asio::io_context& loop;
        uplink& up;
        gateway_commands& wanted;
        handling& work;
        dispatch::recorder& record;
        const link::welcome& settings;
        std::string name;        ///< Of the collection.
        std::string executable;  ///< Of workers.
        /// The session that a slot has now.
        std::function<std::string(discord::slot)> session_of;
    };
    explicit plugin_home(parts with);

    /// It is named in the record before any of its code runs, and no more if it does not start.
    /// Numbers count from 0. Fails with errc::plugin_refused, also when the host set it aside.
    result<std::unique_ptr<guest>> start(plugin::examined what, std::size_t number);
    /// Of those that were started, by number.
    [[nodiscard]] const std::vector<link::plugin_build>& builds() const { return builds_; }

    void on(const link::plugin_order& what, const std::vector<std::unique_ptr<guest>>& all);
    /// The plugin does not get this event, since it ended by it twice: the host has it then.
    [[nodiscard]] bool skips(const plugin::event& event, guest& who, std::size_t number);
    void tell_gauges(const std::vector<std::unique_ptr<guest>>& all);

private:
    result<std::unique_ptr<guest>> start_named(plugin::examined what, std::size_t number);
    [[nodiscard]] isolated::how apart(const plugin::examined& what);
    [[nodiscard]] std::string settings_of(const std::string& plugin) const;

    parts with_;
    placing placed_;
    supervision watch_;
    std::vector<link::plugin_build> builds_;
};

}  // namespace tinfoil::collection
