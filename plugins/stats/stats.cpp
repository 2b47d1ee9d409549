// How much the bot sees: /stats asks every collection for what it has counted, and adds what all of
// them have counted ever, which is kept in the store.
#include <set>
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

constexpr about info{
    .name = "stats",
    .version = "1.0.0",
    .description = "Counts what the bot sees, in all collections",
    .events = {event::message_create, event::guild_create, event::guild_delete},
    .intents = {intent::guild_messages},
    .commands = {{.name = "stats", .description = "How much this bot sees"}},
    .settings = {{.name = "keep_every",
                  .description = "How often the total is kept; a crash loses so much of it",
                  .type = setting::duration,
                  .text = "10s"}}};

class stats : public plugin {
public:
    explicit stats(host& from) : plugin(from)
    {
        on(event::message_create, [this](event said) -> task<> {
            // Those that come again after a crash may be counted already.
            if (!said.is_redelivered())
                ++messages_, ++not_kept_;
            co_return;
        });
        on(event::guild_create, [this](event joined) -> task<> {
            guilds_.insert(joined.id());
            co_return;
        });
        on(event::guild_delete, [this](event left) -> task<> {
            // One that Discord can't serve just now is still the bot's.
            if (!left.data().contains("unavailable"))
                guilds_.erase(left.id());
            co_return;
        });
        on_message("counts", [this](incoming_message) -> task<std::string> {
            boost::json::object counts;
            counts["messages"] = messages_;
            counts["guilds"] = guilds_.size();
            co_await keep();
            co_return boost::json::serialize(counts);
        });
        command("stats", [this](interaction asked) -> task<> { co_await tell(asked); });
        every(setting<std::chrono::milliseconds>("keep_every"), [this] { return keep(); });
    }

private:
    task<> tell(interaction asked)
    {
        const message_replies replies =
            co_await to_all().request("counts", "", std::chrono::milliseconds(1500));
        std::uint64_t messages = 0, guilds = 0, answered = 0;
        for (const message_reply& each : replies) {
            if (!each.ok())
                continue;
            const auto counts = boost::json::parse(each.text());
            messages += counts.at("messages").to_number<std::uint64_t>();
            guilds += counts.at("guilds").to_number<std::uint64_t>();
            ++answered;
        }
        // Each has kept what it had before it answered.
        const auto total = co_await store().get("messages");
        std::string text = "**" + std::to_string(messages) + "** messages in **" +
                           std::to_string(guilds) + "** guilds, seen by " +
                           std::to_string(answered) +
                           (answered == 1 ? " collection" : " collections") +
                           " since they began; **" + total.value_or("0") + "** messages ever.";
        if (const auto silent = replies.size() - answered; silent != 0)
            text += "\n" + std::to_string(silent) + " did not answer.";
        co_await asked.reply(text);
    }

    // What is on its way is taken off first, as more may come meanwhile.
    task<> keep()
    {
        const auto more = std::exchange(not_kept_, 0);
        if (more == 0)
            co_return;
        std::string failure;
        try {
            co_await store().add("messages", more);
        } catch (const store_error& failed) {
            // Whether an unknown one was kept nobody can say; counted once it is, or not at all.
            if (failed.why() != store_refusal::unknown)
                not_kept_ += more;
            failure = failed.what();
        }
        if (!failure.empty())
            log(level::warning, "the total could not be kept: " + failure);
    }

    std::uint64_t messages_ = 0;
    std::int64_t not_kept_ = 0;
    std::set<snowflake> guilds_;
};

TINFOIL_PLUGIN(stats, info)
