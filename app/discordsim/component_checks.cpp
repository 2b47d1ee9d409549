#include "discordsim/component_checks.hpp"

#include "discordsim/options.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// "What is a Component": their types.
enum component {
    action_row = 1,
    button,
    string_select,
    text_input,
    user_select,
    role_select,
    mentionable_select,
    channel_select,
    section,
    text_display,
    thumbnail,
    media_gallery,
    file,
    separator,
    container = 17,
    label,
    file_upload,
    radio_group = 21,
    checkbox_group,
    checkbox
};
// "Button Styles".
constexpr std::int64_t style_link = 5, style_premium = 6;
// "Action Row": five buttons, or one of anything else.
constexpr std::size_t row_width = 5, rows_max = 5, select_options_max = 25;
constexpr int components_max = 40;

using types = std::vector<std::int64_t>;

std::string below(const std::string& where, std::string_view name)
{
    return where + "." + std::string(name);
}

bool is_one_of(std::int64_t type, const types& all)
{
    return std::find(all.begin(), all.end(), type) != all.end();
}

bool is_select(std::int64_t type)
{
    return type == string_select || (type >= user_select && type <= channel_select);
}

bool has(const json::object& of, std::string_view key)
{
    return !text_of(of, key).empty();
}

class checker {
public:
    explicit checker(form_errors& wrong) : wrong_(wrong) {}

