#include "inside.hpp"

#include "discord/envelope.hpp"
#include "discord/intents.hpp"
#include "discord/route.hpp"
#include "discordsim/permissions.hpp"
#include "discordsim/printing.hpp"
#include "net/multipart.hpp"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>

namespace tinfoil::testing {

namespace json = boost::json;

namespace {

constexpr std::size_t steps_max = 100'000;

std::string copy(tinfoil_str text)
{
    return text.len == 0 ? std::string() : std::string(text.ptr, text.len);
}
tinfoil_str borrow(std::string_view text)
{
    return {text.data(), text.size()};
}

std::int64_t wall_now_ms()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

const tinfoil_entry* entry_of(void* library, const std::string& file)
{
    const auto* entry = static_cast<const tinfoil_entry*>(::dlsym(library, TINFOIL_ENTRY));
    constexpr unsigned char magic[8] = TINFOIL_MAGIC;
    if (entry == nullptr || std::memcmp(entry->magic, magic, sizeof magic) != 0)
        throw failure(file + " is no plugin: it has no TINFOIL_PLUGIN(...)");
    return entry;
}

}  // namespace

stage::inside::inside(const std::string& file, json::object settings)
    : exchange(static_cast<sharing_services&>(*this)),
      world(1, {1, 3}, wall_now_ms(), now),
      file_(file),
      settings_(std::move(settings)),
      wall_began_ms_(wall_now_ms())
{
    rules.gateway_url = "wss://main";
    library_ = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library_ == nullptr)
        throw failure(std::string("the plugin does not load: ") + ::dlerror());
    entry_ = entry_of(library_, file);
    auto read = tinfoil::plugin::parse_manifest(copy(entry_->manifest));
    if (!read)
        throw failure(file + ": " + read.error().detail);
    manifest_ = std::move(*read);
    fill_host();
    somebody("alice");
    register_commands();
    start();
}

stage::inside::~inside()
{
    stop();
    ::dlclose(library_);
}

void stage::inside::fill_host()
{
    host_.size = sizeof host_;
    host_.abi_major = TINFOIL_ABI_MAJOR;
    host_.abi_minor = TINFOIL_ABI_MINOR;
    host_.context = context();
    host_.version = borrow("testing");
    host_.log = [](tinfoil_context* to, int32_t level, tinfoil_str text) {
        constexpr const char* names[] = {"debug: ", "info: ", "warning: ", "error: "};
        const std::scoped_lock locked(of(to).mutex_);
        of(to).logged.push_back(names[std::clamp(level, 0, 3)] + copy(text));
    };
    host_.post = [](tinfoil_context* to, uint64_t tag) -> int32_t {
        const std::scoped_lock locked(of(to).mutex_);
        of(to).posts_.push_back(tag);
        of(to).posted_.notify_all();
        return TINFOIL_OK;
    };
    host_.rest = [](tinfoil_context* to, const tinfoil_rest* what, uint64_t tag) {
        return of(to).rest(*what, tag);
    };
    host_.timer = [](tinfoil_context* to, uint64_t ms, uint64_t tag) {
        inside& self = of(to);
        constexpr std::uint64_t year_ms = 365ULL * 24 * 3600 * 1000;
        self.timers_.emplace(
            self.now + std::chrono::milliseconds(std::min(ms, year_ms)),
            completion{++self.last_op_, tag, TINFOIL_KIND_TIMER, TINFOIL_OK, 0, ""});
        return self.last_op_;
    };
    host_.cancel = [](tinfoil_context* to, tinfoil_op op) -> int32_t {
        inside& self = of(to);
        const auto is_it = [op](const auto& each) { return each.op == op; };
        std::erase_if(self.completions_, is_it);
        std::erase_if(self.sending_, is_it);
        std::erase_if(self.timers_, [op](const auto& each) { return each.second.op == op; });
        self.leave(op);
        return TINFOIL_OK;
    };
    host_.fail = [](tinfoil_context* to, tinfoil_str text) -> int32_t {
        of(to).failure_ = copy(text);
        return TINFOIL_OK;
    };
    host_.event_done = [](tinfoil_context*, uint64_t) {};
    host_.extension = [](tinfoil_context* to, const char* id) -> const void* {
        if (std::strcmp(id, TINFOIL_EXT_GATEWAY) == 0)
            return &of(to).gateway_;
        return of(to).extension_of(id);
    };
    gateway_.size = sizeof gateway_;
    gateway_.give = [](tinfoil_context* to, uint32_t op, tinfoil_str data, uint64_t, uint64_t tag) {
        json::error_code failed;
        const json::value read = json::parse(copy(data), failed);
        return of(to).give(op, read.is_object() ? read.get_object() : json::object(), tag);
    };
}

