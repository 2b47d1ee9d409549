#pragma once

#include "host/config.hpp"
#include "host/setting.hpp"

#include <string>
#include <vector>

namespace tinfoil::host {

/// What `tinfoil run` with the same flags would have: all settings, those of tables only where the
/// file has them, and the token first. Checked as for a run, except that a token need not be there.
result<std::vector<effective_setting>> effective_settings(const flags& given,
                                                          const environment& env);

/// A setting that is not what it was.
struct changed_setting {
    std::string key, before, after;  ///< Empty: it was, or is, not there.
    takes_effect when = takes_effect::next_start;
};

/// What differs between two configurations, by what each shows of itself; of what a plugin is told
/// only that it differs.
[[nodiscard]] std::vector<changed_setting> compare(const config& before, const config& after);

/// `shards: auto before, 4 from the next start`.
[[nodiscard]] std::string describe(const changed_setting& what);

/// `running` with what of `fresh` need not wait for the next start.
[[nodiscard]] config taken_over(config running, const config& fresh);

/// `now`, `next_process`, `next_start`.
[[nodiscard]] std::string_view name(takes_effect when);

/// The answer of `GET /v1/config`, and that of `POST /v1/config/reload`.
[[nodiscard]] std::string settings_json(const std::vector<effective_setting>& all);
[[nodiscard]] std::string changes_json(const std::vector<changed_setting>& all);

}  // namespace tinfoil::host
