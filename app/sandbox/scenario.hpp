#pragma once

#include "base/error.hpp"
#include "discordsim/simulator.hpp"
#include "sandbox/wishes.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tinfoil::sandbox {

/// What a file of share/sandbox/ says: how large the simulated Discord is, and what breaks when.
struct scenario {
    std::string title;
    wishes wanted;
    std::vector<std::pair<duration, discordsim::fault>> plan;
};

/// An errc::invalid_argument names the file, the line and what is possible.
result<scenario> read_scenario(const std::filesystem::path& file);

/// `no-acks for=30s`, as one argument.
result<discordsim::fault> parse_fault_line(const std::string& line);

}  // namespace tinfoil::sandbox
