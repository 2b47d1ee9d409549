#pragma once

#include "host/folder_watch.hpp"
#include "plugin/manifest.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::host {

/// Checked bytes that the host keeps, by their SHA-256.
struct plugin_build {
    std::string sha256;
    std::string manifest;  ///< Its text, of which `about` is made.
    plugin::manifest about;
};

/// What the host knows of a plugin.
struct shelved_plugin {
    std::string name;
    std::string file;                      ///< In the folder, by name; empty: none any more.
    file_mark mark;                        ///< Of the file, when it held this plugin.
    std::optional<plugin_build> current;   ///< What runs, or would.
    std::optional<plugin_build> previous;  ///< What ran before it.
    bool disabled = false;                 ///< By an operator, until one enables it.
    bool unloaded = false;                 ///< By an operator, until the next start or new bytes.
    std::string passed_over;  ///< An operator went back from this one, so the folder's is not taken
                              ///< as long as it is still that.
    std::string problem;      ///< Why the last other one was not taken; empty: it was.
    bool apart = false;       ///< It is the network manager, and no collection has it.
    bool refused = false;     ///< By the collections that have begun last; the next ones try again.

    /// Collections that begin load it.
    [[nodiscard]] bool is_laid_out() const { return current && !disabled && !unloaded && !apart; }
    [[nodiscard]] bool runs() const { return is_laid_out() && !refused; }
    [[nodiscard]] std::string version() const { return current ? current->about.version : ""; }
};

/// All of them by name, and what of them outlives the host.
class plugin_shelf {
public:
    [[nodiscard]] shelved_plugin& of(const std::string& name);
    [[nodiscard]] shelved_plugin* find(const std::string& name);
    [[nodiscard]] const std::map<std::string, shelved_plugin>& all() const { return all_; }
    /// Whose file that is; nothing when it is nobody's.
    [[nodiscard]] shelved_plugin* of_file(const std::string& file);
    /// Of some plugin, current or previous.
    [[nodiscard]] bool needs(std::string_view sha256) const;

    /// What is to be remembered, as JSON, and back; what makes no sense is forgotten.
    [[nodiscard]] std::string remembered() const;
    void remember(std::string_view source);
    /// By those that run.
    [[nodiscard]] std::uint64_t wanted_intents() const;

private:
    std::map<std::string, shelved_plugin> all_;
};

/// What became of a plugin in one collection.
struct plugin_place {
    std::uint32_t collection = 0;
    std::string how;  ///< `loaded`, `reloaded`, `unloaded`, `refused`, `went_back`.
    std::string version;
    std::string why;
    std::uint64_t waited_us = 0, held = 0, cut_off = 0, kept = 0;
    std::string kept_why;
};

/// What became of an order about a plugin.
struct plugin_answer {
    std::string name;
    /// `loaded`, `reloaded`, `rolled_back`, `unloaded`, `enabled`, `disabled`, `refused`,
    /// `unchanged`, `superseded`.
    std::string outcome;
    std::string version;  ///< That runs now; empty: none.
    std::string wanted;   ///< That was to run; may be empty.
    std::string why;
    std::string waits_for;  ///< Intents that no session has yet; empty: none.
    std::vector<plugin_place> places;
};

/// A plugin, as `tinfoil plugins list` shows it.
struct plugin_line {
    std::string name, version, file;
    /// `running`, `waiting` (for intents), `disabled`, `unloaded`, `refused`, `quarantined`,
    /// `changing`.
    std::string state;
    std::string why;
    std::string previous;    ///< The version that a rollback would bring back; empty: none.
    std::uint64_t kept = 0;  ///< Old copies that stay in memory, in all collections.
    std::string kept_why;
};

/// "ping 1.3.0 refused: it hung; 1.2.0 goes on": for people.
[[nodiscard]] std::string sentence(const plugin_answer& about);

}  // namespace tinfoil::host
