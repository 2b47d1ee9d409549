#pragma once

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/manifest.hpp>
#include <tinfoil/snowflake.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinfoil {

/// `500ms`, `30s`, `10m`, `2h` or `7d`; nothing when the text is none of these.
inline std::optional<std::chrono::milliseconds> parse_duration(std::string_view text)
{
    std::int64_t count = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
    constexpr std::int64_t most = 100LL * 365 * 24 * 3600 * 1000;
    if (read.ec != std::errc() || count < 0 || count > most)
        return std::nullopt;
    const std::string_view unit = text.substr(static_cast<std::size_t>(read.ptr - text.data()));
    const std::int64_t ms = unit == "ms"  ? 1
                            : unit == "s" ? 1000
                            : unit == "m" ? 60'000
                            : unit == "h" ? 3'600'000
                            : unit == "d" ? 86'400'000
                                          : 0;
    if (ms == 0 || count > most / ms)
        return std::nullopt;
    return std::chrono::milliseconds(count * ms);
}

namespace detail {

template <class T>
struct is_duration : std::false_type {};
template <class Rep, class Period>
struct is_duration<std::chrono::duration<Rep, Period>> : std::true_type {};

/// `[plugins.NAME]` of tinfoil.toml, held to the plugin's table.
class own_settings {
public:
    /// Throws std::invalid_argument, a sentence that names what is wrong, and with what.
    own_settings(const about& info, boost::json::object given)
        : info_(&info),
          given_(std::move(given))
    {
        for (const auto& [key, value] : given_)
            if (find(key) == nullptr)
                throw std::invalid_argument("there is no setting " + place(key) + "; " + known());
        for (const setting_info& each : info_->settings) {
            const auto* value = given_.if_contains(each.name);
            if (value == nullptr && each.required)
                throw std::invalid_argument("the setting " + place(each.name) +
                                            " is missing; it has to be " + wanted(each));
            if (value != nullptr && !fits(each, *value))
                throw std::invalid_argument("the setting " + place(each.name) + " has to be " +
                                            wanted(each) + ", and is " +
                                            boost::json::serialize(*value));
        }
    }

    [[nodiscard]] const boost::json::object& json() const { return given_; }

    template <class T>
    [[nodiscard]] T get(std::string_view name) const
    {
        const setting_info* listed = find(name);
        if (listed == nullptr)
            throw std::logic_error("to read the setting " + std::string(name) +
                                   " takes {.name = \"" + std::string(name) +
                                   "\", .description = \"...\", .type = setting::...} in .settings "
                                   "of the table");
        const auto* value = given_.if_contains(listed->name);
        const auto read = read_as<T>(*listed, value);
        if (!read)
            throw std::logic_error("the setting " + std::string(name) + " is " + wanted(*listed) +
                                   " by the table, and is read as something else");
        return *read;
    }

private:
    [[nodiscard]] const setting_info* find(std::string_view name) const
    {
        for (const setting_info& each : info_->settings)
            if (name == each.name)
                return &each;
        return nullptr;
    }
    [[nodiscard]] std::string place(std::string_view key) const
    {
        return "plugins." + std::string(info_->name) + "." + std::string(key);
    }
    [[nodiscard]] std::string known() const
    {
        std::string all;
        for (const setting_info& each : info_->settings)
            all += (all.empty() ? "there are " : ", ") + std::string(each.name);
        return all.empty() ? std::string(info_->name) + " has no settings" : all;
    }

    static std::string text_of(double number)
    {
        return boost::json::serialize(number ==
                                              static_cast<double>(static_cast<std::int64_t>(number))
                                          ? boost::json::value(static_cast<std::int64_t>(number))
                                          : boost::json::value(number));
    }
    static std::string wanted(const setting_info& of)
    {
        constexpr const char* kinds[] = {"anything",
                                         "a text",
                                         "a whole number",
                                         "a number",
                                         "true or false",
                                         "a time as \"30s\", \"10m\" or \"2h\"",
                                         "an id as text, \"80351110224678912\"",
                                         "a list of texts",
                                         "a list of ids as text"};
        constexpr const char* units[] = {"", " bytes", "", "", "", " s", "", " items", " items"};
        std::string made = kinds[static_cast<int>(of.type)];
        const std::string unit = units[static_cast<int>(of.type)];
        const bool has_least = of.least == of.least, has_most = of.most == of.most;
        if (has_least && has_most)
            made += " from " + text_of(of.least) + " to " + text_of(of.most) + unit;
        else if (has_least)
            made += " of at least " + text_of(of.least) + unit;
        else if (has_most)
            made += " of at most " + text_of(of.most) + unit;
        std::string all;
        for (const char* each : of.one_of)
            all += (all.empty() ? ", one of " : ", ") + std::string(each);
        return made + all;
    }

