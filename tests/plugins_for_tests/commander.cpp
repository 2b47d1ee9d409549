// Gives every command for the gateway that there is, and says in the log what came of it. "cut me"
// and "end my session" are for whoever stages the play.
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

constexpr about info{
    .name = "commander",
    .version = "1.0.0",
    .description = "Gives commands for the gateway",
    .events = {event::guild_create, event::voice_state_update},
    .intents = {intent::guild_members, intent::guild_voice_states},
    .settings = {{.name = "guilds", .description = "asks these for members, and nothing else"}}};

class commander : public plugin {
public:
    explicit commander(host& from) : plugin(from)
    {
        presence look("idle");
        look.watching("the door").since(1).afk(true);
        set_presence(look);
        on(event::voice_state_update, [this](event heard) -> task<> {
            if (heard.user_id() == me_ || heard.string("user_id") == std::to_string(me_))
                log("voice " + std::string(heard.string("channel_id")));
            co_return;
        });
        if (settings().contains("guilds")) {
            start("the round of guilds", ask_each());
            return;
        }
        on(event::guild_create, [this](event joined) -> task<> {
            if (std::exchange(has_begun_, true))
                co_return;
            me_ = 0;
            for (const auto& each : joined.data().at("members").as_array())
                if (const auto& user = each.at("user").as_object();
                    user.contains("bot") && user.at("bot") == boost::json::value(true))
                    me_ = std::stoull(user.at("id").as_string().c_str());
            for (const auto& each : joined.data().at("channels").as_array())
                channel_ = std::stoull(each.at("id").as_string().c_str());
            guild_ = joined.id();
            start("all commands", give_all());
        });
    }

private:
    // One request, and how it ended.
    task<> ask(std::string what, member_query which)
    {
        const found_members found = co_await request_members(guild_, which);
        if (found.ok())
            log(what + ": " + std::to_string(found.members().size()) + " members, " +
                std::to_string(found.not_found().size()) + " not found");
        else
            log(what + ": " + std::to_string(static_cast<int>(found.refusal())) + " " +
                found.message());
    }

    task<> ask_each()
    {
        for (const auto& each : settings().at("guilds").as_array()) {
            guild_ = std::stoull(each.as_string().c_str());
            for (;;) {
                const member_query whom = member_query::named("");
                const found_members found = co_await request_members(guild_, whom);
                if (found.refusal() != gateway_refusal::shard_stopped) {
                    log("guild " + std::to_string(guild_) + ": " +
                        (found.ok() ? std::to_string(found.members().size()) : found.message()));
                    break;
                }
                co_await sleep(std::chrono::milliseconds(50));
            }
        }
        log("finished");
    }

    task<> give_all()
    {
        co_await ask("everybody", member_query::everybody());
        member_query again = member_query::everybody();
        again.patience(std::chrono::milliseconds(300));
        co_await ask("everybody again", again);
        const std::vector<std::uint64_t> ids{me_, 1};
        co_await ask("by id", member_query::with_ids(ids));
        co_await ask("too many", member_query::named("a", 101));
        member_query watched = member_query::named("a");
        watched.with_presences();
        co_await ask("presences", watched);
        const auto sounds = co_await soundboard_sounds(guild_);
        log("sounds: " + std::to_string(sounds.list("soundboard_sounds").size()));
        const std::vector<std::string> fields{"status"};
        const auto channels = co_await channel_info(guild_, fields);
        log("channels: " + std::to_string(channels.list("channels").size()));
        const auto joined = co_await join_voice(guild_, channel_);
        log(std::string("joined: ") + (joined.ok() ? "yes" : "no"));
        for (int i = 0; i < 20; ++i) {
            presence look;
            look.playing("round " + std::to_string(i));
            set_presence(look);
        }
        presence last("dnd");
        last.custom("done").competing("tests");
        const auto shown = co_await set_presence(last);
        log(std::string("shown: ") + (shown.ok() ? "yes" : "no"));
        for (int i = 0; i < 2; ++i) {
            log("cut me");
            co_await sleep(gone);
            co_await ask("over a cut", member_query::named(""));
            const auto over = co_await soundboard_sounds(guild_);
            log(std::string("sounds over a cut: ") + (over.ok() ? "yes" : "no"));
        }
        log("end my session");
        co_await sleep(gone);
        co_await ask("over a new session", member_query::named(""));
        const auto left = co_await leave_voice(guild_);
        log(std::string("left: ") + (left.ok() ? "yes" : "no"));
        log("finished");
    }

    // Shorter than the wait before the next connection, so that what follows is given without one.
    static constexpr std::chrono::milliseconds gone{200};

    bool has_begun_ = false;
    std::uint64_t guild_ = 0, channel_ = 0, me_ = 0;
};

TINFOIL_PLUGIN(commander, info)
