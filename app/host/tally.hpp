#pragma once

#include "base/time.hpp"
#include "discord/http.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace tinfoil::host {

/// Counts a run for its report. Pure; the caller says what happened and when.
class tally {
public:
    explicit tally(instant started) : started_(started) {}

    void identified() { ++identifies_; }
    void resumed() { ++resumes_; }
    void event(std::string_view type, std::string_view data, bool redelivered, instant now);
    void answered(const discord::rest_request& request, int status);

    [[nodiscard]] std::uint64_t identifies() const { return identifies_; }
    [[nodiscard]] std::uint64_t resumes() const { return resumes_; }
    [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& events() const
    {
        return events_;
    }
    [[nodiscard]] const std::map<int, std::uint64_t>& rest() const { return rest_; }
    /// Application commands that came in, and those of them whose callback Discord accepted.
    [[nodiscard]] std::uint64_t commands_seen() const { return commands_seen_; }
    [[nodiscard]] std::uint64_t commands_answered() const { return commands_answered_; }
    [[nodiscard]] std::uint64_t redelivered() const { return redelivered_; }
    [[nodiscard]] std::optional<duration> first_event() const { return first_event_; }

private:
    // A command older than this many others counts as never answered.
    static constexpr std::size_t open_commands_max = 10'000;

    instant started_;
    std::uint64_t identifies_ = 0, resumes_ = 0, redelivered_ = 0;
    std::uint64_t commands_seen_ = 0, commands_answered_ = 0;
    std::map<std::string, std::uint64_t, std::less<>> events_;
    std::map<int, std::uint64_t> rest_;
    std::set<std::uint64_t> open_commands_;
    std::optional<duration> first_event_;
};

}  // namespace tinfoil::host
