#pragma once

#include "link/message.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::collection {

/// What the host has decided about plugins: where each runs, whether at all, and which events it
/// does not get. Pure.
class placing {
public:
    placing() = default;
    explicit placing(const std::vector<link::plugin_terms>& all)
    {
        for (const auto& each : all)
            add(each);
    }
    /// In place of what was said of that build before; poisons come on top.
    void add(const link::plugin_terms& what);

    /// Of every build by that name, and of this one. Its poisons are not filled in.
    [[nodiscard]] link::plugin_terms of(const std::string& plugin, const std::string& build) const;

    [[nodiscard]] bool has_poisons() const { return !poisons_.empty(); }
    /// The plugin does not get this event; asked once for each, since it comes once.
    [[nodiscard]] bool takes_poison(std::string_view plugin, const link::event_name& event);

private:
    std::map<std::pair<std::string, std::string>, link::plugin_terms> terms_;
    std::vector<std::pair<std::string, link::event_name>> poisons_;
};

}  // namespace tinfoil::collection
