#include "discordsim/world.hpp"

#include "discordsim/permissions.hpp"

#include <algorithm>
#include <array>
#include <cmath>

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

// How large and busy each guild is, 1 on average. Which are the large ones is the same in every
// run, as all ids are.
std::vector<double> shares_of(const world_size& size)
{
    std::vector<double> shares(static_cast<std::size_t>(size.guilds), 1.0);
    if (size.zipf <= 0)
        return shares;
    double sum = 0;
    for (std::size_t rank = 0; rank < shares.size(); ++rank)
        sum += shares[rank] = std::pow(static_cast<double>(rank + 1), -size.zipf);
    random_source order(1);
    for (std::size_t at = shares.size(); at > 1; --at)
        std::swap(shares[at - 1], shares[order.below(at)]);
    for (double& each : shares)
        each *= static_cast<double>(shares.size()) / sum;
    return shares;
}

// So many digits, with zeros before.
void put(std::string& to, std::size_t at, std::size_t digits, std::int64_t number)
{
    for (; digits > 0; --digits, number /= 10)
        to[at + digits - 1] = static_cast<char>('0' + number % 10);
}

}  // namespace

world::world(std::uint64_t seed, const world_size& size, std::int64_t wall, instant now)
    : random(seed),
      start_wall_ms_(wall),
      start_(now)
{
    application = {(first_guild_ms - 1) << 22};
    bot = {application, "tinfoil sandbox bot", true};
    const std::vector<double> shares = shares_of(size);
    guilds.reserve(shares.size());
    for (std::size_t which = 0; which < shares.size(); ++which) {
        guild made;
        // One after another, whatever else there is, so that any number of shards has its share.
        made.id = {(first_guild_ms + which) << 22};
        made.name = guild_names[which % guild_names.size()];
        if (which >= guild_names.size())
            made.name += " " + std::to_string(which / guild_names.size() + 1);
        let_bot_in(made);
        settle(made, size, shares[which]);
        guilds.push_back(std::move(made));
    }
    new_busyness_ = shares.empty() ? 1 : *std::min_element(shares.begin(), shares.end());
}

// As with an invitation that asks for ADMINISTRATOR. Discord Docs/Permissions, "Role Tags".
void world::let_bot_in(guild& to)
{
    to.roles.reserve(2);
    to.roles.push_back({to.id, "@everyone", everyone_permissions});
    // Of the guild's own millisecond, as its voice channel.
    role own{{to.id.value + 2}, bot.name, permission::administrator};
    own.position = 1;
    own.bot = bot.id;
    to.own.roles.push_back(own.id);
    to.roles.push_back(std::move(own));
}

