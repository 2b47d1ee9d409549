#pragma once

#include <cstdint>
#include <functional>
#include <optional>
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

/// What was measured, as `--json` keeps it and the table at the end shows it.
struct figure {
    std::string name;  ///< Begins with the name of the benchmark that told it.
    double value = 0;
    std::string unit;             ///< "us CPU/event", "MiB/shard", "ms p99".
    std::optional<double> floor;  ///< Taken in the same run, in the same unit.
    std::optional<double> ratio;  ///< To the floor, or to a peer; the median of that of each round.
    std::optional<double> target;
    enum class of : std::uint8_t { value, ratio } target_of = of::value;
    enum class wanted : std::uint8_t { at_most, at_least } bound = wanted::at_most;
    std::string note;  ///< For people: what else is to be known of it.
    /// Nothing without a target.
    [[nodiscard]] std::optional<bool> met() const;
};

/// Prints the figure as a line and keeps it. A benchmark may tell as many as it has.
void tell(figure what);

/// A benchmark of a whole program: it measures, and tells its figures.
struct trial {
    std::string name;
    std::function<void()> run;
};

/// Registers at static initialisation: `static const bool one = bench::add({...});`
bool add(benchmark what);
bool add(trial what);

[[nodiscard]] double median(std::vector<double> values);

}  // namespace bench
