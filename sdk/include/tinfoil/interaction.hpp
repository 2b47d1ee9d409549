#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/event.hpp>
#include <tinfoil/routes.hpp>

namespace tinfoil {

/// Somebody called a command of the plugin. Discord wants the first answer within three seconds:
/// reply(), or defer() and edit_reply() later; after that, for fifteen minutes, followup().
/// Discord Docs/Receiving and Responding.
class interaction : public event {
public:
    interaction(detail::core& own, const event& from) : event(from), own_(&own) {}

    [[nodiscard]] std::string_view command() const { return text_in(command_data(), "name"); }

    /// What was given for an option; empty or nothing when it was left out.
    [[nodiscard]] std::string_view option(std::string_view name) const
    {
        const auto* found = value_of(name);
        return found != nullptr && found->is_string() ? std::string_view(found->get_string())
                                                      : std::string_view();
    }
    [[nodiscard]] std::optional<std::int64_t> integer_option(std::string_view name) const
    {
        const auto* found = value_of(name);
        return found != nullptr && found->is_int64() ? std::optional(found->get_int64())
                                                     : std::nullopt;
    }

    rest_call reply(const message& what) const
    {
        return callback().post().field("type", 4).field("data", what.body()).files(what.files());
    }
    /// "… is thinking": buys fifteen minutes; edit_reply() has the answer.
    rest_call defer() const { return callback().post().field("type", 5); }
    rest_call edit_reply(const message& what) const
    {
        return webhook().messages().original().patch(what);
    }
    rest_call followup(const message& what) const { return webhook().post(what); }

private:
    const boost::json::object& command_data() const { return data().at("data").as_object(); }

    const boost::json::value* value_of(std::string_view name) const
    {
        const auto* options = command_data().if_contains("options");
        if (options == nullptr || !options->is_array())
            return nullptr;
        for (const auto& each : options->get_array())
            if (each.is_object() && text_in(each.get_object(), "name") == name)
                return each.get_object().if_contains("value");
        return nullptr;
    }

    routes::interactions_id_token_callback callback() const
    {
        return rest_client(*own_).interactions(id(), string("token")).callback();
    }
    routes::webhooks_id_token webhook() const
    {
        return rest_client(*own_).webhooks(own_->application_id(), string("token"));
    }

    detail::core* own_;
};

}  // namespace tinfoil
