#include "dispatch/recorder.hpp"

#include "base/assert.hpp"
#include "dispatch/record_layout.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

namespace tinfoil::dispatch {
using namespace record;
namespace {

// What was stored before is in memory before what is stored after, also if the process ends in
// between: the compiler may not move it, and the kernel keeps what a killed process stored.
void in_order()
{
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace

// Where things lie in the memory.
struct recorder::layout {
    header* head;
    plugin_name* plugins;
    type_count* types;
    session_entry* sessions;
    unfinished_entry* unfinished;

    explicit layout(std::span<std::byte> memory, std::uint32_t sessions_max)
        : head(reinterpret_cast<header*>(memory.data())),
          plugins(reinterpret_cast<plugin_name*>(memory.data() + sizeof(header))),
          types(reinterpret_cast<type_count*>(memory.data() + sizeof(header) +
                                              plugins_max * sizeof(plugin_name))),
          sessions(reinterpret_cast<session_entry*>(memory.data() + place_of_sessions())),
          unfinished(reinterpret_cast<unfinished_entry*>(memory.data() + place_of_sessions() +
                                                         sessions_max * sizeof(session_entry)))
    {
    }
};

std::size_t recorder::bytes_for(shape room)
{
    return place_of_sessions() + room.sessions_max * sizeof(session_entry) +
           room.unfinished_max * sizeof(unfinished_entry);
}

recorder::recorder(std::span<std::byte> memory, shape room) : memory_(memory), room_(room)
{
    TINFOIL_ASSERT(memory.size() >= bytes_for(room));
    TINFOIL_ASSERT(reinterpret_cast<std::uintptr_t>(memory.data()) % alignof(header) == 0);
    TINFOIL_ASSERT(room.sessions_max <= sessions_bound && room.unfinished_max >= 1 &&
                   room.unfinished_max <= unfinished_bound);
    std::memset(memory.data(), 0, bytes_for(room));
    header& head = *layout(memory_, room_.sessions_max).head;
    head.version = layout_version;
    head.sessions_max = room.sessions_max;
    head.unfinished_max = room.unfinished_max;
    in_order();
    std::memcpy(head.magic, magic, sizeof magic);
    free_.resize(room.unfinished_max);
    for (std::uint32_t i = 0; i < room.unfinished_max; ++i)
        free_[i] = room.unfinished_max - 1 - i;
    again_.resize(room.unfinished_max);
}

std::size_t recorder::name_plugin(std::string_view name, std::string_view build)
{
    const auto place = std::find(plugins_.begin(), plugins_.end(), std::string());
    const auto number = static_cast<std::size_t>(place - plugins_.begin());
    const layout at(memory_, room_.sessions_max);
    plugin_name& own = at.plugins[number];
    TINFOIL_ASSERT(number < plugins_max && !name.empty() && name.size() <= sizeof own.text);
    std::memcpy(own.text, name.data(), name.size());
    own.length = static_cast<std::uint16_t>(name.size());
    in_order();
    if (place == plugins_.end())
        plugins_.emplace_back(name);
    else
        *place = name;
    at.head->plugins = static_cast<std::uint32_t>(plugins_.size());
    name_build(number, build);
    return number;
}

void recorder::name_build(std::size_t plugin, std::string_view build)
{
    plugin_name& own = layout(memory_, room_.sessions_max).plugins[plugin];
    TINFOIL_ASSERT(plugin < plugins_.size() && build.size() <= sizeof own.build);
    own.build_length = 0;
    in_order();
    std::memcpy(own.build, build.data(), build.size());
    in_order();
    own.build_length = static_cast<std::uint16_t>(build.size());
}

void recorder::retire_plugin(std::size_t plugin)
{
    TINFOIL_ASSERT(plugin < plugins_.size() && !plugins_[plugin].empty());
    const layout at(memory_, room_.sessions_max);
    for (session which = 0; which < sessions_.size(); ++which)
        for (std::size_t position = sessions_[which].open.size(); position-- > 0;)
            if (at.unfinished[sessions_[which].open[position]].plugin == plugin)
                give_up(which, position);
    in_order();
    at.plugins[plugin].length = 0;
    plugins_[plugin].clear();
}

namespace {

void fill(bank& to, const discord::resume_point& point, std::uint64_t intents, bool doubtful)
{
    TINFOIL_ASSERT(point.session_id.size() <= text_max);
    to.received = point.sequence;
    to.intents = intents;
    to.doubtful = doubtful ? 1 : 0;
    to.id_length = static_cast<std::uint32_t>(point.session_id.size());
    std::memcpy(to.id, point.session_id.data(), point.session_id.size());
    // Without one the main URL is used, which works as well.
    to.url_length = point.resume_url.size() <= text_max
                        ? static_cast<std::uint32_t>(point.resume_url.size())
                        : 0;
    std::memcpy(to.url, point.resume_url.data(), to.url_length);
}

}  // namespace

recorder::session recorder::open(const discord::session_record& from, instant now)
{
    const layout at(memory_, room_.sessions_max);
    TINFOIL_ASSERT(room() > 0);
    const auto place = std::find_if(sessions_.begin(), sessions_.end(),
                                    [](const live& each) { return each.closed; });
    const auto which = static_cast<session>(place - sessions_.begin());
    session_entry& own = at.sessions[which];
    const std::uint32_t lives = place == sessions_.end() ? 0 : place->lives;
    if (place == sessions_.end())
        sessions_.emplace_back();
    sessions_[which] = {
        .open = {}, .received = from.point.sequence, .changed = false, .lives = lives};
    own.id = from.which.id;
    own.generation = from.generation;
    if (!from.point.session_id.empty()) {
        fill(own.banks[0], from.point, from.intents, from.doubtful);
        for (const discord::unfinished_event& each : from.unfinished) {
            const auto named = std::find(plugins_.begin(), plugins_.end(), each.plugin);
            if (named == plugins_.end()) {
                ++at.head->given_up;
                continue;
            }
            own.current = 1;  // For add(), which notes the bank; nobody counts this session yet.
            add(which, each.sequence, static_cast<std::size_t>(named - plugins_.begin()), now);
            again_[sessions_[which].open.back()] = true;
        }
        own.current = 1;
    }
    in_order();
    own.count = from.which.count;
    in_order();
    at.head->sessions = static_cast<std::uint32_t>(sessions_.size());
    return which;
}

void recorder::renew(session which, const discord::resume_point& point, std::uint64_t intents)
{
    const layout at(memory_, room_.sessions_max);
    session_entry& own = at.sessions[which];
    const std::uint32_t next = own.current == 1 ? 2 : 1;
    if (own.current != 0)
        ++own.generation;
    fill(own.banks[next - 1], point, intents, false);
    in_order();
    own.current = next;
    in_order();
    // These count for the old bank only, so nobody sees them any more.
    while (!sessions_[which].open.empty())
        give_up(which, sessions_[which].open.size() - 1);
    sessions_[which].received = point.sequence;
    sessions_[which].changed = true;
    ++sessions_[which].lives;
}

void recorder::forget(session which)
{
    session_entry& own = layout(memory_, room_.sessions_max).sessions[which];
    // First: a reader that believes in a session which is lost learns so from its RESUME.
    if (own.current != 0)
        ++own.generation;
    in_order();
    own.current = 0;
    in_order();
    while (!sessions_[which].open.empty())
        give_up(which, sessions_[which].open.size() - 1);
    sessions_[which].received = 0;
    sessions_[which].changed = true;
    ++sessions_[which].lives;
}

// A reader passes over an entry without a number of shards.
void recorder::close(session which)
{
    TINFOIL_ASSERT(!sessions_[which].closed);
    forget(which);
    layout(memory_, room_.sessions_max).sessions[which].count = 0;
    sessions_[which].changed = false;
    sessions_[which].closed = true;
}

std::size_t recorder::room() const
{
    const auto closed = std::count_if(sessions_.begin(), sessions_.end(),
                                      [](const live& each) { return each.closed; });
    return room_.sessions_max - sessions_.size() + static_cast<std::size_t>(closed);
}

recorder::verdict recorder::look(session which, std::int64_t sequence) const
{
    const live& own = sessions_[which];
    if (sequence > own.received)
        return {.fresh = true, .again = 0};
    verdict found;
    const layout at(memory_, room_.sessions_max);
    for (const std::uint32_t each : own.open)
        if (again_[each] && at.unfinished[each].sequence == sequence)
            found.again |= std::uint64_t{1} << at.unfinished[each].plugin;
    return found;
}

bool recorder::is_doubtful(session which) const
{
    const session_entry& own = layout(memory_, room_.sessions_max).sessions[which];
    return own.current != 0 && own.banks[own.current - 1].doubtful != 0;
}

void recorder::trust(session which)
{
    session_entry& own = layout(memory_, room_.sessions_max).sessions[which];
    if (own.current == 0 || own.banks[own.current - 1].doubtful == 0)
        return;
    own.banks[own.current - 1].doubtful = 0;
    sessions_[which].changed = true;
}

std::uint32_t recorder::take_free()
{
    if (free_.empty())
        give_up_oldest();
    const std::uint32_t entry = free_.back();
    free_.pop_back();
    return entry;
}

void recorder::add(session which, std::int64_t sequence, std::size_t plugin, instant now)
{
    const std::uint32_t entry = take_free();
    const layout at(memory_, room_.sessions_max);
    unfinished_entry& own = at.unfinished[entry];
    own.bank = 2 * which + (at.sessions[which].current - 1);
    own.plugin = static_cast<std::uint32_t>(plugin);
    own.since = now.time_since_epoch().count();
    in_order();
    own.sequence = sequence;
    again_[entry] = false;
    sessions_[which].open.push_back(entry);
    due_ = std::min(due_, now + held_back_max);
}

void recorder::begin(session which, std::int64_t sequence, std::uint64_t plugins, instant now)
{
    const layout at(memory_, room_.sessions_max);
    session_entry& own = at.sessions[which];
    live& here = sessions_[which];
    TINFOIL_ASSERT(own.current != 0 && sequence > here.received);
    const bool doubtful = own.banks[own.current - 1].doubtful != 0;
    // The entries first: they count only when the event is received.
    for (std::uint64_t left = plugins; left != 0; left &= left - 1)
        add(which, sequence, static_cast<std::size_t>(std::countr_zero(left)), now);
    in_order();
    own.banks[own.current - 1].received = sequence;
    here.received = sequence;
    here.changed = true;
    if (here.fresh_since == never) {
        here.fresh_since = now;
        due_ = std::min(due_, now + held_back_max);
    }
    if (doubtful)
        at.head->redelivered += static_cast<std::uint64_t>(std::popcount(plugins));
    while (!here.open.empty() && at.unfinished[here.open.front()].sequence + behind_max < sequence)
        give_up(which, 0);
}

void recorder::begin_again(session which, std::int64_t sequence, std::size_t plugin, instant now)
{
    const std::size_t position = position_of(which, sequence, plugin);
    TINFOIL_ASSERT(position < sessions_[which].open.size());
    const std::uint32_t entry = sessions_[which].open[position];
    TINFOIL_ASSERT(again_[entry]);
    again_[entry] = false;
    const layout at(memory_, room_.sessions_max);
    at.unfinished[entry].since = now.time_since_epoch().count();
    ++at.head->redelivered;
}

std::size_t recorder::position_of(session which, std::int64_t sequence, std::size_t plugin) const
{
    const auto& open = sessions_[which].open;
    const layout at(memory_, room_.sessions_max);
    // From behind: most end as soon as they have begun.
    for (std::size_t position = open.size(); position-- > 0;)
        if (at.unfinished[open[position]].sequence == sequence &&
            at.unfinished[open[position]].plugin == plugin)
            return position;
    return open.size();
}

void recorder::finish(session which, std::int64_t sequence, std::size_t plugin)
{
    const std::size_t position = position_of(which, sequence, plugin);
    if (position < sessions_[which].open.size())
        release(which, position);
}

void recorder::release(session which, std::size_t position)
{
    auto& open = sessions_[which].open;
    const std::uint32_t entry = open[position];
    layout(memory_, room_.sessions_max).unfinished[entry].sequence = 0;
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(position));
    free_.push_back(entry);
    sessions_[which].changed = true;
}

void recorder::give_up(session which, std::size_t position)
{
    ++layout(memory_, room_.sessions_max).head->given_up;
    release(which, position);
}

void recorder::give_up_oldest()
{
    const layout at(memory_, room_.sessions_max);
    session oldest = 0;
    std::int64_t since = std::numeric_limits<std::int64_t>::max();
    for (session which = 0; which < sessions_.size(); ++which) {
        const auto& open = sessions_[which].open;
        if (!open.empty() && at.unfinished[open.front()].since < since) {
            oldest = which;
            since = at.unfinished[open.front()].since;
        }
    }
    TINFOIL_ASSERT(!sessions_[oldest].open.empty());
    give_up(oldest, 0);
}

charge& recorder::in_charge()
{
    return layout(memory_, room_.sessions_max).head->in_charge;
}

const std::size_t& recorder::place_of_type(std::string_view name)
{
    if (const std::size_t* const known = types_.find(name))
        return *known;
    const std::size_t place = type_names_.size();
    type_count& made = layout(memory_, room_.sessions_max).types[place];
    std::memcpy(made.name, name.data(), name.size());
    in_order();
    made.length = static_cast<std::uint32_t>(name.size());
    type_names_.emplace_back(name);
    return types_[name] = place;
}

void recorder::count_event(std::string_view type)
{
    const layout at(memory_, room_.sessions_max);
    const std::size_t* known = types_.find(type);
    if (known == nullptr) {
        const bool fits =
            type_names_.size() + 1 < types_max && type.size() <= sizeof(type_count::name);
        known = &place_of_type(fits ? type : other_types);
    }
    ++at.types[*known].count;
}

void recorder::count_again()
{
    ++layout(memory_, room_.sessions_max).head->redelivered;
}

void recorder::count_command()
{
    ++layout(memory_, room_.sessions_max).head->commands_seen;
}

instant recorder::held_until(session which, std::uint32_t entry) const
{
    if (again_[entry])
        return sessions_[which].fresh_since == never ? never
                                                     : sessions_[which].fresh_since + held_back_max;
    const layout at(memory_, room_.sessions_max);
    return instant(duration(at.unfinished[entry].since)) + held_back_max;
}

void recorder::expire(instant now)
{
    if (now < due_)
        return;
    due_ = never;
    for (session which = 0; which < sessions_.size(); ++which) {
        const auto& open = sessions_[which].open;
        for (std::size_t position = open.size(); position-- > 0;) {
            const instant until = held_until(which, open[position]);
            if (now >= until)
                give_up(which, position);
            else
                due_ = std::min(due_, until);
        }
    }
}

instant recorder::deadline() const
{
    return due_;
}

std::size_t recorder::unfinished() const
{
    return room_.unfinished_max - free_.size();
}

discord::session_record recorder::record_of(session which) const
{
    const layout at(memory_, room_.sessions_max);
    const session_entry& own = at.sessions[which];
    discord::session_record made;
    made.which = {own.id, own.count};
    made.generation = own.generation;
    if (own.current == 0)
        return made;
    const bank& in_use = own.banks[own.current - 1];
    made.intents = in_use.intents;
    made.doubtful = in_use.doubtful != 0;
    made.point = {std::string(in_use.id, in_use.id_length),
                  std::string(in_use.url, in_use.url_length), in_use.received};
    for (const std::uint32_t each : sessions_[which].open)
        made.unfinished.push_back(
            {at.unfinished[each].sequence, plugins_[at.unfinished[each].plugin]});
    return made;
}

std::vector<discord::session_record> recorder::take_changed()
{
    std::vector<discord::session_record> changed;
    for (session which = 0; which < sessions_.size(); ++which)
        if (std::exchange(sessions_[which].changed, false))
            changed.push_back(record_of(which));
    return changed;
}

discord::event_counts recorder::counts() const
{
    const layout at(memory_, room_.sessions_max);
    discord::event_counts made{.by_type = {},
                               .redelivered = at.head->redelivered,
                               .commands_seen = at.head->commands_seen,
                               .given_up = at.head->given_up};
    for (std::size_t place = 0; place < type_names_.size(); ++place)
        made.by_type.emplace_back(type_names_[place], at.types[place].count);
    // As everywhere that they are told.
    std::sort(made.by_type.begin(), made.by_type.end());
    return made;
}

}  // namespace tinfoil::dispatch
