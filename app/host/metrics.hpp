#pragma once

#include "host/log_book.hpp"
#include "host/status.hpp"
#include "host/tally.hpp"
#include "net/process_facts.hpp"
#include "rest/view.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::host {

/// Names of plugins and types of events that have series of their own; what more there are is
/// summed up as `(others)`, so that nobody's names make a Prometheus grow without bound.
inline constexpr std::size_t metric_plugins_max = 200, metric_event_types_max = 150;

/// What a scrape is made of: copies, and the log as it is.
struct measured {
    status now;
    tally::totals events;
    std::map<int, std::uint64_t> rest_answers;  ///< By HTTP status.
    std::optional<rest::view> rest;             ///< Nothing before there is a client.
    const log_book* log = nullptr;
    net::process_facts host;
    /// In the order of `now.collections`; nothing where there is no process of its own.
    std::vector<std::optional<net::process_facts>> collections;
};

/// All metrics in Prometheus' text format, version 0.0.4. Pure. share/doc/metrics.md lists them.
[[nodiscard]] std::string metrics_text(const measured& of);

}  // namespace tinfoil::host
