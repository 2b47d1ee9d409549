#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tinfoil/combine.hpp>
#include <utility>
#include <vector>

namespace tinfoil {

/// A host that has timers and nothing else, in virtual time.
class virtual_host {
public:
    virtual_host()
    {
        table_.size = sizeof table_;
        table_.context = reinterpret_cast<tinfoil_context*>(this);
        table_.log = [](tinfoil_context* to, int32_t, tinfoil_str text) {
            of(to).logged.emplace_back(text.ptr, text.len);
        };
        table_.timer = [](tinfoil_context* to, uint64_t ms, uint64_t tag) -> tinfoil_op {
            if (of(to).timers_left-- == 0)
                return 0;
            of(to).timers_.emplace(std::pair(of(to).now + ms, ++of(to).last_), tag);
            return of(to).last_;
        };
        table_.cancel = [](tinfoil_context* to, tinfoil_op op) -> int32_t {
            std::erase_if(of(to).timers_,
                          [op](const auto& each) { return each.first.second == op; });
            return TINFOIL_OK;
        };
        table_.event_done = [](tinfoil_context* to, uint64_t token) {
            of(to).done.push_back(token);
        };
    }

    [[nodiscard]] detail::timer_waiter sleep(std::uint64_t ms) { return {own, ms}; }
    std::shared_ptr<detail::fate> start(task<> work)
    {
        return own.spawn(
            std::move(work), detail::core::part_of::nothing, [] { return std::string("a story"); },
            std::make_shared<detail::fate>());
    }
    /// Lets so much time pass.
    void advance(std::uint64_t ms)
    {
        const std::uint64_t until = now + ms;
        while (!timers_.empty() && timers_.begin()->first.first <= until) {
            now = timers_.begin()->first.first;
            tinfoil_result how{};
            how.size = sizeof how;
            how.tag = timers_.begin()->second;
            how.op = timers_.begin()->first.second;
            timers_.erase(timers_.begin());
            own.complete(how);
        }
        now = until;
    }
    [[nodiscard]] std::size_t waiting() const { return timers_.size(); }

    std::uint64_t now = 0;
    int timers_left = -1;  ///< That are not refused; below 0: all.
    std::vector<std::string> logged;
    std::vector<std::uint64_t> done;

private:
    static virtual_host& of(tinfoil_context* context)
    {
        return *reinterpret_cast<virtual_host*>(context);
    }

    tinfoil_host table_{};
    tinfoil_op last_ = 0;
    // By when and number; the tag.
    std::map<std::pair<std::uint64_t, tinfoil_op>, std::uint64_t> timers_;

public:
    detail::core own{table_};
};

}  // namespace tinfoil
