#pragma once

#include "base/error.hpp"
#include "discordsim/simulator.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace tinfoil::sandbox {

/// What happened in a simulated Discord, a line each, appended to a file:
/// `NUMBER TYPE ID GUILD` for an event, and with milliseconds since 1970 at their end
/// `IDENTIFY i/n MS`, `RESUME i/n SEQUENCE MS`, `CLOSED i/n CODE MS`, `SENT i/n SEQUENCE TYPE ID
/// MS`, `OP i/n OPCODE MS`, `REST METHOD PATH STATUS MS`. Without a shard there is `-`.
///
/// Lines are held back until flush() or until there are many. After a failure nothing more is
/// written, so that a line is never torn in the middle of the file.
class event_log {
public:
    static result<std::unique_ptr<event_log>> open(const std::filesystem::path& file);
    ~event_log();
    event_log(const event_log&) = delete;
    event_log& operator=(const event_log&) = delete;

    void add(const discordsim::generated& what);
    void add(const discordsim::noted& what, std::int64_t wall_ms);
    void add(const discordsim::session_news& what, std::int64_t wall_ms);
    /// The error of this or any earlier writing.
    result<void> flush();

private:
    event_log(std::filesystem::path file, int descriptor);
    void flush_if_large();

    std::filesystem::path file_;
    int descriptor_;
    std::string held_back_;
    std::optional<error> failed_;
};

}  // namespace tinfoil::sandbox
