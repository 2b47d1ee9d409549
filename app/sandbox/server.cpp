#include "sandbox/server.hpp"

#include "base/overloaded.hpp"
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
#include <list>
#include <map>
#include <mutex>
#include <sys/resource.h>
#include <thread>

namespace tinfoil::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t peers_looked_at_least = 64;
constexpr std::size_t peers_max = 16'384;
// Of what nobody reads, besides a whole replay of events of usual size.
constexpr std::size_t unsent_bytes = 64U << 20;
constexpr std::size_t usual_event_bytes = 1U << 10;
// How old what others see may be: the log, and counts that changed without an effect.
constexpr duration publish_pause = std::chrono::milliseconds(50);

// Thousands of shards need more descriptors than a shell usually grants at once.
void raise_descriptor_limit()
{
    ::rlimit now{};
    if (::getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur == now.rlim_max)
        return;
    now.rlim_cur = now.rlim_max;
    // Without it there are as many connections as there may be.
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &now));
}

class running final : public server, private peer_owner {
public:
    running(const options& how, std::function<void(const happening&)> watch)
        : how_(how),
          watch_(std::move(watch)),
          ticker_(loop_),
          rough_(how.rules.seed)
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
    /// A port that it listens on.
    struct door {
        tcp::acceptor acceptor;
        bool plain = false;
        bool resumes = false;  ///< Where resume_gateway_url points to.
    };

    result<std::string> listen(door& on, std::uint16_t port);
    result<void> open_doors();
    result<void> prepare_tls();
    asio::awaitable<void> accept(door& on);
    [[nodiscard]] std::shared_ptr<peer> gateway(std::uint64_t id);
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
    std::optional<std::uint64_t> rough_seed() override
    {
        return how_.smooth ? std::nullopt : std::optional(rough_.next());
    }

    using pump = net::pump<discordsim::simulator, discordsim::input, discordsim::elapsed,
                           discordsim::action>;

    options how_;
    std::function<void(const happening&)> watch_;
    endpoint where_;
    asio::io_context loop_{1};
    std::list<door> doors_;
    asio::steady_timer ticker_;
    random_source rough_;
    std::unique_ptr<event_log> log_;
    std::unique_ptr<net::tls_context> tls_;
    std::unique_ptr<pump> discord_;
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, std::weak_ptr<peer>> gateways_;
    std::map<std::uint64_t, std::function<void(const discordsim::answer&)>> answers_;
    std::vector<std::weak_ptr<peer>> peers_;
    std::size_t peers_looked_at_ = peers_looked_at_least;  ///< How many there may be until then.
    std::atomic<std::uint64_t> waiting_{0};
    std::atomic<bool> hushing_{false};
    mutable std::mutex mutex_;
    counts counts_;  // Copied for other threads, under mutex_.
    std::thread thread_;
};

result<void> running::begin()
{
    raise_descriptor_limit();
    if (auto ready = prepare_tls(); !ready)
        return ready;
    if (auto open = open_doors(); !open)
        return open;
    if (!how_.log.empty()) {
        auto log = event_log::open(how_.log);
        if (!log)
            return log.error();
        log_ = std::move(*log);
    }
    how_.rules.tells_events = how_.rules.tells_exchange = log_ != nullptr;
    how_.rules.wall_ms = net::wall_clock_ms();
    discord_ =
        std::make_unique<pump>(loop_, discordsim::simulator(how_.rules, net::now()),
                               [this](const discordsim::action& action) { perform(action); });
    for (const discordsim::guild& each : discord_->machine().everything().guilds)
        where_.guilds.push_back({each.id, each.name, each.channels, {}});
    for (door& each : doors_)
        asio::co_spawn(loop_, accept(each), asio::detached);
    // The first input starts the timer of the people.
    asio::post(loop_, [this] {
        discord_->tell(discordsim::elapsed{});
        tick();
    });
    thread_ = std::thread([this] { loop_.run(); });
    return {};
}

