#pragma once

#include "base/error.hpp"
#include "dispatch/recorder.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

namespace tinfoil::state {

/// A mapped file for a flight recorder: what is stored in its memory outlives the process without a
/// system call, but not a loss of power. It carries the boot that it was made in, so that the two
/// can be told apart afterwards.
class record_file {
public:
    /// Makes it anew with mode 0600, all of its space taken from the disk now, so that a full disk
    /// is an error here (errc::state_unusable) and not a signal later.
    static result<std::unique_ptr<record_file>> create(const std::filesystem::path& file,
                                                       std::size_t bytes);
    ~record_file();  ///< Unmaps; the file stays.
    record_file(const record_file&) = delete;
    record_file& operator=(const record_file&) = delete;

    [[nodiscard]] std::span<std::byte> memory() const { return memory_; }

private:
    record_file() = default;

    void* mapped_ = nullptr;
    std::size_t size_ = 0;
    std::span<std::byte> memory_;
};

struct left_record {
    dispatch::recorder::contents what;
    bool trusted = false;  ///< Made since the machine was started: exact.
};

/// What a process left in its record file; nothing when there is no file. A file that is no record
/// is errc::malformed.
result<std::optional<left_record>> read_record(const std::filesystem::path& file);

}  // namespace tinfoil::state
