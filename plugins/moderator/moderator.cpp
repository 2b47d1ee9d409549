// Keeps a guild tidy: deletes messages with forbidden words, stops people who flood a channel, and
// gives moderators /purge, /timeout and an entry "Report" in the menu of messages. Everything it
// does has a reason in the guild's audit log.
#include <cctype>
#include <deque>
#include <map>
#include <tinfoil/markup.hpp>
#include <tinfoil/plugin.hpp>

using namespace tinfoil;
using namespace std::chrono_literals;

constexpr about info{
    .name = "moderator",
    .version = "1.0.0",
    .description = "Filters words and floods, and helps moderators",
    .events = {event::message_create},
    .intents = {intent::message_content},
    .commands =
        {{.name = "purge",
          .description = "Deletes the last messages here",
          .options = {{.name = "count",
                       .description = "How many of the last messages to look at",
                       .type = option::integer,
                       .required = true,
                       .min_value = 1,
                       .max_value = 100},
                      {.name = "user", .description = "Only theirs", .type = option::user}},
          .default_member_permissions = permission::manage_messages,
          .contexts = {context::guild}},
         {.name = "timeout",
          .description = "Lets somebody read, and not write, for a while",
          .options =
              {{.name = "user", .description = "Who", .type = option::user, .required = true},
               {.name = "minutes",
                .description = "For how long; 0 ends it",
                .type = option::integer,
                .required = true,
                .min_value = 0,
                .max_value = 28 * 24 * 60},
               {.name = "reason", .description = "For the audit log", .max_length = 400}},
          .default_member_permissions = permission::moderate_members,
          .contexts = {context::guild}},
         {.name = "Report", .type = command_type::message, .contexts = {context::guild}}},
    .settings = {
        {.name = "words",
         .description = "Words whose messages are deleted, whatever their case",
         .type = setting::texts,
         .most = 500},
        {.name = "flood_messages",
         .description = "More messages than this in flood_window are a flood",
         .type = setting::integer,
         .integer = 6,
         .least = 2,
         .most = 50},
        {.name = "flood_window",
         .description = "How far back a flood is looked for",
         .type = setting::duration,
         .text = "8s",
         .least = 1,
         .most = 300},
        {.name = "flood_timeout",
         .description = "How long somebody who floods can't write",
         .type = setting::duration,
         .text = "10m",
         .least = 60,
         .most = 28 * 24 * 3600},
        {.name = "exempt_roles",
         .description = "Who has one of these is left alone",
         .type = setting::ids},
        {.name = "reports_channel", .description = "Where reports go", .type = setting::id}}};

namespace {

std::string lower(std::string_view text)
{
    std::string made(text);
    for (char& each : made)
        each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    return made;
}

bool is_of_a_word(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           static_cast<unsigned char>(c) >= 0x80;
}

// Whether the word stands in the text by itself: "ass" is not in "class".
bool has_word(std::string_view text, std::string_view word)
{
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        const bool begins = at == 0 || !is_of_a_word(text[at - 1]);
        if (begins && (end == text.size() || !is_of_a_word(text[end])))
            return true;
    }
    return false;
}

}  // namespace

class moderator : public plugin {
public:
    explicit moderator(host& from)
        : plugin(from),
          flood_messages_(setting<std::size_t>("flood_messages")),
          flood_window_(setting<std::chrono::milliseconds>("flood_window")),
          flood_timeout_(setting<std::chrono::milliseconds>("flood_timeout")),
          exempt_roles_(setting<std::vector<snowflake>>("exempt_roles")),
          reports_channel_(setting<snowflake>("reports_channel"))
    {
        for (const std::string& each : setting<std::vector<std::string>>("words"))
            if (!each.empty())
                words_.push_back(lower(each));
        on(event::message_create, [this](event said) -> task<> { co_await judge(said); });
        command("purge", [this](interaction called) -> task<> { co_await purge(called); });
        command("timeout", [this](interaction called) -> task<> { co_await silence(called); });
        message_command("Report",
                        [this](interaction called) -> task<> { co_await ask_why(called); });
        modal_submit("report", [this](interaction sent) -> task<> { co_await report(sent); });
        every(1min, [this]() -> task<> {
            forget();
            co_return;
        });
    }

private:
    struct spoken {
        snowflake_time when;
        snowflake channel, id;
    };

    task<> judge(event said)
    {
        if (said.guild_id() == 0 || said.is_from_bot() || is_exempt(said.message().member()))
            co_return;
        if (const std::string word = forbidden_word(said.message().content()); !word.empty()) {
            const std::string reason = "The word " + word + " is not wanted here";
            // Somebody else may have deleted it already: 404 is fine.
            const rest_result gone = co_await rest()
                                         .channels(said.channel_id())
                                         .messages(said.id())
                                         .del()
                                         .reason(reason);
            if (!gone.ok() && gone.status() != 404)
                log(level::warning, "a message with " + word + " stays: " + gone.message());
            co_return;
        }
        std::deque<spoken>& lately = spoken_[{said.guild_id(), said.user_id()}];
        const snowflake_time now = created_at(said.id());
        lately.push_back({now, said.channel_id(), said.id()});
        while (!lately.empty() && lately.front().when + flood_window_ < now)
            lately.pop_front();
        if (lately.size() > flood_messages_) {
            const std::deque<spoken> flood = std::exchange(lately, {});
            co_await stop_flood(said, flood);
        }
    }

