#pragma once

#include "base/error.hpp"
#include "host/network_settings.hpp"
#include "host/rest_settings.hpp"
#include "host/scaling_settings.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tinfoil::host {

/// What `tinfoil.toml` says, as text; config.cpp gives it meaning.
struct settings_file {
    std::filesystem::path path;        ///< Empty: there is none.
    std::map<std::string, int> lines;  ///< Where each key stands, those in tables with dots.
    /// What stands in tables, for people: `rest.connections` to `64`. Of plugins only the names of
    /// their settings, since those may be secrets.
    std::map<std::string, std::string> in_tables;
    std::map<std::string, std::string> values;   ///< Top-level strings and integers.
    std::map<std::string, std::string> plugins;  ///< `[plugins.NAME]` as a JSON object.
    std::vector<std::string>
        isolated;              ///< What `[plugin_placement]` wants in a process of its own.
    std::string presence;      ///< `[presence]` as the `d` of an op 3; empty without it.
    rest_choice rest;          ///< `[rest]`.
    network_settings network;  ///< `[network]`.
    scaling_choice scaler;     ///< `[scaler]`.
};

/// All of a file of 1 MiB at most; an invalid_argument that names it, says why it can't be read and
/// what to look at.
result<std::string> read_text_file(const std::filesystem::path& file);

/// Unknown keys, values of the wrong kind and bad syntax are refused with file and line.
result<settings_file> read_settings_file(const std::filesystem::path& file);

}  // namespace tinfoil::host
