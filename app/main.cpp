#include "cli/cli.hpp"

#include <csignal>
#include <cstdio>
#include <exception>

int main(int argc, char** argv)
{
    // A reader of our output that goes away must not end the bot.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return tinfoil::cli::main(argc, argv);
    } catch (const std::exception& broken) {
        std::fprintf(stderr, "tinfoil: %s\n", broken.what());
        return 1;
    }
}
