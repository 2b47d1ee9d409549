#include "discordsim/form_errors.hpp"

#include <algorithm>
#include <charconv>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// A body nested deeper than this would be refused by its size first.
constexpr int depth_max = 12;

std::string number_text(std::int64_t value)
{
    return std::to_string(value);
}

bool is_integer_text(std::string_view text)
{
    std::uint64_t value = 0;
    text.remove_prefix(text.starts_with('-') ? 1 : 0);
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc() && end == text.data() + text.size();
}

// The specification wants an object with a `default` where Discord Docs/Application documents a
// string, and Discord takes both.
bool is_localized(int shape)
{
    const auto all = fields_of(shape);
    return all.size() == 2 && all[0].name == "default" && all[1].name == "localizations";
}

class checker {
public:
    explicit checker(form_errors& wrong) : wrong_(wrong) {}

    void object(int shape, const json::object& given, const std::string& where, int depth)
    {
        for (const field& each : fields_of(shape)) {
            const auto* found = given.if_contains({each.name.data(), each.name.size()});
            const std::string place =
                (where.empty() ? where : where + ".") + std::string(each.name);
            if (found == nullptr || (found->is_null() && (each.kinds & kind_null) == 0)) {
                if (each.required || found != nullptr)
                    wrong_.add(place, "BASE_TYPE_REQUIRED", "This field is required");
            } else {
                value(each, *found, place, depth);
            }
        }
    }
    void list(int shape, const json::array& given, const std::string& where, int depth)
    {
        for (std::size_t at = 0; at < given.size(); ++at) {
            const std::string place = (where.empty() ? where : where + ".") + std::to_string(at);
            if (shape >= 0 && !given[at].is_object())
                wrong_.add(place, "MODEL_TYPE_CONVERT",
                           "Only dictionaries may be used in a ModelType");
            else if (shape >= 0)
                object(shape, given[at].get_object(), place, depth);
        }
    }

private:
    void value(const field& of, const json::value& given, const std::string& where, int depth)
    {
        const auto allows = [&](int kinds) { return (of.kinds & kinds) != 0; };
        if (depth > depth_max || given.is_null())
            return;
        if (given.is_array() && allows(kind_array)) {
            length(of, static_cast<std::int64_t>(given.get_array().size()), where);
            list(of.shape, given.get_array(), where, depth + 1);
        } else if (given.is_object() && allows(kind_object)) {
            object(of.shape, given.get_object(), where, depth + 1);
        } else if (given.is_string() && allows(kind_string)) {
            length(of, length_of(given.get_string()), where);
        } else if (given.is_number() && allows(kind_int | kind_number)) {
            number(of, given, where);
        } else if (!(given.is_bool() && allows(kind_bool))) {
            convert(of, given, where);
        }
    }
    void length(const field& of, std::int64_t size, const std::string& where)
    {
        if (size >= of.least && size <= of.most)
            return;
        if (of.least != lowest && of.most != highest)
            wrong_.add(where, "BASE_TYPE_BAD_LENGTH",
                       "Must be between " + number_text(of.least) + " and " + number_text(of.most) +
                           " in length.");
        else if (size > of.most)
            wrong_.add(where, "BASE_TYPE_MAX_LENGTH",
                       "Must be " + number_text(of.most) + " or fewer in length.");
        else
            wrong_.add(where, "BASE_TYPE_MIN_LENGTH",
                       "Must be " + number_text(of.least) + " or more in length.");
    }
    void number(const field& of, const json::value& given, const std::string& where)
    {
        json::error_code failed;
        const auto value = given.to_number<std::int64_t>(failed);
        if (failed && (of.kinds & kind_number) == 0 && !given.is_uint64())
            return wrong_.add(where, "NUMBER_TYPE_COERCE",
                              "Value \"" + json::serialize(given) + "\" is not int.");
        if (!failed && value > of.most)
            wrong_.add(where, "NUMBER_TYPE_MAX",
                       "int value should be less than or equal to " + number_text(of.most) + ".");
        if (!failed && value < of.least)
            wrong_.add(where, "NUMBER_TYPE_MIN",
                       "int value should be greater than or equal to " + number_text(of.least) +
                           ".");
    }
    // A value of another kind than the field's: Discord converts what it can.
    void convert(const field& of, const json::value& given, const std::string& where)
    {
        const bool is_plain = !given.is_array() && !given.is_object();
        if (is_plain && ((of.kinds & kind_string) != 0 || is_localized(of.shape)))
            return;
        if ((of.kinds & (kind_int | kind_number)) != 0) {
            if (!given.is_string() || !is_integer_text(given.get_string()))
                wrong_.add(where, "NUMBER_TYPE_COERCE",
                           "Value \"" + json::serialize(given) + "\" is not int.");
        } else if ((of.kinds & kind_string) != 0) {
            wrong_.add(where, "STRING_TYPE_CONVERT",
                       "Could not interpret \"" + json::serialize(given) + "\" as string.");
        } else if ((of.kinds & kind_bool) != 0) {
            wrong_.add(where, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
        } else if ((of.kinds & kind_array) != 0) {
            wrong_.add(where, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
        } else if ((of.kinds & kind_object) != 0) {
            wrong_.add(where, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
        }
    }

    form_errors& wrong_;
};

}  // namespace

std::int64_t length_of(std::string_view text)
{
    return std::count_if(text.begin(), text.end(),
                         [](char each) { return (static_cast<unsigned char>(each) >> 6) != 2; });
}

void form_errors::add(std::string_view where, std::string_view code, std::string_view message)
{
    json::object* at = &errors_;
    while (!where.empty()) {
        const auto dot = std::min(where.find('.'), where.size());
        json::value& next = (*at)[{where.data(), dot}];
        at = next.is_object() ? &next.get_object() : &next.emplace_object();
        where.remove_prefix(std::min(dot + 1, where.size()));
    }
    json::value& list = (*at)["_errors"];
    json::array& all = list.is_array() ? list.get_array() : list.emplace_array();
    all.push_back(json::object{{"code", json::string_view(code.data(), code.size())},
                               {"message", json::string_view(message.data(), message.size())}});
}

json::object form_errors::answer() const
{
    return {{"message", "Invalid Form Body"}, {"code", 50035}, {"errors", errors_}};
}

void check_body(const operation& asked, const json::value& body, form_errors& wrong)
{
    checker look(wrong);
    if (asked.is_list && body.is_array())
        look.list(asked.body, body.get_array(), "", 0);
    else if (asked.is_list)
        wrong.add("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
    else if (asked.body >= 0 && body.is_object())
        look.object(asked.body, body.get_object(), "", 0);
    else if (asked.body >= 0)
        wrong.add("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
}

}  // namespace tinfoil::discordsim
