#pragma once

#include "host/plugin_intake.hpp"
#include "host/plugin_policy.hpp"
#include "host/plugin_shelf.hpp"
#include "host/rollout.hpp"
#include "host/watcher.hpp"
#include "link/message.hpp"
#include "net/folder_watcher.hpp"
#include "net/pump.hpp"
#include "state/store.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tinfoil::host {

/// Which plugins run, and in which version: what the operator's folder has and what operators say,
/// brought to every collection by host::rollout. The host runs none of their code; it looks into
/// files by processes that end again. The loop's thread only.
class plugin_desk {
public:
    struct settings {
        std::filesystem::path folder, state;
        std::string executable;
        plugin_watch watch = plugin_watch::automatic;
        on_delete gone = on_delete::unload;
        std::string network;  ///< The plugin that is the network manager; empty: none.
    };
    struct ports {
        boost::asio::io_context& loop;
        watcher& people;
        state::store& store;
        std::function<void(std::uint32_t number, link::message)> send;
        /// That every session has which there is.
        std::function<std::uint64_t()> session_intents;
        /// A JSON object, each plugin to the list of its commands: they have changed.
        std::function<void(const std::string& commands)> commands_changed;
        /// An operator wants nothing of it to be left.
        std::function<void(const std::string& plugin)> disabled;
        /// Why the build that runs is set aside for what it did; empty: it is not.
        std::function<std::string(const std::string& plugin)> quarantined;
        /// An operator wants it run, whatever it did. True: it was in quarantine.
        std::function<bool(const std::string& plugin)> enabled;
    };
    plugin_desk(settings how, ports to);
    ~plugin_desk();

    /// Before the first collection: looks into every file, and lays out what collections load.
    void prepare(std::function<void(result<void>)> then);
    /// What collections load.
    [[nodiscard]] const std::filesystem::path& current() const { return intake_.current(); }

    /// The build of the network manager, once prepare() is through; an error says why there is
    /// none.
    struct network_build {
        plugin_build what;
        std::filesystem::path file;
    };
    [[nodiscard]] result<network_build> network_manager() const;

    /// What becomes of a plugin whose file is deleted from now on.
    void set_when_deleted(on_delete what) { how_.gone = what; }

    // What collections do and say.
    /// It began; its files become those of the operator, and what the host refused joins them.
    void on_loaded(std::uint32_t number, link::loaded& what);
    void on_gone(std::uint32_t number) { rollout_.tell(collection_down{number}); }
    void on_message(std::uint32_t number, const link::message& what);

    enum class verb { reload, rollback, load, unload, enable, disable };
    using answered = std::function<void(const plugin_answer&)>;
    /// `name`: a plugin, or a file of the folder. Nothing is answered about one that is not known:
    /// false. Otherwise `then` is called once, perhaps inside this call.
    bool change(verb what, const std::string& name, answered then);

    /// Says so again of each: Discord may have been out of reach when an operator did.
    void tell_disabled() const;
    [[nodiscard]] std::vector<plugin_line> list() const;
    /// By the plugins that run.
    [[nodiscard]] std::uint64_t wanted_intents() const { return shelf_.wanted_intents(); }
    /// As collections tell of them when they begin.
    [[nodiscard]] std::vector<link::plugin_outcome> outcomes() const;

private:
    struct order {
        verb what = verb::load;
        std::string name, wanted;
        plugin_build build;  // Empty: none.
        std::string old_commands;
        answered then;  // Nothing when nobody asked.
    };

    void examined_at_start(const std::string& file, const examined& found);
    void lay_out();
    void begin_watch();
    void perform(const watch_action& action);
    void perform(const rollout_action& action);
    void on_file(const std::string& file, const examined& found);
    shelved_plugin& adopt(const std::string& file, const examined& found);
    void on_file_gone(const std::string& file);
    void orphaned(const std::string& name);
    void take_file(verb what, const std::string& file, answered then);
    void refuse(const order& what, const std::string& why);
    [[nodiscard]] std::string takes(const std::string& file, const examined& found);
    void begin(order what);
    void settled(const rollout_settled& what);
    void commit(shelved_plugin& own, const order& what);
    void finish(const order& what, plugin_answer told);
    void keep();
    void note(shelved_plugin& own, bool disabled);
    [[nodiscard]] std::string commands() const;
    [[nodiscard]] std::string lacking(const shelved_plugin& of) const;

    settings how_;
    ports to_;
    plugin_intake intake_;
    plugin_shelf shelf_;
    std::map<std::string, std::string> refused_;  // Files that are nobody's, and why.
    std::map<std::string, examined> at_start_;
    std::map<std::string, file_mark> seen_at_start_;
    std::size_t examining_ = 0;
    std::function<void(result<void>)> prepared_;
    std::uint64_t last_ticket_ = 0;
    std::map<std::uint64_t, order> orders_;
    struct copies {
        std::uint64_t kept = 0;
        std::string why;
    };
    std::map<std::string, std::map<std::uint32_t, copies>> kept_;  // By plugin and collection.
    net::pump<rollout, rollout_input, rollout_elapsed, rollout_action> rollout_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    std::unique_ptr<net::folder_watcher> kernel_;
    std::unique_ptr<net::pump<folder_watch, watch_input, watch_elapsed, watch_action>> watch_;
};

}  // namespace tinfoil::host
