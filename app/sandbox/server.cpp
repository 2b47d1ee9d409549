#include "sandbox/server.hpp"

#include "discord/url.hpp"
#include "net/certificate_authority.hpp"
#include "net/clock.hpp"
#include "net/pump.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "sandbox/event_log.hpp"
#include "sandbox/peer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
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
// Of what nobody reads, besides a whole replay of events of usual size.
constexpr std::size_t unsent_bytes = 64U << 20;
constexpr std::size_t usual_event_bytes = 1U << 10;
// How old what others see may be: the log, and counts that changed by themselves.
constexpr duration publish_pause = std::chrono::milliseconds(50);

class running final : public server, private peer_owner {
public:
    running(const options& how, std::function<void(const happening&)> watch)
        : how_(how),
          watch_(std::move(watch)),
          acceptor_(loop_),
          plain_acceptor_(loop_),
          ticker_(loop_)
    {
    }
    running(const running&) = delete;
    running& operator=(const running&) = delete;
    ~running() override
    {
        static_cast<void>(stop());
        peers_.clear();
    }

    result<void> begin();
    result<void> end() override { return stop(); }

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
    enum class how_safe { tls, plain };

    result<std::uint16_t> listen(tcp::acceptor& on, std::uint16_t port);
    result<void> prepare_tls();
    void fill_endpoint(std::uint16_t port);
    asio::awaitable<void> accept(tcp::acceptor& on, how_safe with);
    void perform(const discordsim::action& action);
    void on_session(const session_news& what);
    void tick();
    void publish();
    result<void> stop();

    // peer_owner
    std::uint64_t next_id() override { return ++last_id_; }
    void tell(discordsim::input what) override
    {
        if (const auto* gone = std::get_if<discordsim::closed>(&what))
            gateways_.erase(gone->id);
        discord_->tell(std::move(what));
        publish();
    }
    own_answer answer_own(std::string_view method, std::string_view path) override;
    [[nodiscard]] std::size_t unsent_max() const override
    {
        return unsent_bytes + how_.rules.replay_events * usual_event_bytes;
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
    tcp::acceptor acceptor_, plain_acceptor_;
    asio::steady_timer ticker_;
    std::unique_ptr<event_log> log_;
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
    const auto port = listen(acceptor_, how_.port);
    if (!port)
        return port.error();
    if (auto ready = prepare_tls(); !ready)
        return ready;
    fill_endpoint(*port);
    if (how_.plain) {
        const auto plain_port = listen(plain_acceptor_, 0);
        if (!plain_port)
            return plain_port.error();
        const std::string place = how_.host + ":" + std::to_string(*plain_port);
        where_.plain_api = "http://" + place + "/api/v10";
        where_.plain_gateway = "ws://" + place;
    }
    if (!how_.log.empty()) {
        auto log = event_log::open(how_.log);
        if (!log)
            return log.error();
        log_ = std::move(*log);
    }
    how_.rules.gateway_url = where_.gateway;
    how_.rules.plain_gateway_url = where_.plain_gateway;
    how_.rules.tells_events = log_ != nullptr;
    how_.rules.wall_ms = net::wall_clock_ms();
    discord_ =
        std::make_unique<pump>(loop_, discordsim::simulator(how_.rules, net::now()),
                               [this](const discordsim::action& action) { perform(action); });
    for (const discordsim::guild& each : discord_->machine().everything().guilds)
        where_.guilds.push_back({each.id, each.name, each.channels, {}});
    asio::co_spawn(loop_, accept(acceptor_, how_safe::tls), asio::detached);
    if (how_.plain)
        asio::co_spawn(loop_, accept(plain_acceptor_, how_safe::plain), asio::detached);
    // The first input starts the timer of the people.
    asio::post(loop_, [this] {
        discord_->tell(discordsim::elapsed{});
        tick();
    });
    thread_ = std::thread([this] { loop_.run(); });
    return {};
}

result<std::uint16_t> running::listen(tcp::acceptor& on, std::uint16_t port)
{
    error_code failed;
    const auto address = asio::ip::make_address(how_.address, failed);
    if (failed || !address.is_loopback())
        return error{errc::invalid_argument,
                     "the sandbox listens on loopback addresses only, as 127.0.0.1; not on " +
                         how_.address};
    const tcp::endpoint at(address, port);
    on.open(at.protocol(), failed);
    if (!failed)
        on.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed)
        on.bind(at, failed);
    if (!failed)
        on.listen(tcp::acceptor::max_listen_connections, failed);
    if (failed)
        return error{errc::io, "the sandbox can't listen on " + how_.address + ":" +
                                   std::to_string(port) + ": " + failed.message() +
                                   "; port 0 takes any that is free"};
    return on.local_endpoint().port();
}

