#pragma once

#include "dispatch/recorder.hpp"
#include "host/plugin_care.hpp"
#include "host/status.hpp"
#include "host/watcher.hpp"
#include "net/pump.hpp"
#include "state/store.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tinfoil::host {

/// All that the host knows and does about plugins: keeps what collections tell of them, feeds
/// plugin_care with what they did, and does what that decides: orders to collections, files below
/// `poison/` of the state folder, what has to survive. The loop's thread only.
class care_desk {
public:
    struct parts {
        boost::asio::io_context& loop;
        state::store& store;
        watcher& people;
        /// To that collection, if it is still that process.
        std::function<void(std::uint32_t number, std::uint64_t epoch, link::message)> send;
    };
    struct settings {
        plugin_care::settings care;
        std::filesystem::path state;  ///< The folder of the state.
    };
    care_desk(parts with, settings how);

    /// A message of a collection; false when it is none about plugins. One that says which plugins
    /// run is looked at and still somebody else's.
    bool on(std::uint32_t number, std::uint64_t epoch, link::message& what);

    /// How a collection's process ended, and what its record says; nothing when that can't be
    /// trusted.
    struct end {
        std::uint32_t number = 0;
        std::uint64_t epoch = 0;
        std::string how;        ///< `killed by signal 9`.
        bool forced = false;    ///< Since it did not answer.
        bool stopping = false;  ///< It was told to end, so nothing counts.
    };
    void ended(const end& what, const dispatch::recorder::contents* left);

    /// The rules that hold from now on; what runs stays where it is until it starts again.
    void set(const plugin_care::settings& rules)
    {
        care_.tell(care_changed{rules.policy, rules.isolated});
    }
    /// An operator wants it run, whatever it did before. True: it was in quarantine.
    bool enable(const std::string& plugin);
    /// Why the build that was there last is in quarantine; empty: it is not.
    [[nodiscard]] std::string quarantined(const std::string& plugin) const;
    /// Of every build of it that has a past.
    [[nodiscard]] std::vector<link::plugin_terms> terms_of(const std::string& plugin) const
    {
        return care_.machine().terms_of(plugin);
    }
    /// For collections that begin from now on.
    [[nodiscard]] std::vector<link::plugin_terms> terms() const;
    /// By name. Of a plugin that only its past is known of, too.
    [[nodiscard]] std::vector<plugin_status> look() const;
    /// All of it, and what an operator should do something about.
    void fill(status& into) const;

private:
    using pump = net::pump<plugin_care, care_input, care_elapsed, care_action>;

    void perform(const care_action& action);
    void died(std::uint32_t number, std::uint64_t epoch, const link::plugin_died& what);
    void keep(const keep_poison& what);
    void note(const link::loaded& what);
    void note(const link::plugin_changed& what);

    parts with_;
    std::filesystem::path state_;
    pump care_;
    struct running {
        std::string version, build, refused;
    };
    std::map<std::string, running> known_;  // As the last collection that began had them.
    std::map<std::uint64_t, std::map<std::string, link::plugin_gauge>> gauges_;  // By epoch.
    std::map<std::string, link::plugin_gauge> before_;  // Of processes that have ended.
    std::map<std::string, std::uint64_t> poisons_;
};

}  // namespace tinfoil::host
