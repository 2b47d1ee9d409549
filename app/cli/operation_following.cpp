#include "cli/operation_following.hpp"

#include "net/clock.hpp"

#include <fmt/format.h>
#include <optional>

namespace tinfoil::cli {
namespace {

using host::operation_view;

// One look at the operation behind the beginning of the stream, so that no change is missed, and
// then what the stream brings.
class following {
public:
    following(const net::control_client& host, std::uint64_t id,
              const std::function<void(const operation_view&)>& told)
        : host_(host),
          id_(id),
          told_(told)
    {
    }

    void begin_stream() { looked_ = heard_ = false; }

    // False when no more is wanted.
    bool got(const net::control_event& what)
    {
        heard_ = true;
        if (!looked_) {
            looked_ = true;
            return look();
        }
        if (what.name != "operation")
            return true;
        auto now = host::parse_operation(what.json, net::wall_clock_ms());
        if (!now) {
            failed_ = now.error();
            return false;
        }
        if (now->id != id_)
            return true;
        // Its end has reports, which are not in events.
        if (is_over(now->state))
            return look();
        // A wish may be long, and does not change.
        now->wish = known_->wish;
        told_(*now);
        return true;
    }

    bool look()
    {
        auto now = look_at_operation(host_, id_);
        if (!now) {
            failed_ = now.error();
            return false;
        }
        known_ = std::move(*now);
        if (is_over(known_->state))
            return false;
        told_(*known_);
        return true;
    }

    [[nodiscard]] bool is_finished() const { return known_ && is_over(known_->state); }
    [[nodiscard]] bool has_heard() const { return heard_; }
    [[nodiscard]] const std::optional<error>& failed() const { return failed_; }
    [[nodiscard]] operation_view take() { return std::move(*known_); }

private:
    const net::control_client& host_;
    std::uint64_t id_;
    const std::function<void(const operation_view&)>& told_;
    bool looked_ = false, heard_ = false;
    std::optional<operation_view> known_;
    std::optional<error> failed_;
};

}  // namespace

result<operation_view> look_at_operation(const net::control_client& host, std::uint64_t id)
{
    const auto answer = host.call("GET", fmt::format("/v1/operations?id={}", id));
    if (!answer)
        return answer.error();
    auto all = host::parse_operations(answer->json, net::wall_clock_ms());
    if (!all)
        return all.error();
    for (auto* some : {&all->running, &all->waiting, &all->past})
        if (!some->empty())
            return std::move(some->front());
    return error{errc::malformed, fmt::format("the host does not tell of operation {}; use the "
                                              "tinfoil that the host was started with",
                                              id)};
}

result<operation_view> follow_operation(const net::control_client& host, std::uint64_t id,
                                        const std::function<void(const operation_view&)>& told,
                                        const std::function<bool()>& given_up, duration patience)
{
    following it(host, id, told);
    for (;;) {
        it.begin_stream();
        bool is_given_up = false;
        // A stream that lives says something each second; it is opened anew now and then all the
        // same, since its whole time has a bound.
        const auto heard = host.follow(
            "/v1/events",
            [&](const net::control_event& what) {
                is_given_up = given_up();
                return !is_given_up && it.got(what);
            },
            net::now() + patience);
        if (it.is_finished())
            return it.take();
        if (it.failed())
            return *it.failed();
        if (is_given_up)
            return error{errc::cancelled, "nobody follows it any more"};
        if (!heard && (heard.error().code != errc::timed_out || !it.has_heard()))
            return heard.error();
        if (heard && !it.has_heard())
            return error{errc::unreachable,
                         "the host closes its stream of events at once; it ends"};
    }
}

}  // namespace tinfoil::cli
