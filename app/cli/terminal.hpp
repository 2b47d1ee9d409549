#pragma once

#include "cli/table.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tinfoil::cli {

/// The terminal of this process while one program has all of its screen: keys come at once and
/// unseen, and what was there before comes back when this ends, also when the process dies of a
/// signal. One at a time; stdin and stdout have to be terminals. The owner blocks the signals that
/// it wants to handle itself.
class terminal {
public:
    terminal();
    ~terminal();
    terminal(const terminal&) = delete;
    terminal& operator=(const terminal&) = delete;

    /// Gives the screen back for a while, as for Ctrl-Z, and takes it again.
    void leave();
    void enter();

    struct size {
        std::size_t columns = 80, lines = 24;
    };
    /// As of now; it may change at any moment.
    [[nodiscard]] static size measure();
    /// The whole screen anew; what is not given is blank.
    void show(const std::vector<std::string>& lines);
};

}  // namespace tinfoil::cli
