// What the plugin desk tells of the plugins that it knows.
#include "base/likely_meant.hpp"
#include "discord/intents.hpp"
#include "host/plugin_desk.hpp"

#include <utility>

namespace tinfoil::host {

std::string plugin_desk::lacking(const shelved_plugin& of) const
{
    if (!of.runs())
        return {};
    const std::uint64_t missing = of.current->about.intents & ~to_.session_intents();
    return missing == 0 ? "" : discord::intent_names(missing);
}

std::vector<plugin_line> plugin_desk::list() const
{
    std::vector<plugin_line> all;
    for (const auto& [name, own] : shelf_.all()) {
        if (own.file.empty() && !own.current)
            continue;
        plugin_line made{name, own.version(), own.file, "running", own.problem, "", 0, ""};
        const std::string lacks = lacking(own);
        if (rollout_.machine().is_busy(name))
            made.state = "changing";
        else if (own.disabled)
            made.state = "disabled";
        else if (own.unloaded)
            made.state = "unloaded";
        else if (!own.current || own.refused)
            made.state = "refused";
        else if (std::string why = to_.quarantined(name); !why.empty()) {
            made.state = "quarantined";
            made.why = std::move(why);
        } else if (!lacks.empty()) {
            made.state = "waiting";
            made.why = "for the next IDENTIFY of its shards: it needs " + lacks;
        }
        if (own.previous)
            made.previous = own.previous->about.version;
        if (const auto kept = kept_.find(name); kept != kept_.end())
            for (const auto& [number, each] : kept->second) {
                made.kept += each.kept;
                if (!each.why.empty())
                    made.kept_why = each.why;
            }
        all.push_back(std::move(made));
    }
    for (const auto& [file, why] : refused_)
        all.push_back({"", "", file, "refused", why, "", 0, ""});
    return all;
}

std::vector<link::plugin_outcome> plugin_desk::outcomes() const
{
    std::vector<link::plugin_outcome> all;
    for (const auto& [name, own] : shelf_.all()) {
        if (own.file.empty() && !own.runs())
            continue;
        link::plugin_outcome made{(how_.folder / own.file).string(), name, own.version(), {}};
        if (!own.runs() && !own.apart)
            made.refused = error{errc::plugin_refused, own.disabled   ? "it is disabled"
                                                       : own.unloaded ? "it is unloaded"
                                                                      : own.problem};
        all.push_back(std::move(made));
    }
    for (const auto& [file, why] : refused_)
        all.push_back({(how_.folder / file).string(), "", "", error{errc::plugin_refused, why}});
    return all;
}

result<plugin_desk::network_build> plugin_desk::network_manager() const
{
    const auto bad = [this](const std::string& why) {
        return error{errc::invalid_argument,
                     "the network manager " + how_.network + " of [network] " + why};
    };
    const auto found = shelf_.all().find(how_.network);
    if (found == shelf_.all().end() || found->second.file.empty() || !found->second.current) {
        // One that can't be read has no name but that of its file.
        if (const auto file = refused_.find(how_.network + ".so"); file != refused_.end())
            return bad("can't be used: " + file->first + ": " + file->second);
        std::vector<std::string> known;
        for (const auto& [name, own] : shelf_.all())
            if (!own.file.empty())
                known.push_back(name);
        return bad("is not there: no file of " + how_.folder.string() +
                   " holds a plugin of that name" + did_you_mean(how_.network, known) +
                   "; put it there, or name another one");
    }
    const shelved_plugin& own = found->second;
    if (own.disabled)
        return bad("is disabled; tinfoil plugins enable " + own.name);
    return network_build{*own.current, intake_.build(own.current->sha256)};
}

}  // namespace tinfoil::host
