#pragma once

#include <atomic>
#include <cstddef>
#include <new>
#include <pthread.h>
#include <utility>

namespace tinfoil::detail {

/// Memory for what a plugin makes and drops with each event: frames of tasks, events that are kept.
/// A block that the home thread gives back lies ready for the next that asks for one of its size,
/// up to `ready_max` of them together; other threads, and larger blocks, use the heap. Every block
/// is one of the heap's, so it does not matter who gives it back. Under the address sanitizer all
/// of it is the heap, which sees what is used too late.
class recycler {
public:
    static constexpr std::size_t ready_max = std::size_t{256} << 10;

    static void* take(std::size_t bytes)
    {
        if (block** const first = list_for(bytes); first != nullptr) {
            if (block* const made = *first; made != nullptr) {
                *first = made->next;
                ready_ -= size_for(bytes);
                return made;
            }
            return ::operator new(size_for(bytes));
        }
        return ::operator new(bytes <= bytes_max ? size_for(bytes) : bytes);
    }
    static void give(void* what, std::size_t bytes) noexcept
    {
        block** const first = list_for(bytes);
        if (first == nullptr || ready_ >= ready_max)
            return ::operator delete(what);
        ready_ += size_for(bytes);
        *first = ::new (what) block{*first};
    }

    /// A plugin begins: this is its home thread. The first of several that are made of one file
    /// says which.
    static void open()
    {
        if (users_++ == 0)
            home_.store(here(), std::memory_order_relaxed);
    }
    /// It has ended; with the last one all that lies ready goes back to the heap.
    static void close()
    {
        if (--users_ != 0)
            return;
        home_.store(nullptr, std::memory_order_relaxed);
        ready_ = 0;
        for (block*& first : lists_)
            while (first != nullptr)
                ::operator delete(std::exchange(first, first->next));
    }

    /// Whether this is the home thread, from open() to close().
    static bool is_home() { return home_.load(std::memory_order_relaxed) == here(); }

    /// From open() to close().
    struct use {
        use() { open(); }
        use(const use&) = delete;
        use& operator=(const use&) = delete;
        ~use() { close(); }
    };

private:
    struct block {
        block* next;
    };
    static constexpr std::size_t step = 64, bytes_max = std::size_t{4} << 10;

    static constexpr std::size_t size_for(std::size_t bytes)
    {
        return (bytes + step - 1) / step * step;
    }
    /// Nothing: the heap's.
    static block** list_for(std::size_t bytes)
    {
#if defined(__SANITIZE_ADDRESS__)
        return nullptr;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
        return nullptr;
#endif
#endif
        if (bytes - 1 >= bytes_max || !is_home())
            return nullptr;
        return &lists_[(bytes - 1) / step];
    }
    /// Something that only this thread has.
    static const void* here()
    {
#if defined(__x86_64__)
        const void* made = nullptr;
        __asm__("movq %%fs:0, %0" : "=r"(made));
        return made;
#else
        return reinterpret_cast<const void*>(::pthread_self());
#endif
    }

    static inline std::atomic<const void*> home_ = nullptr;
    static inline block* lists_[bytes_max / step] = {};
    static inline std::size_t ready_ = 0;
    static inline unsigned users_ = 0;
};

/// What is made of such memory.
struct recycled {
    static void* operator new(std::size_t bytes) { return recycler::take(bytes); }
    static void operator delete(void* what, std::size_t bytes) noexcept
    {
        recycler::give(what, bytes);
    }
};

}  // namespace tinfoil::detail
