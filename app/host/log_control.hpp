#pragma once

#include "base/error.hpp"
#include "host/log_desk.hpp"
#include "net/control_message.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace tinfoil::host {

/// The part of the control API below `/v1/logs`: the last lines of this host's log, those that
/// come, and which levels are written. share/doc/control-api.md has it for users. The loop's thread
/// only.
class log_control {
public:
    /// Who waits for lines is answered without any before the socket's own patience ends.
    static constexpr duration wait_max = std::chrono::seconds(25);
    static constexpr std::size_t lines_max = log_book::entries_max;

    log_control(boost::asio::io_context& loop, log_desk& of);

    [[nodiscard]] static bool takes(std::string_view path);
    /// Answers during the call or later, once.
    void on_request(const net::control_request& what, const net::control_reply& reply);
    /// Nobody waits any longer.
    void end();

private:
    struct waiter {
        waiter(boost::asio::io_context& loop) : timer(loop) {}
        log_book::question asked;
        net::control_reply reply;
        boost::asio::steady_timer timer;
    };

    void read(const net::control_request& what, const net::control_reply& reply);
    void set_level(const net::control_request& what, const net::control_reply& reply);
    void look_again();
    [[nodiscard]] std::string levels_json() const;

    boost::asio::io_context& loop_;
    log_desk& of_;
    std::list<std::shared_ptr<waiter>> waiters_;  ///< No more than the socket has connections.
};

/// The answer of `GET /v1/logs`, and back.
[[nodiscard]] std::string log_json(const log_book::answer& from);
[[nodiscard]] result<log_book::answer> parse_log(std::string_view text);

/// One line of it, as `--log json` and `tinfoil logs --json` print it.
[[nodiscard]] std::string log_entry_json(const log_entry& from);

}  // namespace tinfoil::host
