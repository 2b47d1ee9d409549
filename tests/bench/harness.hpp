#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

/// One figure: the work, and its floor, the least that the machine needs for the same result. Both
/// run in turns in the same process, so that a busy machine slows both.
struct benchmark {
    std::string name;
    std::string unit;  ///< Of what one call does: "payload", "MiB".
    double units = 1;  ///< How many of those one call does.
    std::function<std::uint64_t()> work,
        floor;  ///< The result keeps the compiler from leaving it out.
};

/// A figure of a whole program, which stands beside its target: it measures, prints its lines, and
/// gives what `--json` keeps.
struct trial {
    std::string name;
    std::function<boost::json::object()> run;
};

/// Registers at static initialisation: `static const bool one = bench::add({...});`
bool add(benchmark what);
bool add(trial what);

[[nodiscard]] double median(std::vector<double> values);

}  // namespace bench
