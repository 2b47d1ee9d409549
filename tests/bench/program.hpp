#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace bench {

/// `tinfoil ...` in a process of its own, whose output is of no interest. It ends with this object,
/// and with the benchmark, however that ends.
class program {
public:
    /// `environment`: `NAME=VALUE`, besides what the benchmark has.
    explicit program(std::vector<std::string> arguments,
                     const std::vector<std::string>& environment = {});
    program(const program&) = delete;
    program(program&&) = delete;
    program& operator=(const program&) = delete;
    program& operator=(program&&) = delete;
    ~program() { kill(); }
    void kill();

    [[nodiscard]] ::pid_t pid() const { return pid_; }

private:
    ::pid_t pid_ = -1;
};

/// CPU seconds of a process so far; 0 when it has ended.
[[nodiscard]] double cpu_seconds_of(::pid_t process);

/// Says why and ends the benchmark.
[[noreturn]] void give_up(const std::string& why);

}  // namespace bench
