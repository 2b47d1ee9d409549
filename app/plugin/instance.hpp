#pragma once

#include "base/error.hpp"
#include "base/function_view.hpp"
#include "discord/envelope.hpp"
#include "discord/slot.hpp"
#include "plugin/library.hpp"
#include "plugin/manifest.hpp"
#include "plugin/network.hpp"
#include "plugin/services.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
    bool delayed = false;      ///< It waited while one version took over from another.
};

/// What a plugin wants its next version, or its next start, to know.
struct saved_state {
    static constexpr std::size_t bytes_max = 16U << 20;

    std::string by;             ///< The version that saved it.
    std::uint32_t version = 0;  ///< The plugin's own number of its form.
    std::string bytes;
};

/// Why a plugin starts, and with what.
struct opening {
    enum class why { begins, reload, rollback };
    why reason = why::begins;
    const saved_state* state = nullptr;  ///< Nothing: there is none. Outlives the call only.
    bool may_manage_network = false;     ///< It finds the extension tinfoil.network/1.
};

/// One running plugin on the collection's loop.
class instance {
public:
    /// Creates and starts it. `settings` is the JSON object of `[plugins.NAME]`, `{}` if none.
    /// Fails with plugin_refused, naming what the plugin said; with state_unusable when it is the
    /// state that it can't use.
    static result<std::unique_ptr<instance>>
    start(library from, services& with, const std::string& settings, const opening& how = {});
    virtual ~instance() = default;  ///< Cancels what is unfinished, destroys, unmaps.

    [[nodiscard]] virtual const manifest& about() const = 0;
    /// By the manifest: does it subscribe to events of this type (or own this command)?
    [[nodiscard]] virtual bool wants(std::string_view type, std::string_view command) const = 0;

    using finished = std::function<void()>;
    /// Runs the handlers. True when all of them have ended. Otherwise `later` was asked once for
    /// what is to be called when they have, suspensions included, which may be at once.
    virtual bool run(const event& what, function_view<finished()> later) = 0;
    /// The same; `done` is called in any case, maybe before this returns.
    void handle(const event& what, finished done)
    {
        if (run(what, [&] { return std::move(done); }))
            done();
    }

    /// Handlers and tasks that have not ended.
    [[nodiscard]] virtual std::uint32_t pending() const = 0;

    /// Runs the handler of a message from another of its kind. `done` is called once, with the
    /// reply or why there is none, and may be called before message() returns.
    using message_done = std::function<void(sharing::reply)>;
    virtual void message(const sharing::letter& what, message_done done) = 0;

    /// What it gives along with a shard that leaves this process; empty: nothing. `done` is called
    /// once, and may be called before shard_leaves() returns; it fails with a sentence.
    using part_done = std::function<void(result<std::string>)>;
    virtual void shard_leaves(discord::slot which, part_done done) = 0;
    /// A shard is about to be served here, and it gave that along where it was. What goes wrong is
    /// logged.
    virtual void shard_arrives(discord::slot which, const std::string& part) = 0;

    /// Nothing: it is no network manager, or not here. Lives as long as the instance.
    [[nodiscard]] virtual network_side* network() { return nullptr; }

    /// What it wants kept; nothing for one that keeps no state. Fails with plugin_refused.
    virtual result<std::optional<saved_state>> save() = 0;
    /// It has asked for save() since the last one.
    [[nodiscard]] virtual bool is_dirty() const = 0;

    /// An event that nobody has begun on.
    struct unbegun {
        event what;              ///< Its views are not set.
        std::string type, data;  ///< What they would point to.
        finished done;
    };
    /// Ends it: handlers that still run are cut off, each of their `finished` is called, and it is
    /// destroyed. Nothing else may be called afterwards. How many were cut off; its file, if that
    /// is loaded here; and what it was given and has not begun on, which is for the next version.
    struct remains {
        std::size_t cut_off = 0;
        std::optional<library> file;
        std::vector<unbegun> left;
    };
    virtual remains end() = 0;
};

}  // namespace tinfoil::plugin
