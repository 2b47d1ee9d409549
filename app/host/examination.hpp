#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "plugin/manifest.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tinfoil::host {

/// What a look into a plugin file found.
struct examined {
    std::optional<std::string> refused;  ///< In a sentence about "it".
    bool incomplete = false;             ///< Refused, and it may still be being written.
    std::string sha256;                  ///< Empty when it could not even be read.
    std::string manifest;                ///< Its text.
    plugin::manifest about;
};

/// A process of its own that looks into one plugin file (collection::run_probe), where it may
/// crash, hang or end as it likes. Destroying this ends it. The loop's thread only.
class examination {
public:
    /// For all of it; loading, making and unloading the plugin have collection::probe_seconds.
    static constexpr duration reading_patience = std::chrono::seconds(60);

    struct what {
        std::filesystem::path folder;
        std::string name;
        std::filesystem::path builds;
        std::string executable;
    };
    /// `then` is called once, not inside this call, and may destroy it.
    static std::unique_ptr<examination> begin(boost::asio::io_context& loop, const what& of,
                                              std::function<void(examined)> then);
    virtual ~examination() = default;
};

}  // namespace tinfoil::host