result<void> running::prepare_tls()
{
    const net::certificate_authority authority;
    const auto identity = authority.issue(how_.host, std::chrono::hours(24 * 365));
    auto tls = net::tls_context::server(identity.certificate_pem, identity.key_pem);
    if (!tls)
        return tls.error();
    tls_ = std::move(*tls);
    where_.authority_pem = authority.pem();
    return {};
}

void running::fill_endpoint(std::uint16_t port)
{
    const std::string place = how_.host + ":" + std::to_string(port);
    where_.api = "https://" + place + "/api/v10";
    where_.gateway = "wss://" + place;
    where_.token = how_.rules.token;
}

asio::awaitable<void> running::accept(tcp::acceptor& on, how_safe with)
{
    for (;;) {
        error_code failed;
        tcp::socket socket =
            co_await on.async_accept(asio::redirect_error(asio::use_awaitable, failed));
        if (failed == asio::error::operation_aborted)
            co_return;
        std::erase_if(peers_, [](const auto& each) { return each.expired(); });
        if (failed || peers_.size() >= peers_max)
            continue;
        auto stream = with == how_safe::tls
                          ? std::make_shared<net::stream>(std::move(socket), tls_->native())
                          : std::make_shared<net::stream>(std::move(socket));
        peers_.push_back(serve(std::move(stream), *this));
    }
}

void running::perform(const discordsim::action& action)
{
    if (const auto* text = std::get_if<discordsim::send>(&action)) {
        if (const auto found = gateways_.find(text->id); found != gateways_.end())
            if (const auto who = found->second.lock())
                who->send(text->text);
    } else if (const auto* made = std::get_if<discordsim::generated>(&action)) {
        log_->add(*made);
    } else if (const auto* end = std::get_if<discordsim::close>(&action)) {
        if (const auto node = gateways_.extract(end->id))
            if (const auto who = node.mapped().lock())
                who->close(end->code, end->why);
    } else if (const auto* answer = std::get_if<discordsim::answer>(&action)) {
        if (auto node = answers_.extract(answer->id))
            node.mapped()(*answer);
    } else if (const auto* news = std::get_if<session_news>(&action)) {
        on_session(*news);
    } else {
        watch_(std::get<discordsim::told>(action).what);
    }
    publish();
}

void running::on_session(const session_news& what)
{
    if (log_)
        log_->add(what, net::wall_clock_ms());
    if (how_.on_session)
        how_.on_session(what);
}

own_answer running::answer_own(std::string_view method, std::string_view path)
{
    const auto wrong_method = [](const char* right) {
        return own_answer{405, std::string(R"({"message":"405: Method Not Allowed; use )") + right +
                                   R"(","code":0})"};
    };
    if (path == "/sandbox/counts") {
        if (method != "GET")
            return wrong_method("GET");
    } else if (path == "/sandbox/hush") {
        if (method != "POST")
            return wrong_method("POST");
        tell(discordsim::hush{});
    } else if (path == "/sandbox/cut") {
        if (method != "POST")
            return wrong_method("POST");
        for (const auto& [id, each] : gateways_)
            if (const auto who = each.lock())
                who->cut();
    } else {
        return {404, R"({"message":"404: Not Found","code":0})"};
    }
    return {200, boost::json::serialize(to_json(discord_->machine().so_far()))};
}

void running::tick()
{
    publish();
    if (log_)
        static_cast<void>(log_->flush());  // stop() tells of what failed.
    ticker_.expires_after(publish_pause);
    ticker_.async_wait([this](error_code failed) {
        if (!failed)
            tick();
    });
}

void running::publish()
{
    waiting_ = discord_->machine().waiting();
    const std::lock_guard lock(mutex_);
    counts_ = discord_->machine().so_far();
}

result<void> running::stop()
{
    asio::post(loop_, [this] { loop_.stop(); });
    if (thread_.joinable())
        thread_.join();
    return log_ ? log_->flush() : result<void>();
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
