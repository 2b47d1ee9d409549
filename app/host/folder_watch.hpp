#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace tinfoil::host {

/// Tells a file from the one that stood there before; all zero: there is none.
struct file_mark {
    std::uint64_t device = 0, inode = 0, bytes = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;
    bool operator==(const file_mark&) const = default;
    [[nodiscard]] bool is_there() const { return !(*this == file_mark{}); }
};

// clang-format off
struct name_stirred { std::string name; };              ///< The kernel tells of something about it.
struct folder_read { std::map<std::string, file_mark> files; };  ///< Follows read_folder: all names that may be plugins.
struct events_lost {};                                  ///< The kernel could not keep up, or the watch has ended.
struct file_stat { std::string name; file_mark mark; }; ///< Follows look_at.
struct file_judged { std::string name; bool incomplete; };  ///< Of examine: it may still be being written.
struct watch_elapsed {};
using watch_input = std::variant<name_stirred, folder_read, events_lost, file_stat, file_judged, watch_elapsed>;

struct read_folder {};                                  ///< `folder_read` follows; a folder that is gone tells nothing.
struct look_at { std::string name; };                   ///< `file_stat` follows.
struct examine { std::string name; };                   ///< It has settled: somebody should look into it. `file_judged` follows.
struct file_gone { std::string name; };
struct give_up_file { std::string name; };              ///< It stays incomplete, which people should know.
using watch_action = std::variant<read_folder, look_at, examine, file_gone, give_up_file>;
// clang-format on

/// Decides when a file of the plugin folder is worth looking into: when nothing has happened to it
/// for `quiet` and two looks, `quiet` apart, found the same. Writers do it in many ways: they write
/// in pieces, they delete first, they rename, they touch what is finished.
///
/// What the kernel tells is only a hint, since it tells nothing on some file systems and too much
/// on others: the folder is read every `rescan` all the same.
///
/// Failure modes: a file that is incomplete (looked into again after each of `retries`, then given
/// up until it changes); a file that disappears (gone only after `grace`, since linkers and
/// installers delete first); events that were lost (the folder is read); a folder that is gone
/// (its files stay what they were until it is back).
class folder_watch {
public:
    static constexpr duration quiet = std::chrono::milliseconds(250);
    static constexpr duration grace = std::chrono::seconds(2);
    static constexpr duration rescan = std::chrono::seconds(5);

    /// With what stands there already, which has been looked into.
    folder_watch(const std::map<std::string, file_mark>& known, instant now);

    void on(const watch_input& what, instant now, std::vector<watch_action>& todo);
    [[nodiscard]] instant deadline() const;

private:
    struct file {
        file_mark known;  // That was looked into last.
        file_mark seen;   // By the last look.
        bool dirty = false;
        bool looked = false;  // `seen` is of this time that it is dirty.
        instant due = never;
        int tries = 0;  // That found it incomplete, of the same mark.
    };

    void stir(const std::string& name, instant now);
    void on_read(const folder_read& what, instant now);
    void on_stat(const file_stat& what, instant now, std::vector<watch_action>& todo);
    void on_judged(const file_judged& what, instant now, std::vector<watch_action>& todo);

    std::map<std::string, file> files_;
    instant rescan_;
};

}  // namespace tinfoil::host
