#pragma once

#include "base/error.hpp"
#include "base/redacted.hpp"
#include "collection/uplink.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::net {
class tls_context;
}

namespace tinfoil::collection {

struct collection_settings {
    redacted token;
    discord::snowflake application;
    std::uint64_t granted_privileged = 0;  ///< Privileged intents that the application may use.
    std::filesystem::path plugins;         ///< Every `*.so` of it is loaded.
    std::filesystem::path private_copies;  ///< Where the loader keeps its own copies.
    std::map<std::string, std::string> plugin_settings;  ///< Plugin's name to a JSON object.
    std::uint64_t seed = 0;                              ///< Of all jitter.
};

/// What became of one file of the plugin folder.
struct plugin_outcome {
    std::string file;
    std::string name;  ///< Empty when the file does not even say.
    std::string version;
    std::optional<error> refused;
};

/// Holds shards and runs plugins, on one loop. It decides nothing about the plan and never
/// identifies without a turn from its host.
///
/// Threads: the loop's only. The uplink outlives it.
class collection {
public:
    collection(boost::asio::io_context& loop, net::tls_context& tls, uplink& up,
               collection_settings settings);
    ~collection();  ///< Cuts what is still open.

    /// Loads the plugin folder: a file that can't be used is one refused outcome, the rest runs.
    /// Fails only when the folder itself can't be read. Once, before start().
    result<void> load_plugins();
    [[nodiscard]] const std::vector<plugin_outcome>& plugins() const;
    /// The union of what the loaded plugins declare, and GUILDS.
    [[nodiscard]] std::uint64_t intents() const;
    /// A JSON array of Discord's application-command objects, of all loaded plugins.
    [[nodiscard]] std::string commands_json() const;

    /// Opens a shard for each slot. Once.
    void start(const std::string& gateway_url, const std::vector<discord::slot>& slots);
    /// Closes all shards (resumably, unless `end_sessions`), lets handlers finish for
    /// life::patience, then calls `done` with the number of handlers cut off.
    void stop(bool end_sessions, std::function<void(std::size_t unfinished)> done);

    struct shard_status {
        discord::slot slot;
        gateway::state state;
    };
    [[nodiscard]] std::vector<shard_status> shards() const;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tinfoil::collection
