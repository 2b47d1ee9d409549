#pragma once

#include "host/log_settings.hpp"
#include "host/watcher.hpp"

#include <memory>
#include <string>

namespace tinfoil::cli {

/// Where `tinfoil run` tells what happens: an account on stdout, lines on stderr, or journald.
class log_output {
public:
    /// `whole_lines`: for authors, what plugins log is not cut.
    log_output(host::log_format how, bool whole_lines);

    [[nodiscard]] host::watcher& people() { return *people_; }
    /// What is known before the host runs and after it has.
    void say(const std::string& text);

private:
    std::unique_ptr<host::watcher> people_;
};

}  // namespace tinfoil::cli
