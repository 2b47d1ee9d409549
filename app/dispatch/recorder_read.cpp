#include "dispatch/record_layout.hpp"

#include <algorithm>
#include <cstring>
#include <map>

namespace tinfoil::dispatch {
using namespace record;
namespace {

// Reading what another process left: nothing in it can be believed.
error no_record(const char* why)
{
    return {errc::malformed, std::string("the flight record is unusable: ") + why};
}

bool is_sound(const session_entry& each)
{
    if (each.count == 0 || each.id >= each.count || each.current > 2)
        return false;
    if (each.current == 0)
        return true;
    const bank& own = each.banks[each.current - 1];
    return own.id_length <= text_max && own.url_length <= text_max && own.received >= 0;
}

template <class T>
T copy_from(std::span<const std::byte> memory, std::size_t at)
{
    T value;
    std::memcpy(&value, memory.data() + at, sizeof value);
    return value;
}

std::vector<std::string> read_plugins(std::span<const std::byte> memory, std::uint32_t count)
{
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto each = copy_from<plugin_name>(memory, sizeof(header) + i * sizeof(plugin_name));
        names.emplace_back(each.text, std::min<std::size_t>(each.length, sizeof each.text));
    }
    return names;
}

discord::event_counts read_counts(std::span<const std::byte> memory, const header& head)
{
    discord::event_counts counts{.by_type = {},
                                 .redelivered = head.redelivered,
                                 .commands_seen = head.commands_seen,
                                 .given_up = head.given_up};
    const std::size_t base = sizeof(header) + recorder::plugins_max * sizeof(plugin_name);
    for (std::size_t i = 0; i < types_max; ++i) {
        const auto each = copy_from<type_count>(memory, base + i * sizeof(type_count));
        if (each.length != 0 && each.length <= sizeof each.name)
            counts.by_type.emplace_back(std::string(each.name, each.length), each.count);
    }
    return counts;
}

recorder::contents::culprit read_culprit(std::span<const std::byte> memory, charge::left what,
                                         const std::vector<std::string>& names)
{
    recorder::contents::culprit found;
    const std::uint32_t number = what.blames ? what.blamed : what.plugin;
    if ((what.runs || what.blames) && number < names.size()) {
        const auto each =
            copy_from<plugin_name>(memory, sizeof(header) + number * sizeof(plugin_name));
        found.plugin = names[number];
        found.build.assign(each.build, std::min<std::size_t>(each.build_length, sizeof each.build));
    }
    // What another thread does has nothing to do with what the loop does.
    if (what.blames || !what.runs)
        what.what = charge::part::nobody;
    if (what.what != charge::part::event)
        what.slot.reset();
    found.what = std::move(what);
    return found;
}

}  // namespace

result<recorder::contents> recorder::read(std::span<const std::byte> memory)
{
    if (memory.size() < place_of_sessions())
        return no_record("it is cut short");
    const auto head = copy_from<header>(memory, 0);
    if (std::memcmp(head.magic, magic, sizeof magic) != 0)
        return no_record("it is none, or was never begun");
    if (head.version != layout_version)
        return no_record("another version of tinfoil wrote it");
    if (head.sessions_max > sessions_bound || head.unfinished_max > unfinished_bound ||
        head.sessions > head.sessions_max || head.plugins > plugins_max ||
        bytes_for({head.sessions_max, head.unfinished_max}) > memory.size())
        return no_record("its sizes make no sense");
    const auto names = read_plugins(memory, head.plugins);
    contents found;
    found.counts = read_counts(memory, head);
    found.last = read_culprit(memory, head.in_charge.look(), names);
    std::map<std::uint32_t, std::size_t> in_use;  // Bank to its place in found.sessions.
    for (std::uint32_t which = 0; which < head.sessions; ++which) {
        const auto each =
            copy_from<session_entry>(memory, place_of_sessions() + which * sizeof(session_entry));
        if (each.count == 0)
            continue;  // Closed.
        if (!is_sound(each))
            return no_record("a session in it makes no sense");
        if (each.current == 0) {
            found.sessions.push_back({.which = {each.id, each.count},
                                      .generation = each.generation,
                                      .point = {},
                                      .unfinished = {}});
            continue;
        }
        const bank& own = each.banks[each.current - 1];
        if (found.last.what.slot == discord::slot{each.id, each.count})
            found.last.session_id = {own.id, own.id_length};
        in_use[2 * which + (each.current - 1)] = found.sessions.size();
        found.sessions.push_back({.which = {each.id, each.count},
                                  .generation = each.generation,
                                  .intents = own.intents,
                                  .point = {std::string(own.id, own.id_length),
                                            std::string(own.url, own.url_length), own.received},
                                  .unfinished = {},
                                  .doubtful = own.doubtful != 0});
    }
    const std::size_t base = place_of_sessions() + head.sessions_max * sizeof(session_entry);
    for (std::uint32_t i = 0; i < head.unfinished_max; ++i) {
        const auto each = copy_from<unfinished_entry>(memory, base + i * sizeof(unfinished_entry));
        const auto own = in_use.find(each.bank);
        if (each.sequence <= 0 || own == in_use.end() || each.plugin >= names.size() ||
            each.sequence > found.sessions[own->second].point.sequence)
            continue;
        found.sessions[own->second].unfinished.push_back({each.sequence, names[each.plugin]});
    }
    for (auto& each : found.sessions)
        std::sort(each.unfinished.begin(), each.unfinished.end(), [](const auto& a, const auto& b) {
            return a.sequence != b.sequence ? a.sequence < b.sequence : a.plugin < b.plugin;
        });
    return found;
}

}  // namespace tinfoil::dispatch
