#pragma once

#include "discord/slot.hpp"

#include <filesystem>
#include <optional>
#include <set>
#include <vector>

namespace tinfoil::host {

/// Which record files of processes that have ended are still needed: those with a slot of which the
/// state lacks what is known, since it could not be written. They are for the next start, should
/// this host end before the state has it.
class dead_records {
public:
    /// The state could not take the newest of this slot.
    void lacks(discord::slot which) { lacking_.insert(which); }
    /// It has taken it.
    void has(discord::slot which) { lacking_.erase(which); }
    /// Others are not of the plan any more.
    template <class Slots>
    void keep_only(const Slots& plan)
    {
        std::erase_if(lacking_, [&](discord::slot each) { return !plan.contains(each); });
    }

    /// The process of this file has ended, and what the file says of these slots has been put into
    /// the state, or could not be. Nothing: the file could not be read.
    void died(std::filesystem::path name, std::optional<std::set<discord::slot>> slots)
    {
        files_.push_back({std::move(name), std::move(slots)});
    }
    /// Those that nobody needs any more, each once.
    [[nodiscard]] std::vector<std::filesystem::path> take_needless();

    /// The state has the newest of every slot.
    [[nodiscard]] bool all_kept() const { return lacking_.empty(); }

private:
    struct file {
        std::filesystem::path name;
        std::optional<std::set<discord::slot>> slots;
    };
    std::set<discord::slot> lacking_;
    std::vector<file> files_;
};

}  // namespace tinfoil::host
