#include "discordsim/rest.hpp"

#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "discord/intents.hpp"
#include "discord/limits.hpp"
#include "discord/route.hpp"
#include "discordsim/multipart.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// Discord Docs/Gateway, "List of Intents": those that begin with DIRECT_MESSAGE.
constexpr std::uint64_t direct_intents = (1U << 12) | (1U << 13) | (1U << 14) | (1U << 25);
constexpr duration two_weeks = std::chrono::hours(14 * 24);

int hex(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    const char lower = static_cast<char>(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string decoded(std::string_view text)
{
    std::string made;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_code = text[at] == '%' && at + 2 < text.size() && hex(text[at + 1]) >= 0 &&
                             hex(text[at + 2]) >= 0;
        made += is_code ? static_cast<char>(hex(text[at + 1]) * 16 + hex(text[at + 2])) : text[at];
        at += is_code ? 2 : 0;
    }
    return made;
}

std::vector<std::string> parts_of(std::string_view path)
{
    std::vector<std::string> parts;
    for (const auto each : path_parts(path.substr(0, path.find('?'))))
        parts.push_back(decoded(each));
    return parts;
}

void fill(answer& to, int status, int code, std::string_view message)
{
    to.status = status;
    to.body = json::serialize(json::object{
        {"message", json::string_view(message.data(), message.size())}, {"code", code}});
}

// Discord Docs/Reference, "User Agent". What comes after the address differs between libraries.
bool is_user_agent(std::string_view text)
{
    return text.starts_with("DiscordBot (");
}

// Clients with another one "may be blocked"; these are, others of HTTP libraries get through.
bool is_blocked(std::string_view user_agent)
{
    return user_agent.empty() || user_agent.starts_with("Python-urllib/") ||
           user_agent.starts_with("libwww-perl/");
}

using handlers = std::map<std::string_view, void (*)(const call&)>;

const handlers& all_handlers()
{
    static const handlers made = [] {
        handlers all;
        for (const auto list :
             {application_handlings(), command_handlings(), guild_handlings(), member_handlings(),
              channel_handlings(), thread_handlings(), message_handlings(), reaction_handlings(),
              interaction_handlings(), webhook_handlings()})
            for (const handling& each : list) {
                TINFOIL_ASSERT(
                    std::any_of(operations().begin(), operations().end(),
                                [&](const auto& one) { return one.id == each.operation; }));
                all.emplace(each.operation, each.handler);
            }
        return all;
    }();
    return made;
}

// A path whose ids are none. Discord Docs/Reference, "Error Messages".
bool has_ids(const operation& asked, const std::vector<std::string>& path, form_errors& wrong)
{
    for (std::size_t at = 0; at < path.size(); ++at) {
        const std::string_view name = parameter(asked, at);
        if (name.ends_with("_id") && name != "instance_id" && !discord::parse_snowflake(path[at]))
            wrong.add(name, "NUMBER_TYPE_COERCE", "Value \"" + path[at] + "\" is not snowflake.");
    }
    return !wrong.any();
}

// Discord Docs/Opcodes and Status Codes, "JSON": 50035 is for forms and types, 50109 for JSON.
bool refuse_body(const parsed_body& sent, answer& to)
{
    form_errors wrong;
    if (!sent.is_known_type)
        wrong.add("", "CONTENT_TYPE_INVALID",
                  "Expected \"Content-Type\" header to be one of {'application/json', "
                  "'multipart/form-data'}.");
    else if (sent.is_broken && sent.is_multipart)
        wrong.add("", "MULTIPART_INVALID", "The request body is no valid multipart/form-data.");
    else if (sent.is_broken)
        fill(to, 400, 50109, "The request body contains invalid JSON.");
    if (wrong.any()) {
        to.status = 400;
        to.body = json::serialize(wrong.answer());
    }
    return to.status != 0;
}

// For people.
std::string line_of(const request& got)
{
    return got.method + " " + got.path.substr(0, got.path.find('?'));
}

}  // namespace

std::map<std::string, std::string> query_of(std::string_view path)
{
    std::map<std::string, std::string> made;
    const auto mark = path.find('?');
    for (auto left = mark == path.npos ? "" : path.substr(mark + 1); !left.empty();) {
        const std::string_view pair = left.substr(0, left.find('&'));
        left.remove_prefix(std::min(pair.size() + 1, left.size()));
        const auto equal = std::min(pair.find('='), pair.size());
        made[decoded(pair.substr(0, equal))] =
            decoded(pair.substr(std::min(equal + 1, pair.size())));
    }
    return made;
}

discord::snowflake call::id(std::size_t at) const
{
    return at < path.size() ? discord::parse_snowflake(path[at]).value_or(discord::snowflake{})
                            : discord::snowflake{};
}

