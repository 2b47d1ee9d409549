// Shares values and sends messages, a little of each, for the stage to try.
#include <tinfoil/plugin.hpp>

using namespace tinfoil;
using namespace std::chrono_literals;

constexpr about info{.name = "neighbour", .version = "1.0.0", .description = "Shares and sends"};

class neighbour : public plugin {
public:
    explicit neighbour(host& from) : plugin(from)
    {
        on_message("echo", [](incoming_message said) -> task<std::string> {
            co_return said.text() + " from " + std::to_string(said.from());
        });
        on_message("later", [this](incoming_message said) -> task<std::string> {
            co_await sleep(3s);
            co_return said.text() + ", 3 s later";
        });
        on_message("throw", [](incoming_message) -> task<> {
            throw std::runtime_error("no");
            co_return;
        });
        on_message("ask", [this](incoming_message said) -> task<std::string> {
            const auto all = co_await to_guild(std::stoull(said.text())).request("echo", "hello");
            co_return std::to_string(all[0].collection()) + ": " + all[0].text();
        });
        on_message("spread", [this](incoming_message said) -> task<> {
            to_all().send("echo", said.text());
            co_return;
        });
        on_message("once", [this](incoming_message said) -> task<std::string> {
            const auto done = co_await store().put_if("owner", 0, said.text(), 60s);
            if (done.is_made())
                co_return "mine";
            co_return "taken by " + done.current()->value();
        });
        on_message("visit", [this](incoming_message) -> task<std::string> {
            const std::int64_t sum = co_await store().add("visits");
            co_return std::to_string(sum);
        });
        on_message("list", [this](incoming_message said) -> task<std::string> {
            std::string made;
            const stored_values all = co_await store().list(said.text());
            for (const stored_value& each : all)
                made += each.key() + "=" + each.value() + " ";
            co_return made;
        });
        start("the watch", follow());
    }

private:
    task<> follow()
    {
        store_watch news = shared_store().watch("switch/");
        for (;;) {
            const stored_values some = co_await news.next();
            for (const stored_value& each : some)
                log(each.key() + " is " + each.value());
        }
    }
};

TINFOIL_PLUGIN(neighbour, info)