    task<> stop_flood(event last, const std::deque<spoken>& flood)
    {
        const std::string reason =
            std::to_string(flood.size()) + " messages in " +
            std::to_string(
                std::chrono::duration_cast<std::chrono::seconds>(flood_window_).count()) +
            " seconds";
        // The time-out first, or the flood goes on while it is cleaned up.
        co_await time_out(last.guild_id(), last.user_id(), created_at(last.id()) + flood_timeout_,
                          reason);
        std::map<snowflake, std::vector<snowflake>> by_channel;
        for (const spoken& each : flood)
            by_channel[each.channel].push_back(each.id);
        for (const auto& [channel, ids] : by_channel)
            co_await remove(channel, ids, reason);
    }

    task<> time_out(snowflake guild, snowflake user, snowflake_time until, std::string reason)
    {
        const std::string when = format_timestamp(until);
        (co_await rest()
             .guilds(guild)
             .members(user)
             .patch()
             .field("communication_disabled_until", when)
             .reason(reason))
            .value();
    }

    // Discord Docs/Message, "Bulk Delete Messages": 2 to 100 of the last two weeks.
    task<> remove(snowflake channel, std::vector<snowflake> ids, std::string reason)
    {
        if (ids.size() == 1) {
            (co_await rest().channels(channel).messages(ids.front()).del().reason(reason)).value();
            co_return;
        }
        boost::json::array texts;
        for (const snowflake each : ids)
            texts.emplace_back(std::to_string(each));
        if (!texts.empty())
            (co_await rest()
                 .channels(channel)
                 .messages()
                 .bulk_delete()
                 .post()
                 .field("messages", texts)
                 .reason(reason))
                .value();
    }

    task<> purge(interaction called)
    {
        (co_await called.defer_ephemeral()).value();
        const auto count = called.option<std::int64_t>("count").value_or(1);
        const auto whose = called.option<snowflake>("user");
        const rest_result read =
            co_await rest().channels(called.channel_id()).messages().get().limit(count);
        const snowflake_time oldest = created_at(called.id()) - std::chrono::hours(14 * 24 - 1);
        std::vector<snowflake> ids;
        for (const message_view each : view_list<message_view>(read.value().as_array()))
            if (created_at(each.id()) > oldest && (!whose || each.author_id() == *whose))
                ids.push_back(each.id());
        const std::string reason = "Purged by " + std::string(called.user().username());
        co_await remove(called.channel_id(), ids, reason);
        const message answer(ids.size() == 1
                                 ? "Deleted 1 message."
                                 : "Deleted " + std::to_string(ids.size()) + " messages.");
        (co_await called.edit(answer)).value();
    }

    task<> silence(interaction called)
    {
        const auto whom = called.option<user_view>("user");
        const auto minutes = called.option<std::int64_t>("minutes").value_or(0);
        std::string reason = "By " + std::string(called.user().username());
        if (const std::string_view given = called.option("reason"); !given.empty())
            reason += ": " + std::string(given);
        auto change = rest().guilds(called.guild_id()).members(whom->id()).patch().reason(reason);
        const snowflake_time until = created_at(called.id()) + std::chrono::minutes(minutes);
        if (minutes == 0)
            change.field("communication_disabled_until", nullptr);
        else
            change.field("communication_disabled_until", format_timestamp(until));
        const rest_result done = co_await change;
        std::string text = whom->mention();
        if (!done.ok())
            text += " stays as they are: " + done.message();
        else if (minutes == 0)
            text += " may write again.";
        else
            text += " can't write until " + time_markup(until, time_style::short_time) + ".";
        message answer(text);
        answer.ephemeral();
        (co_await called.reply(answer)).value();
    }

    task<> ask_why(interaction called)
    {
        if (reports_channel_ == 0) {
            message answer("Nobody reads reports here: reports_channel is not set.");
            answer.ephemeral();
            (co_await called.reply(answer)).value();
            co_return;
        }
        modal form(custom_id("report", called.channel_id(), called.target_id()),
                   "Report a message");
        form.add("What is wrong with it?", text_input("why").paragraph().length(3, 500));
        (co_await called.show_modal(form)).value();
    }

    task<> report(interaction sent)
    {
        const std::string link = "https://discord.com/channels/" + std::to_string(sent.guild_id()) +
                                 "/" + std::string(sent.argument(0)) + "/" +
                                 std::string(sent.argument(1));
        embed card("A message was reported");
        card.url(link).description(sent.field("why")).inline_field("By", sent.user().mention());
        message note;
        note.embed(card);
        (co_await rest().channels(reports_channel_).messages().post(note)).value();
        message answer("Thank you. A moderator will have a look.");
        answer.ephemeral();
        (co_await sent.reply(answer)).value();
    }

    [[nodiscard]] bool is_exempt(std::optional<member_view> who) const
    {
        return who && std::any_of(exempt_roles_.begin(), exempt_roles_.end(),
                                  [&](snowflake each) { return who->has_role(each); });
    }
    [[nodiscard]] std::string forbidden_word(std::string_view text) const
    {
        const std::string small = lower(text);
        for (const std::string& each : words_)
            if (has_word(small, each))
                return each;
        return "";
    }
    // Whoever has been silent for long takes no memory.
    void forget()
    {
        const auto now = std::chrono::system_clock::now();
        std::erase_if(spoken_, [&](const auto& each) {
            return each.second.empty() || each.second.back().when + flood_window_ < now;
        });
    }

    std::vector<std::string> words_;
    std::size_t flood_messages_;
    std::chrono::milliseconds flood_window_, flood_timeout_;
    std::vector<snowflake> exempt_roles_;
    snowflake reports_channel_;
    std::map<std::pair<snowflake, snowflake>, std::deque<spoken>> spoken_;  // By guild and user.
};

TINFOIL_PLUGIN(moderator, info)
