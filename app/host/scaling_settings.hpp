#pragma once

#include "base/error.hpp"
#include "scaling/policy.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinfoil::host {

/// `[scaler]` as it was written; what it leaves out is as `--collections` and its defaults say.
struct scaling_choice {
    scaling::policy given;
    bool has_min = false, has_max = false;     ///< Of collections.
    std::set<std::string, std::less<>> named;  ///< Those that were written.

    bool operator==(const scaling_choice&) const = default;
};

/// Of a JSON object; errc::invalid_argument says what is wrong with it. What has to hold between
/// settings is not looked at.
[[nodiscard]] result<scaling_choice> parse_scaling_settings(std::string_view json);

/// With `collections` processes where `[scaler]` does not say how many; `in_process`: there is one,
/// whatever anybody says. Fails as scaling::check().
[[nodiscard]] result<scaling::policy> policy_of(const scaling_choice& given,
                                                std::uint32_t collections, bool in_process);

/// How many collections there were last, so that the next start begins with as many. It is worth
/// nothing once the settings say something else.
struct collections_kept {
    int min = 1, max = 1;  ///< Of the settings then.
    int now = 1;
    bool is_wish = false;  ///< An operator said so: as many stay.

    bool operator==(const collections_kept&) const = default;
};
[[nodiscard]] std::string to_string(const collections_kept& of);
/// Nothing for what is none, and for that of other settings.
[[nodiscard]] std::optional<collections_kept> read_kept(std::string_view text,
                                                        const scaling::policy& with);

/// Each setting as it would be written.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> written(const scaling::policy& of);

}  // namespace tinfoil::host
