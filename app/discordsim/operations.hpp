#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::discordsim {

/// What a JSON value may be; a field has a bit for each.
enum kind : std::uint8_t {
    kind_null = 1,
    kind_bool = 2,
    kind_int = 4,
    kind_number = 8,
    kind_string = 16,
    kind_array = 32,
    kind_object = 64,
};

inline constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

/// One field of a body, or of an object in it.
struct field {
    std::string_view name;
    std::uint8_t kinds;
    bool required;
    std::int64_t least,
        most;   ///< Of a number; of the length of a string, in code points; of items.
    int shape;  ///< Of the object, or of each item, for fields_of(); -1: anything.
};

struct shape_place {
    std::uint16_t first, count;
};

/// One thing that Discord's API can be asked for.
struct operation {
    std::string_view id, method, path;
    int body;      ///< For fields_of().
    bool is_list;  ///< The body is a list of such objects.
};

/// All of them, by path.
[[nodiscard]] std::span<const operation> operations();
[[nodiscard]] std::span<const field> fields_of(int shape);

/// What a request asks for: nothing where the path, or only the method, is not Discord's.
struct lookup {
    const operation* found = nullptr;
    bool is_path = false;  ///< Some method exists for the path.
};

/// `parts` is the path without query, cut at its slashes. Where several paths fit the one with the
/// fewest variable parts is meant: `/users/@me` is not the user "@me".
[[nodiscard]] lookup find_operation(std::string_view method, std::span<const std::string> parts);

/// The variable part of an operation's path that has this number, `channel_id`; empty for others.
[[nodiscard]] std::string_view parameter(const operation& of, std::size_t part);

/// Cuts at slashes, empty parts left out.
[[nodiscard]] std::vector<std::string_view> path_parts(std::string_view path);

}  // namespace tinfoil::discordsim
