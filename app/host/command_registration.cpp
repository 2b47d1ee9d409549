#include "host/command_registration.hpp"

#include "host/own_values.hpp"

#include <fmt/format.h>

namespace tinfoil::host {

void register_commands(const command_registration& with, const std::string& commands)
{
    const auto known = with.store.value(own_values, registered_commands);
    if (!with.forgets && known && *known == commands)
        return;
    discord::rest_request request;
    request.method = "PUT";
    request.path = "/applications/" + to_string(with.application) + "/commands";
    request.body = commands;
    with.rest.submit(std::move(request), [with, commands](result<discord::rest_response> answer) {
        if (answer)
            with.counted.answered({}, answer->status);
        if (answer && answer->status == 200) {
            if (auto kept = with.store.set_value(own_values, registered_commands, commands); !kept)
                with.people.warn(kept.error().detail);
            return;
        }
        with.people.warn("slash commands could not be registered: " +
                         (answer
                              ? fmt::format("Discord answered {}: {}", answer->status, answer->body)
                              : answer.error().detail));
    });
}

}  // namespace tinfoil::host