const json::object& call::object() const
{
    static const json::object nothing;
    return body.is_object() ? body.get_object() : nothing;
}

discord::snowflake call::query_id(const char* key) const
{
    const auto found = query.find(key);
    return found == query.end()
               ? discord::snowflake{}
               : discord::parse_snowflake(found->second).value_or(discord::snowflake{});
}

bool call::query_flag(const char* key) const
{
    const auto found = query.find(key);
    return found != query.end() && (found->second == "true" || found->second == "1");
}

bool call::limit(std::int64_t usual, std::int64_t most, std::size_t& to_here) const
{
    const auto found = query.find("limit");
    to_here = static_cast<std::size_t>(usual);
    if (found == query.end())
        return true;
    const auto number = discord::parse_snowflake(found->second);
    if (!number) {
        invalid("limit", "NUMBER_TYPE_COERCE", "Value \"" + found->second + "\" is not int.");
        return false;
    }
    if (number->value < 1)
        invalid("limit", "NUMBER_TYPE_MIN", "int value should be greater than or equal to 1.");
    else if (number->value > static_cast<std::uint64_t>(most))
        invalid("limit", "NUMBER_TYPE_MAX",
                "int value should be less than or equal to " + std::to_string(most) + ".");
    to_here = static_cast<std::size_t>(number->value);
    return to.status == 0;
}

void call::reply(const json::value& with_body, int status) const
{
    to.status = status;
    to.body = json::serialize(with_body);
}

void call::refuse(int status, int code, std::string_view message) const
{
    fill(to, status, code, message);
}

void call::invalid(std::string_view where, std::string_view code, std::string_view message) const
{
    form_errors wrong;
    wrong.add(where, code, message);
    reply(wrong.answer(), 400);
}

void call::announce(std::string_view type, discord::snowflake what, discord::snowflake guild,
                    json::value data) const
{
    const std::uint64_t all = discord::intents_of_event(type).value_or(0);
    const std::uint64_t direct = all & direct_intents;
    const std::uint64_t wanted = guild ? all & ~direct_intents : direct != 0 ? direct : all;
    with.announce({type, what, guild, wanted, std::move(data)});
}

guild* call::guild_at(std::size_t at) const
{
    guild* found = all().find_guild(id(at));
    if (found == nullptr)
        refuse(404, 10004, "Unknown Guild");
    return found;
}

channel* call::channel_at(std::size_t at, guild** of) const
{
    channel* found = all().find_channel(id(at), of);
    if (found == nullptr)
        refuse(404, 10003, "Unknown Channel");
    return found;
}

written* call::message_at(std::size_t at, channel& in, guild* of) const
{
    written* found = all().find_message(in, of, id(at));
    if (found != nullptr && (found->flags & flag_ephemeral) == 0)
        return found;
    refuse(404, 10008, "Unknown Message");
    return nullptr;
}

