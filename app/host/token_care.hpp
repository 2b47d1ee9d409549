#pragma once

#include "base/error.hpp"
#include "base/redacted.hpp"
#include "base/time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <functional>
#include <string>

namespace tinfoil::host {

/// What happens to the bot token while the bot runs: Discord refuses it, another one is in its
/// file, SIGHUP has it read again. A token is tried with REST before anybody is told to go on with
/// it.
///
/// It looks at what the file says and not at its time: that survives editors, links and secrets
/// that are swapped as a folder. The loop's thread only.
class token_care {
public:
    /// Between two looks at the file of a refused token.
    static constexpr duration look_interval = std::chrono::seconds(2);
    /// Between two questions that nobody answered.
    static constexpr duration ask_interval = std::chrono::seconds(10);

    struct owner {
        std::function<bool()> runs;         ///< Before that a refused token ends the run.
        std::function<void(redacted)> use;  ///< For everything that is sent from now on.
        std::function<void(std::function<void(result<void>)>)> ask;  ///< Whether Discord takes it.
        std::function<void(std::string why)> refused;
        std::function<void()> accepted;
        std::function<void(bool warning, const std::string&)> say;
    };
    /// `file`: where the token came from; empty: from nowhere that can change.
    token_care(boost::asio::io_context& loop, std::filesystem::path file, redacted token, owner to);

    void begin();  ///< Takes SIGHUP from now on.
    /// REST got a 401 with the token.
    void on_refused();
    /// Asks Discord about it after that wait: the gateway refused it.
    void check(duration wait);

private:
    void on_hangup();
    void use(redacted token);
    void look();

    boost::asio::signal_set hangups_;
    boost::asio::steady_timer looks_, asks_;
    std::filesystem::path file_;
    redacted token_;
    owner to_;
    bool is_refused_ = false;
};

}  // namespace tinfoil::host
