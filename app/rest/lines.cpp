#include "rest/lines.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <limits>

namespace tinfoil::rest {
namespace {

constexpr std::uint64_t nobody = std::numeric_limits<std::uint64_t>::max();

}  // namespace

void lines::put_heads(line_group& of)
{
    for (const auto& [who, line] : of.of)
        ready(of)[who].emplace(line.begin()->first, &of);
}

void lines::take_heads(line_group& of)
{
    auto& all = ready(of);
    for (const auto& [who, line] : of.of) {
        const auto own = all.find(who);
        own->second.erase(line.begin()->first);
        if (own->second.empty())
            all.erase(own);
    }
}

void lines::set_ready(line_group& of, bool is_ready)
{
    if (of.is_ready == is_ready)
        return;
    of.is_ready = is_ready;
    if (is_ready)
        put_heads(of);
    else
        take_heads(of);
}

void lines::add(line_group& to, owner_number who, turn when, request& what)
{
    const bool was_ready = to.is_ready;
    set_ready(to, false);
    if (!to.of.contains(who)) {
        // Who comes back does not have all the turns at once that it did not want.
        std::uint64_t least = nobody;
        for (const auto& [other, turns] : to.had)
            least = std::min(least, turns);
        to.had[who] = least == nobody ? 0 : least;
    }
    to.of[who].emplace(when, &what);
    set_ready(to, was_ready);
    if (owners_[who].waiting++ != 0)
        return;
    std::uint64_t least = nobody;
    for (const owner& each : owners_)
        if (&each != &owners_[who] && each.waiting != 0)
            least = std::min(least, each.service);
    if (least != nobody)
        owners_[who].service = std::max(owners_[who].service, least);
}

void lines::remove(line_group& from, owner_number who, turn when)
{
    const bool was_ready = from.is_ready;
    set_ready(from, false);
    const auto line = from.of.find(who);
    TINFOIL_ASSERT(line != from.of.end());
    const auto gone = line->second.erase(when);
    TINFOIL_ASSERT(gone == 1);
    if (line->second.empty()) {
        from.of.erase(line);
        from.had.erase(who);
    }
    --owners_[who].waiting;
    set_ready(from, was_ready);
}

request* lines::next(bool exempt, const std::function<bool(owner&)>& usable)
{
    const line_group* group = nullptr;
    std::pair<bool, std::uint64_t> best{true, nobody};
    for (const auto& [who, firsts] : ready_[exempt ? 1 : 0]) {
        const std::pair candidate{firsts.begin()->first.is_bulk, owners_[who].service};
        if (candidate >= best || !usable(owners_[who]))
            continue;
        best = candidate;
        group = firsts.begin()->second;
    }
    if (group == nullptr)
        return nullptr;
    request* found = nullptr;
    best = {true, nobody};
    for (const auto& [who, line] : group->of) {
        const std::pair candidate{line.begin()->first.is_bulk, group->had.at(who)};
        if (candidate >= best || !usable(owners_[who]))
            continue;
        best = candidate;
        found = line.begin()->second;
    }
    return found;
}

bool lines::wants(owner_number who) const
{
    return ready_[0].contains(who) || ready_[1].contains(who);
}

void lines::served(line_group& in, owner_number who)
{
    ++owners_[who].service;
    if (const auto turns = in.had.find(who); turns != in.had.end())
        ++turns->second;
}

}  // namespace tinfoil::rest
