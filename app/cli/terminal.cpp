#include "cli/terminal.hpp"

#include "base/assert.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <string_view>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace tinfoil::cli {
namespace {

// The other screen, no cursor, no wrapping; and back.
constexpr std::string_view take = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view give_back = "\x1b[?7h\x1b[?25h\x1b[?1049l\x1b[0m";

constexpr std::array deadly{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM, SIGHUP, SIGQUIT};

termios before;
std::atomic<bool> is_taken = false;

void write_all(std::string_view text)
{
    while (!text.empty()) {
        const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
        if (count <= 0)
            return;  // A terminal that has gone needs nothing any more.
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

// Only what a handler of signals may do.
void restore()
{
    if (!is_taken.exchange(false))
        return;
    write_all(give_back);
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

// The handler is there once only, so the signal then does what it always does.
extern "C" void restore_and_die(int signal)
{
    restore();
    ::raise(signal);
}

}  // namespace

terminal::terminal()
{
    TINFOIL_ASSERT(!is_taken);
    struct sigaction die {};
    die.sa_handler = restore_and_die;
    die.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    for (const int signal : deadly)
        ::sigaction(signal, &die, nullptr);
    ::tcgetattr(STDIN_FILENO, &before);
    enter();
}

terminal::~terminal()
{
    leave();
    for (const int signal : deadly)
        ::signal(signal, SIG_DFL);
}

void terminal::enter()
{
    if (is_taken.exchange(true))
        return;
    termios raw = before;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
    write_all(take);
}

void terminal::leave()
{
    restore();
}

terminal::size terminal::measure()
{
    winsize now{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) != 0 || now.ws_col == 0)
        return {};
    return {now.ws_col, now.ws_row};
}

void terminal::show(const std::vector<std::string>& lines)
{
    // In one write, so that nothing flickers.
    std::string text = "\x1b[H";
    for (std::size_t at = 0; at < lines.size(); ++at)
        text += (at == 0 ? "" : "\r\n") + lines[at] + "\x1b[K";
    write_all(text + "\x1b[J");
}

}  // namespace tinfoil::cli
