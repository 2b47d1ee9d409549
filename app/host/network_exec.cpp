// Collections that come up by the operator's commands and join by a socket.
#include "host/fleet.hpp"
#include "host/network_manager.hpp"
#include "net/child_process.hpp"
#include "net/clock.hpp"
#include "net/join_socket.hpp"
#include "net/link_connection.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace tinfoil::host {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

// What a process said last is read before its end is told; longer than this nobody waits.
constexpr std::chrono::seconds last_words{1};
// A down command that takes longer is ended by force; and so long the host's own end waits.
constexpr std::chrono::seconds down_patience{20};
constexpr std::chrono::seconds end_patience{5};
// Messages that wait for a link: a welcome, and what is told to all meanwhile.
constexpr std::size_t unsent_max = 4'096;

class exec_peer;

// Outlives peers whose owner is destroyed after the manager.
struct core : std::enable_shared_from_this<core> {
    core(network_manager::surroundings with, network_settings as)
        : around(std::move(with)),
          how(std::move(as))
    {
    }

    struct place {  // Of one number: an up waits for the down before it.
        std::unique_ptr<net::child_process> down;
        std::unique_ptr<asio::steady_timer> patience;
        exec_peer* waits = nullptr;
    };

    result<void> listen();
    result<net::admission> asked(const std::string& key);
    void came(const std::string& key, net::join_socket::joined who);
    [[nodiscard]] std::vector<std::string> words_for(const peer::identity& who,
                                                     const std::string& key,
                                                     const std::string& executable) const;
    result<std::unique_ptr<net::child_process>> run(const std::string& command,
                                                    std::vector<std::string> words,
                                                    std::function<void(std::string)> ended);
    void down(std::uint32_t number, std::vector<std::string> words);
    void down_ended(std::uint32_t number, const std::string& end);
    void finish();

    network_manager::surroundings around;
    network_settings how;
    std::unique_ptr<net::join_socket> socket;
    std::map<std::string, exec_peer*> expected;  // By key.
    std::map<std::string, std::string> joined;   // Keys of those that live, to their names.
    std::map<std::uint32_t, place> places;
};

std::string fresh_key()
{
    return fmt::format("{:016x}{:016x}", net::entropy(), net::entropy());
}

class exec_peer final : public peer {
public:
    exec_peer(std::shared_ptr<core> of, identity who, std::string executable, listener to)
        : core_(std::move(of)),
          who_(std::move(who)),
          key_(fresh_key()),
          words_(core_->words_for(who_, key_, executable)),
          to_(std::move(to)),
          patience_(core_->around.loop)
    {
    }
    ~exec_peer() override
    {
        core_->expected.erase(key_);
        core_->joined.erase(key_);
        if (auto own = core_->places.find(who_.number);
            own != core_->places.end() && own->second.waits == this)
            own->second.waits = nullptr;
        end_by_force();
        go_down();
    }

    result<void> begin()
    {
        core_->expected[key_] = this;
        if (auto own = core_->places.find(who_.number); own != core_->places.end()) {
            own->second.waits = this;
            return {};
        }
        return up();
    }

    // The down before it has ended.
    void begin_late()
    {
        if (const auto begun = up(); !begun)
            tell_end_later(begun.error().detail);
    }

    [[nodiscard]] net::admission name() const
    {
        return {who_.node + "/" + std::to_string(who_.number), who_.epoch};
    }

    void join(net::join_socket::joined with)
    {
        pid_ = with.pid;
        if (with.process.number() >= 0)
            process_.emplace(core_->around.loop, with.process.release());
        link_.emplace(core_->around.loop, with.link.release(),
                      net::link_connection::listener{[this](link::parcel got) {
                                                         if (got.epoch == who_.epoch)
                                                             to_.got(std::move(got.what));
                                                     },
                                                     [this](const error&) { unlinked(); }});
        for (link::message& each : std::exchange(unsent_, {}))
            send(std::move(each));
    }

