#pragma once

#include "base/error.hpp"
#include "discordsim/simulator.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tinfoil::sandbox {

using discordsim::counts;
using discordsim::happening;
using discordsim::session_news;

/// How the simulated Discord is served, and how its people live.
struct options {
    std::string address = "127.0.0.1";  ///< Loopback only; anything else is refused.
    std::uint16_t port = 0;             ///< 0: any free one.
    std::string host = "localhost";     ///< That the certificate is for.
    discordsim::settings rules;
    bool plain = false;         ///< Also http and ws, on another free port.
    bool smooth = false;        ///< Without the habits of the world: chunks, fragments, ...
    std::filesystem::path log;  ///< Lines are appended, sandbox/event_log.hpp; empty: none.
    /// Called like `watch` of start(); may be empty.
    std::function<void(const session_news&)> on_session;
};

/// Where it can be found once it listens.
struct endpoint {
    std::string api;      ///< `https://localhost:PORT/api/v10`.
    std::string gateway;  ///< `wss://localhost:PORT`.
    std::string token;
    std::string authority_pem;              ///< The certificate authority made at start.
    std::string plain_api, plain_gateway;   ///< `http:` and `ws:`; empty without options::plain.
    std::vector<discordsim::guild> guilds;  ///< Without their people.
};

/// A Discord on this machine: discordsim served over real sockets, on a thread of its own.
class server {
public:
    /// Listens before it returns. `watch` is called on the server's thread; it must not block and
    /// must not call back into the server.
    static result<std::unique_ptr<server>> start(const options& how,
                                                 std::function<void(const happening&)> watch);
    virtual ~server() = default;  ///< end()
    /// Closes everything and joins the thread; the counts stay. An error when lines of the log
    /// could not be written.
    virtual result<void> end() = 0;

    [[nodiscard]] virtual endpoint where() const = 0;
    /// People finish what they wait for and begin nothing new. Any thread.
    virtual void hush() = 0;
    /// Commands whose answer is neither here nor overdue. Any thread.
    [[nodiscard]] virtual std::uint64_t waiting() const = 0;
    [[nodiscard]] virtual counts so_far() const = 0;  ///< Any thread.
};

}  // namespace tinfoil::sandbox
