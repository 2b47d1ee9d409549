#pragma once

#include "base/time.hpp"
#include "host/watcher.hpp"

#include <functional>
#include <string>

namespace tinfoil::cli {

/// The live account of a run, a line at a time, for people. Colours only when asked for.
class account final : public host::watcher {
public:
    /// `write` gets whole lines without a line end; `clock` tells the time that lines are stamped
    /// with.
    account(bool colours, std::function<instant()> clock,
            std::function<void(const std::string&)> write);
    /// For authors: what plugins log is shown whole.
    void show_whole_lines() { whole_lines_ = true; }

    void note(const std::string& text) override;
    void warn(const std::string& text) override;
    void plugin_examined(const link::plugin_outcome& outcome) override;
    void plugin_logged(const std::string& plugin, int level, const std::string& text) override;
    void shard_moved(discord::slot slot, gateway::state to, const std::string& why) override;
    void happened(const sandbox::happening& what) override;

private:
    enum class colour { plain, dim, bold, green, yellow, red, cyan };

    [[nodiscard]] std::string paint(colour with, const std::string& text) const;
    void line(const std::string& text);

    bool colours_;
    bool whole_lines_ = false;
    std::function<instant()> clock_;
    std::function<void(const std::string&)> write_;
    instant started_;
};

}  // namespace tinfoil::cli
