#pragma once

#include "base/error.hpp"
#include "host/restart.hpp"
#include "net/control_message.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::host {

/// What a restart of all collections would be.
struct restart_quote {
    struct step {
        std::uint32_t collection = 0;
        std::size_t shards = 0;
        std::uint64_t events_milli = 0;  ///< A second, in thousandths.
        duration usually{};
        bool operator==(const step&) const = default;
    };
    std::vector<step> order;
    std::string executable;  ///< The file that is started.
    bool is_other = false;   ///< Than what the host runs.

    [[nodiscard]] duration usually() const;
};

/// Who restarts collections. The host's loop only; nothing of it waits.
class restart_target {
public:
    virtual ~restart_target() = default;
    /// Errors: errc::invalid_argument where it can't ever be, errc::cancelled while something else
    /// is under way, errc::io for an executable that can't be started.
    [[nodiscard]] virtual result<restart_quote> quote() const = 0;
    virtual result<restart_quote> begin() = 0;
    /// Behind the collection that is under way; harmless when there is none.
    virtual void cancel() = 0;
    [[nodiscard]] virtual const restart_progress& look() const = 0;
};

/// The part of the control API that restarts collections: `/v1/collections/restart` and what is
/// below. Knows no sockets; share/doc/control-api.md has it for users.
class restart_control {
public:
    using publisher = std::function<void(const net::control_event&)>;
    /// `publish` reaches everybody who follows events.
    explicit restart_control(publisher publish) : publish_(std::move(publish)) {}

    /// From now on; it outlives the last request. Before that everything is answered with 503.
    void show(restart_target& of) { target_ = &of; }

    [[nodiscard]] static bool takes(std::string_view path);
    /// Answers during the call.
    void on_request(const net::control_request& what, const net::control_reply& reply);
    /// To call at each change of look().
    void changed() const;

private:
    [[nodiscard]] net::control_answer answer(const net::control_request& what);
    [[nodiscard]] net::control_answer begin(const net::control_request& what);

    publisher publish_;
    restart_target* target_ = nullptr;
};

/// As the control API has them; errc::malformed for what is none.
[[nodiscard]] std::string restart_json(const restart_progress& of);
[[nodiscard]] result<restart_progress> parse_restart(std::string_view json);
[[nodiscard]] std::string restart_quote_json(const restart_quote& of, bool dry_run);
[[nodiscard]] result<restart_quote> parse_restart_quote(std::string_view json);

}  // namespace tinfoil::host
