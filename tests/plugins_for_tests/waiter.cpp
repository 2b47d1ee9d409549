// Waits in every way that there is: for people, for time, for a thread of its own, and until it is
// ended. /ask, /race, /think and /idle each say what came of it.
#include <tinfoil/offload.hpp>

using namespace tinfoil;
using namespace std::chrono_literals;

constexpr about info{
    .name = "waiter",
    .version = "1.0.0",
    .events = {event::message_create},
    .commands = {{.name = "ask", .description = "Asks with buttons"},
                 {.name = "race", .description = "Waits for what somebody says"},
                 {.name = "think", .description = "Counts on a thread"},
                 {.name = "form", .description = "Opens a modal and waits for it"},
                 {.name = "idle", .description = "Starts a task, and cancels it"},
                 {.name = "tea",
                  .description = "Orders",
                  .options = {{.name = "kind", .description = "Which", .autocomplete = true},
                              {.name = "pot",
                               .description = "Which pot",
                               .type = option::integer,
                               .autocomplete = true}}},
                 {.name = "nobody", .description = "Has no handler"},
                 {.name = "Wave", .type = command_type::user}}};

class waiter : public plugin {
public:
    explicit waiter(host& from) : plugin(from)
    {
        command("ask", [this](interaction called) -> task<> { co_await ask(called); });
        command("race", [this](interaction called) -> task<> { co_await race(called); });
        command("think", [this](interaction called) -> task<> { co_await think(called); });
        command("form", [this](interaction called) -> task<> { co_await form(called); });
        command("idle", [this](interaction called) -> task<> { co_await idle(called); });
        autocomplete("tea", "kind", [](interaction asked) -> task<> {
            suggestions made;
            for (const char* each : {"green", "ginger", "black"})
                if (std::string_view(each).starts_with(asked.typed()))
                    made.add(each);
            (co_await asked.autocomplete(made)).value();
        });
        command("tea", [](interaction called) -> task<> {
            message answer("One " + std::string(called.option("kind")));
            (co_await called.reply(answer)).value();
        });
        user_command("Wave", [](interaction called) -> task<> {
            message answer("Hello " + std::string(called.target_user()->username()));
            (co_await called.reply(answer)).value();
        });
        component("yes", [](interaction used) -> task<> {
            message answer("too late");
            (co_await used.reply(answer)).value();
        });
        ticking_ = every(1h, [this]() -> task<> {
            log("tick " + std::to_string(++ticks_));
            if (ticks_ == 2)
                ticking_->cancel();
            co_return;
        });
    }

private:
    task<> ask(interaction called)
    {
        message question("Tea?");
        question.row(button(custom_id("yes", 1), "Yes"));
        (co_await called.reply(question)).value();
        const rest_result posted = co_await called.original();
        const auto is_hers = [who = called.user().id()](const interaction& used) {
            return used.user().id() == who;
        };
        auto answer = co_await next_component(posted.id(), is_hers, 30s);
        message end(answer ? "Tea for " + std::string(answer->user().username())
                           : "Nobody answers");
        end.no_components();
        if (answer)
            (co_await answer->update(end)).value();
        else
            (co_await called.edit(end)).value();
    }
    task<> race(interaction called)
    {
        (co_await called.defer()).value();
        const std::string word = "now";
        const auto is_it = [word](const event& said) { return said.string("content") == word; };
        const auto first = co_await next(event::message_create, is_it, 10s);
        message end(first ? "said by " + std::string(first->user()->username()) : "time is up");
        (co_await called.edit(end)).value();
    }
    task<> think(interaction called)
    {
        (co_await called.defer()).value();
        const std::string text(1000, 'x');
        const auto count = [text] { return text.size(); };
        const std::size_t size = co_await offload(*this, count);
        std::string why;
        try {
            const auto fail = [text](const std::stop_token&) -> int {
                throw std::runtime_error("thrown " + std::to_string(text.size()));
            };
            co_await offload(*this, fail);
        } catch (const std::runtime_error& thrown) {
            why = thrown.what();
        }
        const message answer(std::to_string(size) + ", " + why);
        (co_await called.edit(answer)).value();
        // Goes on until the plugin ends.
        const auto spin = [](const std::stop_token& ends) {
            while (!ends.stop_requested())
                std::this_thread::yield();
        };
        co_await offload(*this, spin);
        log("not reached");
    }
    task<> form(interaction called)
    {
        const std::string id = custom_id("form", called.id());
        modal shown(id, "Order");
        shown.add("What?", text_input("what"));
        (co_await called.show_modal(shown)).value();
        const auto any = [](const interaction&) { return true; };
        auto sent = co_await next_modal(id, any, 60s);
        if (!sent)
            co_return;
        message answer("Ordered " + std::string(sent->field("what")));
        (co_await sent->reply(answer)).value();
    }
    task<> idle(interaction called)
    {
        struct farewell {
            explicit farewell(waiter& of) : of(of) {}
            farewell(const farewell&) = delete;
            farewell& operator=(const farewell&) = delete;
            ~farewell() { of.log("the task is gone"); }
            waiter& of;
        };
        const auto sleep_long = [](waiter& of) -> task<> {
            const farewell last(of);
            co_await of.sleep(1h);
        };
        running one = start("a long sleep", sleep_long(*this));
        const bool ran = one.state() == outcome::running;
        one.cancel();
        const bool ended = one.state() == outcome::cancelled;
        const bool in_time = co_await timeout(5s, sleep_long(*this));
        const message answer(std::string(ran ? "ran, " : "") + (ended ? "cancelled, " : "") +
                             (in_time ? "in time" : "too slow"));
        (co_await called.reply(answer)).value();
    }

    std::optional<running> ticking_;
    int ticks_ = 0;
};

TINFOIL_PLUGIN(waiter, info)
