#include "host/plugin_intake.hpp"

#include "plugin/library.hpp"
#include "plugin/secure_file.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace tinfoil::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t at_once = 4;

file_mark mark_of(const fs::path& file)
{
    const auto stamp = plugin::stamp_of(file);
    file_mark made{stamp.device, stamp.inode, stamp.bytes, stamp.modified_ns, stamp.changed_ns};
    // A link to nowhere is there all the same, and people are told that it can't be read.
    std::error_code failed;
    if (!made.is_there() && fs::is_symlink(fs::symlink_status(file, failed)))
        made.device = 1;
    return made;
}

}  // namespace

plugin_intake::plugin_intake(boost::asio::io_context& loop, fs::path folder, const fs::path& state,
                             std::string executable)
    : loop_(loop),
      folder_(std::move(folder)),
      builds_(state / "plugins" / "builds"),
      current_(state / "plugins" / "current"),
      executable_(std::move(executable))
{
}

result<void> plugin_intake::prepare()
{
    if (auto safe = plugin::check_folder(folder_); !safe)
        return safe;
    std::error_code failed;
    fs::remove_all(current_, failed);
    fs::remove_all(builds_ / "probe", failed);
    for (const fs::path& each : {builds_, current_}) {
        fs::create_directories(each, failed);
        if (!failed)
            fs::permissions(each, fs::perms::owner_all, failed);
        if (failed)
            return error{errc::state_unusable, each.string() +
                                                   " can't be made: " + failed.message() +
                                                   "; let this user write there"};
    }
    return {};
}

std::optional<std::map<std::string, file_mark>> plugin_intake::read() const
{
    const auto files = plugin::list_folder(folder_);
    if (!files)
        return std::nullopt;
    std::map<std::string, file_mark> made;
    for (const fs::path& each : *files)
        made[each.filename().string()] = mark_of(each);
    return made;
}

file_mark plugin_intake::look(const std::string& name) const
{
    return mark_of(folder_ / name);
}

void plugin_intake::examine(const std::string& name, std::function<void(const examined&)> then)
{
    waiting_.push_back({name, std::move(then)});
    next();
}

void plugin_intake::next()
{
    while (running_.size() < at_once) {
        const auto free = std::find_if(waiting_.begin(), waiting_.end(), [&](const job& each) {
            return !running_.contains(each.name);
        });
        if (free == waiting_.end())
            return;
        const job at = std::move(*free);
        waiting_.erase(free);
        running_[at.name] = examination::begin(
            loop_, {folder_, at.name, builds_, executable_}, [this, at](const examined& found) {
                // It must outlive its own call.
                const std::shared_ptr<examination> own = std::move(running_.at(at.name));
                running_.erase(at.name);
                boost::asio::post(loop_, [own] {});
                next();
                at.then(found);
            });
    }
}

fs::path plugin_intake::build(const std::string& sha256) const
{
    return builds_ / (sha256 + ".so");
}

bool plugin_intake::has(const std::string& sha256) const
{
    std::error_code failed;
    return !sha256.empty() && fs::is_regular_file(build(sha256), failed);
}

result<void> plugin_intake::make_current(const std::string& sha256, const std::string& in_place_of)
{
    if (sha256 == in_place_of)
        return {};
    const fs::path place = current_ / (sha256 + ".so");
    if (!sha256.empty() && ::link(build(sha256).c_str(), place.c_str()) != 0 && errno != EEXIST)
        return error{errc::io, place.string() + " can't be made: " + std::strerror(errno)};
    std::error_code ignored;
    if (!in_place_of.empty())
        fs::remove(current_ / (in_place_of + ".so"), ignored);
    return {};
}

void plugin_intake::sweep(const std::function<bool(const std::string&)>& is_needed) const
{
    if (!running_.empty() || !waiting_.empty())
        return;
    std::error_code failed;
    for (fs::directory_iterator each(builds_, failed), end; !failed && each != end;
         each.increment(failed)) {
        std::error_code ignored;
        if (each->is_regular_file(ignored) && !is_needed(each->path().stem().string()))
            fs::remove(each->path(), ignored);
    }
}

}  // namespace tinfoil::host
