#pragma once

#include "host/budget.hpp"
#include "host/effective_settings.hpp"
#include "host/status.hpp"
#include "net/control_message.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace tinfoil::host {

/// What the control API shows and moves: the host.
class control_target {
public:
    virtual ~control_target() = default;

    [[nodiscard]] virtual status now() const = 0;
    /// `plan`: IDENTIFYs to price.
    [[nodiscard]] virtual result<budget_report> budget(std::optional<int> plan) const = 0;
    /// That shard, or all that wait now, may spend the reserve; how many those are.
    virtual std::size_t release_starts(std::optional<discord::slot> slot) = 0;
    /// The host ends, as by SIGTERM, or also ends its sessions. May be called again.
    virtual void stop(bool end_sessions) = 0;
    /// The settings of the host, and where each came from.
    [[nodiscard]] virtual std::vector<effective_setting> settings() const = 0;
    /// Takes what can change while it runs from file and environment; what differs, and when it
    /// takes effect. On an error nothing has changed.
    virtual result<std::vector<changed_setting>> reload_settings() = 0;
    /// Cuts the waits of these shards short; none: of all.
    virtual void wake(const std::vector<discord::slot>& slots) = 0;
};

/// The control API, version 1: which request does what, and what is told to those who listen;
/// share/doc/control-api.md has it for users. Knows no sockets: text in, text out.
class control {
public:
    using publisher = std::function<void(const net::control_event&)>;

    /// `publish` reaches everybody who follows events.
    control(control_target& target, publisher publish)
        : target_(target),
          publish_(std::move(publish))
    {
    }

    /// Answers during the call. A stop is begun when its answer has been given.
    void on_request(const net::control_request& what, const net::control_reply& reply);

    /// Once a second while somebody follows events.
    void tick();
    void shard_changed(const shard_status& what);
    /// Some collection may have changed; tells those that have since the last look. tick() looks,
    /// too, so what lasts for a second is never missed.
    void look_at_collections();
    /// The last event.
    void ended();

private:
    void budget(const net::control_request& what, const net::control_reply& reply) const;
    void release(const net::control_request& what, const net::control_reply& reply);
    void stop(const net::control_request& what, const net::control_reply& reply);
    void wake(const net::control_request& what, const net::control_reply& reply);
    void reload(const net::control_request& what, const net::control_reply& reply);
    void follow(const net::control_reply& reply);
    void tell_collections(const std::vector<collection_status>& now);

    control_target& target_;
    publisher publish_;
    std::map<std::uint32_t, collection_status> told_;  ///< By number.
};

}  // namespace tinfoil::host
