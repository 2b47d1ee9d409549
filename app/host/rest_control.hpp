#pragma once

#include "discord/http.hpp"
#include "net/control_message.hpp"
#include "rest/view.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace tinfoil::host {

/// The part of the control API below `/v1/rest`: calls of Discord's API through the limiter of this
/// host, and the limiter as people look at it. Knows no sockets; share/doc/control-api.md has it
/// for users.
class rest_control {
public:
    using done = std::function<void(result<discord::rest_response>)>;
    struct ports {
        std::function<rest::view()> look;
        std::function<void(discord::rest_request, done)> submit;
    };
    /// A call has to end before the socket's own patience does.
    static constexpr duration timeout_max = std::chrono::seconds(25);

    /// Of the socket: a call of Discord's API may carry files, in base64, and nothing else so much.
    [[nodiscard]] static net::control_bounds bounds();

    explicit rest_control(ports to) : to_(std::move(to)) {}

    [[nodiscard]] static bool takes(std::string_view path);
    /// Answers during the call or later, once.
    void on_request(const net::control_request& what, const net::control_reply& reply);

private:
    ports to_;
};

/// The body of `POST /v1/rest`, and back: errc::invalid_argument says what is wrong with it.
[[nodiscard]] std::string rest_call_json(const discord::rest_request& from);
[[nodiscard]] result<discord::rest_request> parse_rest_call(std::string_view text);

/// The answer of `POST /v1/rest`, and back.
[[nodiscard]] std::string rest_answer_json(const discord::rest_response& from);
[[nodiscard]] result<discord::rest_response> parse_rest_answer(std::string_view text);

[[nodiscard]] std::string limits_json(const rest::view& from);

}  // namespace tinfoil::host
