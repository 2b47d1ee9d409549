// Handles an event that its table does not list.
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

constexpr about info{.name = "undeclared", .version = "1.0.0"};

class undeclared : public plugin {
public:
    explicit undeclared(host& from) : plugin(from)
    {
        on(event::message_create, [](event) -> task<> { co_return; });
    }
};

TINFOIL_PLUGIN(undeclared, info)
