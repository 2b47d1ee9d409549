// Counts messages over its versions, and writes each into the file TINFOIL_JOURNAL: "begin VERSION
// GUILD ID COUNT DELAYED" when a handler begins, "end ID" when it has waited. Built in many ways,
// of which most go wrong somewhere; tests/plugin_cases.txt has the numbers.
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <thread>
#include <tinfoil/plugin.hpp>
#include <unistd.h>

using namespace tinfoil;

#ifndef NAME
#define NAME "counter"
#endif
#ifndef VERSION
#define VERSION "1.0.0"
#endif
#ifndef STATE_VERSION
#define STATE_VERSION 1
#endif
// What the build does not ask for does nothing.
#ifndef WHILE_LOADING
#define WHILE_LOADING
#endif
#ifndef WHILE_UNLOADING
#define WHILE_UNLOADING
#endif
#ifndef AT_START
#define AT_START
#endif
#ifndef AT_SAVE
#define AT_SAVE
#endif
#ifndef AT_RESTORE
#define AT_RESTORE
#endif

constexpr about info{.name = NAME,
                     .version = VERSION,
                     .description = "Counts messages",
                     .events = {event::message_create},
#ifdef NEEDS_MEMBERS
                     .intents = {intent::guild_members},
#endif
#ifdef HAS_COMMAND
                     .commands = {{.name = "count", .description = "Says how many"}},
#endif
                     .state_version = STATE_VERSION};

namespace {

[[maybe_unused]] void hang()
{
    for (;;)
        ::pause();
}

[[maybe_unused]] void crash()
{
    ::raise(SIGSEGV);
}

struct at_load_and_unload {
    at_load_and_unload() { WHILE_LOADING; }
    ~at_load_and_unload() { WHILE_UNLOADING; }
} here;

}  // namespace

class counter : public plugin {
public:
    explicit counter(host& from) : plugin(from)
    {
        AT_START;
        const char* file = std::getenv("TINFOIL_JOURNAL");
        if (file != nullptr)
            file_ = ::open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        on(event::message_create, [this](event said) -> task<> {
            ++count_;
            state_changed();
            const std::string id = std::to_string(said.id());
            write("begin " VERSION " " + std::to_string(said.guild_id()) + " " + id + " " +
                  std::to_string(count_) + (said.is_delayed() ? " 1" : " 0"));
            if (said.text().find("for ever") != std::string_view::npos)
                co_await sleep(std::chrono::hours(1));
            co_await sleep(std::chrono::milliseconds(1));
            write("end " + id);
        });
#ifdef HAS_COMMAND
        command("count",
                [](interaction called) -> task<> { (co_await called.reply("many")).value(); });
#endif
        every(std::chrono::hours(1), []() -> task<> { co_return; });
    }
    ~counter() override
    {
        write("gone " VERSION);
        if (file_ >= 0)
            ::close(file_);
    }

    [[nodiscard]] std::string save() const override
    {
        AT_SAVE;
        return std::to_string(count_);
    }
    bool restore(std::string_view state, std::uint32_t version) override
    {
        AT_RESTORE;
        count_ = std::stoull(std::string(state));
        return version <= STATE_VERSION;
    }

private:
    void write(std::string line) const
    {
        line += '\n';
        if (file_ >= 0 && ::write(file_, line.data(), line.size()) < 0)
            log(level::error, "the journal can't be written");
    }

    int file_ = -1;
    unsigned long long count_ = 0;
};

TINFOIL_PLUGIN(counter, info)
