#include "net/gateway_driver.hpp"

#include "base/overloaded.hpp"
#include "net/clock.hpp"
#include "net/gateway_connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;

// So much of the time that a payload arrives may be behind, for each of a few of them.
constexpr duration clock_lag_max = std::chrono::microseconds(10);

}  // namespace

struct gateway_driver::impl : std::enable_shared_from_this<gateway_driver::impl> {
    impl(asio::io_context& on, tls_context& with, gateway::session_settings settings,
         std::uint64_t seed, gateway_owner& who)
        : loop(on),
          tls(with),
          transport(settings.transport),
          owner(&who),
          outbox(settings.slot, settings.intents, seed + 1),
          session(std::move(settings), seed),
          timer(on)
    {
    }

    void tell(const gateway::input& what) { tell(what, now()); }
    void tell(const gateway::input& what, instant at);
    [[nodiscard]] instant arrival();
    void tell_later(gateway::input what);
    void perform(const gateway::action& action, instant at);
    void tell_outbox(const gateway::outbox_input& what, instant at);
    void tell_outbox_later(gateway::outbox_input what);
    void connect(std::uint32_t generation, const std::string& url);
    void arm();

    asio::io_context& loop;
    tls_context& tls;
    gateway::compression transport;
    gateway_owner* owner;  // Nothing once the driver has gone.
    gateway::outbox outbox;
    gateway::session session;
    asio::steady_timer timer;
    instant armed = never;
    instant read_at{}, clocked{};  // When bytes were read last; the clock's last word since.
    instant told_at{};             // Time never goes back for the machine.
    int payloads_left = 0;         // So many more go by that.
    std::unique_ptr<gateway_connection> connection;
    std::vector<gateway::action> todo;
};

// What is read at once is looked at within microseconds, and reading the clock takes longer than
// most payloads; so it is read now and then, and behind each that took long.
instant gateway_driver::impl::arrival()
{
    constexpr int clock_each = 16;
    const instant before = std::exchange(read_at, connection->read_at());
    const bool is_next_read = read_at != before;
    if (is_next_read || payloads_left-- == 0) {
        clocked = is_next_read ? read_at : now();
        payloads_left = clock_each;
    }
    return clocked;
}

void gateway_driver::impl::tell(const gateway::input& what, instant at)
{
    if (owner == nullptr)
        return;
    const auto self = shared_from_this();
    // The owner may destroy the driver, and the list may not be used twice: it is taken out.
    std::vector<gateway::action> now_todo = std::move(todo);
    now_todo.clear();
    told_at = at = std::max(at, told_at);
    session.on(what, at, now_todo);
    for (const gateway::action& action : now_todo) {
        if (const auto told = gateway::outbox_input_of(action, session.heartbeat_interval());
            told && owner != nullptr)
            tell_outbox(*told, at);
        if (owner != nullptr)
            perform(action, at);
    }
    todo = std::move(now_todo);
    if (owner != nullptr)
        arm();
}

void gateway_driver::impl::tell_later(gateway::input what)
{
    asio::post(loop, [self = shared_from_this(), what = std::move(what)] { self->tell(what); });
}

void gateway_driver::impl::tell_outbox(const gateway::outbox_input& what, instant at)
{
    // Few inputs ask for anything: an event that is no answer costs no memory.
    std::vector<gateway::outbox_action> asked;
    outbox.on(what, at, asked);
    for (const gateway::outbox_action& action : asked) {
        if (const auto* out = std::get_if<gateway::transmit>(&action)) {
            if (connection)
                connection->send(out->payload);
        } else if (const auto& told = std::get<gateway::answered>(action); owner != nullptr)
            owner->on_answered(told.id, told.what);
    }
}

void gateway_driver::impl::tell_outbox_later(gateway::outbox_input what)
{
    asio::post(loop, [self = shared_from_this(), what = std::move(what)] {
        if (self->owner != nullptr)
            self->tell_outbox(what, now());
        if (self->owner != nullptr)
            self->arm();
    });
}

void gateway_driver::impl::connect(std::uint32_t generation, const std::string& url)
{
    // A connection calls nobody once it has gone, and this has it.
    connection = std::make_unique<gateway_connection>(
        loop, tls, url, transport,
        gateway_connection::listener{[this, generation] { tell(gateway::connected{generation}); },
                                     [this, generation](std::string_view payload) {
                                         tell(gateway::received{generation, payload}, arrival());
                                     },
                                     [this, generation](int code, const std::string& why) {
                                         tell(gateway::lost{generation, code, why});
                                     }});
}

