#pragma once

#include "host/operation.hpp"
#include "net/control_message.hpp"
#include "sharding/shards_max.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::host {

/// Who does operations on shards. The host's loop only; nothing of it waits.
class operations_target {
public:
    virtual ~operations_target() = default;

    /// Begins it, or has it wait for its turn; with operation_mode::quote only judges it, and no id
    /// is given. One that is refused comes back with the objections in its quote, and has not
    /// begun. Errors: errc::invalid_argument for what makes no sense in the plan as it is,
    /// errc::cancelled where too many wait, others where nothing can be done now.
    virtual result<operation_view> ask(const operation_wish& what) = 0;
    /// Ends that operation, or the one that runs; as it is then. errc::invalid_argument: there is
    /// none; errc::cancelled: its commit is under way, and nothing stops it any more.
    virtual result<operation_view> cancel(std::optional<std::uint64_t> id) = 0;
    /// Those that run, those that wait, and those of the past, each kind in the order in which they
    /// were asked for.
    [[nodiscard]] virtual std::vector<operation_view> look() const = 0;
    /// The shards that there are; empty: none yet.
    [[nodiscard]] virtual std::vector<discord::slot> plan() const = 0;
};

/// The part of the control API that changes shards, and shows what became of it: `/v1/operations`,
/// and below `/v1/shards` split, merge, reshard, renew, move and cancel. Knows no sockets;
/// share/doc/control-api.md has it for users.
class operations_control {
public:
    using publisher = std::function<void(const net::control_event&)>;
    /// The time of day, in ms since 1970.
    using clock = std::function<std::int64_t()>;

    /// `publish` reaches everybody who follows events.
    operations_control(publisher publish, clock now_ms)
        : publish_(std::move(publish)),
          now_ms_(std::move(now_ms))
    {
    }

    /// From now on; it outlives the last request. Before that everything is answered with 503.
    void show(operations_target& of) { target_ = &of; }

    [[nodiscard]] static bool takes(std::string_view path);
    /// Answers during the call.
    void on_request(const net::control_request& what, const net::control_reply& reply);

    /// To call at each change of an operation.
    void changed(const operation_view& what) const;

    static constexpr std::size_t history_usual = 20, history_max = 1'000;
    /// Of a shadow.
    static constexpr std::uint32_t shards_max = sharding::shards_max;
    static constexpr duration observe_min = std::chrono::seconds(10),
                              observe_max = std::chrono::hours(1);

private:
    [[nodiscard]] net::control_answer answer(const net::control_request& what);
    [[nodiscard]] net::control_answer ask(const net::control_request& what, operation_kind kind);
    [[nodiscard]] net::control_answer cancel(const net::control_request& what);
    [[nodiscard]] net::control_answer list(std::string_view query) const;

    publisher publish_;
    clock now_ms_;
    operations_target* target_ = nullptr;
};

/// The body of an operation's call: errc::invalid_argument says what is wrong with it. `plan` is
/// what `"all": true` means.
[[nodiscard]] result<operation_wish> parse_operation_wish(operation_kind kind,
                                                          std::string_view body,
                                                          const std::vector<discord::slot>& plan);

}  // namespace tinfoil::host
