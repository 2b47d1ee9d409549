#include "host/folder_watch.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tinfoil::host {
namespace {

using std::chrono::milliseconds;
constexpr std::array retries{milliseconds(500), milliseconds(1000), milliseconds(2000),
                             milliseconds(4000)};

}  // namespace

folder_watch::folder_watch(const std::map<std::string, file_mark>& known, instant now)
    : rescan_(now + rescan)
{
    for (const auto& [name, mark] : known)
        files_[name].known = mark;
}

void folder_watch::on(const watch_input& what, instant now, std::vector<watch_action>& todo)
{
    if (const auto* stirred = std::get_if<name_stirred>(&what))
        return stir(stirred->name, now);
    if (const auto* read = std::get_if<folder_read>(&what))
        return on_read(*read, now);
    if (const auto* stat = std::get_if<file_stat>(&what))
        return on_stat(*stat, now, todo);
    if (const auto* judged = std::get_if<file_judged>(&what))
        return on_judged(*judged, now, todo);
    if (std::holds_alternative<events_lost>(what) || now >= rescan_) {
        rescan_ = now + rescan;
        todo.emplace_back(read_folder{});
    }
    for (auto& [name, own] : files_) {
        if (now < own.due)
            continue;
        own.due = never;
        if (own.dirty)
            todo.emplace_back(look_at{name});
        else
            todo.emplace_back(examine{name});
    }
}

instant folder_watch::deadline() const
{
    instant due = rescan_;
    for (const auto& [name, own] : files_)
        due = std::min(due, own.due);
    return due;
}

void folder_watch::stir(const std::string& name, instant now)
{
    file& own = files_[name];
    own.dirty = true;
    own.looked = false;
    own.due = now + quiet;
}

void folder_watch::on_read(const folder_read& what, instant now)
{
    for (const auto& [name, mark] : what.files) {
        const auto known = files_.find(name);
        if (known == files_.end() || (!known->second.dirty && !(known->second.known == mark)))
            stir(name, now);
    }
    for (const auto& [name, own] : files_)
        if (!own.dirty && own.known.is_there() && !what.files.contains(name))
            stir(name, now);
}

void folder_watch::on_stat(const file_stat& what, instant now, std::vector<watch_action>& todo)
{
    const auto found = files_.find(what.name);
    if (found == files_.end() || !found->second.dirty)
        return;
    file& own = found->second;
    if (!std::exchange(own.looked, true) || !(own.seen == what.mark)) {
        own.seen = what.mark;
        own.due = now + (what.mark.is_there() ? quiet : grace);
        return;
    }
    own.dirty = false;
    const bool was_there = own.known.is_there();
    if (!what.mark.is_there()) {
        files_.erase(found);
        if (was_there)
            todo.emplace_back(file_gone{what.name});
        return;
    }
    if (own.known == what.mark)
        return;
    own.known = what.mark;
    own.tries = 0;
    todo.emplace_back(examine{what.name});
}

void folder_watch::on_judged(const file_judged& what, instant now, std::vector<watch_action>& todo)
{
    const auto found = files_.find(what.name);
    if (found == files_.end() || !what.incomplete || found->second.dirty)
        return;
    file& own = found->second;
    if (static_cast<std::size_t>(own.tries) == retries.size())
        return todo.emplace_back(give_up_file{what.name}), void();
    own.due = now + retries[static_cast<std::size_t>(own.tries++)];
}

}  // namespace tinfoil::host
