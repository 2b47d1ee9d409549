#include "discordsim/world.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tinfoil::discordsim {
namespace {

constexpr std::array guild_names{"Lantern Keepers", "Sunday Bakers",  "Tiny Trains",
                                 "Rainy Day Books", "Cloud Watchers", "Balcony Gardens",
                                 "Night Bus Radio", "Slow Cyclists"};
constexpr std::array channel_names{"general", "pictures", "help", "off-topic"};
constexpr std::array people_names{"Ada",   "Bela", "Chidi", "Dunya", "Edda",  "Farid",
                                  "Grete", "Hiro", "Inés",  "Jory",  "Kaya",  "Luca",
                                  "Maren", "Nilo", "Oana",  "Pim",   "Quyn",  "Runa",
                                  "Sefa",  "Tove", "Umi",   "Vito",  "Wanda", "Yara"};

// Milliseconds of ids that are the same in every run: around the first day of 2020.
constexpr std::uint64_t first_guild_ms = 157'766'400'002;
constexpr std::uint64_t first_other_ms = first_guild_ms + 1'000'000;

constexpr std::uint64_t everyone_permissions = 2'248'473'465'835'073;

struct civil {
    std::int64_t year;
    unsigned month, day;
};

// Days since 1970 to a date of the Gregorian calendar (years of 400-year eras begin in March).
civil date_of(std::int64_t days)
{
    const std::int64_t shifted = days + 719'468;
    const std::int64_t era = shifted / 146'097;
    const auto day_of_era = static_cast<unsigned>(shifted - era * 146'097);
    const unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const unsigned day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned shifted_month = (5 * day_of_year + 2) / 153;
    const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month,
            day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

}  // namespace

world::world(std::uint64_t seed, int guild_count, int people_per_guild, std::int64_t wall,
             instant now)
    : random(seed),
      start_wall_ms_(wall),
      start_(now)
{
    application = {(first_guild_ms - 1) << 22};
    bot = {application, "tinfoil sandbox bot", true};
    for (int i = 0; i < guild_count; ++i) {
        guild made;
        // One after another, whatever else there is, so that any number of shards has its share.
        made.id = {(first_guild_ms + static_cast<std::uint64_t>(i)) << 22};
        const auto which = static_cast<std::size_t>(i);
        made.name = guild_names[which % guild_names.size()];
        if (which >= guild_names.size())
            made.name += " " + std::to_string(which / guild_names.size() + 1);
        made.roles.push_back({made.id, "@everyone", everyone_permissions});
        for (const char* name : channel_names) {
            made.channels.push_back({lasting_id(), name});
            made.channels.back().position = static_cast<std::int64_t>(made.channels.size()) - 1;
            index(made.channels.back().id, made.id);
        }
        guilds.push_back(std::move(made));
        for (int j = 0; j < people_per_guild; ++j)
            guilds.back().people.push_back({lasting_id(), new_name(), false});
    }
}

std::int64_t world::wall_ms(instant now) const
{
    return start_wall_ms_ +
           std::chrono::duration_cast<std::chrono::milliseconds>(now - start_).count();
}

discord::snowflake world::lasting_id()
{
    return {(first_other_ms + lasting_++) << 22};
}

discord::snowflake world::new_id(instant now)
{
    // Within a millisecond they count up, as Discord's do.
    const auto since_epoch = static_cast<std::uint64_t>(wall_ms(now)) - discord::epoch_ms;
    last_id_ = std::max(last_id_ + 1, since_epoch << 22);
    return {last_id_};
}

std::string world::time_text(instant now) const
{
    return discordsim::time_text(wall_ms(now));
}

std::string time_text(std::int64_t wall_ms)
{
    const civil date = date_of(wall_ms / 86'400'000);
    const std::int64_t ms = wall_ms % 86'400'000;
    char text[160];
    std::snprintf(text, sizeof text, "%04lld-%02u-%02uT%02lld:%02lld:%02lld.%03lld000+00:00",
                  static_cast<long long>(date.year), date.month, date.day,
                  static_cast<long long>(ms / 3'600'000), static_cast<long long>(ms / 60'000 % 60),
                  static_cast<long long>(ms / 1000 % 60), static_cast<long long>(ms % 1000));
    return text;
}

std::string http_date(std::int64_t all)
{
    constexpr std::array weekdays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::int64_t days = all / 86'400'000, seconds = all / 1000 % 86'400;
    const civil date = date_of(days);
    char text[160];
    std::snprintf(text, sizeof text, "%s, %02u %s %04lld %02lld:%02lld:%02lld GMT",
                  weekdays[static_cast<std::size_t>(days % 7)], date.day, months[date.month - 1],
                  static_cast<long long>(date.year), static_cast<long long>(seconds / 3600),
                  static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
    return text;
}

guild* world::find_guild(discord::snowflake id)
{
    const auto found =
        std::lower_bound(guilds.begin(), guilds.end(), id,
                         [](const guild& each, discord::snowflake than) { return each.id < than; });
    return found == guilds.end() || found->id != id ? nullptr : &*found;
}

channel* world::find_channel(discord::snowflake id, guild** in)
{
    *in = nullptr;
    const auto home = homes_.find(id.value);
    if (home == homes_.end())
        return nullptr;
    *in = find_guild(home->second);
    const auto among = [&](std::vector<channel>& all) -> channel* {
        for (channel& each : all)
            if (each.id == id)
                return &each;
        return nullptr;
    };
    if (*in == nullptr)
        return among(direct_channels);
    channel* found = among((*in)->channels);
    return found != nullptr ? found : among((*in)->threads);
}

const person* world::find_user(discord::snowflake id) const
{
    if (id == bot.id)
        return &bot;
    for (const guild& each : guilds)
        for (const person& one : each.people)
            if (one.id == id)
                return &one;
    return nullptr;
}

channel& world::add_channel(guild& where, channel what)
{
    index(what.id, where.id);
    where.channels.push_back(std::move(what));
    return where.channels.back();
}

channel& world::add_thread(guild& where, channel what)
{
    index(what.id, where.id);
    where.threads.push_back(std::move(what));
    return where.threads.back();
}

void world::remove_channel(guild& where, discord::snowflake id)
{
    const auto is_gone = [&](const channel& each) {
        return each.id == id || (each.thread && each.parent == id);
    };
    for (const channel& each : where.threads)
        if (is_gone(each))
            homes_.erase(each.id.value);
    homes_.erase(id.value);
    std::erase_if(where.channels, is_gone);
    std::erase_if(where.threads, is_gone);
    for (channel& each : where.channels)
        if (each.parent == id)
            each.parent = {};
    std::erase_if(webhooks, [&](const auto& each) { return each.second.channel == id; });
}

channel& world::direct_channel(discord::snowflake with, instant now)
{
    for (channel& each : direct_channels)
        if (each.recipient == with)
            return each;
    channel made{new_id(now), ""};
    made.type = channel_type::dm;
    made.recipient = with;
    index(made.id, {});
    direct_channels.push_back(std::move(made));
    return direct_channels.back();
}

boost::json::array world::callable(discord::snowflake in) const
{
    boost::json::array all;
    const auto add = [&](const boost::json::array& from) {
        for (const auto& each : from) {
            const auto* type = each.as_object().if_contains("type");
            if (type == nullptr || *type == 1)
                all.push_back(each);
        }
    };
    add(commands);
    if (const auto own = guild_commands.find(in); own != guild_commands.end())
        add(own->second);
    return all;
}

written& world::keep(channel& in, written what)
{
    kept_.emplace_back(in.id, what.id);
    if (kept_.size() > messages_max) {
        const auto [old_channel, old_message] = kept_.front();
        kept_.pop_front();
        guild* of = nullptr;
        if (channel* at = find_channel(old_channel, &of); at != nullptr)
            std::erase_if(at->messages,
                          [old = old_message](const written& each) { return each.id == old; });
    }
    if (in.messages.size() >= messages_a_channel)
        in.messages.erase(in.messages.begin());
    in.last_message = std::max(in.last_message, what.id);
    const auto place = std::upper_bound(
        in.messages.begin(), in.messages.end(), what,
        [](const written& one, const written& other) { return one.id < other.id; });
    return *in.messages.insert(place, std::move(what));
}

void world::overhear(const written& what, std::string_view text)
{
    const overheard made{what.id, what.channel, what.author.id, text};
    if (overheard_.size() < overheard_max)
        return overheard_.push_back(made);
    overheard_[overheard_next_] = made;
    overheard_next_ = (overheard_next_ + 1) % overheard_max;
}

void world::promote(const overheard& what, channel& in, guild& of)
{
    const person* who = of.find_person(what.author);
    written made{what.id,
                 in.id,
                 of.id,
                 who != nullptr ? *who : person{what.author, "Deleted User"},
                 std::string(what.text),
                 {},
                 discordsim::time_text(static_cast<std::int64_t>(what.id.created_ms()))};
    keep(in, std::move(made));
}

written* world::find_message(channel& in, guild* of, discord::snowflake id)
{
    for (written& each : in.messages)
        if (each.id == id)
            return &each;
    if (of != nullptr)
        for (overheard& each : overheard_)
            if (each.id == id && each.channel == in.id) {
                promote(std::exchange(each, {}), in, *of);
                return find_message(in, nullptr, id);
            }
    return nullptr;
}

void world::recall(channel& in, guild& of)
{
    // No more than are kept, and the last ones of them.
    std::vector<overheard*> found;
    for (overheard& each : overheard_)
        if (each.channel == in.id)
            found.push_back(&each);
    std::sort(found.begin(), found.end(),
              [](const auto* one, const auto* other) { return one->id < other->id; });
    const std::size_t skipped =
        found.size() > messages_a_channel ? found.size() - messages_a_channel : 0;
    for (std::size_t at = 0; at < found.size(); ++at) {
        const overheard one = std::exchange(*found[at], {});
        if (at >= skipped)
            promote(one, in, of);
    }
}

person* guild::find_person(discord::snowflake who)
{
    for (person& each : people)
        if (each.id == who)
            return &each;
    return nullptr;
}

role* guild::find_role(discord::snowflake which)
{
    for (role& each : roles)
        if (each.id == which)
            return &each;
    return nullptr;
}

const channel* guild::text_channel(std::uint64_t number) const
{
    for (std::size_t i = 0; i < channels.size(); ++i) {
        const channel& each = channels[(number + i) % channels.size()];
        if (each.type == channel_type::text)
            return &each;
    }
    return nullptr;
}

std::string world::new_name()
{
    const std::uint64_t number = names_++;
    std::string name = people_names[number % people_names.size()];
    if (number >= people_names.size())
        name += " " + std::to_string(number / people_names.size() + 1);
    return name;
}

person& world::join(guild& where, instant now)
{
    return join(where, new_name(), now);
}

person& world::join(guild& where, std::string name, instant now)
{
    where.people.push_back({new_id(now), std::move(name)});
    return where.people.back();
}

guild& world::found_guild(instant now)
{
    guild made;
    made.id = new_id(now);
    made.name = guild_names[random.below(guild_names.size())];
    made.roles.push_back({made.id, "@everyone", everyone_permissions});
    guilds.push_back(std::move(made));
    for (const char* name : channel_names) {
        channel own{new_id(now), name};
        own.position = static_cast<std::int64_t>(guilds.back().channels.size());
        add_channel(guilds.back(), std::move(own));
    }
    return guilds.back();
}

void world::remove_guild(discord::snowflake id)
{
    const guild* gone = find_guild(id);
    if (gone == nullptr)
        return;
    for (const auto* all : {&gone->channels, &gone->threads})
        for (const channel& each : *all)
            homes_.erase(each.id.value);
    std::erase_if(webhooks, [&](const auto& each) { return each.second.guild == id; });
    guild_commands.erase(id);
    guilds.erase(guilds.begin() + (gone - guilds.data()));
}

}  // namespace tinfoil::discordsim
