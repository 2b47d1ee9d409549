#pragma once

#include "discordsim/simulator.hpp"
#include "gateway/session.hpp"
#include "sim/surroundings.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tinfoil::sim {

/// Discord, and the way to it: connections that delay, keep the order, break in every way, and
/// Discord's whims that no rule explains.
class network {
public:
    using id = discordsim::connection_id;

    network(surroundings& with, discordsim::settings how);

    /// What a connection brings to the client; a gateway::input that owns its text.
    struct arrival {
        enum class kind { connected, received, lost } what;
        std::string text;
        int code = 0;
    };
    struct caller {
        discord::slot slot;
        std::uint64_t epoch = 0;  ///< Of its process.
        std::function<void(arrival)> to;
    };
    id dial(caller who, const std::string& url);
    void send(id which, std::string payload);
    void close(id which, int code);
    void drop(id which);
    /// What comes waits, and its end, too, until it is read again.
    void read(id which, bool on);
    /// The kernel closes the connections of a process that has died.
    void orphan(std::uint64_t epoch);

    /// Of `GET /gateway/bot`.
    [[nodiscard]] std::string gateway_bot();
    /// The machine sleeps while Discord's time goes on; no connection survives it.
    void sleep_through(duration how_long);
    /// People fall silent for good.
    void hush() { feed(discordsim::hush{}); }
    [[nodiscard]] const discordsim::simulator& discord() const { return discord_; }

    // Faults. All take a connection that is_up().
    enum class notices { both, only_client, only_discord, nobody };
    void cut(id which, notices who);
    /// No event gets through any more, and all else does.
    void silence(id which) { connections_.at(which).silent = true; }
    /// What is silent is cut.
    void end_silence();
    /// Discord says something that its rules did not make it say. `session_over`: it also forgets
    /// the session.
    void whim(id which, const std::string& payload, bool session_over);
    void close_by_discord(id which, int code, bool session_over);
    [[nodiscard]] std::vector<id> up() const;
    [[nodiscard]] bool has_session(id which) const;

private:
    struct connection {
        caller who;
        std::string session;
        bool client = true, discord = false;  ///< Whose end is there.
        bool mute = false;                    ///< Nothing gets through any more.
        bool reads = true;                    ///< The client does.
        bool was_paused = false;
        bool silent = false;  ///< Everything gets through but events.
        std::deque<arrival> unread;
        duration pace{}, answers_late{};
        instant last_in{}, last_out{};  ///< Of what is under way, each direction in order.
    };

    void feed(const discordsim::input& what);
    void perform(const discordsim::action& action);
    void on_said(id which, const std::string& text);
    void on_closed(id which, int code);
    void on_client_said(id which, const std::string& payload);
    void to_client(id which, arrival what);
    void arrive(id which, const arrival& what);
    [[nodiscard]] instant discord_time() const { return with_.time.now() + ahead_; }
    void to_discord(id which, std::function<void()> then);
    void tell_discord(id which, int code);
    void watch_silence(id which);

    surroundings& with_;
    discordsim::simulator discord_;
    std::string request_answer_;
    alarm alarm_;
    std::map<id, connection> connections_;
    id last_ = 0, last_resumed_ = 0;
    duration ahead_{};  ///< Of Discord's clock: so long the machine has slept.
};

}  // namespace tinfoil::sim