// Discord's resume_gateway_url is another host; here it is another port.
result<void> running::open_doors()
{
    auto& rules = how_.rules;
    const auto open = [&](bool plain, bool resumes, std::uint16_t port) {
        doors_.push_back({tcp::acceptor(loop_), plain, resumes});
        return listen(doors_.back(), port);
    };
    const auto main = open(false, false, how_.port);
    const auto resume = main ? open(false, true, 0) : main;
    if (!resume)
        return resume.error();
    where_.api = "https://" + *main + "/api/v10";
    where_.gateway = rules.gateway_url = "wss://" + *main;
    where_.token = rules.token;
    rules.resume_url = "wss://" + *resume;
    if (!how_.plain)
        return {};
    const auto plain = open(true, false, 0);
    const auto plain_resume = plain ? open(true, true, 0) : plain;
    if (!plain_resume)
        return plain_resume.error();
    where_.plain_api = "http://" + *plain + "/api/v10";
    where_.plain_gateway = rules.plain_gateway_url = "ws://" + *plain;
    rules.plain_resume_url = "ws://" + *plain_resume;
    return {};
}

// Host and port as a URL has them.
result<std::string> running::listen(door& to, std::uint16_t port)
{
    error_code failed;
    const auto address = asio::ip::make_address(how_.address, failed);
    if (failed || !address.is_loopback())
        return error{errc::invalid_argument,
                     "the sandbox listens on loopback addresses only, as 127.0.0.1; not on " +
                         how_.address};
    const tcp::endpoint at(address, port);
    tcp::acceptor& on = to.acceptor;
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
    return how_.host + ":" + std::to_string(on.local_endpoint().port());
}

result<void> running::prepare_tls()
{
    const net::certificate_authority authority;
    const auto identity = authority.issue(how_.host, std::chrono::hours(24 * 365));
    auto tls = net::tls_context::server(identity.certificate_pem, identity.key_pem);
    if (!tls)
        return tls.error();
    tls_ = std::move(*tls);
    tls_->require_server_name();
    where_.authority_pem = authority.pem();
    return {};
}

asio::awaitable<void> running::accept(door& on)
{
    for (;;) {
        error_code failed;
        tcp::socket socket =
            co_await on.acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failed));
        if (failed == asio::error::operation_aborted)
            co_return;
        if (failed) {
            // Out of descriptors, for now.
            asio::steady_timer pause(loop_, publish_pause);
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, failed));
            continue;
        }
        // Not at each of them, or thousands that come at once would look at each other.
        if (peers_.size() >= peers_looked_at_) {
            std::erase_if(peers_, [](const auto& each) { return each.expired(); });
            peers_looked_at_ = std::min(peers_max, 2 * peers_.size() + peers_looked_at_least);
        }
        if (peers_.size() >= peers_max ||
            (on.resumes && discord_->machine().resume_url_is_dead(net::now())))
            continue;
        auto stream = on.plain ? std::make_shared<net::stream>(std::move(socket))
                               : std::make_shared<net::stream>(std::move(socket), tls_->native());
        peers_.push_back(serve(std::move(stream), *this));
    }
}

std::shared_ptr<peer> running::gateway(std::uint64_t id)
{
    const auto found = gateways_.find(id);
    return found == gateways_.end() ? nullptr : found->second.lock();
}

void running::perform(const discordsim::action& action)
{
    publish();  // Who sees what this does has to find it counted.
    std::visit(overloaded{
                   [&](const discordsim::send& what) {
                       if (const auto who = gateway(what.id))
                           who->send(what);
                   },
                   [&](const discordsim::close& what) {
                       if (const auto who = gateway(what.id))
                           who->close(what.code, what.why);
                       gateways_.erase(what.id);
                   },
                   [&](const discordsim::drop& what) {
                       if (const auto who = gateway(what.id))
                           who->cut();
                       gateways_.erase(what.id);
                   },
                   [&](const discordsim::disturb& what) {
                       if (const auto who = gateway(what.id))
                           who->disturb(what.what);
                   },
                   [&](const discordsim::answer& what) {
                       if (auto node = answers_.extract(what.id))
                           node.mapped()(what);
                   },
                   [&](const discordsim::told& what) { watch_(what.what); },
                   [&](const discordsim::generated& what) { log_->add(what); },
                   [&](const discordsim::noted& what) { log_->add(what, net::wall_clock_ms()); },
                   [&](const session_news& what) { on_session(what); },
               },
               action);
}

void running::on_session(const session_news& what)
{
    if (log_)
        log_->add(what, net::wall_clock_ms());
    if (how_.on_session)
        how_.on_session(what);
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
    asio::post(loop_, [this] {
        publish();
        loop_.stop();
    });
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
