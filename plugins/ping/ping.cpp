// Answers "!ping" in any channel, and the slash command /ping.
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

// What the plugin is and wants. Reading what people write takes the privileged intent
// MESSAGE_CONTENT; without it the text of most messages is empty.
constexpr about info{.name = "ping",
                     .version = "1.0.0",
                     .description = "Says pong",
                     .events = {event::message_create},
                     .intents = {intent::message_content},
                     .commands = {{.name = "ping", .description = "Says pong"}}};

class ping : public plugin {
public:
    explicit ping(host& from) : plugin(from)
    {
        on(event::message_create, [this](event said) -> task<> {
            if (said.string("content") != "!ping" || said.is_from_bot())
                co_return;
            message answer("pong");
            answer.reply_to(said.id());
            // value() throws if Discord refuses, which ends in the log with the plugin's name.
            (co_await rest().channels(said.channel_id()).messages().post(answer)).value();
        });

        command("ping",
                [](interaction called) -> task<> { (co_await called.reply("pong")).value(); });
    }
};

TINFOIL_PLUGIN(ping, info)
