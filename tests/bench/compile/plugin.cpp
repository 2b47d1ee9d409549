#ifdef WITH_UTILITIES
#include <tinfoil/cdn.hpp>
#include <tinfoil/colour.hpp>
#include <tinfoil/limits.hpp>
#include <tinfoil/markup.hpp>
#include <tinfoil/member_permissions.hpp>
#endif
#include <tinfoil/plugin.hpp>
using namespace tinfoil;

constexpr about info{.name = "hello",
                     .version = "1.0.0",
                     .commands = {{.name = "hello", .description = "Says hello"}}};

class hello : public plugin {
public:
    explicit hello(host& from) : plugin(from)
    {
        command("hello", [this](interaction called) -> task<> {
            (co_await called.reply("Hello!")).value();
            (co_await rest().request("GET", "/users/@me")).value();
#ifdef WITH_A_CALL
            (co_await rest().channels(called.channel_id()).messages().post("Hello!")).value();
#endif
        });
    }
};
TINFOIL_PLUGIN(hello, info)
