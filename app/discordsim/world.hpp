#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "discord/snowflake.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tinfoil::discordsim {

/// What a person is in one guild, besides a person.
struct membership {
    std::string nick;
    std::vector<discord::snowflake> roles;
    std::string timed_out_until;
    bool in_voice = false, self_mute = false;
};

struct person {
    discord::snowflake id;
    std::string name;
    bool bot = false;
    membership in = {};  ///< Of their guild; everybody but the bot is in one.
};

struct role {
    discord::snowflake id;
    std::string name;
    std::uint64_t permissions = 0;
    std::int64_t color = 0;
    std::int64_t position = 0;
    bool hoist = false, mentionable = false;
    discord::snowflake bot = {};  ///< Whose own role it is; 0: it can be given to anybody.
};

struct overwrite {
    discord::snowflake id;
    std::int64_t type = 0;  ///< 0: role, 1: member.
    std::uint64_t allow = 0, deny = 0;
};

struct reaction {
    discord::snowflake emoji;  ///< 0: one of Unicode.
    std::string name;
    std::vector<discord::snowflake> users;
    bool own = false;  ///< The bot is one of them.
};

struct written {
    discord::snowflake id;
    discord::snowflake channel, guild;  ///< guild 0: a direct message.
    person author;
    std::string content;
    discord::snowflake answers;  ///< The message that it replies to; 0: none.
    std::string time;
    std::string edited = {};  ///< When; empty: never.
    int type = 0;
    std::uint64_t flags = 0;
    bool pinned = false;
    std::vector<reaction> reactions = {};
    discord::snowflake webhook = {}, interaction = {}, thread = {};
    std::vector<person> mentioned = {};  ///< Named by the text, as `<@id>`.
    boost::json::object parts = {};      ///< Embeds, components, attachments and such, as given.
};

/// What only threads have. Discord Docs/Threads.
struct thread_part {
    discord::snowflake owner;
    std::int64_t auto_archive_minutes = 4320;
    bool archived = false, locked = false, invitable = true;
    std::string archive_time, created;
    std::int64_t messages = 0;
    std::vector<discord::snowflake> members;
};

/// Discord Docs/Channel, "Channel Types".
namespace channel_type {
inline constexpr int text = 0, dm = 1, voice = 2, category = 4, announcement = 5;
inline constexpr int announcement_thread = 10, public_thread = 11, private_thread = 12, stage = 13;
inline constexpr int forum = 15, media = 16;
}  // namespace channel_type

struct channel {
    discord::snowflake id;
    std::string name;
    int type = channel_type::text;
    discord::snowflake parent = {};
    discord::snowflake recipient = {};  ///< Of a direct message.
    std::int64_t position = 0;
    std::int64_t slowmode = 0, bitrate = 64'000, user_limit = 0;
    std::uint64_t flags = 0;
    bool nsfw = false;
    std::string topic = {}, last_pin = {};
    std::int64_t voice_since_ms = 0;  ///< When the first came of those who are in it; 0: nobody.
    discord::snowflake last_message = {};
    std::vector<overwrite> overwrites = {};
    std::vector<written> messages = {};  ///< The last ones, oldest first.
    std::optional<thread_part> thread = {};

    [[nodiscard]] bool takes_messages() const
    {
        return type != channel_type::category && type != channel_type::forum &&
               type != channel_type::media;
    }
};

struct ban {
    person who;
    std::string reason;
};

struct guild {
    discord::snowflake id;
    std::string name;
    std::vector<channel> channels = {};
    std::vector<person> people = {};
    std::vector<role> roles = {};  ///< The first is @everyone.
    std::vector<channel> threads = {};
    std::vector<ban> bans = {};
    membership own = {};               ///< The bot's.
    boost::json::object changed = {};  ///< Fields of its JSON that were set.
    double busyness = 1;               ///< For others.
    discord::snowflake heard = {};     ///< The last message that was overheard, and its place.
    std::uint32_t heard_at = 0;

    [[nodiscard]] person* find_person(discord::snowflake who);
    [[nodiscard]] const person* find_person(discord::snowflake who) const;
    [[nodiscard]] role* find_role(discord::snowflake which);
    /// The first of this type.
    [[nodiscard]] const channel* channel_of_type(int type) const;
    [[nodiscard]] channel* channel_of_type(int type);
    /// A text channel; the one after `number` places, counted round and round. Nothing if there is
    /// none.
    [[nodiscard]] const channel* text_channel(std::uint64_t number) const;
};