    static bool is_within(const setting_info& of, double size)
    {
        return !(size < of.least) && !(size > of.most);
    }
    static bool is_one_of(const setting_info& of, const boost::json::value& value)
    {
        return of.one_of.size() == 0 ||
               std::any_of(of.one_of.begin(), of.one_of.end(),
                           [&](const char* each) { return value.get_string() == each; });
    }
    static bool is_id(const boost::json::value& value)
    {
        return value.is_string() && to_snowflake(std::string_view(value.get_string())) != 0;
    }
    static bool fits(const setting_info& of, const boost::json::value& value)
    {
        switch (of.type) {
        case setting::any:
            return true;
        case setting::text:
            return value.is_string() &&
                   is_within(of, static_cast<double>(value.get_string().size())) &&
                   is_one_of(of, value);
        case setting::integer:
            return value.is_int64() && is_within(of, static_cast<double>(value.get_int64()));
        case setting::number:
            return value.is_number() && is_within(of, value.to_number<double>());
        case setting::boolean:
            return value.is_bool();
        case setting::duration: {
            const auto time = value.is_string()
                                  ? parse_duration(std::string_view(value.get_string()))
                                  : std::nullopt;
            return time && is_within(of, std::chrono::duration<double>(*time).count());
        }
        case setting::id:
            return is_id(value);
        case setting::texts:
        case setting::ids:
            return fits_list(of, value);
        }
        return false;
    }
    static bool fits_list(const setting_info& of, const boost::json::value& value)
    {
        const auto* all = value.if_array();
        return all != nullptr && is_within(of, static_cast<double>(all->size())) &&
               std::all_of(all->begin(), all->end(), [&](const boost::json::value& each) {
                   return of.type == setting::ids ? is_id(each)
                                                  : each.is_string() && is_one_of(of, each);
               });
    }

    template <class T>
    static std::optional<T> read_as(const setting_info& of, const boost::json::value* value)
    {
        if constexpr (std::is_same_v<T, bool>)
            return of.type == setting::boolean
                       ? std::optional(value == nullptr ? of.boolean : value->get_bool())
                       : std::nullopt;
        else if constexpr (std::is_floating_point_v<T>)
            return of.type == setting::number
                       ? std::optional(value == nullptr ? static_cast<T>(of.number)
                                                        : value->to_number<T>())
                       : std::nullopt;
        else if constexpr (std::is_integral_v<T>)
            return read_integral<T>(of, value);
        else if constexpr (is_duration<T>::value)
            return of.type == setting::duration
                       ? std::optional(std::chrono::duration_cast<T>(
                             parse_duration(text(of, value)).value_or(std::chrono::seconds(0))))
                       : std::nullopt;
        else if constexpr (std::is_same_v<T, std::string>)
            return of.type == setting::text ? std::optional(std::string(text(of, value)))
                                            : std::nullopt;
        else if constexpr (std::is_same_v<T, std::vector<std::string>>)
            return of.type == setting::texts ? std::optional(texts(of, value)) : std::nullopt;
        else if constexpr (std::is_same_v<T, std::vector<snowflake>>)
            return of.type == setting::ids ? std::optional(ids(of, value)) : std::nullopt;
        else
            static_assert(!sizeof(T),
                          "setting<T>: T is std::string, bool, a number, snowflake, a duration of "
                          "std::chrono, or a vector of std::string or snowflake");
    }
    template <class T>
    static std::optional<T> read_integral(const setting_info& of, const boost::json::value* value)
    {
        if (of.type == setting::integer)
            return static_cast<T>(value == nullptr ? of.integer : value->get_int64());
        if (of.type == setting::id && std::is_same_v<T, snowflake>)
            return static_cast<T>(to_snowflake(text(of, value)));
        return std::nullopt;
    }
    static std::string_view text(const setting_info& of, const boost::json::value* value)
    {
        return value == nullptr ? std::string_view(of.text) : std::string_view(value->get_string());
    }
    static std::vector<std::string> texts(const setting_info& of, const boost::json::value* value)
    {
        std::vector<std::string> made;
        if (value != nullptr) {
            for (const auto& each : value->get_array())
                made.emplace_back(each.get_string());
            return made;
        }
        for (std::string_view left(of.text); !left.empty();) {
            const auto comma = std::min(left.find(','), left.size());
            made.emplace_back(left.substr(0, comma));
            left.remove_prefix(std::min(comma + 1, left.size()));
        }
        return made;
    }
    static std::vector<snowflake> ids(const setting_info& of, const boost::json::value* value)
    {
        std::vector<snowflake> made;
        for (const std::string& each : texts(of, value))
            made.push_back(to_snowflake(each));
        return made;
    }

    const about* info_;
    boost::json::object given_;
};

}  // namespace detail
}  // namespace tinfoil
