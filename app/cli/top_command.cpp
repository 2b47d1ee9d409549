#include "cli/top_command.hpp"

#include "cli/streams.hpp"
#include "cli/surroundings.hpp"
#include "cli/terminal.hpp"
#include "host/status_json.hpp"
#include "net/clock.hpp"
#include "net/control_client.hpp"
#include "net/descriptor.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <mutex>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <thread>
#include <unistd.h>

namespace tinfoil::cli {
namespace {

namespace json = boost::json;

constexpr auto look_interval = std::chrono::seconds(1);

struct answers {
    std::string status, shards, limits;
};

result<answers> ask(const net::control_client& host)
{
    answers made;
    for (const auto& [path, into] : {std::pair("/v1/status", &made.status),
                                     {"/v1/shards", &made.shards},
                                     {"/v1/rest/limits", &made.limits}}) {
        auto answer = host.call("GET", path);
        if (!answer)
            return answer.error();
        *into = std::move(answer->json);
    }
    return made;
}

result<top_look> look_at(const net::control_client& host)
{
    const auto said = ask(host);
    if (!said)
        return said.error();
    auto status = host::parse_status(said->status);
    if (!status)
        return status.error();
    auto shards = host::parse_shards_list(said->shards);
    if (!shards)
        return shards.error();
    json::error_code failed;
    return top_look{std::move(*status), std::move(*shards), json::parse(said->limits, failed),
                    net::now()};
}

/// Asks the host on a thread of its own, so that keys are heard while it does not answer. The
/// thread may outlive its owner by the patience of one call.
class looking {
public:
    explicit looking(const std::filesystem::path& state) : box_(std::make_shared<box>())
    {
        std::thread([box = box_, host = net::control_client(state)] {
            for (;;) {
                auto found = look_at(host);
                std::unique_lock lock(box->mutex);
                box->found = std::move(found);
                const std::uint64_t one = 1;
                static_cast<void>(!::write(box->bell.number(), &one, sizeof one));
                if (box->wakes.wait_for(lock, look_interval, [&] { return box->ended; }))
                    return;
            }
        }).detach();
    }
    ~looking()
    {
        const std::lock_guard lock(box_->mutex);
        box_->ended = true;
        box_->wakes.notify_all();
    }
    looking(const looking&) = delete;
    looking& operator=(const looking&) = delete;

    /// Can be read when there is something.
    [[nodiscard]] int bell() const { return box_->bell.number(); }
    [[nodiscard]] std::optional<result<top_look>> take()
    {
        std::uint64_t count = 0;
        static_cast<void>(!::read(box_->bell.number(), &count, sizeof count));
        const std::lock_guard lock(box_->mutex);
        return std::exchange(box_->found, std::nullopt);
    }

private:
    struct box {
        std::mutex mutex;
        std::condition_variable wakes;
        std::optional<result<top_look>> found;
        net::descriptor bell{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
        bool ended = false;
    };
    std::shared_ptr<box> box_;
};

struct key_name {
    std::string_view bytes;
    top_key means;
};
// Longer ones first, since each begins with what alone is `back`.
constexpr std::array key_names{
    key_name{"\x1b[5~", top_key::page_up}, key_name{"\x1b[6~", top_key::page_down},
    key_name{"\x1b[1~", top_key::first},   key_name{"\x1b[4~", top_key::last},
    key_name{"\x1b[A", top_key::up},       key_name{"\x1b[B", top_key::down},
    key_name{"\x1b[H", top_key::first},    key_name{"\x1b[F", top_key::last},
    key_name{"\x1bOA", top_key::up},       key_name{"\x1bOB", top_key::down},
    key_name{"\x1bOH", top_key::first},    key_name{"\x1bOF", top_key::last},
    key_name{"\x7f", top_key::back},       key_name{"\b", top_key::back},
    key_name{"q", top_key::quit},          key_name{"Q", top_key::quit},
    key_name{"\t", top_key::next_view},    key_name{"1", top_key::shards},
    key_name{"2", top_key::plugins},       key_name{"3", top_key::collections},
    key_name{"4", top_key::rest},          key_name{"s", top_key::sort},
    key_name{"r", top_key::reverse},       key_name{"k", top_key::up},
    key_name{"j", top_key::down},          key_name{"g", top_key::first},
    key_name{"G", top_key::last},          key_name{"\n", top_key::look_into},
    key_name{"\r", top_key::look_into},    key_name{"?", top_key::help},
    key_name{"h", top_key::help}};

// `\x1b[`, numbers and semicolons, and the byte that ends it (ECMA-48, 5.4).
std::size_t length_of_sequence(std::string_view bytes)
{
    if (bytes.size() < 2 || (bytes[1] != '[' && bytes[1] != 'O'))
        return 1;
    std::size_t at = 2;
    while (at < bytes.size() && bytes[at] < '@')
        ++at;
    return std::min(at + 1, bytes.size());
}

class session {
public:
    session(const std::filesystem::path& state, top_look first)
    {
        view_.on(std::move(first));
        // Before the thread is there, which would take them otherwise.
        ::sigemptyset(&taken_);
        for (const int each : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP})
            ::sigaddset(&taken_, each);
        ::pthread_sigmask(SIG_BLOCK, &taken_, &before_);
        signals_.emplace(::signalfd(-1, &taken_, SFD_CLOEXEC | SFD_NONBLOCK));
        looks_ = std::make_unique<looking>(state);
    }
    ~session() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    /// The signal that ended it, or 0.
    int run()
    {
        terminal screen;
        while (!view_.ended() && ended_by_ == 0) {
            const auto size = terminal::measure();
            screen.show(view_.lines({!variable("NO_COLOR"), size.columns}, size.lines));
            std::array<pollfd, 3> wait{pollfd{STDIN_FILENO, POLLIN, 0},
                                       pollfd{signals_->number(), POLLIN, 0},
                                       pollfd{looks_->bell(), POLLIN, 0}};
            if (::poll(wait.data(), wait.size(), -1) < 0)
                continue;
            if (wait[0].revents != 0)
                hear();
            if (wait[1].revents != 0)
                take_signals(screen);
            if (wait[2].revents != 0)
                take_look();
        }
        return ended_by_;
    }

private:
    void hear()
    {
        std::array<char, 64> bytes{};
        const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
        // A terminal that has gone reads as nothing for ever.
        if (count <= 0) {
            ended_by_ = SIGHUP;
            return;
        }
        for (const top_key each : keys_of({bytes.data(), static_cast<std::size_t>(count)}))
            view_.on(each);
    }

