#pragma once

#include "cli/table.hpp"
#include "host/doctor.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct doctor_flags {
    host::flags given;
    bool json = false;
};

/// `tinfoil doctor`: what keeps a bot with these settings from running, and what to do about it.
void add_doctor_flags(CLI::App& command, doctor_flags& given);
/// Prints it; 0, or 10 when something is bad.
int run_doctor(const doctor_flags& given);

/// A line for each finding, with its remedy below it.
[[nodiscard]] std::string findings_text(const std::vector<host::finding>& all, const sheet& on);

}  // namespace tinfoil::cli