void stage::inside::start()
{
    plugin = {};
    plugin.size = sizeof plugin;
    failure_.clear();
    const auto failed = [&](const char* doing) {
        return failure(manifest_.name + " refused to " + doing + ": " + failure_);
    };
    if (entry_->create(&host_, &plugin) < 0)
        throw failed("be created");
    const std::string settings = json::serialize(settings_);
    tinfoil_start how{};
    how.size = sizeof how;
    how.settings = borrow(settings);
    how.application_id = world.application.value;
    runs = true;
    if (plugin.start(plugin.self, &how) < 0) {
        const failure why = failed("start");
        stop();
        throw why;
    }
    for (const auto& each : world.guilds)
        deliver("GUILD_CREATE", guild_json(each, world.bot, true, world.time_text(now)));
    settle();
}

void stage::inside::stop()
{
    if (!std::exchange(runs, false))
        return;
    plugin.cancel_all(plugin.self);
    plugin.stop(plugin.self);
    refuse_messages();
    plugin.destroy(plugin.self);
    events_.clear();
    completions_.clear();
    sending_.clear();
    timers_.clear();
    posts_.clear();
    brought_ = 0;
}

void stage::inside::register_commands()
{
    discord::rest_request what;
    what.method = "PUT";
    what.path = "/applications/" + to_string(world.application) + "/commands";
    what.body = manifest_.commands_json;
    if (const auto got = ask(what); got.status != 200)
        throw failure("Discord refuses the commands of " + manifest_.name + ": " + got.body);
}

void stage::inside::deliver(std::string_view type, const json::value& data)
{
    // tinfoil gives a plugin what its table lists, and the uses of its own commands and components.
    if (wants(type))
        events_.emplace_back(type, json::serialize(data));
}

bool stage::inside::wants(std::string_view type) const
{
    return type == "INTERACTION_CREATE" ||
           std::find(manifest_.events.begin(), manifest_.events.end(), type) !=
               manifest_.events.end();
}

void stage::inside::announce_message(std::string_view type, const discordsim::written& what)
{
    // Discord Docs/Gateway, "Message Content Intent".
    const bool is_named = std::any_of(what.mentioned.begin(), what.mentioned.end(),
                                      [&](const auto& each) { return each.id == world.bot.id; });
    const bool is_whole = (manifest_.intents & discord::intent_message_content) != 0 ||
                          what.author.id == world.bot.id || !what.guild || is_named;
    if (!wants(type))
        return;
    std::string data;
    discordsim::print_message(data, what, is_whole);
    events_.emplace_back(type, std::move(data));
}

void stage::inside::settle()
{
    for (std::size_t steps = 0; steps < steps_max; ++steps) {
        if (step())
            continue;
        // Discord wanted them later, or the state commits them a little later: people are slower.
        const auto next =
            std::min_element(sending_.begin(), sending_.end(),
                             [](const auto& a, const auto& b) { return a.due < b.due; });
        const instant values = values_.waiting() != 0 ? values_.deadline() : never;
        const instant due = std::min(next == sending_.end() ? never : next->due, values);
        if (due == never)
            return;
        now = std::max(now, due);
    }
    throw failure(manifest_.name + " does not come to rest: it has done 100,000 things at once");
}

bool stage::inside::step()
{
    for (auto each = sending_.begin(); each != sending_.end(); ++each)
        if (each->due <= now) {
            pending_request taken = std::move(*each);
            sending_.erase(each);
            send(taken);
            return true;
        }
    {
        std::unique_lock locked(mutex_);
        if (!posts_.empty()) {
            const std::uint64_t tag = posts_.front();
            posts_.pop_front();
            locked.unlock();
            ++brought_;
            complete({0, tag, TINFOIL_KIND_POST, TINFOIL_OK, 0, ""});
            return true;
        }
    }
    if (!completions_.empty()) {
        const completion next = std::move(completions_.front());
        completions_.pop_front();
        complete(next);
        return true;
    }
    if (step_sharing())
        return true;
    if (!timers_.empty() && timers_.begin()->first <= now) {
        const completion next = timers_.begin()->second;
        timers_.erase(timers_.begin());
        complete(next);
        return true;
    }
    if (events_.empty())
        return false;
    const auto [type, data] = std::move(events_.front());
    events_.pop_front();
    const auto ids = discord::ids_in(data);
    tinfoil_event passed{};
    passed.size = sizeof passed;
    passed.num_shards = 1;
    passed.token = ++last_token_;
    passed.sequence = last_token_;
    passed.type = borrow(type);
    passed.data = borrow(data);
    passed.guild_id = ids.guild;
    passed.channel_id = ids.channel;
    passed.user_id = ids.user;
    failure_.clear();
    if (plugin.event(plugin.self, &passed) < 0)
        logged.push_back("error: event " + type + " failed: " + failure_);
    return true;
}

