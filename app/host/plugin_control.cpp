#include "host/plugin_control.hpp"

#include "host/control_answers.hpp"
#include "host/status_json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

constexpr std::string_view base = "/v1/plugins";

struct call {
    std::string_view path;
    plugin_desk::verb what;
};
constexpr std::array calls{
    call{"/reload", plugin_desk::verb::reload}, call{"/rollback", plugin_desk::verb::rollback},
    call{"/load", plugin_desk::verb::load},     call{"/unload", plugin_desk::verb::unload},
    call{"/enable", plugin_desk::verb::enable}, call{"/disable", plugin_desk::verb::disable}};

json::value text_or_null(const std::string& text)
{
    return text.empty() ? json::value() : json::value(valid(text));
}

json::object place_json(const plugin_place& from)
{
    return {{"collection", from.collection},
            {"how", from.how},
            {"version", text_or_null(from.version)},
            {"why", text_or_null(from.why)},
            {"waited_us", from.waited_us},
            {"held", from.held},
            {"cut_off", from.cut_off},
            {"kept_copies", from.kept},
            {"kept_why", text_or_null(from.kept_why)}};
}

std::string text(const json::object& in, std::string_view key)
{
    const auto* found = in.if_contains({key.data(), key.size()});
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

std::uint64_t number(const json::object& in, std::string_view key)
{
    const auto* found = in.if_contains({key.data(), key.size()});
    if (found == nullptr || !found->is_int64() || found->get_int64() < 0)
        return 0;
    return static_cast<std::uint64_t>(found->get_int64());
}

error not_understood()
{
    return {errc::malformed,
            "the host's answer is not what control-api.md says; is it a newer tinfoil?"};
}

net::control_answer bad_request(const std::string& path)
{
    return net::control_error(
        400, "bad_request", "the body of " + path + R"( is not understood; send {"name":"ping"})");
}

// Nothing when it is no such body.
std::string name_in(const std::string& body)
{
    boost::system::error_code failed;
    const json::value whole = json::parse(body, failed);
    const auto* fields = failed ? nullptr : whole.if_object();
    return fields == nullptr || fields->size() != 1 ? "" : text(*fields, "name");
}

}  // namespace

bool plugin_control::takes(std::string_view path)
{
    return path == base || path.starts_with(std::string(base) + "/");
}

void plugin_control::on_request(const net::control_request& what, const net::control_reply& reply)
{
    const bool is_list = what.path == base;
    const auto asked = std::find_if(calls.begin(), calls.end(), [&](const call& each) {
        return what.path == std::string(base) + std::string(each.path);
    });
    if (!is_list && asked == calls.end())
        return reply(net::control_error(404, "unknown_path",
                                        "there is no such call of plugins; there are reload, "
                                        "rollback, load, unload, enable and disable"));
    const std::string method = is_list ? "GET" : "POST";
    if (what.method != method) {
        auto made =
            net::control_error(405, "wrong_method", what.path + " takes " + method + " only");
        made.allow = method;
        return reply(std::move(made));
    }
    if (desk_ == nullptr)
        return reply(net::control_error(503, "busy", "the host begins; ask again in a moment"));
    if (is_list)
        return reply(answer_with(plugins_json(desk_->list())));
    const std::string name = name_in(what.body);
    if (name.empty())
        return reply(bad_request(what.path));
    if (!desk_->change(asked->what, name, [reply](const plugin_answer& told) {
            reply(answer_with(plugin_answer_json(told)));
        }))
        reply(net::control_error(404, "unknown_plugin",
                                 "there is no plugin " + name +
                                     " and no such file in the plugin folder; tinfoil plugins "
                                     "list has those that there are"));
}

std::string plugins_json(const std::vector<plugin_line>& all)
{
    json::array made;
    for (const plugin_line& each : all)
        made.push_back({{"name", text_or_null(each.name)},
                        {"version", text_or_null(each.version)},
                        {"state", each.state},
                        {"why", text_or_null(each.why)},
                        {"file", text_or_null(each.file)},
                        {"previous", text_or_null(each.previous)},
                        {"kept_copies", each.kept},
                        {"kept_why", text_or_null(each.kept_why)}});
    return json::serialize(
        json::object{{"api_version", api_version}, {"plugins", std::move(made)}});
}

result<std::vector<plugin_line>> parse_plugins(std::string_view source)
{
    boost::system::error_code failed;
    const json::value whole = json::parse({source.data(), source.size()}, failed);
    const auto* fields = failed ? nullptr : whole.if_object();
    const auto* list = fields == nullptr ? nullptr : fields->if_contains("plugins");
    if (list == nullptr || !list->is_array())
        return not_understood();
    std::vector<plugin_line> made;
    for (const auto& each : list->get_array())
        if (const auto* of = each.if_object())
            made.push_back({text(*of, "name"), text(*of, "version"), text(*of, "file"),
                            text(*of, "state"), text(*of, "why"), text(*of, "previous"),
                            number(*of, "kept_copies"), text(*of, "kept_why")});
    return made;
}

std::string plugin_answer_json(const plugin_answer& from)
{
    json::array places;
    for (const plugin_place& each : from.places)
        places.push_back(place_json(each));
    return json::serialize(json::object{{"api_version", api_version},
                                        {"name", valid(from.name)},
                                        {"outcome", from.outcome},
                                        {"version", text_or_null(from.version)},
                                        {"wanted", text_or_null(from.wanted)},
                                        {"why", text_or_null(from.why)},
                                        {"waits_for", text_or_null(from.waits_for)},
                                        {"text", valid(sentence(from))},
                                        {"collections", std::move(places)}});
}

result<plugin_answer> parse_plugin_answer(std::string_view source)
{
    boost::system::error_code failed;
    const json::value whole = json::parse({source.data(), source.size()}, failed);
    const auto* of = failed ? nullptr : whole.if_object();
    const auto* places = of == nullptr ? nullptr : of->if_contains("collections");
    if (places == nullptr || !places->is_array())
        return not_understood();
    plugin_answer made{text(*of, "name"),
                       text(*of, "outcome"),
                       text(*of, "version"),
                       text(*of, "wanted"),
                       text(*of, "why"),
                       text(*of, "waits_for"),
                       {}};
    for (const auto& each : places->get_array())
        if (const auto* at = each.if_object())
            made.places.push_back({static_cast<std::uint32_t>(number(*at, "collection")),
                                   text(*at, "how"), text(*at, "version"), text(*at, "why"),
                                   number(*at, "waited_us"), number(*at, "held"),
                                   number(*at, "cut_off"), number(*at, "kept_copies"),
                                   text(*at, "kept_why")});
    return made;
}

}  // namespace tinfoil::host
