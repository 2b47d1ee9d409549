// Tries all that plugins share, over the collections of a bot, and says in the log what came of it.
// The one that is first leads the play.
#include <cstdlib>
#include <set>
#include <tinfoil/plugin.hpp>

using namespace tinfoil;
using namespace std::chrono_literals;

constexpr about info{.name = "sharer",
                     .version = "1.0.0",
                     .description = "Sends messages and shares values",
                     .settings = {{.name = "guilds", .description = "Of the bot"},
                                  {.name = "collections", .description = "How many there are"}}};

class sharer : public plugin {
public:
    explicit sharer(host& from) : plugin(from)
    {
        on_message("hello", [](incoming_message) -> task<> { co_return; });
        on_message("echo",
                   [](incoming_message said) -> task<std::string> { co_return said.text(); });
        on_message("from", [](incoming_message said) -> task<std::string> {
            co_return std::to_string(said.from());
        });
        on_message("count", [this](incoming_message said) -> task<> {
            in_order_ = in_order_ && said.text() == std::to_string(counted_);
            ++counted_;
            co_return;
        });
        on_message("counted", [this](incoming_message) -> task<std::string> {
            co_return std::to_string(counted_) + (in_order_ ? " in order" : " out of order");
        });
        on_message("sleep", [this](incoming_message) -> task<> { co_await sleep(5s); });
        on_message("throw", [](incoming_message) -> task<> {
            throw std::runtime_error("as it was asked to");
            co_return;
        });
        on_message("die", [](incoming_message) -> task<> {
            std::abort();
            co_return;
        });
        on_message("race", [this](incoming_message) -> task<> { co_await race(); });
        start("the play", play());
    }

private:
    static constexpr int steps = 50;

    // As all others do at the same time.
    task<> race()
    {
        for (int i = 0; i < steps; ++i) {
            co_await store().add("sum");
            for (;;) {
                const auto before = co_await store().read("n");
                const int next = before ? std::stoi(before->value()) + 1 : 1;
                const auto done = co_await store().put_if("n", before ? before->revision() : 0,
                                                          std::to_string(next));
                if (done.is_made())
                    break;
            }
        }
    }

    [[nodiscard]] std::size_t collections() const
    {
        return static_cast<std::size_t>(settings().at("collections").to_number<int>());
    }

    static std::string in_words(const message_replies& all)
    {
        constexpr const char* names[] = {"ok", "down", "timed out", "refused"};
        std::multiset<std::string> each;
        for (const auto& one : all)
            each.insert(names[static_cast<int>(one.how())]);
        std::string made;
        for (const auto& one : each)
            made += (made.empty() ? "" : ", ") + one;
        return made;
    }

    task<> until_all_are_here()
    {
        for (;;) {
            const auto all = co_await to_all().request("hello", "", 2s);
            if (all.size() == collections() && all.ok())
                break;
            co_await sleep(50ms);
        }
    }

    task<> play()
    {
        const auto led = co_await store().put_if("leader", 0, "somebody");
        if (!led.is_made())
            co_return;
        start("the watch", watch());
        co_await until_all_are_here();
        co_await whom();
        co_await in_a_row();
        co_await what_fails();
        co_await values();
        co_await what_ends();
        log("finished");
    }

    task<> whom()
    {
        bool agree = true;
        std::set<std::uint32_t> seen;
        for (const auto& each : settings().at("guilds").as_array()) {
            const snowflake guild = std::stoull(each.as_string().c_str());
            const auto count = static_cast<std::uint32_t>(collections());
            const auto id = static_cast<std::uint32_t>((guild >> 22) % count);
            const auto by_guild = co_await to_guild(guild).request("echo", "hello");
            const auto by_slot = co_await to_slot(id, count).request("echo", by_guild.text());
            agree = agree && by_slot.text() == "hello" && by_guild.size() == 1 &&
                    by_guild[0].collection() == by_slot[0].collection();
            const auto back = co_await to_collection(by_guild[0].collection()).request("echo", "x");
            agree = agree && back.text() == "x" && back[0].collection() == by_slot[0].collection();
            seen.insert(by_guild[0].collection());
        }
        log(std::string("guilds and slots agree: ") + (agree ? "yes" : "no") + ", in " +
            std::to_string(seen.size()) + " collections");
    }

    task<> in_a_row()
    {
        for (int i = 0; i < 500; ++i)
            to_all().send("count", std::to_string(i));
        const auto last = co_await to_all().send("count", "500");
        log("sent to all: " + in_words(last));
        const auto counted = co_await to_all().request("counted");
        std::set<std::string> each;
        for (const auto& one : counted)
            each.insert(one.text());
        std::string line = "counted:";
        for (const auto& one : each)
            line += " " + one;
        log(line);
    }

    task<> what_fails()
    {
        const auto nobody = co_await to_collection(99).request("echo");
        log("nobody: " + in_words(nobody) + ": " + nobody[0].text());
        const auto nothing = co_await to_all().request("no such name");
        log("no handler: " + in_words(nothing) + ": " + nothing[0].text());
        const std::string much(65'537, 'x');
        const auto large = co_await to_all().request("echo", much);
        log("too large: " + in_words(large) + ": " + large[0].text());
        const auto thrown = co_await to_collection(0).request("throw");
        log("thrown: " + in_words(thrown) + ": " + thrown[0].text());
        const auto late = co_await to_all().request("sleep", "", 200ms);
        log("late: " + in_words(late));
    }

    task<> values()
    {
        const auto raced = co_await to_all().request("race", "", 60s);
        const auto n = co_await store().get("n");
        const auto sum = co_await store().get("sum");
        log("raced: " + in_words(raced) + ", " + n.value_or("?") + " and " + sum.value_or("?"));
        co_await store().put("short", "lived", 300ms);
        const auto before = co_await store().get("short");
        co_await sleep(500ms);
        const auto after = co_await store().get("short");
        log(std::string("expires: ") + (before && !after ? "yes" : "no"));
        co_await shared_store().put("sharer/seen", "by all plugins");
        std::string refused;
        try {
            co_await store().put("", "x");
        } catch (const store_error& failed) {
            refused = failed.what();
        }
        log("refused: " + refused);
        const auto all = co_await store().list("");
        log("list: " + std::to_string(all.size()) + " values");
        co_await store().put("watched/last", "1");
        co_await sleep(100ms);
        log("watched: " + std::to_string(watched_) + " changes of n");
    }

    task<> watch()
    {
        store_watch news = store().watch("n");
        for (;;) {
            const stored_values some = co_await news.next();
            watched_ += some.size();
        }
    }

    // Where the plugin dies it comes back in a process of its own.
    task<> what_ends()
    {
        const auto own = co_await to_all().request("from");
        const std::uint32_t other = own[0].text() == "0" ? 1 : 0;
        const auto dead = co_await to_collection(other).request("die");
        log("died: " + in_words(dead));
        co_await until_all_are_here();
        const auto again = co_await to_collection(other).request("echo", "back");
        log("again: " + again.text());
        const auto raced = co_await to_collection(other).request("race", "", 60s);
        const auto n = co_await store().get("n");
        log("raced again: " + in_words(raced) + ", " + n.value_or("?"));
    }

    int counted_ = 0;
    bool in_order_ = true;
    std::size_t watched_ = 0;
};

TINFOIL_PLUGIN(sharer, info)