void stage::inside::complete(const completion& how)
{
    tinfoil_result passed{};
    passed.size = sizeof passed;
    passed.status = how.status;
    passed.op = how.op;
    passed.tag = how.tag;
    passed.kind = how.kind;
    passed.http_status = static_cast<std::uint32_t>(how.http_status);
    passed.body = borrow(how.body);
    plugin.complete(plugin.self, &passed);
}

void stage::inside::advance(duration time)
{
    const instant until = now + time;
    settle();
    while (next_due() <= until) {
        now = std::max(now, next_due());
        settle();
    }
    now = std::max(now, until);
    settle();
}

void stage::inside::wait_for_thread()
{
    // A quick thread has brought it while something else was done.
    if (brought_ == 0) {
        std::unique_lock locked(mutex_);
        if (!posted_.wait_for(locked, std::chrono::seconds(10), [this] { return !posts_.empty(); }))
            throw failure("no thread of " + manifest_.name + " has brought anything");
    }
    settle();
    --brought_;
}

tinfoil_op stage::inside::rest(const tinfoil_rest& what, std::uint64_t tag)
{
    discord::rest_request got;
    got.method = copy(what.method);
    got.path = copy(what.path);
    got.body = copy(what.body);
    got.audit_log_reason = copy(what.audit_log_reason);
    for (std::uint32_t at = 0; at < what.part_count; ++at)
        got.files.push_back({copy(what.parts[at].name), copy(what.parts[at].filename),
                             copy(what.parts[at].content_type), copy(what.parts[at].bytes)});
    sending_.push_back({++last_op_, tag, std::move(got), now});
    return last_op_;
}

void stage::inside::send(pending_request& which)
{
    const discordsim::answer got = ask(which.what);
    if (got.status == 429) {
        json::error_code failed;
        const json::value read = json::parse(got.body, failed);
        const double seconds = failed ? 1 : read.at("retry_after").to_number<double>();
        which.due = now + std::chrono::milliseconds(static_cast<int>(seconds * 1000) + 1);
        sending_.push_back(std::move(which));
        return;
    }
    note(which.what, got);
    completions_.push_back(
        {which.op, which.tag, TINFOIL_KIND_REST, TINFOIL_OK, got.status, got.body});
}

discordsim::answer stage::inside::ask(const discord::rest_request& what)
{
    const net::encoded_body body = net::encode_body(what, "tinfoil-testing-boundary");
    std::string bytes;
    for (const std::string_view each : body.pieces)
        bytes += each;
    const bool needs_token = discord::route_of(what.method, what.path).bot_token;
    const discordsim::surroundings with{
        rules,
        world,
        witness,
        [this](const discordsim::announcement& each) { deliver(each.type, each.data); },
        [this](std::string_view type, const discordsim::written& each) {
            announce_message(type, each);
        },
        [this](bool) -> const std::string& { return rules.gateway_url; },
        false};
    std::vector<discordsim::action> todo;
    api_.on({1, what.method, what.path, bytes, body.content_type,
             needs_token ? "Bot " + rules.token : ""},
            now, with, todo);
    for (auto& each : todo)
        if (auto* got = std::get_if<discordsim::answer>(&each))
            return std::move(*got);
    return {1, 500, {}, ""};
}

void stage::inside::note(const discord::rest_request& what, const discordsim::answer& got)
{
    json::error_code failed;
    request made{what.method, what.path,
                 json::parse(what.body.empty() ? "null" : what.body, failed), what.audit_log_reason,
                 got.status};
    const auto* body = made.body.if_object();
    if (body != nullptr && got.status < 300 && what.path.ends_with("/callback")) {
        const auto* data = body->if_contains("data");
        if (body->at("type") == 9 && data != nullptr)
            modal = data->as_object();
        if (body->at("type") == 8 && data != nullptr)
            for (const auto& each : data->at("choices").as_array())
                suggested.emplace_back(each.at("name").as_string());
    }
    requests.push_back(std::move(made));
}

