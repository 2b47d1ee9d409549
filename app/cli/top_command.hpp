#pragma once

#include "cli/top_view.hpp"
#include "host/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct top_flags {
    host::flags where;
    bool json = false;
};

/// `tinfoil top`: a live view of the host that runs. Where stdin or stdout is no terminal it prints
/// one look and says so.
void add_top_flags(CLI::App& command, top_flags& given);
/// Until somebody quits; the exit code.
int run_top(const top_flags& given);

/// What the bytes of a terminal mean; those that mean nothing are left out.
[[nodiscard]] std::vector<top_key> keys_of(std::string_view bytes);
/// One look at everything, for what is no terminal.
[[nodiscard]] std::string once(top_look what, const sheet& on);

}  // namespace tinfoil::cli
