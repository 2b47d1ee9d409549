#pragma once

#include "host/daemon.hpp"
#include "sandbox/client.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace tinfoil {

/// Keeps what a run says, and orders things to happen in the sandbox.
struct staged_people : host::watcher {
    void note(const std::string&) override {}
    void warn(const std::string& text) override { heard += "warning: " + text + "\n"; }
    void plugin_examined(const link::plugin_outcome& what) override
    {
        if (what.refused)
            heard += what.refused->detail + "\n";
    }
    void shard_moved(discord::slot, gateway::state, const std::string&) override {}
    void happened(const sandbox::happening&) override {}

    void order(const std::string& path, const boost::json::object& with)
    {
        if (const auto done = stage->post(path, with); !done)
            heard += "not done: " + path + ": " + done.error().detail + "\n";
    }

    std::optional<sandbox::client> stage;
    std::string heard;
};

/// A sandbox of this process, and the settings of a run against it with one plugin of the tests.
struct staged_world {
    staged_world(sandbox::options options, const std::string& plugin)
    {
        set_rate(options.rules, 0);
        server = std::move(*sandbox::server::start(options, [](const sandbox::happening&) {}));
        const auto where = server->where();
        settings.api = where.api;
        settings.token = redacted(where.token);
        settings.authority_pem = where.authority_pem;
        settings.plugins = folder.path() / "plugins";
        settings.state = folder.path() / "state";
        settings.run_for = std::chrono::seconds(60);
        settings.executable = TINFOIL_BUILD_DIR "/tinfoil";
        std::filesystem::create_directory(settings.plugins);
        std::filesystem::copy(TINFOIL_BUILD_DIR "/test_plugins/" + plugin + ".so",
                              settings.plugins / (plugin + ".so"));
        const auto ca = folder.path() / "ca.pem";
        std::ofstream(ca) << where.authority_pem;
        std::ofstream(folder.path() / "info.json")
            << boost::json::serialize(boost::json::object{{"api", where.api},
                                                          {"gateway", where.gateway},
                                                          {"token", where.token},
                                                          {"ca_file", ca.string()}});
    }
    [[nodiscard]] sandbox::client stage() const
    {
        return std::move(*sandbox::client::of(folder.path() / "info.json"));
    }

    support::temporary_folder folder;
    std::unique_ptr<sandbox::server> server;
    host::config settings;
};

}  // namespace tinfoil
