#pragma once

#include "host/log_entry.hpp"
#include "host/watcher.hpp"

#include <functional>
#include <string>

namespace tinfoil::cli {

/// `2026-11-27T12:00:00.123Z warning  plugins   greeter: is slow`, on one line whatever its text
/// is.
[[nodiscard]] std::string log_text(const host::log_entry& what, bool colours);

/// An object on one line; see share/doc/logs.md.
[[nodiscard]] std::string log_json_line(const host::log_entry& what);

/// As journald takes it (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/), with the fields of
/// share/doc/logs.md.
[[nodiscard]] std::string log_journal_message(const host::log_entry& what);

/// Hands each entry of the log on, and nothing else of what happens.
class log_lines final : public host::watcher {
public:
    explicit log_lines(std::function<void(const host::log_entry&)> write) : write_(std::move(write))
    {
    }

    void note(const std::string&) override {}
    void warn(const std::string&) override {}
    void plugin_examined(const link::plugin_outcome&) override {}
    void plugin_logged(const std::string&, int, const std::string&) override {}
    void shard_moved(discord::slot, gateway::state, const std::string&) override {}
    void happened(const sandbox::happening&) override {}
    void entered(const host::log_entry& what) override { write_(what); }

private:
    std::function<void(const host::log_entry&)> write_;
};

}  // namespace tinfoil::cli
