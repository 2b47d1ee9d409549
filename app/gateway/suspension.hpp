#pragma once

#include "base/time.hpp"

#include <optional>

namespace tinfoil::gateway {

/// The clocks of one moment.
struct clock_reading {
    instant monotonic;     ///< Stands still while the machine is suspended.
    duration boot{};       ///< Since the machine started, suspended or not.
    duration wall_time{};  ///< Since 1970; may be set at will.
};

/// Notices that the machine was suspended, by clocks that went on while the monotonic one stood
/// still; for a guest whose hypervisor stopped all of its clocks the wall clock is set afterwards.
class suspension_watch {
public:
    static constexpr duration boot_jump_min = std::chrono::seconds(2);
    /// Clocks are also set for other reasons; a RESUME for nothing costs little.
    static constexpr duration wall_jump_min = std::chrono::minutes(1);

    /// To be called about once a second; how long it was away, if it was.
    [[nodiscard]] std::optional<duration> look(const clock_reading& now);

private:
    std::optional<clock_reading> last_;
};

}  // namespace tinfoil::gateway
