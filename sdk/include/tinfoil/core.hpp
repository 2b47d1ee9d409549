#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/ext/kv.h>
#include <tinfoil/plugin.h>
#include <tinfoil/recycler.hpp>
#include <tinfoil/slots.hpp>
#include <tinfoil/task.hpp>
#include <utility>

namespace tinfoil::detail {

inline tinfoil_str borrow(std::string_view text)
{
    return {text.data(), text.size()};
}

inline std::string_view view(tinfoil_str text)
{
    return text.len == 0 ? std::string_view() : std::string_view(text.ptr, text.len);
}

/// What an exception says, when it is the one that is handled; cut, since it may be of any length.
inline std::string what_of(const std::exception& thrown)
{
    constexpr std::size_t most = 4096;
    const char* said = thrown.what();
    std::size_t length = 0;
    while (said != nullptr && length < most && said[length] != '\0')
        ++length;
    return length == 0 ? "an exception without a text" : std::string(said, length);
}
inline constexpr const char* no_exception = "something that is no std::exception";

class core;

/// A suspended coroutine that waits for one operation of the host. Destroying it cancels the
/// operation, so a task can be destroyed wherever it waits.
class waiter {
public:
    /// What begin() returns of something that the host does not know, as work on a thread.
    static constexpr tinfoil_op of_nobody = ~tinfoil_op{0};

    explicit waiter(core& own) : own_(&own) {}
    /// Only before it is awaited.
    waiter(waiter&& other) noexcept : own_(other.own_) {}
    waiter& operator=(waiter&&) = delete;
    inline virtual ~waiter();

    bool await_ready() const noexcept { return false; }
    inline bool await_suspend(std::coroutine_handle<> awaiting);

    /// Whoever awaits it is to be resumed then.
    std::coroutine_handle<> finish(const tinfoil_result& how)
    {
        status_ = how.status;
        http_status_ = static_cast<int>(how.http_status);
        body_ = view(how.body);
        tag_ = 0;
        return awaiting_;
    }

protected:
    /// What it waits for is here by other means than its operation, which is cancelled.
    inline void resume_now();

    /// Starts the operation; 0 when it was refused.
    virtual tinfoil_op begin(std::uint64_t tag) = 0;

    core* own_;
    int32_t status_ = TINFOIL_OK;
    int http_status_ = 0;
    std::string body_;

private:
    std::coroutine_handle<> awaiting_;
    std::uint64_t tag_ = 0;  // 0: not waiting.
    tinfoil_op op_ = 0;
};

/// How a task that was started is getting on.
enum class outcome { running, finished, failed, cancelled };

/// What is known of a task while it runs and afterwards.
struct fate {
    outcome how = outcome::running;
    core* own = nullptr;
    const void* root = nullptr;
};

/// Something of the plugin's that has to end before the plugin does, as its threads.
class closable {
public:
    closable() = default;
    closable(const closable&) = delete;
    closable& operator=(const closable&) = delete;
    virtual ~closable() = default;
};

/// The engine below one plugin: its tasks and what they wait for. Home thread only.
class core {
public:
    explicit core(const tinfoil_host& host) : host_(&host) {}
    core(const core&) = delete;
    core& operator=(const core&) = delete;
    ~core() { cancel_all(); }

    [[nodiscard]] const tinfoil_host& host() const { return *host_; }
    [[nodiscard]] std::uint64_t application_id() const { return application_id_; }
    void set_application_id(std::uint64_t id) { application_id_ = id; }

    void log(tinfoil_level level, std::string_view text) const
    {
        host_->log(host_->context, level, borrow(text));
    }

    /// Of a host before ABI 1.1 it is nothing.
    void state_changed() const
    {
        if (host_->size >= offsetof(tinfoil_host, dirty) + sizeof host_->dirty)
            host_->dirty(host_->context);
    }

    /// Runs a task until it ends, beside all else or as part of the event that is open.
    /// `describe()` names it in the log, and is asked only when it threw. What it refers to need
    /// not outlive this call if it has a kept(), which gives one that may.
    enum class part_of { nothing, event };
    template <class Describe>
    std::shared_ptr<fate> spawn(task<> work, part_of whole, const Describe& describe,
                                std::shared_ptr<fate> told = nullptr)
    {
        const auto own = begin_root(std::move(told));
        const std::shared_ptr<fate> how = own->told;
        if (how != nullptr)
            *how = {outcome::running, this, &*own};
        {
            const active here{&*own, active_};
            active_ = &here;
            work.frame_.resume();
            active_ = here.outer;
        }
        // Most handlers never wait, and need no more than their own frame.
        if (work.frame_.done()) {
            end_root(own, work.frame_.promise().failure, describe);
        } else if (own->ends) {
            own->frame = std::exchange(work.frame_, nullptr);
            end(own);
        } else {
            if (whole == part_of::event)
                join_event(*own);
            if constexpr (requires { describe.kept(); }) {
                auto kept = describe.kept();
                go_on(own, std::move(work), std::move(kept));
            } else {
                go_on(own, std::move(work), describe);
            }
        }
        return how;
    }

