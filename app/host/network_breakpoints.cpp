#include "host/network_breakpoints.hpp"

#include "scaling/record_fields.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace tinfoil::host {

scaling_choice under(const scaling_choice& file, const scaling_choice& plugin)
{
    scaling_choice made = file;
    const auto take = [&](const auto& field) {
        if (file.named.contains(field.key) || !plugin.named.contains(field.key))
            return;
        made.given.*field.member = plugin.given.*field.member;
        made.named.insert(field.key);
    };
    std::apply([&](const auto&... each) { (take(each), ...); },
               scaling::fields::of<scaling::policy>);
    made.has_min = file.has_min || plugin.has_min;
    made.has_max = file.has_max || plugin.has_max;
    return made;
}

result<void> apply_breakpoints(config& into, const scaling_choice& plugin, const std::string& name)
{
    const auto policy =
        policy_of(under(into.scaler_choice, plugin), into.collections_asked, into.in_process);
    if (!policy)
        return error{errc::invalid_argument,
                     fmt::format("the breakpoints of the network manager {}: {}; [scaler] of "
                                 "tinfoil.toml overrides each",
                                 name, policy.error().detail)};
    into.scaler = *policy;
    into.collections =
        std::clamp(into.collections_asked, static_cast<std::uint32_t>(policy->collections_min),
                   static_cast<std::uint32_t>(policy->collections_max));
    const auto all = written(*policy);
    for (effective_setting& each : into.shown)
        for (const auto& [key, value] : all)
            if (each.key == "scaler." + key && each.from == "default") {
                each.value = value;
                if (plugin.named.contains(key))
                    each.from = "plugin " + name;
            }
    return {};
}

}  // namespace tinfoil::host
