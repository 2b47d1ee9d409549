#pragma once

#include "host/config.hpp"
#include "host/settings_file.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <optional>
#include <string>

namespace tinfoil::host {

/// One setting with all the places that may give it, so that an error can name the right one. What
/// it is made of has to outlive it.
class setting_reader {
public:
    setting_reader(const environment& env, const settings_file& file) : env_(env), file_(file) {}

    struct found {
        std::string value, from;
    };

    [[nodiscard]] std::optional<found> operator()(const std::optional<std::string>& flag,
                                                  const char* flag_name,
                                                  const std::string& key) const
    {
        if (flag)
            return found{*flag, flag_name};
        const std::string variable = variable_of(key);
        if (auto value = env_(variable))
            return found{*value, variable};
        if (const auto value = file_.values.find(key); value != file_.values.end())
            return found{value->second, place_of(file_, key)};
        return std::nullopt;
    }

    /// `TINFOIL_STATE_DIR`.
    [[nodiscard]] static std::string variable_of(const std::string& key)
    {
        std::string variable = "TINFOIL_" + key;
        std::transform(variable.begin(), variable.end(), variable.begin(),
                       [](unsigned char each) { return static_cast<char>(std::toupper(each)); });
        return variable;
    }
    /// `/etc/tinfoil.toml:12, shards`.
    [[nodiscard]] static std::string place_of(const settings_file& file, const std::string& key)
    {
        const auto line = file.lines.find(key);
        return fmt::format("{}:{}, {}", file.path.string(),
                           line == file.lines.end() ? 1 : line->second, key);
    }

private:
    const environment& env_;
    const settings_file& file_;
};

/// The file that make_config() reads, or an empty one when there is none.
result<settings_file> find_settings(const flags& given, const environment& env);

/// Where the token is: its text, or the file that it is to be read from.
struct token_place {
    std::string from;  ///< Empty: nowhere.
    std::string value;
    bool is_file = false;
};
[[nodiscard]] token_place find_token_place(const flags& given, const environment& env,
                                           const setting_reader& setting);

}  // namespace tinfoil::host
