#include "plugin/threads.hpp"

#include <algorithm>
#include <array>
#include <dlfcn.h>
#include <execinfo.h>
#include <mutex>
#include <pthread.h>
#include <vector>

namespace tinfoil::plugin {
namespace {

using counter = std::shared_ptr<std::atomic<int>>;

struct code {
    std::uintptr_t begin, end;
    counter running;
};

std::mutex lock;

std::vector<code>& all()
{
    // Never destroyed: threads may be begun while the process ends.
    static auto* const made = new std::vector<code>;
    return *made;
}

[[maybe_unused]] counter owner_of_caller()
{
    std::array<void*, 64> frames{};
    const int count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
    const std::lock_guard held(lock);
    for (const code& each : all())
        for (int i = 0; i < count; ++i) {
            const auto at = reinterpret_cast<std::uintptr_t>(frames[static_cast<std::size_t>(i)]);
            if (at >= each.begin && at < each.end)
                return each.running;
        }
    return nullptr;
}

struct begun {
    void* (*routine)(void*);
    void* argument;
    counter running;
};

// Also when the thread ends by pthread_exit or is cancelled.
void ended(void* what)
{
    auto* const own = static_cast<begun*>(what);
    own->running->fetch_sub(1);
    delete own;
}

[[maybe_unused]] void* run(void* what)
{
    auto* const own = static_cast<begun*>(what);
    void* result = nullptr;
    pthread_cleanup_push(ended, own);
    result = own->routine(own->argument);
    pthread_cleanup_pop(1);
    return result;
}

}  // namespace

thread_count::thread_count(std::uintptr_t begin, std::uintptr_t end)
    : running_(std::make_shared<std::atomic<int>>(0))
{
    const std::lock_guard held(lock);
    all().push_back({begin, end, running_});
}

thread_count::~thread_count()
{
    const std::lock_guard held(lock);
    std::erase_if(all(), [&](const code& each) { return each.running == running_; });
}

}  // namespace tinfoil::plugin

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// In place of the C library's, which it calls: a library that refers to the name finds this one.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*routine)(void*), void* argument)
{
    using tinfoil::plugin::begun;
    static const auto real =
        reinterpret_cast<decltype(&::pthread_create)>(::dlsym(RTLD_NEXT, "pthread_create"));
    auto owner = tinfoil::plugin::owner_of_caller();
    if (owner == nullptr)
        return real(thread, attributes, routine, argument);
    auto* const own = new begun{routine, argument, owner};
    owner->fetch_add(1);
    const int failed = real(thread, attributes, tinfoil::plugin::run, own);
    if (failed != 0)
        tinfoil::plugin::ended(own);
    return failed;
}

#endif
