#pragma once

#include "host/rebalance_target.hpp"
#include "net/control_message.hpp"

#include <functional>
#include <string_view>

namespace tinfoil::host {

/// The part of the control API about load: `/v1/shards/rebalance` and what is below,
/// `/v1/collections/drain`, `/v1/scaler/decisions`. Knows no sockets; share/doc/control-api.md has
/// it for users.
class rebalance_control {
public:
    using publisher = std::function<void(const net::control_event&)>;
    /// `publish` reaches everybody who follows events.
    explicit rebalance_control(publisher publish) : publish_(std::move(publish)) {}

    /// From now on; it outlives the last request. Before that everything is answered with 503.
    void show(rebalance_target& of) { target_ = &of; }
    [[nodiscard]] const rebalance_target* target() const { return target_; }

    [[nodiscard]] static bool takes(std::string_view path);
    /// Answers during the call.
    void on_request(const net::control_request& what, const net::control_reply& reply);
    /// To call at each change of look().
    void changed() const;
    void decided(const decision_view& what) const;

private:
    [[nodiscard]] net::control_answer answer(const net::control_request& what);
    [[nodiscard]] net::control_answer rebalance(const net::control_request& what);
    [[nodiscard]] net::control_answer drain(const net::control_request& what);
    [[nodiscard]] net::control_answer decisions(const net::control_request& what) const;

    publisher publish_;
    rebalance_target* target_ = nullptr;
};

}  // namespace tinfoil::host
