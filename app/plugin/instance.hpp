#pragma once

#include "base/error.hpp"
#include "discord/envelope.hpp"
#include "discord/slot.hpp"
#include "plugin/library.hpp"
#include "plugin/manifest.hpp"
#include "plugin/services.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tinfoil::plugin {

/// One event as the gateway brought it. The views live as long as the call that passes it.
struct event {
    discord::slot slot;
    std::int64_t sequence = 0;
    std::string_view type;
    std::string_view data;
    bool replayed = false;     ///< Came between a RESUME and its RESUMED.
    bool redelivered = false;  ///< A handler may have seen it before a crash.
    discord::event_ids ids{};  ///< Of `data`.
};

/// One running plugin on the collection's loop.
class instance {
public:
    /// Creates and starts it. `settings` is the JSON object of `[plugins.NAME]`, `{}` if none.
    /// Fails with plugin_refused, naming what the plugin said.
    static result<std::unique_ptr<instance>> start(library from, services& with,
                                                   const std::string& settings);
    virtual ~instance() = default;  ///< Cancels what is unfinished, destroys, unmaps.

    [[nodiscard]] virtual const manifest& about() const = 0;
    /// By the manifest: does it subscribe to events of this type (or own this command)?
    [[nodiscard]] virtual bool wants(std::string_view type, std::string_view command) const = 0;

    using finished = std::function<void()>;
    /// Runs the handlers. `done` is called once when all of them, suspensions included, have ended;
    /// it may be called before handle() returns.
    virtual void handle(const event& what, finished done) = 0;

    /// Handlers and tasks that have not ended.
    [[nodiscard]] virtual std::uint32_t pending() const = 0;
};

}  // namespace tinfoil::plugin
