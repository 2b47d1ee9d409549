// REST's rules. Discord Docs/Rate Limits, and the page of each resource.
#include "discord/limits.hpp"
#include "discord/route.hpp"
#include "discordsim/simulator.hpp"

#include <algorithm>
#include <cstdio>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;
namespace limits = discord::limits;

constexpr std::size_t content_max = 2000;
// Discord does not publish its limits; these are of its usual size.
constexpr int message_limit = 5;
constexpr int other_limit = 20;
constexpr duration window = std::chrono::seconds(5);

std::vector<std::string_view> split(std::string_view path)
{
    std::vector<std::string_view> parts;
    path = path.substr(0, path.find('?'));
    while (!path.empty()) {
        path.remove_prefix(path.front() == '/' ? 1 : 0);
        const auto slash = std::min(path.find('/'), path.size());
        if (slash != 0)
            parts.push_back(path.substr(0, slash));
        path.remove_prefix(slash);
    }
    return parts;
}

void set(answer& to, int status, const json::value& body)
{
    to.status = status;
    to.body = json::serialize(body);
}

// Discord Docs/Opcodes and Status Codes, "JSON".
void refuse(answer& to, int status, int code, const char* message)
{
    set(to, status, json::object{{"message", message}, {"code", code}});
}

void not_found(answer& to)
{
    refuse(to, 404, 0, "404: Not Found");
}

std::string seconds(duration time)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", static_cast<double>(time.count()) / 1e9);
    return text;
}

// Of a multipart body only the part named payload_json, which comes first, matters here.
std::string_view json_part(const request& got)
{
    if (!got.content_type.starts_with("multipart/form-data"))
        return got.body;
    const std::string_view body = got.body;
    const auto named = body.find("name=\"payload_json\"");
    const auto begin = named == std::string_view::npos ? named : body.find("\r\n\r\n", named);
    const auto end = begin == std::string_view::npos ? begin : body.find("\r\n--", begin + 4);
    return end == std::string_view::npos ? std::string_view()
                                         : body.substr(begin + 4, end - begin - 4);
}

std::string content_of(const json::object& message)
{
    const auto* found = message.if_contains("content");
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
}

bool is_empty(const json::object& message)
{
    const auto* embeds = message.if_contains("embeds");
    return content_of(message).empty() &&
           (embeds == nullptr || !embeds->is_array() || embeds->get_array().empty());
}

}  // namespace

bool simulator::within_limits(const request& got, instant now,
                              std::vector<std::pair<std::string, std::string>>& headers,
                              answer& refused)
{
    const auto limited = [&](duration retry_after, bool global, const char* scope) {
        ++witness_.so_far().too_many_requests;
        refused.headers.emplace_back("Retry-After", seconds(retry_after));
        refused.headers.emplace_back("X-RateLimit-Scope", scope);
        if (global)
            refused.headers.emplace_back("X-RateLimit-Global", "true");
        set(refused, 429,
            json::object{{"message", "You are being rate limited."},
                         {"retry_after", static_cast<double>(retry_after.count()) / 1e9},
                         {"global", global}});
        return false;
    };
    const discord::route where = discord::route_of(got.method, got.path);
    while (!requests_.empty() && now - requests_.front() >= limits::global_requests_window)
        requests_.pop_front();
    if (!where.exempt) {
        if (static_cast<int>(requests_.size()) >= limits::global_requests_max)
            return limited(requests_.front() + limits::global_requests_window - now, true,
                           "global");
        requests_.push_back(now);
    }
    if (where.name.starts_with("POST /interactions/"))
        return true;
    const int limit = where.name == "POST /channels/{id}/messages" ? message_limit : other_limit;
    bucket& own = buckets_[where.name + " " + where.major];
    if (now >= own.reset_at)
        own = {limit, now + window};
    headers.emplace_back("X-RateLimit-Bucket",
                         std::to_string(std::hash<std::string>{}(where.name)));
    headers.emplace_back("X-RateLimit-Limit", std::to_string(limit));
    headers.emplace_back("X-RateLimit-Remaining", std::to_string(std::max(own.left - 1, 0)));
    headers.emplace_back("X-RateLimit-Reset-After", seconds(own.reset_at - now));
    if (own.left == 0) {
        refused.headers = headers;
        return limited(own.reset_at - now, false, "user");
    }
    --own.left;
    return true;
}

void simulator::on_request(const request& got, instant now, actions& todo)
{
    ++witness_.so_far().requests;
    answer to{got.id, 0, {}, ""};
    const discord::route where = discord::route_of(got.method, got.path);
    if (where.bot_token && (token_dead_ || got.authorization != "Bot " + settings_.token))
        refuse(to, 401, 0, "401: Unauthorized");
    else if (within_limits(got, now, to.headers, to))
        on_permitted(got, now, to, todo);
    todo.emplace_back(std::move(to));
}

