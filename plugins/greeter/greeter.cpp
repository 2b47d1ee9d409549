// Welcomes new members in the guild's system channel. /greeting shows the words of a guild, and
// with its option changes them; they are kept in the plugin's own values and outlive restarts.
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

constexpr about info{
    .name = "greeter",
    .version = "1.0.0",
    .description = "Welcomes new members",
    .events = {event::guild_member_add},
    .commands = {{.name = "greeting",
                  .description = "Shows or changes how new members are welcomed",
                  .options = {{.name = "text",
                               .description = "The new words; {user} is the member"}}}},
    .settings = {
        {.name = "greeting",
         .description = "Words for guilds that have none of their own; {user} is the member",
         .type = setting::text,
         .text = "Welcome, {user}!",
         .least = 1,
         .most = 1800}}};

class greeter : public plugin {
public:
    explicit greeter(host& from) : plugin(from), usual_(setting<std::string>("greeting"))
    {
        on(event::guild_member_add, [this](event joined) -> task<> { co_await welcome(joined); });
        command("greeting", [this](interaction called) -> task<> { co_await greeting(called); });
    }

private:
    task<> welcome(event joined)
    {
        const rest_result answer = co_await rest().guilds(joined.guild_id()).get();
        const auto* channel = answer.value().as_object().if_contains("system_channel_id");
        if (channel == nullptr || !channel->is_string())
            co_return;  // The guild wants no messages about new members.
        std::string words = co_await words_of(joined.guild_id());
        const std::string mention = "<@" + std::to_string(joined.user_id()) + ">";
        if (const auto at = words.find("{user}"); at != std::string::npos)
            words.replace(at, 6, mention);
        const message welcome(words);
        (co_await rest()
             .channels(std::stoull(channel->get_string().c_str()))
             .messages()
             .post(welcome))
            .value();
    }

    task<> greeting(interaction called)
    {
        const std::string text(called.option("text"));
        if (!text.empty())
            co_await store().put(key(called.guild_id()), text);
        const std::string words = co_await words_of(called.guild_id());
        message answer((text.empty() ? "New members read: " : "From now on new members read: ") +
                       words);
        answer.ephemeral();
        (co_await called.reply(answer)).value();
    }

    task<std::string> words_of(snowflake guild)
    {
        const auto own = co_await store().get(key(guild));
        co_return own.value_or(usual_);
    }

    static std::string key(snowflake guild) { return "greeting/" + std::to_string(guild); }

    std::string usual_;
};

TINFOIL_PLUGIN(greeter, info)