    void top(const json::array& all, component_place in, const std::string& where)
    {
        if (in != component_place::layout && all.size() > rows_max)
            wrong_.add(where, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
        if (in == component_place::modal && all.empty())
            wrong_.add(where, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
        const types possible = in == component_place::message ? types{action_row}
                               : in == component_place::modal
                                   ? types{action_row, text_display, label}
                                   : types{action_row, section,   text_display, media_gallery,
                                           file,       separator, container};
        is_modal_ = in == component_place::modal;
        list(all, possible, where);
        if (count_ > components_max)
            wrong_.add(where, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
                       "The total number of components cannot exceed 40");
    }

private:
    void list(const json::array& all, const types& possible, const std::string& where)
    {
        for (std::size_t at = 0; at < all.size(); ++at)
            one(object_of(all[at]), possible, below(where, std::to_string(at)));
    }
    void one(const json::object& each, const types& possible, const std::string& where)
    {
        ++count_;
        const std::int64_t type = number_of(each, "type");
        if (!is_one_of(type, possible)) {
            std::string names;
            for (const std::int64_t other : possible)
                names += (names.empty() ? "" : ", ") + std::to_string(other);
            return wrong_.add(below(where, "type"), "BASE_TYPE_CHOICES",
                              "Value must be one of {" + names + "}.");
        }
        if (type == action_row)
            row(each, where);
        else if (type == button)
            check_button(each, where);
        else if (is_select(type))
            select(each, type, where);
        else if (type == text_input)
            input(each, where);
        else
            layout(each, type, where);
    }
    void row(const json::object& each, const std::string& where)
    {
        const json::array& all = list_of(each, "components");
        const std::string place = below(where, "components");
        if (all.empty())
            return required(place);
        const auto is_button = [](const auto& one) {
            return number_of(object_of(one), "type") == button;
        };
        const auto buttons = std::count_if(all.begin(), all.end(), is_button);
        const auto others = static_cast<std::ptrdiff_t>(all.size()) - buttons;
        if (all.size() > row_width)
            wrong_.add(place, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
        else if (static_cast<std::size_t>(buttons) + static_cast<std::size_t>(others) * row_width >
                 row_width)
            wrong_.add(place, "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
                       "The specified component exceeds the maximum width");
        list(all,
             is_modal_ ? types{text_input}
                       : types{button, string_select, user_select, role_select, mentionable_select,
                               channel_select},
             place);
    }
    // "Button": each style has what it does, and nothing of the others.
    void check_button(const json::object& each, const std::string& where)
    {
        const std::int64_t style = number_of(each, "style");
        if (style < 1 || style > style_premium)
            return wrong_.add(below(where, "style"), "BASE_TYPE_CHOICES",
                              "Value must be one of {1, 2, 3, 4, 5, 6}.");
        const std::string_view own = style == style_link      ? "url"
                                     : style == style_premium ? "sku_id"
                                                              : "custom_id";
        for (const std::string_view key : {"custom_id", "url", "sku_id"}) {
            if (key == own && !has(each, key))
                required(below(where, key));
            else if (key != own && has(each, key))
                wrong_.add(below(where, key), "BUTTON_COMPONENT_INVALID_FIELD",
                           "A button of style " + std::to_string(style) + " can't have " +
                               std::string(key));
        }
        const bool is_named = has(each, "label") || has(each, "emoji");
        if (style == style_premium && is_named)
            wrong_.add(where, "BUTTON_COMPONENT_INVALID_FIELD",
                       "A premium button can't have a label or an emoji");
        else if (style != style_premium && !is_named)
            wrong_.add(where, "BUTTON_COMPONENT_LABEL_REQUIRED",
                       "A button needs a label or an emoji");
        is_unique(each, where);
    }
    void select(const json::object& each, std::int64_t type, const std::string& where)
    {
        if (!has(each, "custom_id"))
            required(below(where, "custom_id"));
        is_unique(each, where);
        const json::array& options = list_of(each, "options");
        const std::string place = below(where, "options");
        if (type == string_select && options.empty())
            return required(place);
        if (type == string_select && options.size() > select_options_max)
            wrong_.add(place, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.");
        std::set<std::string> values;
        for (std::size_t at = 0; at < options.size(); ++at)
            if (!values.insert(text_of(object_of(options[at]), "value")).second)
                wrong_.add(below(place, std::to_string(at)) + ".value",
                           "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                           "The specified option value is already used");
        range(each, "min_values", "max_values", where);
    }
    // "Text Input": its label is the one of the label that it is in, if it is in one.
    void input(const json::object& each, const std::string& where)
    {
        for (const char* key : {"custom_id", "style"})
            if (!has(each, key))
                required(below(where, key));
        if (has(each, "style") && !is_one_of(number_of(each, "style"), {1, 2}))
            wrong_.add(below(where, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.");
        if (!in_label_ && !has(each, "label"))
            required(below(where, "label"));
        is_unique(each, where);
        range(each, "min_length", "max_length", where);
    }
    void layout(const json::object& each, std::int64_t type, const std::string& where)
    {
        const std::string inside = below(where, "components");
        if (type == text_display && !has(each, "content"))
            return required(below(where, "content"));
        if (type == media_gallery && list_of(each, "items").empty())
            return required(below(where, "items"));
        if (type == file && !has(each, "file"))
            return required(below(where, "file"));
        if (type == thumbnail && !has(each, "media"))
            return required(below(where, "media"));
        if ((type == section || type == container) && list_of(each, "components").empty())
            return required(inside);
        if (type == container)
            list(list_of(each, "components"),
                 {action_row, text_display, section, media_gallery, separator, file}, inside);
        if (type == section) {
            list(list_of(each, "components"), {text_display}, inside);
            single(each, "accessory", {button, thumbnail}, where);
        }
        if (type == label) {
            if (!has(each, "label"))
                required(below(where, "label"));
            in_label_ = true;
            single(each, "component",
                   {string_select, text_input, user_select, role_select, mentionable_select,
                    channel_select, file_upload, radio_group, checkbox_group, checkbox},
                   where);
            in_label_ = false;
        }
        if (type >= file_upload) {
            if (!has(each, "custom_id"))
                required(below(where, "custom_id"));
            is_unique(each, where);
        }
    }
    void single(const json::object& of, std::string_view key, const types& possible,
                const std::string& where)
    {
        const auto* found = of.if_contains({key.data(), key.size()});
        if (found == nullptr || !found->is_object())
            return required(below(where, key));
        one(found->get_object(), possible, below(where, key));
    }
    void is_unique(const json::object& each, const std::string& where)
    {
        const std::string id = text_of(each, "custom_id");
        if (!id.empty() && !ids_.insert(id).second)
            wrong_.add(below(where, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED",
                       "Component custom id was already specified");
    }
    void range(const json::object& of, const char* least, const char* most,
               const std::string& where)
    {
        if (has(of, least) && has(of, most) && number_of(of, least) > number_of(of, most))
            wrong_.add(below(where, least), "NUMBER_TYPE_MAX",
                       "int value should be less than or equal to " +
                           std::to_string(number_of(of, most)) + ".");
    }
    void required(const std::string& where)
    {
        wrong_.add(where, "BASE_TYPE_REQUIRED", "This field is required");
    }

    form_errors& wrong_;
    std::set<std::string> ids_;
    int count_ = 0;
    bool is_modal_ = false, in_label_ = false;
};

}  // namespace

void check_components(const json::array& all, component_place in, const std::string& where,
                      form_errors& wrong)
{
    checker(wrong).top(all, in, where);
}

}  // namespace tinfoil::discordsim
