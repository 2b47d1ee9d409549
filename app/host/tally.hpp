#pragma once

#include "base/time.hpp"
#include "discord/http.hpp"
#include "discord/session_record.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace tinfoil::host {

/// Counts a run for its report. Pure; the caller says what happened and when.
class tally {
public:
    explicit tally(instant started) : started_(started) {}

    void identified() { ++identifies_; }
    void resumed() { ++resumes_; }
    void event_came(instant now)
    {
        if (!first_event_)
            first_event_ = now - started_;
    }
    void answered(const discord::rest_request& request, int status);
    /// What the process of that epoch has counted since it began; the last word counts.
    void counted(std::uint64_t epoch, const discord::event_counts& so_far) { of_[epoch] = so_far; }

    [[nodiscard]] std::uint64_t identifies() const { return identifies_; }
    [[nodiscard]] std::uint64_t resumes() const { return resumes_; }
    [[nodiscard]] const std::map<int, std::uint64_t>& rest() const { return rest_; }
    /// Application commands whose first answer Discord accepted.
    [[nodiscard]] std::uint64_t commands_answered() const { return commands_answered_; }
    [[nodiscard]] std::optional<duration> first_event() const { return first_event_; }

    struct totals {
        std::map<std::string, std::uint64_t> events;  ///< By type.
        std::uint64_t all_events = 0, redelivered = 0, commands_seen = 0, given_up = 0;
    };
    /// Over all collections and all their processes.
    [[nodiscard]] totals total() const;

private:
    static constexpr std::size_t answered_max = 10'000;

    instant started_;
    std::uint64_t identifies_ = 0, resumes_ = 0, commands_answered_ = 0;
    std::map<int, std::uint64_t> rest_;
    std::set<std::uint64_t> answered_;  ///< So that no command counts twice.
    std::optional<duration> first_event_;
    std::map<std::uint64_t, discord::event_counts> of_;
};

}  // namespace tinfoil::host
