#include "gateway/silence_watchdog.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace tinfoil::gateway {
namespace {

constexpr duration minute = std::chrono::minutes(1);
constexpr double memory_minutes = 60;
// Of what was expected: above this it is as usual, and below the other it is silence.
constexpr double usual_part = 0.2, silent_part = 0.02;

double minutes_of(duration length)
{
    return static_cast<double>(length.count()) / static_cast<double>(minute.count());
}

}  // namespace

void silence_watchdog::learn(series& of, double rate, double minutes)
{
    const double part = of.minutes < memory_minutes ? minutes / (of.minutes + minutes)
                                                    : 1 - std::exp(-minutes / memory_minutes);
    of.usual += (rate - of.usual) * part;
    of.minutes += minutes;
    of.expected = of.seen = of.silent = 0;
}

bool silence_watchdog::judge(series& of, double minutes)
{
    const double count = static_cast<double>(of.count);
    of.count = 0;
    if (of.minutes < minutes_of(bounds_.learning)) {
        learn(of, count / minutes, minutes);
        return false;
    }
    of.expected += of.usual * minutes;
    of.seen += count;
    of.silent += minutes;
    if (of.seen >= of.expected * usual_part) {
        of.was_found = false;
        learn(of, count / minutes, minutes);
        return false;
    }
    if (of.expected < bounds_.expected_min || of.silent < minutes_of(silent_min))
        return false;
    if (of.seen <= of.expected * silent_part)
        return true;
    learn(of, of.seen / of.silent, of.silent);
    return false;
}

std::optional<std::string> silence_watchdog::look(instant now, bool live)
{
    if (!live || minute_began_ == never) {
        minute_began_ = now;
        for (series& each : series_)
            each.count = 0;
        return std::nullopt;
    }
    if (now - minute_began_ < minute)
        return std::nullopt;
    const double minutes = minutes_of(now - minute_began_);
    minute_began_ = now;
    gauge_.lately = static_cast<double>(all().count) / minutes;
    gauge_.when = now;
    std::optional<std::string> found;
    const bool may_tell = last_finding_ == never || now - last_finding_ >= between_findings;
    for (std::size_t i = 0; i < series_.size(); ++i) {
        series& each = series_[i];
        if (!judge(each, minutes) || !may_tell)
            continue;
        if (!found) {
            std::array<char, 160> text{};
            std::snprintf(
                text.data(), text.size(), "no %s for %.0f min, where %.1f a minute are usual",
                i == 0 ? "events" : std::string(types[i]).c_str(), each.silent, each.usual);
            found = text.data();
            last_finding_ = now;
        }
        // A RESUME that changed nothing was not the remedy: this is how it is from now on.
        if (each.was_found)
            each = {};
        else
            each.was_found = true;
        each.expected = each.seen = each.silent = 0;
    }
    gauge_.usual = all().usual;
    return found;
}

}  // namespace tinfoil::gateway
