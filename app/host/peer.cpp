#include "host/peer.hpp"

#include "collection/collection.hpp"
#include "net/child_process.hpp"
#include "net/link_connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <unistd.h>

namespace tinfoil::host {
namespace {

namespace asio = boost::asio;

class local_peer final : public peer {
public:
    local_peer(asio::io_context& loop, const std::string& executable, listener to)
        : loop_(loop),
          to_(std::move(to)),
          own_(loop,
               [this](link::message what) {
                   later([this, what = std::move(what)]() mutable { to_.got(std::move(what)); });
               },
               {.name = "in-process", .executable = executable, .guard = {}})
    {
    }

    void send(link::message what) override
    {
        later([this, what = std::move(what)]() mutable { own_.on(std::move(what)); });
    }
    void kill() override {}
    [[nodiscard]] std::int64_t pid() const override { return 0; }

private:
    // Both directions arrive as they would over a link: afterwards, in order.
    template <class Work>
    void later(Work work)
    {
        asio::post(loop_, [alive = std::weak_ptr(alive_), run = std::move(work)]() mutable {
            if (!alive.expired())
                run();
        });
    }

    asio::io_context& loop_;
    listener to_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    collection::collection own_;
};

class process_peer final : public peer {
public:
    // What the process said last is read before its end is told; longer than this nobody waits.
    static constexpr std::chrono::seconds last_words{1};

    process_peer(asio::io_context& loop, identity who, listener to)
        : loop_(loop),
          who_(std::move(who)),
          to_(std::move(to)),
          patience_(loop)
    {
    }

    result<void> begin(const std::string& executable, int lock)
    {
        const auto ends = net::link_pair();
        if (!ends)
            return ends.error();
        net::child_process::how how;
        how.executable = executable;
        // It gets the token over the link; what is in its environment plugins would pass on to
        // whatever they start.
        how.withheld = {"DISCORD_TOKEN", "CREDENTIALS_DIRECTORY"};
        how.arguments = {"collection", "--link=3",
                         "--name=" + who_.node + "/" + std::to_string(who_.number),
                         "--epoch=" + std::to_string(who_.epoch)};
        how.descriptors = {ends->second};
        if (lock >= 0)
            how.descriptors.push_back(lock);
        auto child = net::child_process::start(loop_, how,
                                               [this](std::string end) { exited(std::move(end)); });
        ::close(ends->second);
        if (!child) {
            ::close(ends->first);
            return child.error();
        }
        child_ = std::move(*child);
        link_.emplace(loop_, ends->first,
                      net::link_connection::listener{[this](link::parcel got) {
                                                         if (got.epoch == who_.epoch)
                                                             to_.got(std::move(got.what));
                                                     },
                                                     [this](const error&) { unlinked(); }});
        return {};
    }

    void send(link::message what) override
    {
        link_->send(
            {.id = ++last_id_, .from = who_.node, .epoch = who_.epoch, .what = std::move(what)});
    }
    void kill() override { child_->kill(); }
    [[nodiscard]] std::int64_t pid() const override { return child_->pid(); }

private:
    void exited(std::string how)
    {
        how_ = std::move(how);
        if (is_unlinked_)
            return tell_end();
        after(last_words, [this] { tell_end(); });
    }

    void unlinked()
    {
        is_unlinked_ = true;
        if (how_)
            return tell_end();
        // It sees the same and ends by itself; one that does not is ended.
        after(last_words, [this] { child_->kill(); });
    }

    void after(duration wait, std::function<void()> then)
    {
        patience_.expires_after(wait);
        patience_.async_wait([then = std::move(then)](boost::system::error_code failed) {
            if (!failed)
                then();
        });
    }

    // Whoever is told may destroy this.
    void tell_end()
    {
        patience_.cancel();
        const auto then = std::move(to_.ended);
        const std::string how = *how_;
        then(how);
    }

    asio::io_context& loop_;
    identity who_;
    listener to_;
    asio::steady_timer patience_;
    std::uint64_t last_id_ = 0;
    std::optional<std::string> how_;  // It ended, nothing before.
    bool is_unlinked_ = false;
    std::unique_ptr<net::child_process> child_;
    std::optional<net::link_connection> link_;
};

}  // namespace

std::unique_ptr<peer> peer::local(asio::io_context& loop, const std::string& executable,
                                  listener to)
{
    return std::make_unique<local_peer>(loop, executable, std::move(to));
}

result<std::unique_ptr<peer>> peer::process(asio::io_context& loop, const std::string& executable,
                                            int lock, const identity& who, listener to)
{
    auto made = std::make_unique<process_peer>(loop, who, std::move(to));
    if (auto begun = made->begin(executable, lock); !begun)
        return begun.error();
    return std::unique_ptr<peer>(std::move(made));
}

}  // namespace tinfoil::host
