#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::dispatch {

/// What one plugin wants to be called for.
struct subscriber {
    std::string name;
    std::vector<std::string> events;    ///< Discord's names: `MESSAGE_CREATE`.
    std::vector<std::string> commands;  ///< Names of application commands that it owns.
};

/// Says which subscribers get an event. A subscriber is the number that add() counted, from 0.
///
/// An interaction that belongs to somebody goes to its owner only: a command to the plugin that
/// declared it, a component or modal to the plugin whose name stands before the first ':' of its
/// custom_id. Everything else goes to all that list its type, in the order of add().
class router {
public:
    /// Fails with errc::plugin_refused when the name or a command is taken, naming by whom.
    [[nodiscard]] result<void> check(const subscriber& who) const;
    /// Only what check() permits.
    std::size_t add(const subscriber& who);

    /// Valid until the next add(). `data` is the raw `d` of the event.
    [[nodiscard]] std::span<const std::size_t> route(std::string_view type,
                                                     std::string_view data) const;

private:
    [[nodiscard]] const std::size_t* owner(std::string_view interaction) const;

    std::vector<std::string> names_;
    std::map<std::string, std::size_t, std::less<>> by_name_;
    std::map<std::string, std::size_t, std::less<>> by_command_;
    std::map<std::string, std::vector<std::size_t>, std::less<>> by_type_;
};

}  // namespace tinfoil::dispatch
