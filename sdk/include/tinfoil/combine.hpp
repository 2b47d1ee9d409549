#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <tinfoil/core.hpp>
#include <tinfoil/task.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tinfoil {
namespace detail {

/// What several branches lead to: the last of `left` goes on with whoever waits.
struct gate {
    std::size_t left = 0;
    std::coroutine_handle<> continuation;
};

/// A coroutine that belongs to whoever waits for it: destroying it ends it where it waits.
class branch {
public:
    struct promise_type {
        gate* to = nullptr;

        struct last {
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> done) noexcept
            {
                gate& to = *done.promise().to;
                return --to.left == 0 ? to.continuation : std::noop_coroutine();
            }
            void await_resume() noexcept {}
        };
        branch get_return_object()
        {
            return branch(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        std::suspend_always initial_suspend() noexcept { return {}; }
        last final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::terminate(); }
    };

    explicit branch(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
    branch(branch&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    branch& operator=(branch&&) = delete;
    ~branch() { end(); }

    void start(gate& to)
    {
        frame_.promise().to = &to;
        frame_.resume();
    }
    void end()
    {
        if (const auto frame = std::exchange(frame_, nullptr))
            frame.destroy();
    }

private:
    std::coroutine_handle<promise_type> frame_;
};

template <class Work>
using result_of = std::remove_cvref_t<decltype(std::declval<Work&>().await_resume())>;

/// How a branch ended.
template <class T>
struct result_slot {
    std::optional<T> value;
    std::exception_ptr failure;

    [[nodiscard]] bool is_set() const { return value.has_value() || failure != nullptr; }
    T take()
    {
        if (failure)
            std::rethrow_exception(failure);
        return std::move(*value);
    }
};
template <>
struct result_slot<void> {
    bool ended = false;
    std::exception_ptr failure;

    [[nodiscard]] bool is_set() const { return ended || failure != nullptr; }
    std::monostate take() const
    {
        if (failure)
            std::rethrow_exception(failure);
        return {};
    }
};

template <class Work>
branch into(Work work, result_slot<result_of<Work>>& to)
{
    try {
        if constexpr (std::is_void_v<result_of<Work>>) {
            co_await work;
            to.ended = true;
        } else {
            to.value.emplace(co_await work);
        }
    } catch (...) {
        to.failure = std::current_exception();
    }
}

/// Starts them all and waits for the last.
class all_of {
public:
    all_of(std::vector<branch>& parts, gate& to) : parts_(&parts), to_(&to) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> awaiting)
    {
        // One more, so that those which end at once go on with nobody.
        to_->left = parts_->size() + 1;
        to_->continuation = awaiting;
        for (branch& each : *parts_)
            each.start(*to_);
        return --to_->left != 0;
    }
    void await_resume() const noexcept {}

private:
    std::vector<branch>* parts_;
    gate* to_;
};

/// Starts the two and waits for the first; the second begins only if the first has to wait.
class first_of {
public:
    first_of(branch& one, branch& two, gate& to) : one_(&one), two_(&two), to_(&to) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> awaiting)
    {
        to_->left = 2;
        to_->continuation = awaiting;
        one_->start(*to_);
        if (to_->left == 2)
            two_->start(*to_);
        return to_->left == 2 && --to_->left == 1;
    }
    void await_resume() const noexcept {}

private:
    branch* one_;
    branch* two_;
    gate* to_;
};

template <class... Works, std::size_t... At>
void branch_all(std::vector<branch>& parts, std::tuple<result_slot<result_of<Works>>...>& ends,
                std::index_sequence<At...>, Works&... works)
{
    parts.reserve(sizeof...(Works));
    (parts.push_back(into<Works>(std::move(works), std::get<At>(ends))), ...);
}

template <class... Slots, std::size_t... At>
auto take_all(std::tuple<Slots...>& ends, std::index_sequence<At...>)
{
    return std::tuple<decltype(std::get<At>(ends).take())...>{std::get<At>(ends).take()...};
}

template <class... Works>
using tuple_of = std::tuple<decltype(std::declval<result_slot<result_of<Works>>&>().take())...>;

template <class Work>
using within_result = std::conditional_t<
    std::is_void_v<result_of<Work>>, bool,
    std::optional<std::conditional_t<std::is_void_v<result_of<Work>>, int, result_of<Work>>>>;

/// What `work` gives if it ends before the time is up; otherwise it is ended where it waits.
template <class Work>
task<within_result<Work>> within(timer_waiter time, Work work)
{
    result_slot<result_of<Work>> done;
    result_slot<void> over;
    gate first;
    branch working = into<Work>(std::move(work), done);
    branch waiting = into<timer_waiter>(std::move(time), over);
    first_of race(working, waiting, first);
    co_await race;
    if (!done.is_set()) {
        over.take();  // A timer that was refused.
        co_return within_result<Work>();
    }
    if constexpr (std::is_void_v<result_of<Work>>) {
        done.take();
        co_return true;
    } else {
        co_return within_result<Work>(done.take());
    }
}

}  // namespace detail

/// Runs all of them at a time, calls of rest() as well as tasks: `co_await` gives a tuple of their
/// results, std::monostate for those without. It waits for all; then the first exception comes out.
///
///     const auto [guild, me] = co_await when_all(rest().guilds(id).get(),
///     rest().users().me().get());
template <class... Works>
    requires(sizeof...(Works) > 0)
[[nodiscard]] task<detail::tuple_of<Works...>> when_all(Works... works)
{
    std::tuple<detail::result_slot<detail::result_of<Works>>...> ends;
    detail::gate last;
    std::vector<detail::branch> parts;
    detail::branch_all<Works...>(parts, ends, std::index_sequence_for<Works...>(), works...);
    detail::all_of all(parts, last);
    co_await all;
    co_return detail::take_all(ends, std::index_sequence_for<Works...>());
}

/// The same of any number of one kind: a vector of their results.
template <class T>
    requires(!std::is_void_v<T>)
[[nodiscard]] task<std::vector<T>> when_all(std::vector<task<T>> works)
{
    std::vector<detail::result_slot<T>> ends(works.size());
    detail::gate last;
    std::vector<detail::branch> parts;
    for (std::size_t at = 0; at < works.size(); ++at)
        parts.push_back(detail::into<task<T>>(std::move(works[at]), ends[at]));
    detail::all_of all(parts, last);
    co_await all;
    std::vector<T> made;
    for (auto& each : ends)
        made.push_back(each.take());
    co_return made;
}
inline task<> when_all(std::vector<task<>> works)
{
    std::vector<detail::result_slot<void>> ends(works.size());
    detail::gate last;
    std::vector<detail::branch> parts;
    for (std::size_t at = 0; at < works.size(); ++at)
        parts.push_back(detail::into<task<>>(std::move(works[at]), ends[at]));
    detail::all_of all(parts, last);
    co_await all;
    for (const auto& each : ends)
        each.take();
}

}  // namespace tinfoil
