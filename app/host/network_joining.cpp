// Processes that somebody else creates, and that join by a socket.
#include "host/network_joining.hpp"

#include "net/clock.hpp"
#include "net/join_socket.hpp"
#include "net/link_connection.hpp"
#include "net/pump.hpp"

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
#include <utility>
#include <vector>

namespace tinfoil::host {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

// What a process said last is read before its end is told; longer than this nobody waits.
constexpr std::chrono::seconds last_words{1};
// Messages that wait for a link: a welcome, and what is told to all meanwhile.
constexpr std::size_t unsent_max = 4'096;

class joined_peer;
using turns_pump = net::pump<network_turns, turns_input, turns_elapsed, turns_action>;

// Outlives peers whose owner is destroyed after the manager.
struct core : std::enable_shared_from_this<core> {
    explicit core(network_manager::surroundings with) : around(std::move(with)) {}

    result<void> begin(joining_manager::how what);
    result<void> listen();
    result<net::admission> asked(const std::string& key);
    void came(const std::string& key, net::join_socket::joined who);
    [[nodiscard]] network_call call_of(const peer::identity& who, const std::string& key,
                                       const std::string& executable) const;
    void perform(const turns_action& action);
    void close();

    network_manager::surroundings around;
    std::unique_ptr<net::join_socket> socket;
    std::map<std::string, joined_peer*> expected;  // By key.
    std::map<std::string, std::string> joined;     // Keys of those that live, to their names.
    std::map<std::uint64_t, joined_peer*> peers;   // By epoch, as the next.
    std::map<std::uint64_t, network_call> calls;   // Until nothing is left to be done about it.
    std::function<void()> when_empty;
    std::unique_ptr<network_crew> crew;
    std::unique_ptr<turns_pump> turns;
};

std::string fresh_key()
{
    return fmt::format("{:016x}{:016x}", net::entropy(), net::entropy());
}

class joined_peer final : public peer {
public:
    joined_peer(std::shared_ptr<core> of, identity who, listener to)
        : core_(std::move(of)),
          who_(std::move(who)),
          key_(fresh_key()),
          to_(std::move(to)),
          patience_(core_->around.loop)
    {
    }
    ~joined_peer() override
    {
        core_->expected.erase(key_);
        core_->joined.erase(key_);
        core_->peers.erase(who_.epoch);
        end_by_force();
        go_down();
    }

    void begin(const std::string& executable)
    {
        core_->expected[key_] = this;
        core_->peers[who_.epoch] = this;
        core_->calls[who_.epoch] = core_->call_of(who_, key_, executable);
        is_wanted_ = true;
        core_->turns->tell(process_wanted{who_.number, who_.epoch});
    }

    // One that has joined shows what became of it.
    void up_failed(const std::string& why)
    {
        if (!link_)
            tell_end_later(why);
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
        if (std::exchange(is_wanted_, false))
            core_->turns->tell(process_dropped{who_.number, who_.epoch});
    }

    void after(duration wait, std::function<void()> then)
    {
        patience_.expires_after(wait);
        patience_.async_wait([then = std::move(then),
                              living = std::weak_ptr(alive_)](boost::system::error_code failed) {
            if (!failed && !living.expired())
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
    listener to_;
    asio::steady_timer patience_;
    std::vector<link::message> unsent_;
    std::uint64_t last_id_ = 0;
    std::int64_t pid_ = 0;
    bool is_wanted_ = false;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    std::optional<asio::posix::stream_descriptor> process_;
    std::optional<net::link_connection> link_;
};

result<void> core::begin(joining_manager::how what)
{
    if (auto made = listen(); !made)
        return made;
    turns = std::make_unique<turns_pump>(around.loop, std::move(what.turns),
                                         [this](const turns_action& action) { perform(action); });
    crew = what.crew([weak = weak_from_this()](turns_input told) {
        if (const auto self = weak.lock())
            self->turns->tell(std::move(told));
    });
    return {};
}

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
                     "it was given to up"};
    return own->second->name();
}

void core::came(const std::string& key, net::join_socket::joined who)
{
    const auto own = expected.extract(key);
    joined[key] = own.mapped()->name().name;
    own.mapped()->join(std::move(who));
}

network_call core::call_of(const peer::identity& who, const std::string& key,
                           const std::string& executable) const
{
    // What is behind /proc/self/exe is another file for whoever reads this.
    std::error_code failed;
    fs::path file = fs::read_symlink(executable, failed);
    if (failed)
        file = executable;
    return {who.number,
            who.epoch,
            (around.run_folder / "link.sock").string(),
            around.run_folder.string(),
            file.string(),
            key};
}

void core::perform(const turns_action& action)
{
    if (const auto* order = std::get_if<give_turn>(&action)) {
        if (crew)
            crew->give(*order, calls.at(order->epoch));
    } else if (const auto* late = std::get_if<turn_overdue>(&action)) {
        if (crew)
            crew->end(late->id);
    } else if (const auto* failed = std::get_if<up_failed>(&action)) {
        if (const auto own = peers.find(failed->epoch); own != peers.end())
            own->second->up_failed(failed->why);
    } else if (const auto* done = std::get_if<process_done>(&action)) {
        calls.erase(done->epoch);
    } else if (const auto* warning = std::get_if<turns_warning>(&action)) {
        around.warn(warning->text);
    } else if (const auto then = std::exchange(when_empty, nullptr)) {
        then();
    }
}

// The manager goes: what was brought up is brought down.
void core::close()
{
    socket.reset();
    turns->tell(network_closed{});
    crew->finish();
    crew.reset();
}

class joining_manager_impl final : public joining_manager {
public:
    explicit joining_manager_impl(surroundings around)
        : core_(std::make_shared<core>(std::move(around)))
    {
    }
    ~joining_manager_impl() override
    {
        if (core_->crew)
            core_->close();
    }

    result<void> begin(how what) { return core_->begin(std::move(what)); }

    result<std::unique_ptr<peer>> start(const peer::identity& who, const std::string& executable,
                                        peer::listener to) override
    {
        auto made = std::make_unique<joined_peer>(core_, who, std::move(to));
        made->begin(executable);
        return std::unique_ptr<peer>(std::move(made));
    }

    void close(std::function<void()> then) override
    {
        core_->when_empty = std::move(then);
        core_->turns->tell(network_closed{});
    }

private:
    std::shared_ptr<core> core_;
};

}  // namespace

result<std::unique_ptr<network_manager>> joining_manager::make(surroundings around, how what)
{
    auto made = std::make_unique<joining_manager_impl>(std::move(around));
    if (auto begun = made->begin(std::move(what)); !begun)
        return begun.error();
    return std::unique_ptr<network_manager>(std::move(made));
}

}  // namespace tinfoil::host
