#include "cli/streams.hpp"

#include "cli/surroundings.hpp"
#include "cli/text.hpp"
#include "host/setting_variables.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace tinfoil::cli {

bool is_able_terminal()
{
    return variable("TERM").value_or("dumb") != "dumb";
}

bool rewrites_error_line()
{
    return is_error_terminal() && is_able_terminal();
}

void hold_standard_streams()
{
    // Who reads nothing on stderr wants nothing to fail for that; lost output is another thing.
    for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(each, F_GETFD) < 0 && errno == EBADF)
            // It gets the lowest number that is free, which is this one.
            ::open("/dev/null", each == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

int finish_output(int code)
{
    errno = 0;
    const bool is_written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    const int why = errno;
    if (is_written)
        return code;
    pollfd on{STDOUT_FILENO, 0, 0};
    if (::poll(&on, 1, 0) > 0 && (on.revents & (POLLERR | POLLHUP)) != 0)
        return code;
    fmt::print(stderr, "tinfoil: the output could not be written{}, and some of it is lost\n",
               why == 0 ? "" : fmt::format(" ({})", std::strerror(why)));
    return code == EXIT_SUCCESS ? EXIT_FAILURE : code;
}

void warn_of_variables()
{
    constexpr std::size_t variable_width = 200;
    std::vector<std::string> names;
    for (char** each = environ; each != nullptr && *each != nullptr; ++each)
        names.push_back(std::string(*each).substr(0, std::string_view(*each).find('=')));
    for (const std::string& each : host::mistyped_variables(names))
        fmt::print(stderr, "tinfoil: {}\n", printable(each, variable_width));
}

}  // namespace tinfoil::cli
