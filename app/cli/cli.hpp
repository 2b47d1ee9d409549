#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace tinfoil::cli {

/// All of the program: reads the arguments, does what they ask for; the exit code.
int main(int argc, char** argv);

/// Shows every command there is, with nothing typed.
void with_commands(const std::function<void(CLI::App&)>& look);

}  // namespace tinfoil::cli
