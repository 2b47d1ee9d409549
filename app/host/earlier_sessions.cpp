#include "host/earlier_sessions.hpp"

#include "state/record_file.hpp"

#include <map>

namespace tinfoil::host {
namespace fs = std::filesystem;

fs::path run_folder(const fs::path& state)
{
    return state / "run";
}

result<std::vector<discord::session_record>> earlier_sessions(state::store& store,
                                                              const fs::path& state)
{
    auto stored = store.sessions();
    if (!stored)
        return stored.error();
    std::map<discord::slot, discord::session_record> known;
    for (auto& each : *stored)
        known[each.which] = std::move(each);
    bool any_trusted = false;
    std::vector<discord::session_record> newer;
    std::error_code failed;
    for (fs::directory_iterator each(run_folder(state), failed), end; !failed && each != end;
         each.increment(failed)) {
        if (each->path().extension() != ".record")
            continue;
        auto left = state::read_record(each->path());
        // One that was torn by a loss of power, or is none, tells nothing; the state has an older
        // cursor, and what comes again is marked.
        if (!left || !*left || !(*left)->trusted)
            continue;
        any_trusted = true;
        for (auto& session : (*left)->what.sessions)
            newer.push_back(std::move(session));
    }
    // A collection that runs has every session of its own in its file. So with files at hand, what
    // is in none of them has not been gone on with since it was stored.
    if (any_trusted)
        for (auto& [slot, each] : known)
            each.doubtful = false;
    for (auto& each : newer) {
        auto& own = known[each.which];
        each.generation = std::max(each.generation, own.generation);
        own = each;
    }
    std::vector<discord::session_record> all;
    for (auto& [slot, each] : known)
        all.push_back(std::move(each));
    // The files go only when the state has what they had.
    for (const auto& each : newer)
        if (auto kept = store.save_session(each, "", 0); !kept)
            return kept.error();
    if (auto kept = store.save_cursors(newer, true); !kept)
        return kept.error();
    fs::remove_all(run_folder(state), failed);
    return all;
}

}  // namespace tinfoil::host
