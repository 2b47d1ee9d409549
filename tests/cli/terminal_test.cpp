// `tinfoil top` on a terminal of its own: keys, another size, and what is left behind, however it
// ends.
#include "cli/typed.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

using namespace tinfoil;

namespace {

constexpr const char* given_back = "\x1b[?7h\x1b[?25h\x1b[?1049l";

class screen {
public:
    screen()
    {
        REQUIRE(host_("mkdir plugins").code == 0);
        host_.in_background("$T run --sandbox --shards 2 --plugins plugins --state state", "out");
        host_.await("$T status --state state --json | grep -q \"ready.:2\"");
        winsize size{20, 90, 0, 0};
        child_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
        if (child_ == 0) {
            ::unsetenv("NO_COLOR");
            ::execl(TINFOIL_BUILD_DIR "/tinfoil", "tinfoil", "top", "--state",
                    host_.path("state").c_str(), nullptr);
            ::_exit(99);
        }
        REQUIRE(child_ > 0);
        ::tcgetattr(terminal_, &before_);
    }
    ~screen()
    {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        ::close(terminal_);
    }
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;

    // What came since the last time, up to and with this text; it is drawn anew every second, so
    // there is always something to read.
    void await(const std::string& text)
    {
        INFO(text);
        const auto until = std::chrono::steady_clock::now() + patience;
        for (;;) {
            if (const auto at = came_.find(text); at != std::string::npos) {
                came_.erase(0, at + text.size());
                return;
            }
            REQUIRE(std::chrono::steady_clock::now() < until);
            REQUIRE(read());
        }
    }
    void press(const std::string& keys)
    {
        REQUIRE(::write(terminal_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
    }
    void resize(unsigned short lines, unsigned short columns)
    {
        winsize size{lines, columns, 0, 0};
        ::ioctl(terminal_, TIOCSWINSZ, &size);
    }
    void signal(int number) { ::kill(child_, number); }
    // It gives the terminal back before it stops, and a SIGCONT in between would be lost.
    void await_stop()
    {
        int status = 0;
        REQUIRE(::waitpid(child_, &status, WUNTRACED) == child_);
        REQUIRE(WIFSTOPPED(status));
    }
    // The status that it ended with; the terminal is as it was.
    int end()
    {
        await(given_back);
        while (read()) {
        }
        int status = 0;
        ::waitpid(child_, &status, 0);
        termios after{};
        ::tcgetattr(terminal_, &after);
        CHECK(after.c_lflag == before_.c_lflag);
        CHECK(after.c_iflag == before_.c_iflag);
        return status;
    }

private:
    bool read()
    {
        pollfd wait{terminal_, POLLIN, 0};
        std::array<char, 4096> bytes{};
        if (::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) <= 0)
            return false;
        const ssize_t count = ::read(terminal_, bytes.data(), bytes.size());
        if (count <= 0)
            return false;
        came_.append(bytes.data(), static_cast<std::size_t>(count));
        return true;
    }

    // So that a failure says what did not come, long before the test is ended.
    static constexpr auto patience = std::chrono::seconds(60);

    typed host_;
    int terminal_ = -1;
    pid_t child_ = -1;
    termios before_{};
    std::string came_;
};

}  // namespace

TEST_CASE("top: keys are heard, another size is fitted, and q gives the terminal back")
{
    screen it;
    it.await("[1 shards]");
    it.await("1/2");
    it.press("3");
    it.await("[3 collections]");
    it.press("\r");
    it.await("unfinished");
    it.press("\x1b");
    it.await("q quit  1-4 view");
    it.resize(5, 30);
    it.await("tinfoil sandbox bot\x1b[0m  running  \x1b");
    it.press("q");
    CHECK(WEXITSTATUS(it.end()) == 0);
}

TEST_CASE("top: it gives the terminal back when it is ended, and ends as a signal ends")
{
    for (const int number : {SIGTERM, SIGHUP, SIGQUIT}) {
        screen it;
        it.await("[1 shards]");
        it.signal(number);
        const int status = it.end();
        CHECK(WIFSIGNALED(status));
        CHECK(WTERMSIG(status) == number);
    }
    screen it;
    it.await("[1 shards]");
    it.signal(SIGINT);
    CHECK(WEXITSTATUS(it.end()) == 0);
}

TEST_CASE("top: it gives the terminal back when it crashes, and while it is stopped")
{
    screen it;
    it.await("[1 shards]");
    it.signal(SIGTSTP);
    it.await(given_back);
    it.await_stop();
    it.signal(SIGCONT);
    it.await("[1 shards]");
    it.signal(SIGSEGV);
    CHECK(WTERMSIG(it.end()) == SIGSEGV);
}
