#pragma once

#include "base/time.hpp"
#include "host/status.hpp"
#include "program.hpp"
#include "sandbox/client.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace bench {

/// What processes have used and hold.
struct usage {
    double cpu_s = 0, resident_mib = 0;
};

/// A sandbox and a host on it, both real processes.
class stage {
public:
    struct shape {
        int shards = 1, guilds = 1, max_concurrency = 16, collections = 1, rate = 3;
        std::string reader;       ///< A plugin of bench_plugins, or none.
        std::string compression;  ///< As the setting has it; empty: what tinfoil chooses.
    };
    explicit stage(const shape& of);

    void begin();
    void kill() { host_->kill(); }
    /// Until the host says that all shards are up, in seconds; gives up after `patience`.
    double until_up(tinfoil::duration patience);
    void wait(tinfoil::duration length);
    [[nodiscard]] tinfoil::host::status status() const;
    /// Of the host and its collections together.
    [[nodiscard]] usage used() const;
    /// One of the sandbox's counts.
    [[nodiscard]] std::int64_t count(const char* which) const;
    [[nodiscard]] std::string breaches() const;

private:
    [[nodiscard]] std::string place(const char* name) const;

    shape how_;
    mutable boost::asio::io_context loop_;
    tinfoil::support::temporary_folder folder_;
    std::string api_, authority_;
    std::optional<tinfoil::sandbox::client> orders_;
    std::unique_ptr<program> discord_, host_;
};

}  // namespace bench
