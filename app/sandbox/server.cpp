#include "sandbox/server.hpp"

#include "discord/url.hpp"
#include "net/certificate_authority.hpp"
#include "net/clock.hpp"
#include "net/pump.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "sandbox/peer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace tinfoil::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t peers_max = 4096;

class running final : public server, private peer_owner {
public:
    running(const options& how, std::function<void(const happening&)> watch)
        : how_(how),
          watch_(std::move(watch)),
          acceptor_(loop_)
    {
    }
    ~running() override
    {
        asio::post(loop_, [this] { loop_.stop(); });
        if (thread_.joinable())
            thread_.join();
        peers_.clear();
    }

    result<void> begin();

    [[nodiscard]] endpoint where() const override { return where_; }
    void hush() override
    {
        // Whoever asks afterwards has to hear of everything begun before.
        hushing_ = true;
        asio::post(loop_, [this] {
            discord_->tell(discordsim::hush{});
            hushing_ = false;
            publish();
        });
    }
    [[nodiscard]] std::uint64_t waiting() const override { return hushing_ ? 1 : waiting_.load(); }
    [[nodiscard]] counts so_far() const override
    {
        const std::lock_guard lock(mutex_);
        return counts_;
    }

private:
    asio::awaitable<void> accept();
    void perform(const discordsim::action& action);
    void publish();

    // peer_owner
    std::uint64_t next_id() override { return ++last_id_; }
    void tell(discordsim::input what) override
    {
        discord_->tell(std::move(what));
        publish();
    }
    void add_gateway(std::uint64_t id, std::weak_ptr<peer> who) override
    {
        gateways_[id] = std::move(who);
    }
    void await_answer(std::uint64_t id,
                      std::function<void(const discordsim::answer&)> then) override
    {
        answers_[id] = std::move(then);
    }

    using pump = net::pump<discordsim::simulator, discordsim::input, discordsim::elapsed,
                           discordsim::action>;

    options how_;
    std::function<void(const happening&)> watch_;
    endpoint where_;
    asio::io_context loop_{1};
    tcp::acceptor acceptor_;
    std::unique_ptr<net::tls_context> tls_;
    std::unique_ptr<pump> discord_;
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, std::weak_ptr<peer>> gateways_;
    std::map<std::uint64_t, std::function<void(const discordsim::answer&)>> answers_;
    std::vector<std::weak_ptr<peer>> peers_;
    std::atomic<std::uint64_t> waiting_{0};
    std::atomic<bool> hushing_{false};
    mutable std::mutex mutex_;
    counts counts_;  // Copied for other threads, under mutex_.
    std::thread thread_;
};

result<void> running::begin()
{
    error_code failed;
    const auto address = asio::ip::make_address(how_.address, failed);
    if (failed || !address.is_loopback())
        return error{errc::invalid_argument,
                     "the sandbox listens on loopback addresses only, as 127.0.0.1; not on " +
                         how_.address};
    const tcp::endpoint at(address, how_.port);
    acceptor_.open(at.protocol(), failed);
    if (!failed)
        acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed)
        acceptor_.bind(at, failed);
    if (!failed)
        acceptor_.listen(tcp::acceptor::max_listen_connections, failed);
    if (failed)
        return error{errc::io, "the sandbox can't listen on " + how_.address + ":" +
                                   std::to_string(how_.port) + ": " + failed.message()};
    const std::string place = how_.host + ":" + std::to_string(acceptor_.local_endpoint().port());
    if (!how_.plain) {
        const net::certificate_authority authority;
        const auto identity = authority.issue(how_.host, std::chrono::hours(24 * 365));
        auto tls = net::tls_context::server(identity.certificate_pem, identity.key_pem);
        if (!tls)
            return tls.error();
        tls_ = std::move(*tls);
        where_.authority_pem = authority.pem();
    }
    where_.api = (how_.plain ? "http://" : "https://") + place + "/api/v10";
    where_.gateway = (how_.plain ? "ws://" : "wss://") + place;
    where_.token = how_.rules.token;
    how_.rules.gateway_url = where_.gateway;
    how_.rules.wall_ms = net::wall_clock_ms();
    discord_ =
        std::make_unique<pump>(loop_, discordsim::simulator(how_.rules, net::now()),
                               [this](const discordsim::action& action) { perform(action); });
    asio::co_spawn(loop_, accept(), asio::detached);
    // The first input starts the timer of the people.
    asio::post(loop_, [this] { discord_->tell(discordsim::elapsed{}); });
    thread_ = std::thread([this] { loop_.run(); });
    return {};
}

asio::awaitable<void> running::accept()
{
    for (;;) {
        error_code failed;
        tcp::socket socket =
            co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failed));
        if (failed == asio::error::operation_aborted)
            co_return;
        std::erase_if(peers_, [](const auto& each) { return each.expired(); });
        if (failed || peers_.size() >= peers_max)
            continue;
        auto stream = tls_ ? std::make_shared<net::stream>(std::move(socket), tls_->native())
                           : std::make_shared<net::stream>(std::move(socket));
        peers_.push_back(serve(std::move(stream), *this));
    }
}

void running::perform(const discordsim::action& action)
{
    if (const auto* text = std::get_if<discordsim::send>(&action)) {
        if (const auto who = gateways_[text->id].lock())
            who->send(text->text);
    } else if (const auto* end = std::get_if<discordsim::close>(&action)) {
        if (const auto who = gateways_[end->id].lock())
            who->close(end->code, end->why);
        gateways_.erase(end->id);
    } else if (const auto* answer = std::get_if<discordsim::answer>(&action)) {
        if (auto node = answers_.extract(answer->id))
            node.mapped()(*answer);
    } else {
        watch_(std::get<discordsim::told>(action).what);
    }
    publish();
}

void running::publish()
{
    std::erase_if(gateways_, [](const auto& each) { return each.second.expired(); });
    waiting_ = discord_->machine().waiting();
    const std::lock_guard lock(mutex_);
    counts_ = discord_->machine().so_far();
}

}  // namespace

result<std::unique_ptr<server>> server::start(const options& how,
                                              std::function<void(const happening&)> watch)
{
    auto made = std::make_unique<running>(how, std::move(watch));
    if (auto begun = made->begin(); !begun)
        return begun.error();
    return std::unique_ptr<server>(std::move(made));
}

}  // namespace tinfoil::sandbox
