#pragma once

#include <cstdint>
#include <initializer_list>
#include <tinfoil/command_info.hpp>

namespace tinfoil {

/// What a value of tinfoil.toml has to be.
enum class setting {
    any,
    text,
    integer,
    number,
    boolean,
    duration,  ///< A text, `500ms`, `30s`, `10m`, `2h` or `7d`.
    id,        ///< A text with a snowflake, as all numbers there are signed.
    texts,     ///< A list of texts.
    ids        ///< A list of texts with snowflakes.
};

/// A value of `[plugins.NAME]` in tinfoil.toml that the plugin reads with plugin::setting(). One
/// that does not fit refuses the plugin, naming what it has to be.
struct setting_info {
    const char* name = "";
    const char* description = "";
    setting type = setting::any;
    bool required = false;
    /// Where it is not set: of setting::text, setting::duration, setting::id, and of lists with
    /// commas between its items.
    const char* text = "";
    std::int64_t integer = 0;
    double number = 0;
    bool boolean = false;
    double least = no_limit, most = no_limit;  ///< Of a number, of seconds, of the length of a
                                               ///< text in bytes, of the items of a list.
    std::initializer_list<const char*> one_of = {};  ///< Of a text, or of each of a list.
};

}  // namespace tinfoil
