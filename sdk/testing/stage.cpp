#include "inside.hpp"

#include <algorithm>
#include <cstdio>

namespace tinfoil::testing {

namespace json = boost::json;

namespace {

// In rows, sections and containers.
const json::object* find_component(const json::array& of, std::string_view name)
{
    for (const auto& each : of) {
        const auto* object = each.if_object();
        if (object == nullptr)
            continue;
        for (const char* key : {"custom_id", "label", "placeholder"})
            if (object->contains("custom_id") && text_in(*object, key) == name)
                return object;
        const auto* inner = object->if_contains("components");
        if (inner != nullptr && inner->is_array())
            if (const auto* found = find_component(inner->get_array(), name))
                return found;
    }
    return nullptr;
}

json::object used(const discordsim::written& of, std::string_view name, bool is_menu)
{
    const json::object* found = find_component(of.parts.at("components").as_array(), name);
    if (found == nullptr)
        throw failure("the bot's last message has no component \"" + std::string(name) +
                      "\": " + json::serialize(of.parts.at("components")));
    if (const auto* off = found->if_contains("disabled"); off != nullptr && *off == true)
        throw failure("the component \"" + std::string(name) + "\" is disabled");
    json::object made{{"component_type", found->at("type")}, {"custom_id", found->at("custom_id")}};
    if (is_menu)
        made["values"] = json::array();
    return made;
}

}  // namespace

stage::stage(const std::string& plugin, json::object settings)
    : in_(std::make_unique<inside>(plugin, std::move(settings)))
{
}
stage::~stage() = default;

snowflake stage::guild() const
{
    return in_->home().id.value;
}
snowflake stage::channel(std::string_view name) const
{
    return in_->channel_named(name).id.value;
}
snowflake stage::person(std::string_view name)
{
    const snowflake id = in_->somebody(name).id.value;
    in_->settle();
    return id;
}
snowflake stage::bot() const
{
    return in_->world.bot.id.value;
}

snowflake stage::say(std::string_view text, std::string_view as, std::string_view in)
{
    const discordsim::person who = in_->somebody(as);
    discordsim::channel& where = in_->channel_named(in);
    discordsim::written made{
        in_->world.new_id(in_->now),   where.id, in_->home().id, who, std::string(text), {},
        in_->world.time_text(in_->now)};
    made.mentioned = in_->world.mentioned_in(made.content, &in_->home());
    in_->world.keep(where, made);
    in_->announce_message("MESSAGE_CREATE", made);
    in_->settle();
    return made.id.value;
}

namespace {

// As Discord's client has it, after checking what people gave.
template <class Inside>
json::object filled(Inside& in, std::string_view as, const discordsim::wanted_call& wanted)
{
    discordsim::world& all = in.world;
    discordsim::guild& of = in.home();
    const discordsim::person& by = in.somebody(as);
    const json::array callable = all.callable(of.id);
    const json::object* command = discordsim::find_command(callable, wanted);
    if (command == nullptr)
        throw failure("the plugin has no command \"" + wanted.command + "\"");
    auto made =
        discordsim::fill_in({all, of, in.channel_named("general"), by, in.now}, *command, wanted);
    if (!made)
        throw failure(made.error().detail);
    return std::move(made->data);
}

std::string without_slash(std::string_view command)
{
    return std::string(command.substr(command.starts_with('/') ? 1 : 0));
}

}  // namespace

void stage::call(std::string_view command, const json::object& options, std::string_view as)
{
    in_->interact({2, as, filled(*in_, as, {without_slash(command), options, "", ""})});
}
void stage::call_on(std::string_view command, snowflake target, std::string_view as)
{
    in_->interact(
        {2, as, filled(*in_, as, {std::string(command), {}, std::to_string(target), ""})});
}
std::vector<std::string> stage::type(std::string_view command, std::string_view option,
                                     std::string_view so_far, std::string_view as)
{
    in_->suggested.clear();
    json::object options;
    options[{option.data(), option.size()}] = json::string(so_far.data(), so_far.size());
    in_->interact(
        {4, as, filled(*in_, as, {without_slash(command), options, "", std::string(option)})});
    return in_->suggested;
}

void stage::click(std::string_view button, std::string_view as)
{
    const discordsim::written* on = in_->last_message(true);
    if (on == nullptr)
        throw failure("no message of the bot has components");
    in_->modal_source = on->id;
    in_->interact({3, as, used(*on, button, false), on});
}
void stage::choose(std::string_view menu, const std::vector<std::string>& values,
                   std::string_view as)
{
    const discordsim::written* on = in_->last_message(true);
    if (on == nullptr)
        throw failure("no message of the bot has components");
    json::object data = used(*on, menu, true);
    for (const std::string& each : values)
        data["values"].as_array().emplace_back(each);
    in_->modal_source = on->id;
    in_->interact({3, as, std::move(data), on});
}
void stage::submit(const json::object& fields, std::string_view as)
{
    if (in_->modal.empty())
        throw failure("no modal has been opened");
    const json::object shown = std::exchange(in_->modal, {});
    json::object left = fields;
    json::array given;
    for (const auto& each : shown.at("components").as_array()) {
        const auto* field = each.as_object().if_contains("component");
        if (field == nullptr)
            continue;
        const json::string& id = field->at("custom_id").as_string();
        json::object inner{{"type", field->at("type")}, {"custom_id", id}};
        const auto* value = left.if_contains(id);
        if (value != nullptr && value->is_array())
            inner["values"] = *value;
        else
            inner["value"] = value == nullptr ? json::value("") : *value;
        left.erase(id);
        json::object one{{"type", 18}};
        one["component"] = std::move(inner);
        given.push_back(std::move(one));
    }
    if (!left.empty())
        throw failure("the modal has no field \"" + std::string(left.begin()->key()) + "\"");
    json::object data{{"custom_id", shown.at("custom_id")}};
    data["components"] = std::move(given);
    in_->interact({5, as, std::move(data)});
}

void stage::react(snowflake message, std::string_view emoji, std::string_view as)
{
    const discordsim::person who = in_->somebody(as);
    for (auto& in : in_->home().channels)
        if (auto* found = in_->world.find_message(in, &in_->home(), {message})) {
            json::object data{{"user_id", to_string(who.id)},
                              {"message_id", to_string(found->id)},
                              {"channel_id", to_string(in.id)},
                              {"guild_id", to_string(in_->home().id)},
                              {"message_author_id", to_string(found->author.id)},
                              {"burst", false},
                              {"type", 0}};
            data["member"] = member_json(who, in_->home());
            data["emoji"] = {{"id", nullptr}, {"name", json::string(emoji.data(), emoji.size())}};
            found->reactions.push_back({{}, std::string(emoji), {who.id}});
            in_->deliver("MESSAGE_REACTION_ADD", data);
            return in_->settle();
        }
    throw failure("there is no message " + std::to_string(message));
}

void stage::event(std::string_view type, const json::object& data)
{
    in_->deliver(type, data);
    in_->settle();
}

void stage::advance(std::chrono::milliseconds time)
{
    in_->advance(time);
}
void stage::wait_for_thread()
{
    in_->wait_for_thread();
}

std::string stage::last() const
{
    const auto* found = in_->last_message(false);
    return found == nullptr ? "" : found->content;
}
const json::object& stage::last_message() const
{
    const auto* found = in_->last_message(false);
    in_->last_shown = found == nullptr ? json::object() : message_json(*found, true);
    return in_->last_shown;
}
const std::vector<json::object>& stage::messages(std::string_view in) const
{
    in_->channel_shown.clear();
    for (const auto& each : in_->channel_named(in).messages)
        in_->channel_shown.push_back(message_json(each, true));
    return in_->channel_shown;
}
const json::object& stage::modal() const
{
    return in_->modal;
}
const std::vector<request>& stage::requests() const
{
    return in_->requests;
}
const json::object& stage::member(std::string_view name)
{
    in_->member_shown = member_json(in_->somebody(name), in_->home());
    return in_->member_shown;
}
const std::vector<std::string>& stage::logged() const
{
    return in_->logged;
}
std::vector<std::pair<std::string, std::string>> stage::values() const
{
    return in_->values(in_->plugin_name());
}
std::vector<std::pair<std::string, std::string>> stage::shared_values() const
{
    return in_->values("*");
}
void stage::put_shared(std::string_view key, std::string_view value)
{
    in_->put_shared(key, value);
}
message_reply stage::message(std::string_view name, std::string_view text,
                             std::chrono::milliseconds time)
{
    return in_->message(name, text, time);
}
std::uint32_t stage::collection(collection_stand_in who)
{
    return in_->add_collection(std::move(who));
}
std::string stage::shard_leaves()
{
    return in_->shard_leaves();
}
void stage::shard_arrives(std::string_view part)
{
    in_->shard_arrives(part);
}
void stage::gap(snowflake guild)
{
    json::object told;
    if (guild == 0)
        told["guild_id"] = nullptr;
    else
        told["guild_id"] = std::to_string(guild);
    told["shard"] = json::array{0, 1};
    event(TINFOIL_GAP, told);
}
std::uint32_t stage::pending() const
{
    return in_->plugin.pending(in_->plugin.self);
}
std::uint64_t stage::unanswered()
{
    in_->witness.look(in_->now + std::chrono::hours(1));
    return in_->witness.so_far().unanswered;
}
void stage::restart()
{
    in_->stop();
    in_->start();
}

void expect(std::string_view is, std::string_view should_be)
{
    if (is != should_be)
        throw failure("is \"" + std::string(is) + "\", and should be \"" + std::string(should_be) +
                      "\"");
}
void expect_number(std::int64_t is, std::int64_t should_be)
{
    if (is != should_be)
        throw failure("is " + std::to_string(is) + ", and should be " + std::to_string(should_be));
}
void expect(bool holds, const char* what)
{
    if (!holds)
        throw failure(what);
}

int play(const std::vector<scene>& scenes)
{
    int failed = 0;
    for (const auto& [name, happens] : scenes) {
        std::string why;
        try {
            happens();
        } catch (const std::exception& thrown) {
            why = thrown.what();
            ++failed;
        }
        std::printf("%s %s%s%s\n", why.empty() ? "ok    " : "FAILED", name, why.empty() ? "" : ": ",
                    why.c_str());
    }
    std::printf("%zu scenes, %d failed\n", scenes.size(), failed);
    return failed == 0 ? 0 : 1;
}

}  // namespace tinfoil::testing
