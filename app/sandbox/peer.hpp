#pragma once

#include "discordsim/simulator.hpp"
#include "net/stream.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tinfoil::sandbox {

/// A client's WebSocket, as the server sees it. The server's thread only.
class peer {
public:
    virtual ~peer() = default;
    virtual void send(const discordsim::send& what) = 0;
    virtual void close(int code, const std::string& why) = 0;
    virtual void cut() = 0;  ///< Without a close frame.
    /// A fault of the transport.
    virtual void disturb(const discordsim::fault& what) = 0;
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
    /// Calls `then` once when the request of that id is answered, maybe inside tell().
    virtual void await_answer(std::uint64_t id,
                              std::function<void(const discordsim::answer&)> then) = 0;
    /// Nothing: as smooth as it can be. Otherwise this connection has the habits of the world:
    /// answers in chunks and compressed, messages in fragments, HELLO together with the 101 or not,
    /// idle connections that end just now.
    [[nodiscard]] virtual std::optional<std::uint64_t> rough_seed() = 0;
};

/// Serves one accepted connection until it ends: HTTP/1.1 with keep-alive, or after an upgrade the
/// gateway. The owner outlives the loop's run.
std::weak_ptr<peer> serve(std::shared_ptr<net::stream> to, peer_owner& owner);

}  // namespace tinfoil::sandbox