void simulator::on_permitted(const request& got, instant now, answer& to, actions& todo)
{
    json::error_code failed;
    const std::string_view text = json_part(got);
    const json::value body = text.empty() ? json::value(json::object())
                                          : json::parse({text.data(), text.size()}, failed);
    if (failed)
        return refuse(to, 400, 50109, "The request body contains invalid JSON.");
    route({got.method, split(got.path), body, got.plain}, now, to, todo);
}

bool simulator::call::is(std::string_view verb, std::initializer_list<std::string_view> parts) const
{
    return method == verb && path.size() == parts.size() &&
           std::equal(parts.begin(), parts.end(), path.begin(),
                      [](std::string_view wanted, std::string_view part) {
                          return wanted == "*" || wanted == part;
                      });
}

discord::snowflake simulator::call::id(std::size_t at) const
{
    return discord::parse_snowflake(path[at]).value_or(discord::snowflake{});
}

const json::object& simulator::call::object() const
{
    static const json::object nothing;
    return body.is_object() ? body.get_object() : nothing;
}

void simulator::route(const call& got, instant now, answer& to, actions& todo)
{
    const std::string_view first = got.path.empty() ? "" : got.path.front();
    if (first == "guilds" && got.path.size() > 1)
        return guild_routes(got, now, to);
    if (first == "channels" && got.path.size() > 1)
        return channel_routes(got, now, to, todo);
    if (got.is("POST", {"interactions", "*", "*", "callback"}))
        return callback(got, now, to, todo);
    if (first == "webhooks" && got.path.size() > 2)
        return webhook(got, now, to, todo);
    own_routes(got, to);
}

// Of the application itself, and the way to the gateway.
void simulator::own_routes(const call& got, answer& to)
{
    if (got.is("GET", {"gateway"}))
        return set(to, 200, json::object{{"url", gateway_url(got.plain)}});
    if (got.is("GET", {"gateway", "bot"}))
        return set(to, 200,
                   json::object{
                       {"url", gateway_url(got.plain)},
                       {"shards", settings_.recommended_shards},
                       {"session_start_limit",
                        {{"total", settings_.session_starts},
                         {"remaining", std::max(starts_left_, 0)},
                         {"reset_after", (starts_reset_at_ - now_) / std::chrono::milliseconds(1)},
                         {"max_concurrency", settings_.max_concurrency}}}});
    if (got.is("GET", {"applications", "@me"}))
        return set(to, 200,
                   json::object{{"id", to_string(world_.application)},
                                {"name", world_.bot.name},
                                {"flags", settings_.flags},
                                {"bot", user_json(world_.bot)}});
    if (got.is("GET", {"users", "@me"}))
        return set(to, 200, user_json(world_.bot));
    if (got.is("PUT", {"applications", "*", "commands"}))
        return register_commands(got.body, to);
    if (got.is("GET", {"applications", "*", "commands"}))
        return set(to, 200, commands_);
    not_found(to);
}

void simulator::guild_routes(const call& got, instant now, answer& to)
{
    const guild* of = world_.find_guild(got.id(1));
    if (of == nullptr)
        return refuse(to, 404, 10004, "Unknown Guild");
    if (got.is("GET", {"guilds", "*"}))
        return set(to, 200, guild_json(*of, world_.bot, false, world_.time_text(now)));
    if (!got.is("GET", {"guilds", "*", "channels"}))
        return not_found(to);
    json::array all;
    for (const channel& each : of->channels)
        all.push_back(channel_json(each, *of));
    set(to, 200, all);
}

void simulator::channel_routes(const call& got, instant now, answer& to, actions& todo)
{
    guild* of = nullptr;
    const channel* in = world_.find_channel(got.id(1), &of);
    if (in == nullptr)
        return refuse(to, 404, 10003, "Unknown Channel");
    if (got.is("GET", {"channels", "*"}))
        return set(to, 200, channel_json(*in, *of));
    if (got.is("POST", {"channels", "*", "messages"}))
        return post_message({*of, *in}, got.object(), now, to, todo);
    if (got.is("POST", {"channels", "*", "typing"}))
        return void(to.status = 204);
    not_found(to);
}

void simulator::register_commands(const json::value& body, answer& to)
{
    if (!body.is_array())
        return refuse(to, 400, 50035, "Invalid Form Body");
    json::array all;
    std::uint64_t number = 0;
    for (const auto& each : body.get_array()) {
        if (!each.is_object() || !each.get_object().contains("name"))
            return refuse(to, 400, 50035, "Invalid Form Body");
        json::object made = each.get_object();
        made["id"] = std::to_string(world_.application.value + ++number);
        made["application_id"] = to_string(world_.application);
        all.push_back(std::move(made));
    }
    commands_ = std::move(all);
    set(to, 200, commands_);
}