    void take_signals(terminal& screen)
    {
        signalfd_siginfo what{};
        while (::read(signals_->number(), &what, sizeof what) == sizeof what) {
            const auto signal = static_cast<int>(what.ssi_signo);
            if (signal == SIGTSTP) {
                screen.leave();
                ::raise(SIGSTOP);
                screen.enter();
            } else if (signal != SIGWINCH) {
                ended_by_ = signal;
            }
        }
    }

    void take_look()
    {
        auto found = looks_->take();
        if (!found)
            return;
        if (*found)
            view_.on(std::move(**found));
        else
            view_.on(found->error());
    }

    sigset_t taken_{}, before_{};
    std::optional<net::descriptor> signals_;
    std::unique_ptr<looking> looks_;
    top_view view_;
    int ended_by_ = 0;
};

// Nobody marks a line where there are no keys.
std::string unmarked(const std::string& line, const sheet& on)
{
    const std::string mark = paint(on, colour::bold, "> ");
    return line.starts_with(mark) ? "  " + line.substr(mark.size()) : line;
}

int print_json(const net::control_client& host)
{
    const auto said = ask(host);
    if (!said)
        return fail(said.error());
    fmt::print("{{\"api_version\":{},\"status\":{},\"shards\":{},\"limits\":{}}}\n",
               host::api_version, said->status, said->shards, said->limits);
    return EXIT_SUCCESS;
}

}  // namespace

std::vector<top_key> keys_of(std::string_view bytes)
{
    std::vector<top_key> all;
    while (!bytes.empty()) {
        const auto* const known =
            std::find_if(key_names.begin(), key_names.end(),
                         [&](const key_name& each) { return bytes.starts_with(each.bytes); });
        if (known != key_names.end()) {
            all.push_back(known->means);
            bytes.remove_prefix(known->bytes.size());
            continue;
        }
        const std::size_t length = bytes[0] == '\x1b' ? length_of_sequence(bytes) : 1;
        if (bytes[0] == '\x1b' && length == 1)
            all.push_back(top_key::back);
        bytes.remove_prefix(length);
    }
    return all;
}

std::string once(top_look what, const sheet& on)
{
    constexpr std::size_t head_lines = 3;
    top_view view;
    view.on(std::move(what));
    std::string text;
    for (const top_key each :
         {top_key::shards, top_key::plugins, top_key::collections, top_key::rest}) {
        view.on(each);
        auto lines = view.lines(on, SIZE_MAX);
        lines.pop_back();
        for (std::size_t at = text.empty() ? 0 : head_lines; at < lines.size(); ++at)
            if (at != head_lines - 1)
                text += unmarked(lines[at], on) + "\n";
        if (each != top_key::rest)
            text += "\n";
    }
    return text;
}

void add_top_flags(CLI::App& command, top_flags& given)
{
    add_host_flags(command, given.where);
    command.add_flag("--json", given.json, "One look, as JSON (share/doc/control-api.md)");
}

int run_top(const top_flags& given)
{
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    const net::control_client host(*state);
    if (given.json)
        return print_json(host);
    auto first = look_at(host);
    if (!first)
        return fail(first.error());
    if (!is_terminal() || ::isatty(STDIN_FILENO) != 1 || !is_able_terminal()) {
        fmt::print("{}", once(std::move(*first), output_sheet()));
        fmt::print(stderr,
                   "tinfoil: this is no terminal{}, so there is one look; for programs: "
                   "--json\n",
                   is_terminal() ? " that can be drawn on (TERM)" : "");
        return EXIT_SUCCESS;
    }
    int ended_by = 0;
    {
        session live(*state, std::move(*first));
        ended_by = live.run();
    }
    if (ended_by == 0 || ended_by == SIGINT)
        return EXIT_SUCCESS;
    // Whoever sent it sees that it did what it always does.
    ::raise(ended_by);
    return EXIT_FAILURE;
}

}  // namespace tinfoil::cli
