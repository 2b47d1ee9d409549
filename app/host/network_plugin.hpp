#pragma once

#include "base/error.hpp"
#include "collection/worker_process.hpp"
#include "host/network_joining.hpp"
#include "host/network_life.hpp"
#include "host/scaling_settings.hpp"
#include "host/status.hpp"
#include "host/tally.hpp"
#include "host/watcher.hpp"
#include "link/message.hpp"
#include "net/pump.hpp"
#include "net/rest_driver.hpp"
#include "sharing/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tinfoil::host {

/// A network manager that is a plugin: keeps its worker running, a process with this one plugin and
/// no events, gives it the orders of network_turns, and does what it asks for as for a plugin of a
/// collection. The host runs none of its code. The loop's thread only.
class network_plugin {
public:
    struct parts {
        boost::asio::io_context& loop;
        net::rest_driver& rest;
        tally& counted;
        watcher& people;   ///< Who hears of the manager's own fate.
        watcher& plugins;  ///< What it logs.
    };
    struct settings {
        link::work work;               ///< Folder for copies and record file are filled in here.
        std::string version;           ///< Of the plugin, for people.
        std::string executable, node;  ///< Whose `collection --worker` command is a worker.
        std::filesystem::path folder;  ///< For copies and the record file.
        std::filesystem::path states;  ///< Where its state is kept.
        std::uint64_t seed = 0;
    };
    network_plugin(parts with, settings how);
    ~network_plugin();  ///< Ends its worker.

    /// `then` is called once, not inside this call: what it wants of `[scaler]`, or why it is no
    /// network manager.
    void begin(std::function<void(result<scaling_choice>)> then);

    /// Questions about values go there, which answers by tell(). Those of before wait, at most
    /// `early_max`; more are answered as busy.
    static constexpr std::size_t early_max = 1'000;
    /// Of a sharing::client: no collection has that number.
    static constexpr std::uint32_t number = UINT32_MAX;
    struct values_desk {
        std::function<void(sharing::client, link::message)> ask;
        std::function<void(sharing::client)> gone;
    };
    void share(values_desk with);
    /// To the process of that epoch, if it still runs.
    void tell(std::uint64_t epoch, link::message what);

    /// What does its manager's orders; there is one at a time.
    [[nodiscard]] std::unique_ptr<network_crew> crew(std::function<void(turns_input)> to);
    /// "local_pool 1.0.0"
    [[nodiscard]] std::string name() const;
    [[nodiscard]] network_status look() const;
    /// It is asked for its state, and given a second for the answer; then its process ends.
    void end(std::function<void()> then);

private:
    class orders;
    // All of one worker; what answers it too late finds it gone.
    struct worker {
        std::unique_ptr<collection::worker_process> process;
        std::map<std::uint64_t, std::uint64_t> requests;  // Its ids to the REST driver's.
    };

    void perform(const life_action& action);
    result<void> spawn();
    void ended(const std::string& how);
    void retire();
    void send(link::message what);
    void got(link::message what);
    void on_value(link::message what);
    void on_ready(const link::network_ready& what);
    void on_rest(link::rest what);
    void on_saved(const link::plugin_state& what);
    void on_others(link::message what);
    void end_now();

    parts with_;
    settings how_;
    std::uint64_t processes_ = 0;
    std::shared_ptr<worker> worker_;
    bool is_ready_ = false;
    std::optional<scaling_choice> wants_;
    std::function<void(result<scaling_choice>)> begun_;
    std::optional<values_desk> desk_;
    std::deque<link::message> early_;
    std::function<void(turns_input)> turns_;
    std::function<void()> ended_;
    boost::asio::steady_timer patience_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    net::pump<network_life, life_input, life_elapsed, life_action> life_;
};

}  // namespace tinfoil::host
