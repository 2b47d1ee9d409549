// Asks for twice what Discord permits, on many routes, and answers the command of whoever calls it
// all the while. Says in the log how long its answers took; tests/e2e/rest looks at the rest.
#include <algorithm>
#include <chrono>
#include <tinfoil/plugin.hpp>
#include <vector>

using namespace tinfoil;
using namespace std::chrono_literals;

constexpr about info{
    .name = "loader",
    .version = "1.0.0",
    .description = "Asks for more than may be had",
    .events = {event::guild_create},
    .commands = {{.name = "load", .description = "Is answered at once, however much waits"}},
    .settings = {{.name = "seconds", .description = "for so long"}}};

class loader : public plugin {
public:
    explicit loader(host& from) : plugin(from)
    {
        seconds_ = settings().at("seconds").as_int64();
        command("load", [this](interaction called) -> task<> {
            const auto begun = clock::now();
            const rest_result answered = co_await called.reply("here");
            if (answered.ok() && is_loading_)
                waits_.push_back(std::chrono::duration<double, std::milli>(clock::now() - begun));
        });
        on(event::guild_create, [this](event joined) -> task<> {
            guilds_.push_back(joined.id());
            for (const auto& each : joined.data().at("channels").as_array())
                if (each.at("type") == 0)
                    channels_.push_back(std::stoull(each.at("id").as_string().c_str()));
            if (guilds_.size() == guilds_needed) {
                start("the load", load());
                start("names", rename());
                start("old messages", tidy());
            }
            co_return;
        });
    }

private:
    using clock = std::chrono::steady_clock;
    static constexpr std::size_t guilds_needed = 30;
    static constexpr auto patience = 8s;

    // One request of the mix, whatever becomes of it.
    task<> ask(std::uint64_t number)
    {
        const auto channel = channels_[number % channels_.size()];
        const auto guild = guilds_[number % guilds_.size()];
        const auto over = [](const rest_result& got) { static_cast<void>(got.status()); };
        switch (number % 6) {
        case 0:
            over(co_await rest().channels(channel).messages().post("load").timeout(patience));
            break;
        case 1:
            over(co_await rest().channels(channel).get().timeout(patience));
            break;
        case 2:
            over(co_await rest().guilds(guild).roles().get().timeout(patience));
            break;
        case 3:
            over(co_await rest().guilds(guild).channels().get().timeout(patience));
            break;
        case 4:
            over(co_await rest().guilds(guild).get().timeout(patience));
            break;
        default:
            over(co_await rest().channels(channel).messages().get().timeout(patience));
        }
    }

    // By the clock, so that a late timer makes no smaller load.
    task<> load()
    {
        log("begins");
        is_loading_ = true;
        const auto begun = clock::now();
        std::uint64_t asked = 0;
        while (clock::now() - begun < std::chrono::seconds(seconds_)) {
            const auto due = static_cast<std::uint64_t>((clock::now() - begun) / 10ms);
            for (; asked < due; ++asked)
                start("a request", ask(asked));
            co_await sleep(10ms);
        }
        is_loading_ = false;
        std::sort(waits_.begin(), waits_.end());
        if (waits_.empty())
            log("nobody called");
        else
            log("answers " + std::to_string(waits_.size()) + " p50 " +
                std::to_string(waits_[waits_.size() / 2].count()) + " p99 " +
                std::to_string(waits_[waits_.size() * 99 / 100].count()) + " ms");
    }

    // One after the other, so that a limit that no header tells of is met once.
    task<> rename()
    {
        for (int i = 0;; ++i) {
            boost::json::object change;
            change["topic"] = "topic " + std::to_string(i);
            const rest_result got =
                co_await rest().channels(channels_[0]).patch(change).timeout(patience);
            static_cast<void>(got.status());
            co_await sleep(100ms);
        }
    }
    task<> tidy()
    {
        for (std::uint64_t i = 1;; ++i) {
            // Of 2015, and long gone.
            const rest_result got =
                co_await rest().channels(channels_[1]).messages(i).del().timeout(patience);
            static_cast<void>(got.status());
            co_await sleep(50ms);
        }
    }

    std::int64_t seconds_ = 0;
    std::vector<std::uint64_t> guilds_, channels_;
    std::vector<std::chrono::duration<double, std::milli>> waits_;
    bool is_loading_ = false;
};

TINFOIL_PLUGIN(loader, info)
