#pragma once

#include "base/error.hpp"

#include <filesystem>

namespace tinfoil::state {

/// The right to use a state folder, held by one process at a time. The kernel gives it back when
/// the process ends in any way, so the file that stays behind locks nobody out. The file holds the
/// holder's process id for people to read.
class lock {
public:
    /// Refused with errc::state_unusable and the holder's process id when another holds it. When
    /// that process has ended and only what it started still goes, it is errc::timed_out: try again
    /// soon.
    static result<lock> take(const std::filesystem::path& file);

    /// To be left open in processes that this one starts: the lock is held until the last has
    /// ended.
    [[nodiscard]] int descriptor() const { return descriptor_; }

    lock(lock&& other) noexcept;
    lock& operator=(lock&& other) noexcept;
    ~lock();

private:
    explicit lock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
};

}  // namespace tinfoil::state
