#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <tinfoil/recycler.hpp>
#include <type_traits>
#include <utility>

namespace tinfoil {

template <class T = void>
class task;

namespace detail {

class core;

struct task_promise_base : recycled {
    std::coroutine_handle<> continuation = std::noop_coroutine();
    std::exception_ptr failure;

    struct final_awaiter {
        bool await_ready() noexcept { return false; }
        template <class P>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<P> done) noexcept
        {
            return done.promise().continuation;
        }
        void await_resume() noexcept {}
    };

    std::suspend_always initial_suspend() noexcept { return {}; }
    final_awaiter final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept { failure = std::current_exception(); }
};

template <class T>
struct task_promise : task_promise_base {
    std::optional<T> value;

    task<T> get_return_object() noexcept;
    template <class U>
    void return_value(U&& result)
    {
        value.emplace(std::forward<U>(result));
    }
    T take()
    {
        if (failure)
            std::rethrow_exception(failure);
        return std::move(*value);
    }
};

template <>
struct task_promise<void> : task_promise_base {
    task<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void take()
    {
        if (failure)
            std::rethrow_exception(failure);
    }
};

}  // namespace detail

/// Work that can wait: what a handler returns. It begins when it is awaited, and is awaited once.
/// An exception comes out of the co_await. Destroying it ends it where it waits.
///
/// A handler's task belongs to tinfoil, which runs it on the plugin's home thread; between two
/// co_awaits nothing else of the plugin runs.
template <class T>
class [[nodiscard]] task {
public:
    using promise_type = detail::task_promise<T>;

    explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
    task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    task& operator=(task&& other) noexcept
    {
        std::swap(frame_, other.frame_);
        return *this;
    }
    ~task()
    {
        if (frame_)
            frame_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept
    {
        frame_.promise().continuation = awaiting;
        return frame_;
    }
    T await_resume() { return frame_.promise().take(); }

private:
    friend class detail::core;

    std::coroutine_handle<promise_type> frame_;
};

namespace detail {

template <class T>
task<T> task_promise<T>::get_return_object() noexcept
{
    return task<T>(std::coroutine_handle<task_promise>::from_promise(*this));
}

inline task<void> task_promise<void>::get_return_object() noexcept
{
    return task<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}

}  // namespace detail
}  // namespace tinfoil

namespace tinfoil::detail {

/// Of a coroutine's parameter. References to what somebody named are fine.
template <class T>
constexpr bool is_safe_parameter()
{
    using type = std::remove_cvref_t<T>;
    if constexpr (std::is_lvalue_reference_v<T> || !std::is_class_v<type>)
        return true;
    else
        return !std::is_aggregate_v<type> || std::is_trivially_destructible_v<type>;
}

}  // namespace tinfoil::detail

template <class T, class... Parameters>
struct std::coroutine_traits<tinfoil::task<T>, Parameters...> {
    static_assert(
        (tinfoil::detail::is_safe_parameter<Parameters>() && ...),
        "g++ 12 destroys an aggregate that is given to a coroutine twice: give the struct "
        "a constructor, or take it by const reference and pass one that has a name");
    using promise_type = typename tinfoil::task<T>::promise_type;
};