    /// Ends a task where it waits, with all that it waits for; one that runs right now as soon as
    /// it waits.
    void cancel(const fate& which)
    {
        if (which.how != outcome::running)
            return;
        for (auto each = roots_.begin(); each != roots_.end(); ++each)
            if (&*each == which.root) {
                for (const active* at = active_; at != nullptr; at = at->outer)
                    if (at->which == &*each) {
                        ends_ += each->ends ? 0 : 1;
                        each->ends = true;
                        return;
                    }
                return end(each);
            }
    }

    /// The handlers of the host's event of that token are spawned from here to close().
    void open(std::uint64_t token)
    {
        opening_token_ = token;
        is_open_ = true;
    }
    /// True when all of it has ended; otherwise the host is told when the last has.
    bool close()
    {
        is_open_ = false;
        const std::uint64_t own = std::exchange(opening_, 0);
        if (own == 0)
            return true;
        const bool has_ended = handled_.find(own)->left == 0;
        if (has_ended)
            handled_.remove(own);
        return has_ended;
    }
    /// Instead of close(): the host is not told.
    void abandon()
    {
        is_open_ = false;
        handled_.remove(std::exchange(opening_, 0));
    }

    [[nodiscard]] std::uint32_t pending() const
    {
        return static_cast<std::uint32_t>(roots_.size() - (idle_ == roots_.end() ? 0 : 1));
    }

    void cancel_all()
    {
        handled_.take_all();
        opening_ = 0;
        while (pending() != 0)
            end(roots_.begin() == idle_ ? std::next(idle_) : roots_.begin());
    }

    /// Of anything that one of its kind is enough for; made by the first who asks.
    template <class T>
    T& only(const T* = nullptr)
    {
        static const char kind = 0;
        std::unique_ptr<closable>& place = closables_[&kind];
        if (place == nullptr)
            place = std::make_unique<T>(*this);
        return static_cast<T&>(*place);
    }
    /// Ends what has to end while the plugin is still there.
    void stop() { closables_.clear(); }

    std::uint64_t enter(waiter& who)
    {
        return waiting_.add({&who, active_ == nullptr ? nullptr : active_->which});
    }
    void leave(std::uint64_t tag, tinfoil_op op)
    {
        waiting_.remove(tag);
        if (op != 0 && op != waiter::of_nobody)
            host_->cancel(host_->context, op);
    }

    void complete(const tinfoil_result& how)
    {
        if (const auto found = waiting_.take(how.tag))
            resume(found->root, found->who->finish(how));
    }
    /// Without its operation, which is cancelled.
    void complete_early(std::uint64_t tag, tinfoil_op op, std::coroutine_handle<> awaiting)
    {
        const auto* const found = waiting_.find(tag);
        const void* const root = found == nullptr ? nullptr : found->root;
        leave(tag, op);
        resume(root, awaiting);
    }

private:
    struct root {
        std::coroutine_handle<> frame;
        std::uint64_t part_of = 0;  // Of handled_; 0: of no event.
        std::shared_ptr<fate> told;
        bool ends = false;  // Somebody wants it ended as soon as it waits.
    };
    struct waiting {
        waiter* who = nullptr;
        const void* root = nullptr;  // Whose task waits.
    };
    // An event of the host's, and its handlers that have not ended.
    struct handled {
        std::uint64_t token = 0;
        std::size_t left = 0;
    };
    // A root that is on the stack; it may end there.
    struct active {
        const void* which;
        const active* outer;
    };