struct webhook {
    discord::snowflake id, guild, channel;
    std::string name, token;
};

/// Somebody has called the bot, and may still wait for the answer.
struct interaction {
    discord::snowflake id, guild, channel;
    std::string token;
    bool answered = false, deferred = false;
    instant at{};
    int type = 2;
    discord::snowflake source = {};    ///< The message whose component was used.
    discord::snowflake original = {};  ///< The message that is the answer.
    bool deferred_update = false;      ///< The answer is an edit of the source.
    person who = {};
};

/// What the world has from the start.
struct world_size {
    int guilds = 3;
    int people_per_guild = 5;  ///< On average.
    double zipf = 0;           ///< Exponent of the law of how large and busy guilds are.
    bool voice = false;        ///< Each guild has a voice channel as well.
};

/// A message as the crowd says it, in a few words.
struct overheard {
    discord::snowflake id, channel, author;
    std::uint32_t author_at = 0;  ///< Their place in the guild, when they wrote it.
    std::string_view text;        ///< Lives for ever.
    std::int64_t edited_ms = 0;   ///< 0: never.
    std::string_view emoji = {};  ///< Of all reactions; lives for ever.
    std::vector<discord::snowflake> reacted = {};
};

/// What there is in the simulated Discord: one application with its bot, guilds, channels, people.
/// The same numbers make the same world with the same ids, so that what a bot remembers of it stays
/// true in the next run; what happens later has ids that tell the time.
class world {
public:
    world(std::uint64_t seed, const world_size& size, std::int64_t wall, instant now);

    [[nodiscard]] discord::snowflake new_id(instant now);
    /// As Discord writes times: ISO 8601.
    [[nodiscard]] std::string time_text(instant now) const;

    [[nodiscard]] std::int64_t wall_ms(instant now) const;

    [[nodiscard]] guild* find_guild(discord::snowflake id);
    [[nodiscard]] const guild* find_guild(discord::snowflake id) const;
    /// Of a guild, a thread, or a direct message, which has no guild. What is there may move
    /// whenever a channel is made.
    [[nodiscard]] channel* find_channel(discord::snowflake id, guild** in);
    [[nodiscard]] const person* find_user(discord::snowflake id) const;
    /// Who is named by the text: the bot and people of the guild.
    [[nodiscard]] std::vector<person> mentioned_in(std::string_view text, guild* of) const;
    person& join(guild& where, instant now);
    /// Somebody of this name joins.
    person& join(guild& where, std::string name, instant now);
    void leave(guild& where, discord::snowflake who);
    /// A new guild, with channels and nobody in it.
    guild& found_guild(instant now);
    void remove_guild(discord::snowflake id);
    /// Discord's clock jumps.
    void step_clock(duration by) { start_wall_ms_ += by / std::chrono::milliseconds(1); }

    channel& add_channel(guild& where, channel what);
    channel& add_thread(guild& where, channel what);
    void remove_channel(guild& where, discord::snowflake id);
    channel& direct_channel(discord::snowflake with, instant now);

    /// Keeps the message, and lets go of older ones than are kept.
    written& keep(channel& in, written what);
    /// What is said in such numbers that most of it is never looked at, until find_message() makes
    /// a message of it.
    void overhear(guild& in, overheard what);
    /// The last of the guild; nothing when it is forgotten, or is a message by now.
    [[nodiscard]] overheard* last_overheard(const guild& in);
    /// The message that find_message() would make of it.
    [[nodiscard]] written as_written(const overheard& what, guild& in) const;
    [[nodiscard]] written* find_message(channel& in, guild* of, discord::snowflake id);
    /// Whether a message of this id may once have been in the channel, and is not remembered.
    [[nodiscard]] bool may_have_forgotten(const channel& in, discord::snowflake id) const;
    /// Makes messages of all that was overheard in the channel.
    void recall(channel& in, guild& of);

    /// The commands that people in the guild can use, of all types: global ones and its own.
    [[nodiscard]] boost::json::array callable(discord::snowflake in) const;

