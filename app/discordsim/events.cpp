// How an event reaches the sessions that asked for it.
#include "discord/intents.hpp"
#include "discordsim/printing.hpp"
#include "discordsim/simulator.hpp"

#include <array>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

constexpr std::uint64_t intent_guild_messages = 1U << 9;
constexpr std::uint64_t intent_direct_messages = 1U << 12;

bool mentions(const std::string& text, discord::snowflake who)
{
    return text.find("<@") != std::string::npos &&
           text.find("<@" + to_string(who) + ">") != std::string::npos;
}

// The same object with its keys in another order, at every depth.
json::value with_keys_shuffled(const json::value& from, random_source& order)
{
    if (const auto* object = from.if_object()) {
        std::vector<const json::key_value_pair*> all;
        for (const auto& each : *object)
            all.push_back(&each);
        for (std::size_t left = all.size(); left > 1; --left)
            std::swap(all[left - 1], all[order.below(left)]);
        json::object made;
        made.reserve(all.size());
        for (const auto* each : all)
            made.emplace(each->key(), with_keys_shuffled(each->value(), order));
        return made;
    }
    const auto* list = from.if_array();
    if (list == nullptr)
        return from;
    json::array made;
    made.reserve(list->size());
    for (const auto& each : *list)
        made.push_back(with_keys_shuffled(each, order));
    return made;
}

// Of the keys of one event of one session, whatever else is drawn.
random_source order_of(std::uint64_t session, std::int64_t sequence)
{
    return random_source(random_source(session).next() ^ static_cast<std::uint64_t>(sequence));
}

}  // namespace

simulator::event_ref simulator::shuffled(const printed_event& what, random_source order)
{
    json::error_code failed;
    const json::value data = json::parse(what.data, failed);
    return failed ? std::make_shared<const printed_event>(what)
                  : make_event(what.type, with_keys_shuffled(data, order), what.id);
}

simulator::event_ref simulator::make_event(std::string_view type, const json::value& data,
                                           discord::snowflake id)
{
    return std::make_shared<const printed_event>(printed_event{type, json::serialize(data), id});
}

simulator::event_ref simulator::make_event(std::string_view type, discord::snowflake id,
                                           const printer& print)
{
    printed_.clear();
    print(printed_);
    return std::make_shared<const printed_event>(printed_event{type, printed_, id});
}

// Only the number differs between sessions, so the data is printed once for all of them.
std::string simulator::text_of(const printed_event& what, std::int64_t sequence)
{
    const std::string number = std::to_string(sequence);
    std::string text;
    text.reserve(what.data.size() + what.type.size() + number.size() + 32);
    text.append(R"({"op":0,"s":)").append(number).append(R"(,"t":")").append(what.type);
    text.append(R"(","d":)").append(what.data).append("}");
    return text;
}

void simulator::dispatch(session& to, event_ref what, actions& todo, discord::snowflake guild)
{
    ++to.sequence;
    if (to.connection) {
        ++witness_.so_far().events_sent;
        duration late{};
        if (!faults_.none()) {
            late = faults_.length(fault_kind::delay, now_, world_.random, to.slot, guild);
            if (faults_.strikes(fault_kind::shuffle_keys, now_, world_.random, to.slot) != nullptr)
                what = shuffled(*what, order_of(to.number, to.sequence));
        }
        put(*to.connection, {now_ + late, what, to.sequence, {}, {}}, todo);
    }
    to.sent.push_back(std::move(what));
    if (to.sent.size() > settings_.replay_events)
        to.sent.pop_front();
}

void simulator::count_generated(const headline& what, actions& todo)
{
    const std::uint64_t number = ++witness_.so_far().events_generated;
    if (settings_.tells_events)
        todo.emplace_back(generated{number, what.type, what.id, what.guild});
}

// Two of them that look the same are two, unless the type says that something comes or goes for
// good.
bool simulator::has_twin(const headline& what)
{
    return !faults_.none() &&
           (what.type.ends_with("_UPDATE") || what.type.starts_with("MESSAGE_REACTION_") ||
            what.type == "TYPING_START") &&
           faults_.strikes(fault_kind::twins, now_, world_.random, std::nullopt, what.guild) !=
               nullptr;
}

void simulator::announce(const headline& what, std::uint64_t intents, const json::value& data,
                         actions& todo)
{
    announce(
        what, intents, [&](std::string& to) { to = json::serialize(data); }, todo);
}

void simulator::announce(const headline& what, std::uint64_t intents, const printer& print,
                         actions& todo)
{
    count_generated(what, todo);
    const bool twin = has_twin(what);
    if (twin)
        count_generated(what, todo);
    event_ref made;
    for_serving(what.guild, [&](session& each) {
        if (intents != 0 && (each.intents & intents) == 0)
            return;
        if (!made)
            made = make_event(what.type, what.id, print);
        carry(each, made, todo, what.guild);
        if (twin)
            carry(each, made, todo, what.guild);
    });
}

void simulator::announce_message(const written& what, actions& todo, std::string_view type)
{
    const headline line{type, what.id, what.guild};
    count_generated(line, todo);
    const bool twin = has_twin(line);
    if (twin)
        count_generated(line, todo);
    // Discord Docs/Gateway, "Message Content Intent": own messages, direct ones and those that
    // mention the bot are always whole.
    const std::uint64_t needed = what.guild ? intent_guild_messages : intent_direct_messages;
    const bool always_whole =
        what.author.id == world_.bot.id || !what.guild || mentions(what.content, world_.bot.id);
    event_ref whole, without_content;
    for_serving(what.guild, [&](session& each) {
        if ((each.intents & needed) == 0)
            return;
        const bool readable = always_whole || (each.intents & discord::intent_message_content) != 0;
        event_ref& form = readable ? whole : without_content;
        if (!form)
            form = make_event(type, what.id,
                              [&](std::string& to) { print_message(to, what, readable); });
        carry(each, form, todo, what.guild);
        if (twin)
            carry(each, form, todo, what.guild);
    });
}

}  // namespace tinfoil::discordsim
