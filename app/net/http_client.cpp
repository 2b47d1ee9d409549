#include "net/http_client.hpp"

#include "net/clock.hpp"
#include "net/http_connection.hpp"
#include "net/tls.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <deque>
#include <unordered_set>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;

struct job {
    http_request request;
    instant deadline;
    http_listener then;
};

std::string host_of(const discord::url& base)
{
    const bool usual = base.port == (base.is_secure() ? 443 : 80);
    const bool is_v6 = base.host.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + base.host + "]" : base.host;
    return usual ? host : host + ":" + std::to_string(base.port);
}

}  // namespace

struct http_client::impl : std::enable_shared_from_this<http_client::impl> {
    impl(asio::io_context& on, tls_context& with, discord::url where, const http_limits& most)
        : loop(on),
          tls(with),
          base(std::move(where)),
          host(host_of(base)),
          within(most)
    {
    }

    void go(job what);
    static asio::awaitable<void> dial(std::shared_ptr<impl> self, job what);
    void fail_later(http_listener then, error why);
    void rest(const std::shared_ptr<http_connection>& who);
    void forget(const std::shared_ptr<http_connection>& who);
    [[nodiscard]] http_connection::owner owner();

    asio::io_context& loop;
    tls_context& tls;
    discord::url base;
    std::string host;
    http_limits within;
    std::unordered_set<std::shared_ptr<http_connection>> all;
    std::deque<std::shared_ptr<http_connection>> resting;  ///< The longest at the front.
    std::unordered_set<std::shared_ptr<dialing>> dials;
    bool gone = false;
};

void http_client::impl::go(job what)
{
    if (resting.empty())
        return asio::co_spawn(loop, dial(shared_from_this(), std::move(what)), asio::detached);
    const auto with = std::move(resting.back());
    resting.pop_back();
    with->begin(what.request, what.deadline, std::move(what.then));
}

// It may begin after the client has gone, and the TLS context with it.
asio::awaitable<void> http_client::impl::dial(std::shared_ptr<impl> self, job what)
{
    if (self->gone)
        co_return;
    const auto under_way = std::make_shared<dialing>();
    self->dials.insert(under_way);
    const duration left = what.deadline - now();
    connect_limits limits = self->within.dial;
    for (duration* each : {&limits.resolve, &limits.connect, &limits.handshake})
        *each = std::min(*each, left);
    const auto connected = co_await connect(self->base, self->tls, limits, under_way);
    self->dials.erase(under_way);
    if (self->gone)
        co_return;
    if (!connected)
        co_return what.then.done({connected.error(), false});
    if (now() >= what.deadline) {
        (*connected)->cut();
        co_return what.then.done(
            {error{errc::timed_out, self->host + " took too long to connect to"}, false});
    }
    const auto made =
        std::make_shared<http_connection>(*connected, self->host, self->within, self->owner());
    self->all.insert(made);
    made->begin(what.request, what.deadline, std::move(what.then));
}

http_connection::owner http_client::impl::owner()
{
    return {[weak = weak_from_this()](const auto& who) {
                if (const auto self = weak.lock(); self && !self->gone)
                    self->rest(who);
            },
            [weak = weak_from_this()](const auto& who) {
                if (const auto self = weak.lock(); self && !self->gone)
                    self->forget(who);
            }};
}

void http_client::impl::rest(const std::shared_ptr<http_connection>& who)
{
    resting.push_back(who);
    if (resting.size() <= within.idle_connections)
        return;
    const auto longest = resting.front();
    forget(longest);
    longest->cut();
}

void http_client::impl::forget(const std::shared_ptr<http_connection>& who)
{
    all.erase(who);
    std::erase(resting, who);
}

void http_client::impl::fail_later(http_listener then, error why)
{
    asio::post(loop, [self = shared_from_this(), why = std::move(why), then = std::move(then)] {
        if (!self->gone)
            then.done({why, false});
    });
}

http_client::http_client(asio::io_context& loop, tls_context& tls, discord::url base,
                         const http_limits& within)
    : impl_(std::make_shared<impl>(loop, tls, std::move(base), within))
{
}

http_client::~http_client()
{
    impl_->gone = true;
    for (const auto& each : impl_->all)
        each->cut();
    impl_->all.clear();
    impl_->resting.clear();
    for (const auto& each : impl_->dials)
        each->give_up();
}

void http_client::send(http_request request, instant deadline, http_listener then)
{
    if (auto wrong = fault_of(request))
        return impl_->fail_later(std::move(then), std::move(*wrong));
    if (now() >= deadline)
        return impl_->fail_later(std::move(then),
                                 {errc::timed_out, "the request's time was over before it began"});
    impl_->go({std::move(request), deadline, std::move(then)});
}

std::size_t http_client::connections() const
{
    return impl_->all.size();
}

std::size_t http_client::resting() const
{
    return impl_->resting.size();
}

}  // namespace tinfoil::net
