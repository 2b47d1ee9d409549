#pragma once

#include "base/time.hpp"
#include "host/log_entry.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::host {

/// Decides which lines of the log are written, and keeps the last of them for whoever asks. Pure.
///
/// Of equal lines `burst` are written within `window`, the rest is counted; when the window ends
/// one line more says how many there were.
/// Failure modes: with more than `windows_max` different lines at once the oldest window ends
/// early, so its line may be written again sooner; nothing is lost uncounted.
class log_book {
public:
    static constexpr std::size_t entries_max = 2'000, bytes_max = 4U << 20;
    static constexpr std::size_t text_bytes_max = 16U << 10;  ///< Longer ones are cut.
    static constexpr std::size_t windows_max = 512;
    static constexpr std::uint64_t burst = 5;
    static constexpr duration window = std::chrono::seconds(60);

    using levels = std::array<log_level, log_areas.size()>;
    /// `repeats`: equal lines are all written, as authors want it.
    explicit log_book(levels least, bool repeats = false) : least_(least), repeats_(repeats) {}

    /// A line was said at `now`. What is to be written is appended to `written`; of areas whose
    /// lines don't repeat (`shards`, `sandbox`) nothing is counted.
    void on(log_entry what, instant now, std::vector<log_entry>& written);
    /// Windows that have ended tell their counts. Early or twice is harmless.
    void on_time(instant now, std::int64_t wall_ms, std::vector<log_entry>& written);
    [[nodiscard]] instant deadline() const;

    /// Lines of that area below `least` are left out from now on.
    void set_level(log_area of, log_level least) { least_[static_cast<std::size_t>(of)] = least; }
    [[nodiscard]] log_level level(log_area of) const
    {
        return least_[static_cast<std::size_t>(of)];
    }

    struct question {
        std::optional<std::uint64_t> after;  ///< The oldest of what came after it; else the last.
        std::size_t lines = 100;
        std::optional<log_area> area;
        log_level least = log_level::debug;
    };
    struct answer {
        std::vector<log_entry> entries;  ///< In their order.
        std::uint64_t next = 0;          ///< To ask `after` it for what follows.
        std::uint64_t lost = 0;          ///< After `after` and no longer kept.
    };
    [[nodiscard]] answer look(const question& asked) const;

    /// Of this run: lines written by area and level, and equal ones that were only counted.
    [[nodiscard]] std::uint64_t written(log_area of, log_level at) const
    {
        return counts_[static_cast<std::size_t>(of)][static_cast<std::size_t>(at)];
    }
    [[nodiscard]] std::uint64_t counted() const { return counted_; }

private:
    struct running {
        log_entry last;
        std::uint64_t seen = 0;
        instant ends;
    };

    void write(log_entry what, std::vector<log_entry>& written);
    void end_oldest(std::int64_t wall_ms, std::vector<log_entry>& written);

    levels least_;
    bool repeats_;
    std::deque<log_entry> kept_;
    std::size_t bytes_ = 0;
    std::uint64_t last_ = 0;
    std::map<std::string, running> windows_;
    std::deque<std::string> order_;  ///< Keys of windows_, by their ends.
    std::array<std::array<std::uint64_t, log_levels.size()>, log_areas.size()> counts_{};
    std::uint64_t counted_ = 0;
};

}  // namespace tinfoil::host