std::string text_in(const json::object& body, std::string_view key)
{
    const auto* found = body.if_contains({key.data(), key.size()});
    if (found == nullptr || found->is_null() || found->is_array() || found->is_object())
        return {};
    return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

std::optional<std::int64_t> number_in(const json::object& body, std::string_view key)
{
    const auto* found = body.if_contains({key.data(), key.size()});
    if (found == nullptr)
        return std::nullopt;
    if (found->is_string()) {
        const auto parsed = discord::parse_snowflake(std::string_view(found->get_string()));
        return parsed ? std::optional(static_cast<std::int64_t>(parsed->value)) : std::nullopt;
    }
    json::error_code failed;
    const auto value = found->to_number<std::int64_t>(failed);
    return failed ? std::nullopt : std::optional(value);
}

bool flag_in(const json::object& body, std::string_view key)
{
    const auto* found = body.if_contains({key.data(), key.size()});
    return found != nullptr && found->is_bool() && found->get_bool();
}

discord::snowflake id_of(const json::value& what)
{
    json::error_code failed;
    if (what.is_string())
        return discord::parse_snowflake(std::string_view(what.get_string()))
            .value_or(discord::snowflake{});
    const auto value = what.to_number<std::uint64_t>(failed);
    return {failed ? 0 : value};
}

discord::snowflake id_in(const json::object& body, std::string_view key)
{
    const auto* found = body.if_contains({key.data(), key.size()});
    return found == nullptr ? discord::snowflake{} : id_of(*found);
}

std::vector<discord::snowflake> ids_in(const json::object& body, std::string_view key)
{
    std::vector<discord::snowflake> made;
    if (const auto* list = list_in(body, key); list != nullptr)
        for (const auto& each : *list)
            made.push_back(id_of(each));
    return made;
}

const json::array* list_in(const json::object& body, std::string_view key)
{
    const auto* found = body.if_contains({key.data(), key.size()});
    return found != nullptr ? found->if_array() : nullptr;
}

rate_limits::asked rest::facts(const request& got, const std::vector<std::string>& path,
                               const json::value& body, const surroundings& with, instant now) const
{
    rate_limits::asked made{got.method, got.path};
    if (path.empty() || path[0] != "channels")
        return made;
    const auto* fields = body.if_object();
    made.renames_channel = got.method == "PATCH" && path.size() == 2 && fields != nullptr &&
                           (fields->contains("name") || fields->contains("topic"));
    if (got.method == "DELETE" && path.size() == 4 && path[2] == "messages") {
        const auto which = discord::parse_snowflake(path[3]);
        const auto age = std::chrono::milliseconds(
            with.world.wall_ms(now) -
            (which ? static_cast<std::int64_t>(which->created_ms()) : with.world.wall_ms(now)));
        made.deletes_old_message = age > two_weeks;
    }
    return made;
}

void rest::on(const request& got, instant now, const surroundings& with, std::vector<action>& todo)
{
    ++with.witness.so_far().requests;
    answer to{got.id, 0, {}, ""};
    if (got.user_agent && !is_user_agent(*got.user_agent))
        with.witness.broke("rest/user-agent",
                           line_of(got) + " came with the User-Agent \"" + *got.user_agent + "\"",
                           now);
    if (got.user_agent && is_blocked(*got.user_agent)) {
        to.status = 403;
        to.headers = {{"Content-Type", "text/html; charset=UTF-8"}, {"Server", "cloudflare"}};
        to.body = "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title>"
                  "</head><body><h1>Error 1020</h1><p>Access denied</p></body></html>";
    } else {
        const bool was_banned = limits_.is_banned(now);
        answer_to(got, now, with, to, todo);
        if (!was_banned && limits_.is_banned(now))
            with.witness.broke("rest/invalid-request-ban",
                               line_of(got) + " was the last of " +
                                   std::to_string(discord::limits::invalid_requests_max) +
                                   " requests within ten minutes that were answered with 401, "
                                   "403 or 429; until they are older nothing else is answered",
                               now);
    }
    TINFOIL_ASSERT(to.status != 0);
    to.headers.emplace_back("Date", http_date(with.world.wall_ms(now)));
    todo.emplace_back(std::move(to));
}

void rest::answer_to(const request& got, instant now, const surroundings& with, answer& to,
                     std::vector<action>& todo)
{
    const std::vector<std::string> path = parts_of(got.path);
    const bool needs_token = discord::route_of(got.method, got.path).bot_token &&
                             path != std::vector<std::string>{"gateway"};
    if (needs_token && !limits_.is_banned(now) &&
        (with.token_dead || got.authorization != "Bot " + with.rules.token)) {
        limits_.answered(401, now);
        return fill(to, 401, 0, "401: Unauthorized");
    }
    const parsed_body sent = parse_body(got.content_type, got.body);
    auto verdict =
        limits_.take(facts(got, path, sent.json, with, now), with.world.wall_ms(now), now);
    to.headers = std::move(verdict.headers);
    if (verdict.status != 0) {
        if (verdict.status == 429) {
            ++with.witness.so_far().too_many_requests;
            if (verdict.is_own_fault)
                with.witness.broke("rest/too-many-requests",
                                   line_of(got) + " was sent although its limit was used up", now);
        }
        to.status = verdict.status;
        to.body = std::move(verdict.body);
        return;
    }
    const lookup where = find_operation(got.method, path);
    if (where.found == nullptr)
        return where.is_path ? fill(to, 405, 0, "405: Method Not Allowed")
                             : fill(to, 404, 0, "404: Not Found");
    if (refuse_body(sent, to))
        return;
    // Else it would end up in the events of others, whose WebSockets it would break.
    if (!is_utf8(decoded(got.path)))
        return fill(to, 400, 50035, "Invalid Form Body");
    const auto query = query_of(got.path);
    const call asked{*where.found, path, query,   sent.json, sent.files, got.plain,
                     now,          with, memory_, to,        todo};
    form_errors wrong;
    const auto handler = all_handlers().find(where.found->id);
    if (handler == all_handlers().end())
        return fill(to, 501, 0, std::string(where.found->id) + " is not simulated by this sandbox");
    if (has_ids(*where.found, path, wrong))
        check_body(*where.found, sent.json, wrong);
    if (wrong.any())
        return asked.reply(wrong.answer(), 400);
    if (asked.is_allowed())
        handler->second(asked);
    limits_.answered(to.status, now);
}

}  // namespace tinfoil::discordsim
