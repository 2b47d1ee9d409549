#include "host/plugin_shelf.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

json::value value_of(const std::optional<plugin_build>& what)
{
    if (!what)
        return nullptr;
    return json::object{{"sha256", what->sha256}, {"manifest", what->manifest}};
}

std::string text(const json::object& in, std::string_view key)
{
    const auto* found = in.if_contains({key.data(), key.size()});
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

std::optional<plugin_build> build_of(const json::object& in, std::string_view key)
{
    const auto* found = in.if_contains({key.data(), key.size()});
    if (found == nullptr || !found->is_object())
        return std::nullopt;
    plugin_build made;
    made.sha256 = text(found->get_object(), "sha256");
    made.manifest = text(found->get_object(), "manifest");
    auto about = plugin::parse_manifest(made.manifest);
    const bool is_sum = made.sha256.size() == 64 &&
                        made.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!about || !is_sum)
        return std::nullopt;
    made.about = std::move(*about);
    return made;
}

std::string runs_now(const plugin_answer& about)
{
    return about.version.empty() ? "no version of it runs" : about.version + " goes on";
}

}  // namespace

shelved_plugin& plugin_shelf::of(const std::string& name)
{
    auto& own = all_[name];
    own.name = name;
    return own;
}

shelved_plugin* plugin_shelf::find(const std::string& name)
{
    const auto found = all_.find(name);
    return found == all_.end() ? nullptr : &found->second;
}

shelved_plugin* plugin_shelf::of_file(const std::string& file)
{
    for (auto& [name, each] : all_)
        if (each.file == file)
            return &each;
    return nullptr;
}

bool plugin_shelf::needs(std::string_view sha256) const
{
    return std::any_of(all_.begin(), all_.end(), [&](const auto& each) {
        return (each.second.current && each.second.current->sha256 == sha256) ||
               (each.second.previous && each.second.previous->sha256 == sha256);
    });
}

std::string plugin_shelf::remembered() const
{
    json::object made;
    for (const auto& [name, each] : all_)
        if (each.disabled || each.current || each.previous)
            made[name] = {{"disabled", each.disabled},
                          {"passed_over", each.passed_over},
                          {"current", value_of(each.current)},
                          {"previous", value_of(each.previous)}};
    return json::serialize(made);
}

void plugin_shelf::remember(std::string_view source)
{
    boost::system::error_code failed;
    const json::value whole = json::parse({source.data(), source.size()}, failed);
    const auto* plugins = failed ? nullptr : whole.if_object();
    if (plugins == nullptr)
        return;
    for (const auto& member : *plugins) {
        const auto* fields = member.value().if_object();
        if (fields == nullptr)
            continue;
        shelved_plugin& own = of(std::string(member.key()));
        const auto* disabled = fields->if_contains("disabled");
        own.disabled = disabled != nullptr && disabled->is_bool() && disabled->get_bool();
        own.passed_over = text(*fields, "passed_over");
        own.current = build_of(*fields, "current");
        own.previous = build_of(*fields, "previous");
    }
}

std::uint64_t plugin_shelf::wanted_intents() const
{
    std::uint64_t all = 0;
    for (const auto& [name, own] : all_)
        if (own.runs())
            all |= own.current->about.intents;
    return all;
}

std::string sentence(const plugin_answer& about)
{
    const std::string wanted = about.name + (about.wanted.empty() ? "" : " " + about.wanted);
    const std::string because = about.why.empty() ? "" : ": " + about.why;
    if (about.outcome == "refused")
        return wanted + " refused" + because + "; " + runs_now(about);
    if (about.outcome == "superseded")
        return wanted + " was replaced by a newer one before it could run; " + runs_now(about);
    if (about.outcome == "unchanged")
        return about.name + " stays as it is" + because;
    if (about.outcome == "unloaded" || about.outcome == "disabled")
        return about.name + " is " + about.outcome + because;
    std::string made = about.name + " " + about.version + " ";
    made += about.outcome == "rolled_back" ? "is back" : "runs";
    if (!about.waits_for.empty())
        made += "; it waits for the next IDENTIFY of its shards, since it needs " + about.waits_for;
    return made + because;
}

}  // namespace tinfoil::host