    void send(link::message what) override
    {
        if (link_)
            link_->send({.id = ++last_id_,
                         .from = who_.node,
                         .epoch = who_.epoch,
                         .what = std::move(what)});
        else if (unsent_.size() < unsent_max)
            unsent_.push_back(std::move(what));
        else
            tell_end_later("more waits for it than it could ever be told");
    }

    void kill() override
    {
        end_by_force();
        go_down();
        if (!link_)
            return tell_end_later("it never joined");
        after(last_words, [this] { tell_end("it was ended by force"); });
    }

    [[nodiscard]] std::int64_t pid() const override { return pid_; }

private:
    result<void> up()
    {
        is_up_ = true;
        auto made = core_->run(core_->how.up, words_, [this](const std::string& end) {
            // One that serves in the foreground ends with it, which its link tells.
            if (!link_ && end != "exit code 0")
                tell_end_later("the up command of [network]: " + end);
        });
        if (!made)
            return made.error();
        command_ = std::move(*made);
        return {};
    }

    // Its end is when nothing of it writes into its record any more.
    void unlinked()
    {
        if (!process_)
            return after(last_words, [this] { tell_end("its link ended"); });
        after(last_words, [this] {
            end_by_force();
            after(last_words, [this] { tell_end("its link ended"); });
        });
        await_process();
    }

    // That the descriptor can be read means nothing: see net::child_process.
    void await_process()
    {
        process_->async_wait(
            asio::posix::stream_descriptor::wait_read,
            [this, living = std::weak_ptr(alive_)](boost::system::error_code failed) {
                if (failed || living.expired())
                    return;
                pollfd ended{process_->native_handle(), POLLIN, 0};
                if (::poll(&ended, 1, 0) != 1)
                    return await_process();
                tell_end("its process has ended");
            });
    }

    void end_by_force()
    {
        if (process_)
            ::syscall(SYS_pidfd_send_signal, process_->native_handle(), SIGKILL, nullptr, 0);
    }

    void go_down()
    {
        if (std::exchange(is_up_, false))
            core_->down(who_.number, words_);
    }

    void after(duration wait, std::function<void()> then)
    {
        patience_.expires_after(wait);
        patience_.async_wait([then = std::move(then)](boost::system::error_code failed) {
            if (!failed)
                then();
        });
    }

    void tell_end_later(const std::string& how)
    {
        asio::post(core_->around.loop, [this, how, living = std::weak_ptr(alive_)] {
            if (!living.expired())
                tell_end(how);
        });
    }

    // Whoever is told may destroy this.
    void tell_end(const std::string& how)
    {
        patience_.cancel();
        go_down();
        if (const auto then = std::exchange(to_.ended, nullptr))
            then(how);
    }

    std::shared_ptr<core> core_;
    identity who_;
    std::string key_;
    std::vector<std::string> words_;
    listener to_;
    asio::steady_timer patience_;
    std::vector<link::message> unsent_;
    std::uint64_t last_id_ = 0;
    std::int64_t pid_ = 0;
    bool is_up_ = false;  // A down has to follow.
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    std::unique_ptr<net::child_process> command_;
    std::optional<asio::posix::stream_descriptor> process_;
    std::optional<net::link_connection> link_;
};

result<void> core::listen()
{
    // Collections make it as well, but the first of these has to find the socket there.
    std::error_code failed;
    fs::create_directories(around.run_folder, failed);
    if (!failed)
        fs::permissions(around.run_folder, fs::perms::owner_all, failed);
    if (failed)
        return error{errc::io, fmt::format("{} can't be made: {}", around.run_folder.string(),
                                           failed.message())};
    auto made = net::join_socket::listen(
        around.loop, around.run_folder / "link.sock", around.lock,
        {[this](const std::string& key) { return asked(key); },
         [this](const std::string& key, net::join_socket::joined who) {
             came(key, std::move(who));
         },
         [this](const std::string& why) {
             around.warn("a process that wants to join as a collection is refused: " + why);
         }});
    if (!made)
        return made.error();
    socket = std::move(*made);
    return {};
}

