#include "discordsim/world.hpp"

#include <array>
#include <cstdio>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

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
        for (const char* name : channel_names)
            made.channels.push_back({lasting_id(), name});
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
    const std::int64_t all = wall_ms(now);
    const civil date = date_of(all / 86'400'000);
    const std::int64_t ms = all % 86'400'000;
    char text[160];
    std::snprintf(text, sizeof text, "%04lld-%02u-%02uT%02lld:%02lld:%02lld.%03lld000+00:00",
                  static_cast<long long>(date.year), date.month, date.day,
                  static_cast<long long>(ms / 3'600'000), static_cast<long long>(ms / 60'000 % 60),
                  static_cast<long long>(ms / 1000 % 60), static_cast<long long>(ms % 1000));
    return text;
}

guild* world::find_guild(discord::snowflake id)
{
    for (guild& each : guilds)
        if (each.id == id)
            return &each;
    return nullptr;
}

const channel* world::find_channel(discord::snowflake id, guild** in)
{
    for (guild& each : guilds)
        for (const channel& one : each.channels)
            if (one.id == id) {
                *in = &each;
                return &one;
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
    where.people.push_back({new_id(now), std::move(name), false});
    return where.people.back();
}

guild& world::found_guild(instant now)
{
    guild made;
    made.id = new_id(now);
    made.name = guild_names[random.below(guild_names.size())];
    for (const char* name : channel_names)
        made.channels.push_back({new_id(now), name});
    guilds.push_back(std::move(made));
    return guilds.back();
}

json::object user_json(const person& who)
{
    json::object user{{"id", to_string(who.id)},
                      {"username", who.name},
                      {"global_name", who.name},
                      {"discriminator", "0"},
                      {"avatar", nullptr}};
    if (who.bot)
        user["bot"] = true;
    return user;
}

json::object member_json(const person& who, const std::string& time)
{
    return {{"user", user_json(who)},
            {"nick", nullptr},
            {"roles", json::array()},
            {"joined_at", time},
            {"deaf", false},
            {"mute", false},
            {"flags", 0},
            {"pending", false}};
}

json::object channel_json(const channel& what, const guild& in)
{
    return {{"id", to_string(what.id)},
            {"type", 0},
            {"guild_id", to_string(in.id)},
            {"name", what.name},
            {"position", 0},
            {"nsfw", false},
            {"permission_overwrites", json::array()},
            {"topic", nullptr}};
}

json::object guild_json(const guild& what, const person& bot, bool whole, const std::string& time)
{
    json::object made{
        {"id", to_string(what.id)},
        {"name", what.name},
        {"owner_id", to_string(what.people.empty() ? bot.id : what.people.front().id)},
        {"system_channel_id", to_string(what.channels.front().id)},
        {"roles", json::array{json::object{{"id", to_string(what.id)},
                                           {"name", "@everyone"},
                                           {"permissions", "2248473465835073"}}}},
        {"emojis", json::array()},
        {"features", json::array()},
        {"preferred_locale", "en-US"}};
    if (!whole)
        return made;
    json::array channels, members;
    for (const channel& each : what.channels)
        channels.push_back(channel_json(each, what));
    members.push_back(member_json(bot, time));
    made["channels"] = std::move(channels);
    made["members"] = std::move(members);
    made["member_count"] = what.people.size() + 1;
    made["large"] = false;
    made["unavailable"] = false;
    made["joined_at"] = time;
    made["threads"] = json::array();
    made["voice_states"] = json::array();
    made["presences"] = json::array();
    return made;
}

json::object message_json(const written& what, bool with_content)
{
    json::object made{{"id", to_string(what.id)},
                      {"channel_id", to_string(what.channel)},
                      {"guild_id", to_string(what.guild)},
                      {"type", what.answers ? 19 : 0},
                      {"author", user_json(what.author)},
                      {"content", with_content ? what.content : std::string()},
                      {"timestamp", what.time},
                      {"edited_timestamp", nullptr},
                      {"tts", false},
                      {"mention_everyone", false},
                      {"mentions", json::array()},
                      {"mention_roles", json::array()},
                      {"attachments", json::array()},
                      {"embeds", json::array()},
                      {"pinned", false}};
    if (what.answers)
        made["message_reference"] = {{"message_id", to_string(what.answers)},
                                     {"channel_id", to_string(what.channel)}};
    return made;
}

}  // namespace tinfoil::discordsim
