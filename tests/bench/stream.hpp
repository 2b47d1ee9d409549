#pragma once

#include "gateway/session.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace bench {

/// What one session of a busy bot gets, from READY on, with rising sequence numbers: so many
/// payloads in the mix and sizes of a large bot's events, the same ones in every run.
[[nodiscard]] std::vector<std::string> session_payloads(std::size_t count);

/// A process of its own that plays a gateway: says HELLO in the segment of the 101 answer, waits
/// for the first frame of the client, and then sends all payloads as fast as they are taken, over
/// TLS, with the transport compression that the URL asks for. It serves one client at a time.
class stream_server {
public:
    explicit stream_server(const std::vector<std::string>& payloads);
    stream_server(const stream_server&) = delete;
    stream_server& operator=(const stream_server&) = delete;
    ~stream_server();

    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] const std::string& authority() const { return authority_; }

private:
    ::pid_t pid_ = -1;
    int port_ = 0;
    std::string authority_;
};

/// The least that a client can do with the stream: blocking reads of 256 KiB, frames walked in
/// place, inflated, op, s and t looked up where Discord puts them, and, if wanted, every event
/// parsed into a Boost.JSON document in memory that is used again. CPU microseconds an event,
/// behind READY.
[[nodiscard]] double bare_loop(const stream_server& from, tinfoil::gateway::compression transport,
                               std::size_t payloads, bool parse);

/// A collection of tinfoil's with so many plugins that read each event: CPU microseconds an event.
[[nodiscard]] double live_cpu(const stream_server& from, tinfoil::gateway::compression transport,
                              int readers, std::size_t payloads);

/// CPU seconds of the calling thread.
[[nodiscard]] double thread_seconds();

}  // namespace bench