void simulator::post_message(const place& at, const json::object& body, instant now, answer& to,
                             actions& todo)
{
    if (is_empty(body))
        return refuse(to, 400, 50006, "Cannot send an empty message");
    const auto& [of, in] = at;
    written made{world_.new_id(now),   in.id, of.id, world_.bot, content_of(body), {},
                 world_.time_text(now)};
    if (made.content.size() > 4 * content_max)
        return refuse(to, 400, 50035, "Invalid Form Body");
    if (const auto* reference = body.if_contains("message_reference");
        reference != nullptr && reference->is_object())
        if (const auto* id = reference->get_object().if_contains("message_id");
            id != nullptr && id->is_string())
            made.answers = discord::parse_snowflake(std::string_view(id->get_string()))
                               .value_or(discord::snowflake{});
    set(to, 200, message_json(made, true));
    const auto took = made.answers ? witness_.answered(made.answers, now) : std::nullopt;
    happening seen{made.answers ? happening::kind::answered : happening::kind::said,
                   of.name,
                   in.name,
                   world_.bot.name,
                   made.content,
                   -1,
                   made.answers ? made.answers : made.id};
    if (took)
        seen.after_ms =
            static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(*took).count());
    todo.emplace_back(told{std::move(seen)});
    announce_message(made, todo);
}

void simulator::callback(const call& got, instant now, answer& to, actions& todo)
{
    const std::string_view id = got.path[1], token = got.path[2];
    const json::object& body = got.object();
    const auto found = interactions_.find(std::string(token));
    // Discord Docs/Receiving and Responding: the token of the first answer lives for three seconds.
    if (found == interactions_.end() || to_string(found->second.id) != id ||
        (!found->second.answered && now - found->second.at >= limits::interaction_answer))
        return refuse(to, 404, 10062, "Unknown interaction");
    called& own = found->second;
    const auto* type = body.if_contains("type");
    const std::int64_t kind = type != nullptr && type->is_int64() ? type->get_int64() : 0;
    if (kind != 4 && kind != 5)
        return refuse(to, 400, 50035, "Invalid Form Body");
    if (own.answered || own.deferred) {
        if (own.answered)
            witness_.answered(own.id, now);
        return refuse(to, 400, 40060, "Interaction has already been acknowledged.");
    }
    to.status = 204;
    if (kind == 5)
        return void(own.deferred = true);
    const auto* data = body.if_contains("data");
    if (data == nullptr || !data->is_object() || is_empty(data->get_object()))
        return refuse(to, 400, 50035, "Invalid Form Body");
    own.answered = true;
    answered(own, data->get_object(), now, todo);
}

void simulator::webhook(const call& got, instant now, answer& to, actions& todo)
{
    const auto& parts = got.path;
    const json::object& body = got.object();
    const auto found = interactions_.find(std::string(parts[2]));
    if (parts[1] != to_string(world_.application) || found == interactions_.end())
        return refuse(to, 404, 10015, "Unknown Webhook");
    called& own = found->second;
    guild* of = nullptr;
    const channel* in = world_.find_channel(own.channel, &of);
    const bool original = parts.size() == 5 && parts[3] == "messages" && parts[4] == "@original";
    if (!(original && got.method == "PATCH") && !(parts.size() == 3 && got.method == "POST"))
        return not_found(to);
    if (!own.answered && !own.deferred)
        return refuse(to, 404, 10015, "Unknown Webhook");
    written made{world_.new_id(now),   in->id, of->id, world_.bot, content_of(body), {},
                 world_.time_text(now)};
    set(to, 200, message_json(made, true));
    if (own.deferred && !own.answered) {
        own.answered = true;
        return answered(own, body, now, todo);
    }
    todo.emplace_back(told{
        {happening::kind::said, of->name, in->name, world_.bot.name, made.content, -1, made.id}});
}

void simulator::answered(const called& what, const json::object& message, instant now,
                         actions& todo)
{
    guild* of = nullptr;
    const channel* in = world_.find_channel(what.channel, &of);
    const auto took = witness_.answered(what.id, now);
    happening seen{happening::kind::answered, of->name, in->name, world_.bot.name,
                   content_of(message),       -1,       what.id};
    if (took)
        seen.after_ms =
            static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(*took).count());
    todo.emplace_back(told{std::move(seen)});
}

}  // namespace tinfoil::discordsim