tinfoil_op stage::inside::give(std::uint32_t op, const json::object& data, std::uint64_t tag)
{
    if (tag == 0)
        return ++last_op_;
    const json::object answer =
        op == TINFOIL_GATEWAY_MEMBERS ? found_members(data) : json::object();
    completions_.push_back(
        {++last_op_, tag, TINFOIL_KIND_GATEWAY, TINFOIL_OK, 0, json::serialize(answer)});
    return last_op_;
}

json::object stage::inside::found_members(const json::object& asked)
{
    json::array found;
    const auto* ids = asked.if_contains("user_ids");
    const std::string begin(text_in(asked, "query"));
    for (const auto& each : home().people) {
        const json::value id(to_string(each.id));
        const bool is_wanted = ids != nullptr && ids->is_array()
                                   ? std::find(ids->get_array().begin(), ids->get_array().end(),
                                               id) != ids->get_array().end()
                                   : each.name.starts_with(begin);
        if (is_wanted)
            found.push_back(member_json(each, home()));
    }
    json::object made{{"guild_id", to_string(home().id)}};
    made["members"] = std::move(found);
    made["presences"] = json::array();
    made["not_found"] = json::array();
    return made;
}

discordsim::person& stage::inside::somebody(std::string_view name)
{
    for (auto& each : home().people)
        if (each.name == name)
            return each;
    discordsim::person& made = world.join(home(), std::string(name), now);
    json::object member = member_json(made, world.time_text(now));
    member["guild_id"] = to_string(home().id);
    if (runs && (manifest_.intents & discord::intent_guild_members) != 0)
        deliver("GUILD_MEMBER_ADD", member);
    return made;
}

discordsim::channel& stage::inside::channel_named(std::string_view name)
{
    for (auto& each : home().channels)
        if (each.name == name)
            return each;
    throw failure("there is no channel " + std::string(name));
}

void stage::inside::interact(use what)
{
    discordsim::guild& where = home();
    const discord::snowflake in =
        what.on != nullptr ? what.on->channel : channel_named("general").id;
    discordsim::guild* of = nullptr;
    const discordsim::channel& at = *world.find_channel(in, &of);
    const discordsim::person who = somebody(what.as);
    discordsim::interaction made;
    made.id = world.new_id(now);
    made.guild = where.id;
    made.channel = in;
    made.token = "token" + to_string(made.id);
    made.type = what.type;
    made.at = now;
    made.who = who;
    made.source = what.on != nullptr ? what.on->id : discord::snowflake{};
    json::object member = member_json(who, where);
    member["permissions"] =
        std::to_string(discordsim::permissions_of(where, {who.id, who.in.roles}, &at));
    json::object event{{"id", to_string(made.id)},
                       {"application_id", to_string(world.application)},
                       {"type", made.type},
                       {"token", made.token},
                       {"version", 1},
                       {"guild_id", to_string(where.id)},
                       {"channel_id", to_string(in)},
                       {"locale", "en-US"},
                       {"context", 0}};
    event["channel"] = channel_json(at, where);
    event["member"] = std::move(member);
    event["data"] = std::move(what.data);
    event["app_permissions"] = std::to_string(discordsim::everything_allowed);
    if (what.on != nullptr)
        event["message"] = message_json(*what.on, true);
    witness.given(made.id, discordsim::witness::kind::interaction, now);
    world.interactions.emplace(made.token, made);
    deliver("INTERACTION_CREATE", event);
    settle();
}

const discordsim::written* stage::inside::last_message(bool with_components) const
{
    const discordsim::written* last = nullptr;
    const auto look = [&](const discordsim::channel& in) {
        for (const auto& each : in.messages)
            if (each.author.id == world.bot.id &&
                (!with_components || each.parts.contains("components")) &&
                (last == nullptr || last->id < each.id))
                last = &each;
    };
    for (const auto& each : world.guilds)
        for (const auto* all : {&each.channels, &each.threads})
            std::for_each(all->begin(), all->end(), look);
    std::for_each(world.direct_channels.begin(), world.direct_channels.end(), look);
    return last;
}

}  // namespace tinfoil::testing
