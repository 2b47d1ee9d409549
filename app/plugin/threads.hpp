#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace tinfoil::plugin {

/// Counts the threads that code at certain addresses has begun and that have not ended: code that a
/// thread may still run can't be unloaded. It sees std::thread, thread pools and pthread_create,
/// called by that code or by what it calls; under a sanitizer, which has a pthread_create of its
/// own, it counts none.
class thread_count {
public:
    /// Of code from `begin` up to `end`.
    thread_count(std::uintptr_t begin, std::uintptr_t end);
    ~thread_count();
    thread_count(const thread_count&) = delete;
    thread_count& operator=(const thread_count&) = delete;

    [[nodiscard]] int running() const { return running_->load(); }

private:
    std::shared_ptr<std::atomic<int>> running_;
};

}  // namespace tinfoil::plugin