void world::settle(guild& in, const world_size& size, double share)
{
    in.channels.reserve(channel_names.size() + (size.voice ? 1 : 0));
    for (const char* name : channel_names) {
        in.channels.push_back({lasting_id(), name});
        in.channels.back().position = static_cast<std::int64_t>(in.channels.size()) - 1;
        index(in.channels.back().id, in.id);
    }
    if (size.voice) {
        // Of the guild's own millisecond, so that everything else has the id that it has without.
        in.channels.push_back({{in.id.value + 1}, "voice", channel_type::voice});
        in.channels.back().position = static_cast<std::int64_t>(channel_names.size());
        index(in.channels.back().id, in.id);
    }
    in.busyness = share;
    const auto people = std::max(std::min(1LL, 0LL + size.people_per_guild),
                                 std::llround(size.people_per_guild * share));
    in.people.reserve(static_cast<std::size_t>(people));
    for (long long i = 0; i < people; ++i)
        in.people.push_back({lasting_id(), new_name(), false});
    if (!in.people.empty())
        settled_.emplace_back(in.people.front().id, in.id);
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
    std::string text = "0000-00-00T00:00:00.000000+00:00";
    put(text, 0, 4, date.year);
    put(text, 5, 2, date.month);
    put(text, 8, 2, date.day);
    put(text, 11, 2, ms / 3'600'000);
    put(text, 14, 2, ms / 60'000 % 60);
    put(text, 17, 2, ms / 1000 % 60);
    put(text, 20, 3, ms % 1000);
    return text;
}

std::string http_date(std::int64_t wall_ms)
{
    constexpr std::array weekdays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::int64_t days = wall_ms / 86'400'000, seconds = wall_ms / 1000 % 86'400;
    const civil date = date_of(days);
    char text[160];
    std::snprintf(text, sizeof text, "%s, %02u %s %04lld %02lld:%02lld:%02lld GMT",
                  weekdays[static_cast<std::size_t>(days % 7)], date.day, months[date.month - 1],
                  static_cast<long long>(date.year), static_cast<long long>(seconds / 3600),
                  static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
    return text;
}

const guild* world::find_guild(discord::snowflake id) const
{
    const auto found =
        std::lower_bound(guilds.begin(), guilds.end(), id,
                         [](const guild& each, discord::snowflake than) { return each.id < than; });
    return found == guilds.end() || found->id != id ? nullptr : &*found;
}

guild* world::find_guild(discord::snowflake id)
{
    const guild* found = std::as_const(*this).find_guild(id);
    return found == nullptr ? nullptr : &guilds[static_cast<std::size_t>(found - guilds.data())];
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
    discord::snowflake home;
    if (const auto came = came_.find(id.value); came != came_.end()) {
        home = came->second;
    } else {
        const auto next = std::upper_bound(
            settled_.begin(), settled_.end(), id,
            [](discord::snowflake than, const auto& each) { return than < each.first; });
        if (next != settled_.begin())
            home = std::prev(next)->second;
    }
    const guild* in = home ? find_guild(home) : nullptr;
    return in != nullptr ? in->find_person(id) : nullptr;
}

// Discord Docs/Message, "Message Object": `mentions` holds users, and nobody who is not there.
std::vector<person> world::mentioned_in(std::string_view text, guild* of) const
{
    std::vector<person> all;
    for (auto at = text.find("<@"); at != text.npos; at = text.find("<@", at + 1)) {
        std::string_view digits = text.substr(at + 2);
        digits.remove_prefix(digits.starts_with('!') ? 1 : 0);
        const auto id = discord::parse_snowflake(digits.substr(0, digits.find('>')));
        if (!id || digits.find('>') == digits.npos)
            continue;
        const person* named = *id == bot.id ? &bot : of != nullptr ? of->find_person(*id) : nullptr;
        const bool is_known =
            std::any_of(all.begin(), all.end(), [&](const person& each) { return each.id == *id; });
        if (named != nullptr && !is_known)
            all.push_back(*named);
    }
    return all;
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
    boost::json::array all = commands;
    if (const auto own = guild_commands.find(in); own != guild_commands.end())
        all.insert(all.end(), own->second.begin(), own->second.end());
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

void world::overhear(guild& in, overheard what)
{
    in.heard = what.id;
    in.heard_at = static_cast<std::uint32_t>(overheard_next_);
    if (overheard_.size() < overheard_max)
        overheard_.push_back(std::move(what));
    else
        overheard_[overheard_next_] = std::move(what);
    overheard_next_ = (overheard_next_ + 1) % overheard_max;
}

overheard* world::last_overheard(const guild& in)
{
    if (!in.heard || overheard_[in.heard_at].id != in.heard)
        return nullptr;
    return &overheard_[in.heard_at];
}

written world::as_written(const overheard& what, guild& in) const
{
    const person* who = what.author_at < in.people.size() ? &in.people[what.author_at] : nullptr;
    if (who == nullptr || who->id != what.author)
        who = in.find_person(what.author);
    written made{what.id,
                 what.channel,
                 in.id,
                 who != nullptr ? *who : person{what.author, "Deleted User"},
                 std::string(what.text),
                 {},
                 discordsim::time_text(static_cast<std::int64_t>(what.id.created_ms()))};
    if (what.edited_ms != 0)
        made.edited = discordsim::time_text(what.edited_ms);
    if (!what.reacted.empty())
        made.reactions.push_back({{}, std::string(what.emoji), what.reacted});
    return made;
}

written* world::find_message(channel& in, guild* of, discord::snowflake id)
{
    for (written& each : in.messages)
        if (each.id == id)
            return &each;
    if (of != nullptr)
        for (overheard& each : overheard_)
            if (each.id == id && each.channel == in.id) {
                keep(in, as_written(std::exchange(each, {}), *of));
                return find_message(in, nullptr, id);
            }
    return nullptr;
}

bool world::may_have_forgotten(const channel& in, discord::snowflake id) const
{
    const bool is_full = in.messages.size() >= messages_a_channel || kept_.size() >= messages_max ||
                         overheard_.size() >= overheard_max;
    return is_full && id < in.last_message;
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
            keep(in, as_written(one, of));
    }
}

const person* guild::find_person(discord::snowflake who) const
{
    for (const person& each : people)
        if (each.id == who)
            return &each;
    return nullptr;
}

person* guild::find_person(discord::snowflake who)
{
    const person* found = std::as_const(*this).find_person(who);
    return found == nullptr ? nullptr : &people[static_cast<std::size_t>(found - people.data())];
}

role* guild::find_role(discord::snowflake which)
{
    for (role& each : roles)
        if (each.id == which)
            return &each;
    return nullptr;
}

const channel* guild::channel_of_type(int type) const
{
    for (const channel& each : channels)
        if (each.type == type)
            return &each;
    return nullptr;
}

channel* guild::channel_of_type(int type)
{
    for (channel& each : channels)
        if (each.type == type)
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
    came_[where.people.back().id.value] = where.id;
    return where.people.back();
}

void world::leave(guild& where, discord::snowflake who)
{
    std::erase_if(where.people, [&](const person& each) { return each.id == who; });
    came_.erase(who.value);
}

guild& world::found_guild(instant now)
{
    guild made;
    made.id = new_id(now);
    made.name = guild_names[random.below(guild_names.size())];
    let_bot_in(made);
    made.busyness = new_busyness_;
    guilds.push_back(std::move(made));
    ++guilds_changed_;
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
    for (const person& each : gone->people)
        came_.erase(each.id.value);
    for (const auto* all : {&gone->channels, &gone->threads})
        for (const channel& each : *all)
            homes_.erase(each.id.value);
    std::erase_if(webhooks, [&](const auto& each) { return each.second.guild == id; });
    guild_commands.erase(id);
    ++guilds_changed_;
    guilds.erase(guilds.begin() + (gone - guilds.data()));
}

}  // namespace tinfoil::discordsim