result<net::admission> core::asked(const std::string& key)
{
    if (const auto own = joined.find(key); own != joined.end())
        return error{errc::cancelled, own->second + " has joined already; each key is for one "
                                                    "process"};
    const auto own = expected.find(key);
    if (own == expected.end())
        return error{errc::cancelled,
                     "its key is not, or no longer, expected; it is TINFOIL_KEY as "
                     "the up command got it"};
    return own->second->name();
}

void core::came(const std::string& key, net::join_socket::joined who)
{
    const auto own = expected.extract(key);
    joined[key] = own.mapped()->name().name;
    own.mapped()->join(std::move(who));
}

std::vector<std::string> core::words_for(const peer::identity& who, const std::string& key,
                                         const std::string& executable) const
{
    // What is behind /proc/self/exe is another file for whoever reads this.
    std::error_code failed;
    fs::path file = fs::read_symlink(executable, failed);
    if (failed)
        file = executable;
    return {"TINFOIL_COLLECTION=" + std::to_string(who.number),
            "TINFOIL_EPOCH=" + std::to_string(who.epoch),
            "TINFOIL_SOCKET=" + (around.run_folder / "link.sock").string(),
            "TINFOIL_KEY=" + key,
            "TINFOIL_RUN=" + around.run_folder.string(),
            "TINFOIL_EXECUTABLE=" + file.string()};
}

// What is said on its output belongs to the host's own.
result<std::unique_ptr<net::child_process>> core::run(const std::string& command,
                                                      std::vector<std::string> words,
                                                      std::function<void(std::string)> ended)
{
    net::child_process::how what;
    what.executable = "/bin/sh";
    what.arguments = {"-c", command};
    what.withheld = {"DISCORD_TOKEN"};
    what.added = std::move(words);
    return net::child_process::start(around.loop, what, std::move(ended));
}

void core::down(std::uint32_t number, std::vector<std::string> words)
{
    place& own = places[number];
    if (own.down)
        return;
    auto made = run(how.down, std::move(words),
                    [self = shared_from_this(), number](const std::string& end) {
                        self->down_ended(number, end);
                    });
    if (!made) {
        around.warn(made.error().detail);
        places.erase(number);
        return;
    }
    own.down = std::move(*made);
    own.patience = std::make_unique<asio::steady_timer>(around.loop);
    own.patience->expires_after(down_patience);
    own.patience->async_wait([weak = weak_from_this(), number](boost::system::error_code failed) {
        const auto self = weak.lock();
        if (!failed && self && self->places.contains(number))
            self->places.at(number).down->kill();
    });
}

void core::down_ended(std::uint32_t number, const std::string& end)
{
    if (end != "exit code 0")
        around.warn(fmt::format("the down command of [network] for {}: {}; what it was to remove "
                                "may still be there",
                                collection_name(number), end));
    const auto own = places.extract(number);
    if (!own.empty() && own.mapped().waits != nullptr)
        own.mapped().waits->begin_late();
}

// The host ends: what was brought up is brought down.
void core::finish()
{
    socket.reset();
    for (auto& [number, each] : places)
        if (each.down)
            each.down->await_end(end_patience);
    places.clear();
}

class exec_manager final : public network_manager {
public:
    exec_manager(surroundings around, network_settings how)
        : core_(std::make_shared<core>(std::move(around), std::move(how)))
    {
    }
    ~exec_manager() override { core_->finish(); }

    result<void> begin() { return core_->listen(); }

    result<std::unique_ptr<peer>> start(const peer::identity& who, const std::string& executable,
                                        peer::listener to) override
    {
        auto made = std::make_unique<exec_peer>(core_, who, executable, std::move(to));
        if (auto begun = made->begin(); !begun)
            return begun.error();
        return std::unique_ptr<peer>(std::move(made));
    }

private:
    std::shared_ptr<core> core_;
};

}  // namespace

result<std::unique_ptr<network_manager>> network_manager::exec(surroundings around,
                                                               network_settings how)
{
    auto made = std::make_unique<exec_manager>(std::move(around), std::move(how));
    if (auto begun = made->begin(); !begun)
        return begun.error();
    return std::unique_ptr<network_manager>(std::move(made));
}

}  // namespace tinfoil::host
