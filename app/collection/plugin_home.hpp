#pragma once

#include "collection/guest.hpp"
#include "collection/placing.hpp"
#include "collection/supervision.hpp"
#include "dispatch/recorder.hpp"
#include "link/message.hpp"
#include "plugin/library.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

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
        guild_lookups& guilds;
        letters& post;
        handling& work;
        dispatch::recorder& record;
        const link::welcome& settings;
        std::string name;        ///< Of the collection.
        std::string executable;  ///< Of workers.
        /// The session that a slot has now.
        std::function<std::string(discord::slot)> session_of;
    };
    explicit plugin_home(parts with);

    /// A build that may come to run.
    struct candidate {
        plugin::manifest about;
        link::plugin_build build;
        std::filesystem::path file;  ///< Where it came from.
        plugin::examined what;       ///< Until it is loaded.
        std::optional<plugin::library> loaded;
        std::string set_aside;  ///< Why the host does not want it run; empty: it does.
    };
    /// Reads and checks a file; nothing of it runs. Fails with errc::plugin_refused.
    [[nodiscard]] result<candidate> examine(const std::filesystem::path& file) const;

    /// From now on whatever the plugin of that number of the record does, this build does.
    void in_charge(std::size_t number, const link::plugin_build& build);
    void gone(std::size_t number) { builds_.erase(number); }

    /// Maps it, if it is to run inside; that runs its static initialisers, so it is in charge.
    result<void> load(candidate& what, std::size_t number);
    /// One that was loaded. `ready` is only for one with a process of its own: see isolated::how.
    result<std::unique_ptr<guest>> start(candidate what, std::size_t number,
                                         const plugin::opening& how,
                                         std::function<void(result<void>)> ready);

    /// Around the handing over of one event to all who get it.
    [[nodiscard]] supervision::stretch measure() { return supervision::stretch(watch_); }

    void on(const link::plugin_order& what) { placed_.add(what.terms); }
    [[nodiscard]] const supervision& watch() const { return watch_; }
    /// The plugin does not get this event, since it ended by it twice: the host has it then.
    [[nodiscard]] bool skips(const plugin::event& event, guest& who, std::size_t number);

private:
    [[nodiscard]] isolated::how apart(const candidate& what, const plugin::opening& opened);
    [[nodiscard]] std::string settings_of(const std::string& plugin) const;

    parts with_;
    placing placed_;
    supervision watch_;
    std::map<std::size_t, link::plugin_build> builds_;  // By number.
    std::uint64_t workers_ = 0;
};

}  // namespace tinfoil::collection
