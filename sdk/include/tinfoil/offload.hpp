#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <tinfoil/combine.hpp>
#include <tinfoil/core.hpp>
#include <tinfoil/plugin.hpp>
#include <type_traits>
#include <utility>

namespace tinfoil {
namespace detail {

class job {
public:
    job() = default;
    job(const job&) = delete;
    job& operator=(const job&) = delete;
    virtual ~job() = default;
    virtual void run(const std::stop_token& ends) = 0;

    std::uint64_t tag = 0;
};

/// The plugin's own thread, which begins with the first job and is joined before the plugin ends.
class workshop : public closable {
public:
    static constexpr std::size_t jobs_max = 1000;

    explicit workshop(core& own) : own_(&own)
    {
        thread_ = std::jthread([this](const std::stop_token& ends) { work(ends); });
    }
    ~workshop() override
    {
        thread_.request_stop();
        thread_.join();
    }

    /// False when too many wait already.
    bool add(std::shared_ptr<job> what)
    {
        const std::scoped_lock locked(mutex_);
        if (jobs_.size() >= jobs_max)
            return false;
        jobs_.push_back(std::move(what));
        changed_.notify_one();
        return true;
    }

private:
    void work(const std::stop_token& ends)
    {
        for (;;) {
            std::shared_ptr<job> next;
            {
                std::unique_lock locked(mutex_);
                if (!changed_.wait(locked, ends, [this] { return !jobs_.empty(); }) ||
                    ends.stop_requested())
                    return;
                next = std::move(jobs_.front());
                jobs_.pop_front();
            }
            next->run(ends);
            // Of one whose task is gone the host's answer finds nobody.
            own_->host().post(own_->host().context, next->tag);
        }
    }

    core* own_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::shared_ptr<job>> jobs_;
    std::jthread thread_;
};

template <class Work>
auto call_of(Work& work, const std::stop_token& ends)
{
    if constexpr (std::is_invocable_v<Work&, std::stop_token>)
        return work(ends);
    else
        return work();
}

template <class Work>
class [[nodiscard]] offload_call : public waiter {
    using result = decltype(call_of(std::declval<Work&>(), std::declval<std::stop_token>()));

public:
    offload_call(core& own, Work work)
        : waiter(own),
          job_(std::make_shared<own_job>(std::move(work)))
    {
    }
    result await_resume()
    {
        if (status_ < 0)
            throw std::runtime_error("offload " + body_);
        if constexpr (std::is_void_v<result>)
            job_->end.take();
        else
            return job_->end.take();
    }

private:
    struct own_job : job {
        explicit own_job(Work what) : work(std::move(what)) {}
        void run(const std::stop_token& ends) override
        {
            try {
                if constexpr (std::is_void_v<result>) {
                    call_of(work, ends);
                    end.ended = true;
                } else {
                    end.value.emplace(call_of(work, ends));
                }
            } catch (...) {
                end.failure = std::current_exception();
            }
        }
        Work work;
        result_slot<result> end;
    };

    tinfoil_op begin(std::uint64_t tag) override
    {
        job_->tag = tag;
        return own_->only<workshop>().add(job_) ? of_nobody : 0;
    }

    std::shared_ptr<own_job> job_;
};

}  // namespace detail

/// Runs `work` on a thread of the plugin's, one at a time in the order of their calls, and goes on
/// at home with what it returns; what it throws comes out of the co_await. For what takes the
/// processor longer than some milliseconds. `work` touches nothing of the plugin but what it was
/// given by value. It may take a std::stop_token, which says when the plugin is about to end: that
/// waits for it. At most 1,000 wait; one more throws.
///
///     const auto render = [text = std::string(said.string("content"))] { return picture(text); };
///     const std::string bytes = co_await offload(*this, render);
template <class Work>
[[nodiscard]] auto offload(plugin& of, Work&& work)
{
    static_assert(std::is_lvalue_reference_v<Work> || std::is_trivially_destructible_v<Work>,
                  "g++ 12 destroys twice what a lambda in a co_await captures by value: name it "
                  "first, `const auto work = [...] { ... }; co_await offload(*this, work);`");
    return detail::offload_call<std::remove_cvref_t<Work>>(detail::core_of(of),
                                                           std::forward<Work>(work));
}

}  // namespace tinfoil
