#pragma once

#include "host/examination.hpp"
#include "host/folder_watch.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tinfoil::host {

/// The plugin folder of the operator, and the builds that the host keeps of what it finds there:
///
///     STATE/plugins/builds/SHA256.so    checked bytes, never changed
///     STATE/plugins/current/SHA256.so   those that a collection loads when it begins
///
/// Nothing that somebody does to a file in the folder reaches what runs. The loop's thread only.
class plugin_intake {
public:
    plugin_intake(boost::asio::io_context& loop, std::filesystem::path folder,
                  const std::filesystem::path& state, std::string executable);

    /// Makes its folders, and empties what collections load. Fails when others could write to the
    /// operator's folder (plugin::check_folder), or the state folder can't be written.
    result<void> prepare();

    /// Names of files that may be plugins, with what tells each content from the next; nothing when
    /// the folder is not there.
    [[nodiscard]] std::optional<std::map<std::string, file_mark>> read() const;
    [[nodiscard]] file_mark look(const std::string& name) const;

    /// Looks into a file, in a process of its own; some at a time, and of one file one after the
    /// other. `then` is called once, never inside this call.
    void examine(const std::string& name, std::function<void(const examined&)> then);

    [[nodiscard]] std::filesystem::path build(const std::string& sha256) const;
    [[nodiscard]] bool has(const std::string& sha256) const;
    /// What collections load from now on in place of the other; either may be empty.
    result<void> make_current(const std::string& sha256, const std::string& in_place_of);
    /// Removes builds that nobody needs, unless somebody is about to need one.
    void sweep(const std::function<bool(const std::string& sha256)>& is_needed) const;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] const std::filesystem::path& current() const { return current_; }

private:
    struct job {
        std::string name;
        std::function<void(const examined&)> then;
    };
    void next();

    boost::asio::io_context& loop_;
    std::filesystem::path folder_, builds_, current_;
    std::string executable_;
    std::deque<job> waiting_;
    std::map<std::string, std::unique_ptr<examination>> running_;  // By file.
};

}  // namespace tinfoil::host
