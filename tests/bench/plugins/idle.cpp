// Does nothing with each event, in the two ways that are measured: nothing at all, and by a
// coroutine that suspends once.
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

constexpr about info{
    .name = IDLE_NAME, .version = "1.0.0", .events = {event::message_create, event::typing_start}};

class idle : public plugin {
public:
    explicit idle(host& from) : plugin(from)
    {
        on(event::message_create, [](event) -> task<> { co_return; });
        on(event::typing_start,
           [this](event) -> task<> { co_await sleep(std::chrono::milliseconds(0)); });
    }
};

TINFOIL_PLUGIN(idle, info)
