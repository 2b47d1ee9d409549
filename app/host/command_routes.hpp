#pragma once

#include "discord/slot.hpp"
#include "link/message.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tinfoil::host {

/// The host's part of commands for the gateway: those of a collection for a guild of another's find
/// their way, and the answers find theirs back.
///
/// Failure modes: nobody serves the guild, or who does is not up just now; a collection ends with a
/// command under way (whoever asked is told); too many are under way.
class command_routes {
public:
    /// Answers are large when they hold members: so many of these, and of all, are under way. With
    /// collection::gateway_commands::passed_bytes_max that is less than a link may have waiting.
    static constexpr std::size_t member_requests_max = 8, commands_max = 4096;

    struct target {
        std::uint32_t number;
        bool is_up;
    };
    struct process {
        std::uint32_t number;
        std::uint64_t epoch;
        bool operator==(const process&) const = default;
    };
    /// Whether a presence that this process of a collection wants holds from now on. What plugins
    /// want while their collection begins does not go over what another has wanted before: a
    /// collection that starts again would take back what came since.
    [[nodiscard]] bool takes_presence(process from, bool is_beginning);

    using outgoing = std::vector<std::pair<std::uint32_t, link::message>>;

    /// From a collection. `to` serves the command's guild; nothing: nobody does.
    void on_command(std::uint32_t from, const link::gateway_command& what, const target* to,
                    outgoing& todo);
    void on_answer(std::uint32_t from, link::gateway_answer what, outgoing& todo);
    /// The process of that collection has ended.
    void on_ended(std::uint32_t number, outgoing& todo);

private:
    struct route {
        std::uint32_t asker;
        std::uint64_t asked_as;
        std::uint32_t owner;
        bool is_for_members;
    };
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, route> routes_;
    std::optional<process> presence_by_;
};

/// The guild that a command is about; zero when it names none.
[[nodiscard]] discord::snowflake guild_of(const link::gateway_command& what);

}  // namespace tinfoil::host