    void resume(const void* of, std::coroutine_handle<> frame)
    {
        const active here{of, active_};
        active_ = &here;
        frame.resume();
        active_ = here.outer;
        if (ends_ == 0)
            return;
        for (auto each = roots_.begin(); each != roots_.end(); ++each)
            if (&*each == of && each->ends)
                return end(each);
    }
    std::list<root>::iterator begin_root(std::shared_ptr<fate> told)
    {
        const auto own = idle_ != roots_.end() ? idle_ : roots_.emplace(roots_.end());
        idle_ = roots_.end();
        if (told != nullptr)
            own->told = std::move(told);
        return own;
    }
    // Most handlers end where they begin, and their events need no entry.
    void join_event(root& which)
    {
        if (!is_open_)
            return;
        if (opening_ == 0)
            opening_ = handled_.add({opening_token_, 0});
        which.part_of = opening_;
        ++handled_.find(opening_)->left;
    }
    void leave_root(std::list<root>::iterator which, outcome how)
    {
        if (which->told != nullptr) {
            which->told->how = how;
            which->told.reset();
        }
        ends_ -= which->ends ? 1 : 0;
        if (idle_ != roots_.end())
            return void(roots_.erase(which));
        which->frame = nullptr;
        which->part_of = 0;
        which->ends = false;
        idle_ = which;
    }
    // Of a task that has come to its end.
    template <class Describe>
    void end_root(std::list<root>::iterator which, const std::exception_ptr& failure,
                  const Describe& describe)
    {
        if (failure != nullptr)
            log(TINFOIL_ERROR, describe() + " threw: " + text_of(failure));
        const std::uint64_t part_of = which->part_of;
        leave_root(which, failure == nullptr ? outcome::finished : outcome::failed);
        ended(part_of);
    }
    void end(std::list<root>::iterator which)
    {
        const std::coroutine_handle<> frame = which->frame;
        const std::uint64_t part_of = which->part_of;
        leave_root(which, outcome::cancelled);
        frame.destroy();
        ended(part_of);
    }
    static std::string text_of(const std::exception_ptr& thrown)
    {
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& known) {
            return what_of(known);
        } catch (...) {
            return no_exception;
        }
    }
    struct detached {
        struct promise_type : recycled {
            detached get_return_object()
            {
                return {std::coroutine_handle<promise_type>::from_promise(*this)};
            }
            std::suspend_always initial_suspend() noexcept { return {}; }
            std::suspend_never final_suspend() noexcept { return {}; }
            void return_void() noexcept {}
            void unhandled_exception() noexcept { std::terminate(); }
        };
        std::coroutine_handle<> frame;
    };

    // Waits for a task that has begun already.
    struct rest_of {
        task<>& work;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> awaiting) const noexcept
        {
            work.frame_.promise().continuation = awaiting;
        }
        void await_resume() const noexcept {}
    };
    template <class Describe>
    void go_on(std::list<root>::iterator own, task<> work, Describe describe)
    {
        own->frame = run(this, own, std::move(work), std::move(describe)).frame;
        own->frame.resume();
    }
    template <class Describe>
    static detached run(core* own, std::list<root>::iterator place, task<> work, Describe describe)
    {
        rest_of rest{work};
        co_await rest;
        own->end_root(place, work.frame_.promise().failure, describe);
    }

    void ended(std::uint64_t part_of)
    {
        handled* const whole = handled_.find(part_of);
        if (whole == nullptr || --whole->left != 0 || part_of == opening_)
            return;
        const std::uint64_t token = whole->token;
        handled_.remove(part_of);
        host_->event_done(host_->context, token);
    }

    const tinfoil_host* host_;
    std::uint64_t application_id_ = 0;
    std::list<root> roots_;
    // One of them that is nobody's, so that a task which never waits allocates none; or the end.
    std::list<root>::iterator idle_ = roots_.end();
    slots<handled> handled_;
    bool is_open_ = false;             // From open() to close().
    std::uint64_t opening_token_ = 0;  // Of the event whose handlers are being started.
    std::uint64_t opening_ = 0;        // Of handled_: the same, once one of them waits; or 0.
    slots<waiting> waiting_;
    const active* active_ = nullptr;
    std::size_t ends_ = 0;  // Roots that are to be ended.
    std::map<const void*, std::unique_ptr<closable>> closables_;
};

inline waiter::~waiter()
{
    if (tag_ != 0)
        own_->leave(tag_, op_);
}

inline void waiter::resume_now()
{
    own_->complete_early(std::exchange(tag_, 0), op_, awaiting_);
}

inline bool waiter::await_suspend(std::coroutine_handle<> awaiting)
{
    awaiting_ = awaiting;
    const std::uint64_t tag = own_->enter(*this);
    const tinfoil_op op = begin(tag);
    if (op == 0) {
        own_->leave(tag, 0);
        status_ = TINFOIL_E_QUOTA;
        body_ = "refused: too many operations are under way";
        return false;
    }
    tag_ = tag;
    op_ = op;
    return true;
}

class timer_waiter : public waiter {
public:
    timer_waiter(core& own, std::uint64_t delay_ms) : waiter(own), delay_ms_(delay_ms) {}
    void await_resume() const
    {
        if (status_ < 0)
            throw std::runtime_error("timer " + body_);
    }

private:
    tinfoil_op begin(std::uint64_t tag) override
    {
        return own_->host().timer(own_->host().context, delay_ms_, tag);
    }
    std::uint64_t delay_ms_;
};

}  // namespace tinfoil::detail
