#pragma once

#include "discordsim/simulator.hpp"
#include "net/stream.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tinfoil::sandbox {

/// A client's WebSocket, as the server sees it. The server's thread only.
class peer {
public:
    virtual ~peer() = default;
    virtual void send(const std::string& payload) = 0;
    virtual void close(int code, const std::string& why) = 0;
    virtual void cut() = 0;  ///< Without a close frame.
};

/// What a request outside of Discord's API is answered with.
struct own_answer {
    int status = 404;
    std::string body;
};

/// What a peer needs of its server.
class peer_owner {
public:
    virtual ~peer_owner() = default;
    virtual std::uint64_t next_id() = 0;
    virtual void tell(discordsim::input what) = 0;
    virtual void add_gateway(std::uint64_t id, std::weak_ptr<peer> who) = 0;
    /// More than so many bytes wait for a client that does not read: it is cut, and may resume.
    [[nodiscard]] virtual std::size_t unsent_max() const = 0;
    /// `/sandbox/...`, which Discord does not have.
    virtual own_answer answer_own(std::string_view method, std::string_view path) = 0;
    /// Calls `then` once when the request of that id is answered.
    virtual void await_answer(std::uint64_t id,
                              std::function<void(const discordsim::answer&)> then) = 0;
};

/// Serves one accepted connection until it ends: HTTP/1.1 with keep-alive, or after an upgrade the
/// gateway. The owner outlives the loop's run.
std::weak_ptr<peer> serve(std::shared_ptr<net::stream> to, peer_owner& owner);

}  // namespace tinfoil::sandbox
