#pragma once

namespace tinfoil::cli {

/// The whole program: reads the command line, runs the command, prints its error, if any, to
/// stderr, and returns the exit code of share/doc/exit-codes.md.
int main(int argc, char** argv);

}  // namespace tinfoil::cli
