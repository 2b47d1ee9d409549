#pragma once

#include "base/error.hpp"
#include "base/name_map.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
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

/// Says which subscribers get an event. A subscriber is a number, which it keeps as long as it is
/// there; one that has gone leaves its number to the next.
///
/// An interaction that belongs to somebody goes to its owner only: a command to the plugin that
/// declared it, a component or modal to the plugin whose name stands before the first ':' of its
/// custom_id. Everything else goes to all that list its type, in the order of their numbers.
class router {
public:
    /// Fails with errc::plugin_refused when the name or a command is taken, naming by whom.
    /// `in_place_of`: the number whose subscriber it would replace, which takes nothing from it.
    [[nodiscard]] result<void> check(const subscriber& who,
                                     std::optional<std::size_t> in_place_of = {}) const;
    /// Only what check() permits.
    std::size_t add(subscriber who);
    /// Only what check() in place of it permits.
    void replace(std::size_t number, subscriber who);
    /// It gets nothing any more.
    void remove(std::size_t number);

    /// Valid until the next change. `data` is the raw `d` of the event.
    [[nodiscard]] std::span<const std::size_t> route(std::string_view type,
                                                     std::string_view data) const;

private:
    [[nodiscard]] const std::size_t* owner(std::string_view interaction) const;
    void index();

    std::vector<std::optional<subscriber>> all_;
    // Made of the list after each change.
    std::map<std::string, std::size_t, std::less<>> by_name_;
    std::map<std::string, std::size_t, std::less<>> by_command_;
    name_map<std::vector<std::size_t>> by_type_;
};

}  // namespace tinfoil::dispatch