    /// Counts up whenever a guild comes or goes.
    [[nodiscard]] std::uint64_t guilds_changed() const { return guilds_changed_; }

    random_source random;
    person bot;
    discord::snowflake application;
    std::vector<guild> guilds;  ///< In the order of their ids.
    std::vector<channel> direct_channels;
    std::map<discord::snowflake, webhook> webhooks;
    std::map<std::string, interaction> interactions;  ///< By token.
    boost::json::array commands;                      ///< Global ones.
    std::map<discord::snowflake, boost::json::array> guild_commands;
    boost::json::object application_changes;  ///< Fields of the application that were set.

private:
    static constexpr std::size_t messages_a_channel = 200;
    static constexpr std::size_t messages_max = 50'000;  ///< Of all channels.
    static constexpr std::size_t overheard_max = 1U << 15;

    discord::snowflake lasting_id();
    std::string new_name();
    void index(discord::snowflake channel, discord::snowflake in) { homes_[channel.value] = in; }
    void let_bot_in(guild& to);
    void settle(guild& in, const world_size& size, double share);

    std::int64_t start_wall_ms_;
    instant start_;
    std::uint64_t last_id_ = 0;
    std::uint64_t lasting_ = 0;  ///< How many channels and people are there from the start.
    std::uint64_t names_ = 0;
    std::unordered_map<std::uint64_t, discord::snowflake> homes_;  ///< Guilds of channels.
    std::unordered_map<std::uint64_t, discord::snowflake> came_;   ///< And of people who came.
    /// Of those who are there from the start: from which id on they are in which guild.
    std::vector<std::pair<discord::snowflake, discord::snowflake>> settled_;
    std::deque<std::pair<discord::snowflake, discord::snowflake>> kept_;  ///< Channel and message.
    std::vector<overheard> overheard_;                                    ///< Round and round.
    std::size_t overheard_next_ = 0;
    std::uint64_t guilds_changed_ = 0;
    double new_busyness_ = 1;  ///< Of a guild that is founded.
};

/// As Discord writes times: ISO 8601.
[[nodiscard]] std::string time_text(std::int64_t wall_ms);
/// As HTTP's Date header has it (RFC 9110, 5.6.7).
[[nodiscard]] std::string http_date(std::int64_t wall_ms);

// Discord's objects, as its API writes them; in the given memory, where they are made in numbers.
[[nodiscard]] boost::json::object user_json(const person& who,
                                            const boost::json::storage_ptr& memory = {});
[[nodiscard]] boost::json::object member_json(const person& who, const std::string& time);
/// Without the user, as messages have it.
[[nodiscard]] boost::json::object bare_member_json(const person& who, const std::string& time,
                                                   const boost::json::storage_ptr& memory = {});
[[nodiscard]] boost::json::object channel_json(const channel& what, const guild& in);
/// With channels and members when `whole`, as GUILD_CREATE has them.
[[nodiscard]] boost::json::object guild_json(const guild& what, const person& bot, bool whole,
                                             const std::string& time);
/// Without content when the reader may not see it. Discord Docs/Gateway, "Message Content Intent".
[[nodiscard]] boost::json::object message_json(const written& what, bool with_content,
                                               const boost::json::storage_ptr& memory = {});
[[nodiscard]] boost::json::object role_json(const role& what, const guild& in);
[[nodiscard]] boost::json::object direct_channel_json(const channel& what, const world& in);
[[nodiscard]] boost::json::object thread_member_json(const channel& thread, discord::snowflake who);
[[nodiscard]] boost::json::object webhook_json(const webhook& what, const world& in,
                                               bool with_token);
[[nodiscard]] boost::json::object emoji_json(const reaction& what);
[[nodiscard]] boost::json::object application_json(const world& in, std::uint64_t flags);
/// When somebody came: everybody's account is as old as their membership.
[[nodiscard]] std::string joined_text(discord::snowflake who, discord::snowflake in);
[[nodiscard]] boost::json::object member_json(const person& who, const guild& in);
/// As a guild's list of them has it, and an event with the member and the guild besides.
[[nodiscard]] boost::json::object voice_state_json(const person& who, const guild& in);
/// The bot as a member of the guild.
[[nodiscard]] person own_member(const world& of, const guild& in);

}  // namespace tinfoil::discordsim
