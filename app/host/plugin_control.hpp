#pragma once

#include "base/error.hpp"
#include "host/plugin_desk.hpp"
#include "net/control_message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::host {

/// The part of the control API below `/v1/plugins`; share/doc/control-api.md has it for users.
/// Knows no sockets.
class plugin_control {
public:
    /// From now on; it outlives the last request. Before that everything is answered with 503.
    void show(plugin_desk& of) { desk_ = &of; }

    [[nodiscard]] static bool takes(std::string_view path);
    /// Answers during the call or later, once.
    void on_request(const net::control_request& what, const net::control_reply& reply);

private:
    plugin_desk* desk_ = nullptr;
};

/// The answer of `GET /v1/plugins`, and back: errc::malformed when it is none.
[[nodiscard]] std::string plugins_json(const std::vector<plugin_line>& all);
[[nodiscard]] result<std::vector<plugin_line>> parse_plugins(std::string_view source);

/// The answer of `POST /v1/plugins/...`, and back.
[[nodiscard]] std::string plugin_answer_json(const plugin_answer& from);
[[nodiscard]] result<plugin_answer> parse_plugin_answer(std::string_view source);

}  // namespace tinfoil::host
