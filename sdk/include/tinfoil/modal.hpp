#pragma once

#include <boost/json.hpp>

#include <string_view>
#include <tinfoil/embed.hpp>
#include <utility>

namespace tinfoil {

/// A field for text in a modal. Discord Docs/Component Reference, "Text Input".
class text_input {
public:
    /// `custom_id` is for interaction::field(), and only of this modal.
    explicit text_input(std::string_view custom_id)
    {
        body_ = {{"type", 4}, {"custom_id", detail::json_text(custom_id)}, {"style", 1}};
    }
    /// Several lines.
    text_input& paragraph()
    {
        body_["style"] = 2;
        return *this;
    }
    /// It may be left empty.
    text_input& optional()
    {
        body_["required"] = false;
        return *this;
    }
    text_input& length(int least, int most)
    {
        body_["min_length"] = least;
        body_["max_length"] = most;
        return *this;
    }
    text_input& placeholder(std::string_view text)
    {
        body_["placeholder"] = detail::json_text(text);
        return *this;
    }
    /// What stands there from the beginning.
    text_input& value(std::string_view text)
    {
        body_["value"] = detail::json_text(text);
        return *this;
    }
    [[nodiscard]] const boost::json::object& json() const { return body_; }

private:
    boost::json::object body_;
};

/// A window with up to five fields, opened by interaction::show_modal(). Discord Docs/Receiving and
/// Responding, "Modal".
///
///     modal form(custom_id("report"), "Report a message");
///     form.add("What is wrong with it?", text_input("reason").paragraph());
class modal {
public:
    modal(std::string_view custom_id, std::string_view title)
    {
        body_["custom_id"] = detail::json_text(custom_id);
        body_["title"] = detail::json_text(title);
    }
    /// A text_input or a menu below its label.
    template <class Field>
    modal& add(std::string_view label, const Field& field, std::string_view description = "")
    {
        boost::json::object made{{"type", 18}, {"label", detail::json_text(label)}};
        if (!description.empty())
            made["description"] = detail::json_text(description);
        made["component"] = field.json();
        detail::array_of(body_, "components").push_back(std::move(made));
        return *this;
    }
    /// A text between the fields.
    modal& text(std::string_view markdown)
    {
        detail::array_of(body_, "components")
            .push_back({{"type", 10}, {"content", detail::json_text(markdown)}});
        return *this;
    }
    [[nodiscard]] const boost::json::object& json() const { return body_; }

private:
    boost::json::object body_;
};

}  // namespace tinfoil
