// Does what a message says, as no plugin should: `!crash null` and the like.
// tests/host/containment_test.cpp has what has to come of each.
#include "notebook.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <new>
#include <pthread.h>
#include <stdexcept>
#include <thread>
#include <tinfoil/plugin.hpp>
#include <unistd.h>
#include <vector>

using namespace tinfoil;

namespace {

constexpr about info{
    .name = "misbehaver",
    .version = "1.0.0",
    .description = "Does what no plugin should",
    .events = {event::message_create},
    .intents = {intent::message_content},
    .settings = {
        {.name = "notes",
         .description = "A file for what it sees",
         .type = setting::text,
         .text = "/dev/null"},
        {.name = "at_start", .description = "What it does as it starts", .type = setting::text},
        {.name = "at_end", .description = "What it does as it ends", .type = setting::text}}};

volatile int* volatile nowhere = nullptr;

// Not a loop to the compiler, and each call needs its frame.
__attribute__((noinline)) int deeper(volatile char* above)
{
    volatile char here[4096];
    here[0] = above != nullptr ? above[0] : '\0';
    return deeper(here) + here[1];
}

void reset_handlers()
{
    for (const int each : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE})
        std::signal(each, SIG_DFL);
    std::set_terminate(std::abort);
}

void block_for(std::chrono::milliseconds time)
{
    std::mutex own;
    std::condition_variable never;
    std::unique_lock hold(own);
    never.wait_for(hold, time, [] { return false; });
}

[[noreturn]] void block_for_ever()
{
    for (;;)
        block_for(std::chrono::hours(1));
}

// The compiler sees through simpler mistakes.
template <class T>
T* hidden(T* what)
{
    T* volatile copy = what;
    return copy;
}

void double_free()
{
    char* const twice = static_cast<char*>(std::malloc(64));
    std::free(hidden(twice));
    std::free(hidden(twice));
}

void overrun()
{
    for (int i = 0; i < 64; ++i) {
        char* const small = static_cast<char*>(std::malloc(24));
        std::memset(hidden(small), 0x41, 256);
    }
    // What is damaged is used again.
    for (int i = 0; i < 4096; ++i)
        std::free(std::malloc(static_cast<std::size_t>(i)));
    std::abort();
}

void on_own_thread(void (*code)())
{
    std::thread(code).detach();
    // Whoever ends it does so while the loop is elsewhere.
}

void leak()
{
    constexpr std::size_t step = std::size_t{64} << 20;
    for (int i = 0; i < 16; ++i)
        std::memset(hidden(new char[step]), 1, step);
}

void open_files()
{
    int last = 0;
    for (int i = 0; i < 10'000 && last >= 0; ++i)
        last = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

// False when it knows no such way.
bool end_badly(std::string_view how)
{
    if (how == "null")
        *nowhere = 1;
    else if (how == "stack")
        return deeper(nullptr) != 0;
    else if (how == "abort")
        std::abort();
    else if (how == "double-free")
        double_free();
    else if (how == "overrun")
        overrun();
    else if (how == "illegal")
        __builtin_trap();
    else if (how == "terminate")
        std::terminate();
    else if (how == "thread-exit")
        ::pthread_exit(nullptr);
    else if (how == "exit")
        std::exit(3);
    else if (how == "exit-0")
        std::exit(0);
    else if (how == "_exit")
        ::_exit(3);
    else if (how == "kill")
        ::kill(::getpid(), SIGKILL);
    else if (how == "term-reset") {
        reset_handlers();
        *nowhere = 1;
    } else if (how == "own-thread-throws")
        on_own_thread([] { throw std::runtime_error("out of my own thread"); });
    else if (how == "own-thread-null")
        on_own_thread([] { *nowhere = 1; });
    else if (how == "busy")
        for (volatile int i = 0;; i = 1 - i) {
        }
    else if (how == "pause")
        for (;;)
            ::pause();
    else if (how == "deadlock") {
        static std::mutex own;
        own.lock();
        pthread_mutex_lock(own.native_handle());
    } else if (how == "block")
        block_for_ever();
    else
        return false;
    return true;
}

}  // namespace

class misbehaver : public plugin {
public:
    explicit misbehaver(host& from) : plugin(from), notes_(setting<std::string>("notes"))
    {
        if (const std::string way = setting<std::string>("at_start"); !way.empty())
            end_badly(way);
        on(event::message_create, [this](event said) -> task<> {
            const std::string text(said.string("content"));
            if (text.starts_with("!crash "))
                crash(text.substr(7), said);
            else if (text.starts_with("!later ")) {
                co_await sleep(std::chrono::milliseconds(1));
                end_badly(text.substr(7));
            } else if (text == "!rest") {
                for (int i = 0; i < 100'000; ++i)
                    start("flood", flood());
            }
            note("misbehaver handled " + text + (said.is_redelivered() ? " again" : ""));
        });
    }

    ~misbehaver() override
    {
        if (const std::string way = setting<std::string>("at_end"); !way.empty())
            end_badly(way);
    }

private:
    void note(const std::string& text)
    {
        if (!notes_.write(text))
            log(level::error, "the notebook can't be written");
        log(text);
    }

    void crash(const std::string& how, const event& said)
    {
        note("misbehaver gets " + how + (said.is_redelivered() ? " again" : ""));
        if (how == "throw")
            throw std::runtime_error("thrown by a handler");
        if (how == "throw-int")
            throw 42;
        if (how == "throw-huge")
            throw std::runtime_error(std::string(std::size_t{8} << 20, 'x'));
        if (how == "slow")
            block_for(std::chrono::milliseconds(300));
        if (how == "leak")
            leak();
        if (how == "files")
            open_files();
        if (how == "log")
            for (int i = 0; i < 1'000; ++i)
                log(std::string(std::size_t{64} << 10, static_cast<char>(i)));
        end_badly(how);
    }

    task<> flood()
    {
        const rest_result got = co_await rest().users().me().get();
        if (!got.ok() && !said_)
            log("the flood is held back: " + got.message());
        said_ = said_ || !got.ok();
    }

    bool said_ = false;
    notebook notes_;
};

TINFOIL_PLUGIN(misbehaver, info)
