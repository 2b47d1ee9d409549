#include "host/earlier_sessions.hpp"

#include "host/reconcile.hpp"
#include "state/record_file.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>

namespace tinfoil::host {
namespace fs = std::filesystem;

namespace {

constexpr const char* extension = ".record";

}  // namespace

fs::path run_folder(const fs::path& state)
{
    return state / "run";
}

std::string record_name(std::uint32_t number, std::uint64_t epoch)
{
    return fmt::format("{}-{}{}", number, epoch, extension);
}

namespace {

// 0 for a file that is none of ours.
std::uint64_t epoch_of(const fs::path& file)
{
    const std::string name = file.stem().string();
    const auto dash = name.find('-');
    std::uint64_t epoch = 0;
    if (file.extension() == extension && dash != std::string::npos)
        std::from_chars(name.data() + dash + 1, name.data() + name.size(), epoch);
    return epoch;
}

// What the files say of each slot that is in one. A process that ended long ago may have left one,
// and its sessions gone on in a process that had begun before it. Files that were torn by a loss of
// power, or are none, tell nothing: the state has an older cursor, and what comes again is marked.
std::map<discord::slot, discord::session_record>
read_records(const fs::path& folder, const std::vector<sharding::handoff_record>& handoffs)
{
    // A handoff that was committed just before may have left the older session of its slot there.
    const auto is_over = [&](const discord::session_record& session) {
        return std::any_of(handoffs.begin(), handoffs.end(),
                           [&](const auto& each) { return each.outdates(session); });
    };
    std::map<std::uint64_t, std::vector<fs::path>> files;
    std::error_code failed;
    for (fs::directory_iterator each(folder, failed), end; !failed && each != end;
         each.increment(failed))
        if (const std::uint64_t epoch = epoch_of(each->path()); epoch != 0)
            files[epoch].push_back(each->path());
    std::map<discord::slot, discord::session_record> newest;
    for (const auto& [epoch, of_epoch] : files) {
        for (const fs::path& file : of_epoch) {
            auto left = state::read_record(file);
            if (!left || !*left || !(*left)->trusted)
                continue;
            std::erase_if((*left)->what.sessions, is_over);
            take_in(std::move((*left)->what.sessions), newest);
        }
    }
    return newest;
}

}  // namespace

result<std::vector<discord::session_record>> earlier_sessions(state::store& store,
                                                              const fs::path& state)
{
    auto stored = store.sessions();
    if (!stored)
        return stored.error();
    const auto handoffs = store.handoff_records();
    if (!handoffs)
        return handoffs.error();
    auto found = reconcile(std::move(*stored), read_records(run_folder(state), *handoffs));
    for (const auto& each : found.gone)
        if (auto gone = store.forget_session(each.which, each.generation); !gone)
            return gone.error();
    // The files go only when the state has what they had.
    if (auto kept = store.save_sessions(found.newer, discord::cursor_use::none, "", 0); !kept)
        return kept.error();
    std::error_code failed;
    fs::remove_all(run_folder(state), failed);
    return std::move(found.all);
}

}  // namespace tinfoil::host
