// Asks Discord as it starts, and waits in each message's handler for one that never comes. Says
// when the one and the other has ended, in whatever way.
#include <string>
#include <tinfoil/plugin.hpp>

using namespace tinfoil;
using namespace std::chrono_literals;

constexpr about info{
    .name = "opener", .version = "1.0.0", .events = {event::message_create}, .state_version = 1};

namespace {

// Says it when it goes out of scope.
class farewell {
public:
    farewell(const plugin& of, std::string text) : of_(of), text_(std::move(text)) {}
    farewell(const farewell&) = delete;
    farewell& operator=(const farewell&) = delete;
    ~farewell() { of_.log(text_); }

private:
    const plugin& of_;
    std::string text_;
};

}  // namespace

class opener : public plugin {
public:
    explicit opener(host& from) : plugin(from)
    {
        start("the opening", open());
        on(event::message_create, [this](event) -> task<> {
            const farewell ended(*this, "the wait has ended");
            log("waits");
            const auto never = [](const event&) { return false; };
            co_await next(event::message_create, never, 1h);
        });
    }
    [[nodiscard]] std::string save() const override { return "kept"; }

private:
    task<> open()
    {
        const farewell ended(*this, "the opening has ended");
        const rest_result me = co_await rest().users().me().get();
        log("opened: " + std::to_string(me.status()));
    }
};

TINFOIL_PLUGIN(opener, info)
