#include "program.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

program::program(std::vector<std::string> arguments, const std::vector<std::string>& environment)
{
    arguments.insert(arguments.begin(), TINFOIL_BENCH_EXECUTABLE);
    std::vector<char*> raw;
    for (std::string& each : arguments)
        raw.push_back(each.data());
    raw.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0)
        return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::setenv("DISCORD_TOKEN", "sandbox", 1);
    for (const std::string& each : environment)
        ::setenv(each.substr(0, each.find('=')).c_str(), each.substr(each.find('=') + 1).c_str(),
                 1);
    ::execv(raw[0], raw.data());
    std::_Exit(127);
}

void program::kill()
{
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

double cpu_seconds_of(::pid_t process)
{
    ::clockid_t clock{};
    ::timespec time{};
    if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
        return 0;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void give_up(const std::string& why)
{
    std::fprintf(stderr, "bench: %s\n", why.c_str());
    std::exit(1);
}

}  // namespace bench