void gateway_driver::impl::perform(const gateway::action& action, instant at)
{
    std::visit(
        overloaded{
            [&](const gateway::open& to) { connect(to.generation, to.url); },
            [&](const gateway::send&) {},  // The outbox sends it.
            [&](const gateway::close& with) {
                connection->close(with.code);
                // Also one that was not read for a while has to see the peer's answer.
                connection->read(true);
            },
            [&](const gateway::drop&) { connection.reset(); },
            [&](const gateway::queue_identify& asks) { owner->on_queue_identify(asks.generation); },
            [&](const gateway::leave_queue&) { owner->on_leave_queue(); },
            [&](const gateway::identify_ended& how) { owner->on_identify_ended(how.received); },
            [&](const gateway::deliver& event) {
                const duration waited = connection ? at - connection->read_at() : duration{};
                if (owner->on_event(event, at, waited) > clock_lag_max)
                    payloads_left = 0;
            },
            [&](const gateway::established& began) {
                outbox.set_intents(session.intents());
                owner->on_established(began.point);
            },
            [&](const gateway::resumed&) { owner->on_resumed(); },
            [&](const gateway::forgotten& what) { owner->on_forgotten(what.why); },
            [&](const gateway::moved& what) { owner->on_moved(what.to, what.why); },
            [&](const gateway::stopped& what) { owner->on_stopped(what.close_code, what.why); },
            [&](const gateway::queue_resume& want) { owner->on_queue_resume(want.since); },
            [&](const gateway::leave_resume_queue&) { owner->on_leave_resume_queue(); },
            [&](const gateway::resume_ended& how) { owner->on_resume_ended(how.failed); },
            [&](const gateway::read& how) {
                connection->read(how.on);
                payloads_left = 0;
            },
            [&](const gateway::own_mistake& what) { owner->on_own_mistake(what.close_code); },
        },
        action);
}

void gateway_driver::impl::arm()
{
    const instant due = std::min(session.deadline(), outbox.deadline());
    if (due == armed)
        return;
    armed = due;
    timer.cancel();
    if (due == never)
        return;
    timer.expires_after(due - now());
    timer.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
        const auto self = weak.lock();
        if (failed || !self)
            return;
        self->armed = never;
        if (self->owner != nullptr)
            self->tell_outbox(gateway::outbox_elapsed{}, now());
        self->tell(gateway::elapsed{});
    });
}

gateway_driver::gateway_driver(asio::io_context& loop, tls_context& tls,
                               gateway::session_settings settings, std::uint64_t seed,
                               gateway_owner& owner)
    : impl_(std::make_shared<impl>(loop, tls, std::move(settings), seed, owner))
{
}

gateway_driver::~gateway_driver()
{
    impl_->owner = nullptr;
    impl_->connection.reset();
    impl_->timer.cancel();
}

void gateway_driver::start(std::optional<gateway::resume_point> from)
{
    impl_->tell_later(gateway::start{std::move(from)});
}

void gateway_driver::permit(std::uint32_t generation)
{
    impl_->tell_later(gateway::permitted{generation});
}

void gateway_driver::resume_turn()
{
    impl_->tell_later(gateway::resume_turn{});
}

void gateway_driver::want_intents(std::uint64_t intents)
{
    impl_->session.want_intents(intents);
}

std::uint64_t gateway_driver::intents() const
{
    return impl_->session.intents();
}

void gateway_driver::wake()
{
    impl_->tell_later(gateway::wake{});
}

void gateway_driver::full(bool is)
{
    impl_->tell_later(gateway::full{is});
}

void gateway_driver::refresh(std::string why)
{
    impl_->tell_later(gateway::refresh{std::move(why)});
}

void gateway_driver::slept()
{
    impl_->tell_later(gateway::slept{});
}

void gateway_driver::beat_now()
{
    impl_->tell_later(gateway::beat_now{});
}

void gateway_driver::probe(std::string payload)
{
    impl_->tell_outbox_later(gateway::probe{std::move(payload)});
}

void gateway_driver::stop(bool end_session)
{
    impl_->tell_later(gateway::stop{end_session});
}

void gateway_driver::give(gateway::submit command)
{
    impl_->tell_outbox_later(std::move(command));
}

void gateway_driver::take_back(std::uint64_t command)
{
    impl_->tell_outbox_later(gateway::cancel{command});
}

gateway::state gateway_driver::where() const
{
    return impl_->session.where();
}

std::optional<gateway::heartbeat::measure> gateway_driver::latency() const
{
    return impl_->session.latency();
}

bool gateway_driver::is_paused() const
{
    return impl_->session.is_paused();
}

}  // namespace tinfoil::net
