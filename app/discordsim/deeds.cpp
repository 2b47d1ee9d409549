// What the crowd does: so much that each deed is only an event and a few words of memory.
#include "discord/intents.hpp"
#include "discordsim/lines.hpp"
#include "discordsim/printing.hpp"
#include "discordsim/simulator.hpp"

#include <algorithm>
#include <array>

namespace tinfoil::discordsim {
namespace {

// Chat comes in handfuls, so that a high rate does not cost a timer a message.
constexpr duration chat_pause = std::chrono::milliseconds(2);
constexpr duration chat_owed_max = std::chrono::seconds(1);

constexpr std::array<std::string_view, 5> emojis{"👍", "❤️", "😂", "🎉", "👀"};
constexpr std::array<std::string_view, 3> repeated{"typing", "reactions", "edits"};
constexpr std::array<std::string_view, 4> nicks{"", "away", "the early bird", "kettle person"};

// Discord Docs/Gateway, "List of Intents".
constexpr std::uint64_t intent_voice_states = 1U << 7;
constexpr std::uint64_t intent_guild_messages = 1U << 9;
constexpr std::uint64_t intent_guild_reactions = 1U << 10;
constexpr std::uint64_t intent_guild_typing = 1U << 11;

duration between(double events_per_second)
{
    return duration(static_cast<duration::rep>(std::clamp(1e9 / events_per_second, 1e3, 1e18)));
}

}  // namespace

instant simulator::chat_due() const
{
    instant next = next_message_;
    for (const burst& each : bursts_)
        next = std::min(next, each.next);
    return next == never ? never : std::max(next, chatted_at_ + chat_pause);
}

void simulator::chat(instant now, actions& todo)
{
    chatted_at_ = now;
    const moment at{now, world_.wall_ms(now), world_.time_text(now)};
    chat_in_bursts(at, todo);
    if (next_message_ == never)
        return;
    // After a stall one second of chat is owed, not all of it.
    next_message_ = std::max(next_message_, now - chat_owed_max);
    const double pace = crowd_.pace(world_, now);
    const duration pause = between(settings_.messages_per_second * pace);
    for (; next_message_ <= now; next_message_ += pause)
        if (!world_.guilds.empty())
            do_something(world_.guilds[crowd_.next_guild(world_, crowd_.random)], at, todo);
}

void simulator::begin_burst(const fault& what, instant now)
{
    if (hushed_ || world_.guilds.empty() || what.rate <= 0)
        return;
    const guild* where = world_.find_guild(what.guild);
    if (where == nullptr)
        where = &world_.guilds.front();
    bursts_.push_back({where->id, between(what.rate), now, now + what.lasts,
                       what.what == fault_kind::repeats ? what.deed : std::string()});
}

void simulator::chat_in_bursts(const moment& at, actions& todo)
{
    for (burst& each : bursts_) {
        guild* where = world_.find_guild(each.guild);
        each.next = std::max(each.next, at.now - chat_owed_max);
        for (; each.next <= at.now; each.next += each.between)
            if (where != nullptr && each.repeats.empty())
                do_something(*where, at, todo);
            else if (where != nullptr)
                repeat_something(*where, each.repeats, at, todo);
    }
    std::erase_if(bursts_, [&](const burst& each) { return at.now >= each.until; });
}

void simulator::do_something(guild& where, const moment& at, actions& todo)
{
    const deed what = crowd_.next_deed();
    random_source& random = crowd_.random;
    const std::uint64_t mood = random.next();
    const std::uint64_t seat = where.people.empty() ? 0 : random.below(where.people.size());
    if (where.people.empty() || outages_.contains(where.id))
        return;
    person& who = where.people[seat];
    switch (what) {
    case deed::changes_presence:
        return announce(
            {"PRESENCE_UPDATE", {}, where.id}, discord::intent_guild_presences,
            [&](std::string& to) {
                print_presence(to, {who, where.id}, mood, at.wall_ms);
            },
            todo);
    case deed::types:
        if (const channel* in = where.text_channel(mood))
            announce(
                {"TYPING_START", {}, where.id}, intent_guild_typing,
                [&](std::string& to) {
                    print_typing(to, {who, where.id}, in->id, at.wall_ms);
                },
                todo);
        return;
    case deed::changes_member:
        who.in.nick = nicks[mood % nicks.size()];
        return announce(
            {"GUILD_MEMBER_UPDATE", who.id, where.id}, discord::intent_guild_members,
            [&](std::string& to) {
                print_member_update(to, {who, where.id});
            },
            todo);
    case deed::changes_voice:
        return change_voice(where, who, {seat, mood}, at, todo);
    case deed::talks:
        return talk(where, {seat, mood}, at, todo);
    default:
        // Who finds nothing to react to or to take back says something.
        if (!touch_last(where, what, {seat, mood}, at, todo))
            talk(where, {seat, mood}, at, todo);
    }
}

// One person, one message: a reaction that comes and goes, an edit that changes nothing, typing,
// which is the same within a second.
void simulator::repeat_something(guild& where, std::string_view what, const moment& at,
                                 actions& todo)
{
    const channel* const in = where.text_channel(0);
    if (where.people.empty() || in == nullptr || outages_.contains(where.id))
        return;
    const person& who = where.people.front();
    if (what == "any")
        what = repeated[crowd_.random.below(repeated.size())];
    if (what == "typing")
        return announce(
            {"TYPING_START", {}, where.id}, intent_guild_typing,
            [&](std::string& to) {
                print_typing(to, {who, where.id}, in->id, at.wall_ms);
            },
            todo);
    overheard* const last = world_.last_overheard(where);
    if (last == nullptr)
        return talk(where, {0, 0}, at, todo);
    if (what == "reactions")
        return react(where, *last, who, {}, todo);
    if (last->edited_ms == 0)
        last->edited_ms = at.wall_ms;
    announce_message(world_.as_written(*last, where), todo, "MESSAGE_UPDATE");
}

void simulator::talk(guild& where, const lot& drawn, const moment& at, actions& todo)
{
    const channel* const in = where.text_channel(drawn.mood);
    if (in == nullptr)
        return;
    const person& who = where.people[drawn.seat];
    const std::string_view line = lines[(drawn.mood >> 32) % lines.size()];
    const written made{world_.new_id(at.now), in->id, where.id, who,
                       std::string(line),     {},     at.time};
    world_.overhear(where,
                    {made.id, made.channel, who.id, static_cast<std::uint32_t>(drawn.seat), line});
    announce_message(made, todo);
    if (at.now < watched_until_)
        remember({happening::kind::said, where.name, in->name, who.name, made.content, -1, made.id,
                  in->id});
}

// Somebody comes, or who is there mutes, unmutes or goes.
void simulator::change_voice(guild& where, person& who, const lot& drawn, const moment& at,
                             actions& todo)
{
    channel* in = where.channel_of_type(channel_type::voice);
    if (in == nullptr)
        return;
    const auto somebody_is_in = [&] {
        return std::any_of(where.people.begin(), where.people.end(),
                           [](const person& each) { return each.in.in_voice; });
    };
    if (who.in.in_voice && drawn.mood % 2 == 0) {
        who.in.self_mute = !who.in.self_mute;
    } else if (who.in.in_voice) {
        who.in.in_voice = false;
        if (!somebody_is_in())
            in->voice_since_ms = 0;
    } else {
        if (!somebody_is_in())
            in->voice_since_ms = at.wall_ms;
        who.in.in_voice = true;
    }
    const discord::snowflake now_in = who.in.in_voice ? in->id : discord::snowflake{};
    announce(
        {"VOICE_STATE_UPDATE", {}, where.id}, intent_voice_states,
        [&](std::string& to) {
            print_voice_state(to, {who, where.id}, now_in);
        },
        todo);
}

bool simulator::touch_last(guild& where, deed what, const lot& drawn, const moment& at,
                           actions& todo)
{
    overheard* const last = world_.last_overheard(where);
    const auto is_its_channel = [&](const channel& each) { return each.id == last->channel; };
    if (last == nullptr ||
        std::none_of(where.channels.begin(), where.channels.end(), is_its_channel))
        return false;
    if (what == deed::edits) {
        last->text = lines[drawn.mood % lines.size()];
        last->edited_ms = at.wall_ms;
        announce_message(world_.as_written(*last, where), todo, "MESSAGE_UPDATE");
        return true;
    }
    if (what == deed::removes_message) {
        const overheard gone = std::exchange(*last, {});
        announce(
            {"MESSAGE_DELETE", gone.id, where.id}, intent_guild_messages,
            [&](std::string& to) { print_message_delete(to, gone, where.id); }, todo);
        return true;
    }
    react(where, *last, where.people[drawn.seat],
          what == deed::reacts ? emojis[drawn.mood % emojis.size()] : std::string_view(), todo);
    return true;
}

// Adds a reaction, or takes the last one back, whichever can be; the second is wanted without an
// emoji.
void simulator::react(guild& where, overheard& to, const person& who, std::string_view emoji,
                      actions& todo)
{
    auto& all = to.reacted;
    const bool has_reacted = std::find(all.begin(), all.end(), who.id) != all.end();
    if (all.empty() || (!emoji.empty() && !has_reacted)) {
        if (all.empty())
            to.emoji = emoji.empty() ? emojis.front() : emoji;
        all.push_back(who.id);
        return announce(
            {"MESSAGE_REACTION_ADD", to.id, where.id}, intent_guild_reactions,
            [&](std::string& text) {
                print_reaction(text, {who, where.id}, to, true);
            },
            todo);
    }
    const person gone{all.back(), ""};
    all.pop_back();
    announce(
        {"MESSAGE_REACTION_REMOVE", to.id, where.id}, intent_guild_reactions,
        [&](std::string& text) {
            print_reaction(text, {gone, where.id}, to, false);
        },
        todo);
}

}  // namespace tinfoil::discordsim
