#include "collection/last_words.hpp"

#include "collection/blocked_watch.hpp"
#include "net/clock.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <link.h>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <unwind.h>

namespace tinfoil::collection {
namespace {

using dispatch::charge;

constexpr int hung_exit_code = 70;
constexpr std::array crash_signals{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
constexpr std::size_t ranges_max = 64, frames_max = 64;
constexpr std::size_t stack_bytes = std::size_t{128} << 10;

struct code_range {
    std::uintptr_t begin, end;
    std::size_t plugin;
};

// What a signal handler may touch: it is written before, and read only.
std::array<code_range, ranges_max> ranges;
std::atomic<std::size_t> ranges_used{0};
std::atomic<charge*> in_memory{nullptr};
pthread_t loop_thread;
alignas(64) std::array<char, stack_bytes> signal_stack;

struct search {
    std::size_t frames = 0;
    std::size_t found = charge::nobody;
};

_Unwind_Reason_Code look_at_frame(_Unwind_Context* frame, void* into)
{
    auto& own = *static_cast<search*>(into);
    const auto at = static_cast<std::uintptr_t>(_Unwind_GetIP(frame));
    const std::size_t used = ranges_used.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < used; ++i)
        if (at >= ranges[i].begin && at < ranges[i].end)
            own.found = ranges[i].plugin;
    return own.found != charge::nobody || ++own.frames > frames_max ? _URC_END_OF_STACK
                                                                    : _URC_NO_REASON;
}

// The plugin whose code is nearest on this thread's stack.
std::size_t plugin_on_stack()
{
    search own;
    _Unwind_Backtrace(look_at_frame, &own);
    return own.found;
}

// On the loop it is known who runs, whatever the stack looks like by now.
std::size_t to_blame(charge& marker)
{
    if (::pthread_equal(::pthread_self(), loop_thread) != 0 && marker.turn() % 2 == 1)
        return charge::in_charge;
    return plugin_on_stack();
}

std::array<struct sigaction, crash_signals.size()> before;

// From here on the signal does what it did before us: a second crash, in here, too.
void give_back(int number)
{
    for (std::size_t i = 0; i < crash_signals.size(); ++i)
        if (crash_signals[i] == number)
            ::sigaction(number, &before[i], nullptr);
}

void on_crash(int number, siginfo_t* how, void*)
{
    give_back(number);
    if (charge* const marker = in_memory.load())
        marker->say(charge::ending::signal, static_cast<std::uint32_t>(number), "",
                    to_blame(*marker));
    // What the processor found it finds again when this returns.
    if (how->si_code <= 0)
        std::raise(number);
}

void on_exit_called(int code, void*)
{
    charge* const marker = in_memory.load();
    if (marker == nullptr)
        return;
    marker->say(charge::ending::exited, static_cast<std::uint32_t>(code), "", to_blame(*marker));
    // Nothing else is to run: there is a loop on another frame, and threads of plugins.
    ::_exit(code);
}

std::string what_was_thrown()
{
    const auto thrown = std::current_exception();
    if (!thrown)
        return "";
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& known) {
        return {known.what(), ::strnlen(known.what(), 256)};
    } catch (...) {
        return "something that is no std::exception";
    }
}

[[noreturn]] void on_terminate()
{
    if (charge* const marker = in_memory.load())
        marker->say(charge::ending::exception, 0, what_was_thrown(), to_blame(*marker));
    std::abort();
}

void take_signals()
{
    stack_t stack{};
    stack.ss_sp = signal_stack.data();
    stack.ss_size = signal_stack.size();
    ::sigaltstack(&stack, nullptr);
    struct sigaction how {};
    how.sa_sigaction = on_crash;
    how.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (std::size_t i = 0; i < crash_signals.size(); ++i)
        ::sigaction(crash_signals[i], &how, &before[i]);
}

void give_signals_back()
{
    for (const int each : crash_signals)
        give_back(each);
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
}

struct found_range {
    std::uintptr_t inside = 0, begin = 0, end = 0;
};

int find_range(dl_phdr_info* module, std::size_t, void* into)
{
    auto& own = *static_cast<found_range*>(into);
    std::uintptr_t begin = UINTPTR_MAX, end = 0;
    for (int i = 0; i < module->dlpi_phnum; ++i) {
        const auto& part = module->dlpi_phdr[i];
        if (part.p_type != PT_LOAD)
            continue;
        begin = std::min(begin, static_cast<std::uintptr_t>(module->dlpi_addr + part.p_vaddr));
        end = std::max(
            end, static_cast<std::uintptr_t>(module->dlpi_addr + part.p_vaddr + part.p_memsz));
    }
    if (own.inside < begin || own.inside >= end)
        return 0;
    own.begin = begin;
    own.end = end;
    return 1;
}

}  // namespace

struct last_words::impl {
    impl(charge& of, duration hung) : marker(of), watch(hung), thread([this] { run(); }) {}

    ~impl()
    {
        {
            const std::lock_guard hold(mutex);
            over = true;
        }
        wake.notify_one();
        thread.join();
    }

    void run()
    {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        std::unique_lock hold(mutex);
        while (!over) {
            if (const auto blocked = watch.look(marker.turn(), net::now())) {
                const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(*blocked);
                marker.say(charge::ending::hung, static_cast<std::uint32_t>(ms.count()), "");
                ::_exit(hung_exit_code);
            }
            wake.wait_for(hold, watch.interval());
        }
    }

    charge& marker;
    blocked_watch watch;
    std::mutex mutex;
    std::condition_variable wake;
    bool over = false;
    std::thread thread;
};

last_words::last_words(charge& marker, duration hung)
{
    loop_thread = ::pthread_self();
    in_memory = &marker;
    take_signals();
    std::set_terminate(on_terminate);
    static const bool registered = ::on_exit(on_exit_called, nullptr) == 0;
    (void)registered;
    impl_ = std::make_unique<impl>(marker, hung);
}

last_words::~last_words()
{
    impl_.reset();
    in_memory = nullptr;
    give_signals_back();
}

// A handler may look at any moment: a place is empty from when its end is, until that is set last.
void last_words::knows(std::size_t plugin, const void* inside)
{
    found_range own{reinterpret_cast<std::uintptr_t>(inside), 0, 0};
    if (::dl_iterate_phdr(find_range, &own) == 0)
        return;
    std::size_t at = 0;
    while (at < ranges_used.load() && ranges[at].end != 0)
        ++at;
    if (at == ranges_max)
        return;
    ranges[at].plugin = plugin;
    ranges[at].begin = own.begin;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    ranges[at].end = own.end;
    if (at == ranges_used.load())
        ranges_used.store(at + 1, std::memory_order_release);
}

void last_words::forgets(const void* inside)
{
    const auto where = reinterpret_cast<std::uintptr_t>(inside);
    for (std::size_t at = 0; at < ranges_used.load(); ++at)
        if (ranges[at].begin <= where && where < ranges[at].end)
            ranges[at].end = 0;
}

}  // namespace tinfoil::collection
