#include "plugin/instance.hpp"

#include "base/assert.hpp"
#include "version.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <tinfoil/ext/gateway.h>
#include <tinfoil/ext/guild.h>
#include <tinfoil/ext/kv.h>

namespace tinfoil::plugin {
namespace {

constexpr std::size_t operations_max = 1000;
constexpr std::size_t log_bytes_max = 16U << 10;

tinfoil_str borrow(std::string_view text)
{
    return {text.data(), text.size()};
}

std::string copy(tinfoil_str text)
{
    return text.len == 0 ? std::string() : std::string(text.ptr, text.len);
}

int32_t status_of(errc code)
{
    switch (code) {
    case errc::timed_out:
        return TINFOIL_E_TIMEOUT;
    case errc::cancelled:
        return TINFOIL_E_CANCELLED;
    case errc::too_large:
        return TINFOIL_E_QUOTA;
    case errc::state_unusable:
    case errc::invalid_argument:
        return TINFOIL_E_STORE;
    default:
        return TINFOIL_E_NETWORK;
    }
}

// TINFOIL_GATEWAY_INVALID and its neighbours are numbered as the outcomes are.
int32_t refusal_of(discord::command_outcome how)
{
    const auto number = static_cast<int32_t>(how);
    return number == 0 ? TINFOIL_OK : TINFOIL_GATEWAY_INVALID + 1 - number;
}
static_assert(TINFOIL_GATEWAY_INVALID + 1 - static_cast<int>(discord::command_outcome::cancelled) ==
              TINFOIL_GATEWAY_CANCELLED);

class running final : public instance {
public:
    running(library from, services& with) : services_(with), library_(std::move(from))
    {
        fill_host();
    }
    ~running() override;

    result<void> begin(const std::string& settings);

    [[nodiscard]] const manifest& about() const override { return library_.about(); }
    [[nodiscard]] bool wants(std::string_view type, std::string_view command) const override;
    void handle(const event& what, finished done) override;
    [[nodiscard]] std::uint32_t pending() const override { return plugin_.pending(plugin_.self); }

private:
    enum class kind { rest, timer, value, command, guild };
    struct operation {
        kind what;
        std::uint64_t id;
    };

    static running& of(tinfoil_context* context) { return *reinterpret_cast<running*>(context); }

    void fill_host();
    tinfoil_op rest(const tinfoil_rest& what, std::uint64_t tag);
    tinfoil_op timer(std::uint64_t delay_ms, std::uint64_t tag);
    tinfoil_op get(tinfoil_str key, std::uint64_t tag);
    tinfoil_op set(tinfoil_str key, std::optional<std::string> value, std::uint64_t tag);
    tinfoil_op give(std::uint32_t what, tinfoil_str data, std::uint64_t patience_ms,
                    std::uint64_t tag);
    tinfoil_op ask_guild(std::uint64_t guild, std::uint64_t tag);
    void fill_guild();
    int32_t cancel(tinfoil_op op);
    tinfoil_op begin_operation(kind what);
    void complete(tinfoil_op op, std::uint64_t tag, int what, int32_t status, int http_status,
                  std::string_view body);
    void event_done(std::uint64_t token);

    services& services_;
    library library_;
    tinfoil_host host_{};
    tinfoil_kv kv_{};
    tinfoil_gateway gateway_{};
    tinfoil_guild guild_{};
    tinfoil_plugin plugin_{};
    bool created_ = false;
    std::string failure_;
    tinfoil_op last_op_ = 0;
    std::map<tinfoil_op, operation> operations_;
    std::uint64_t last_token_ = 0, in_call_ = 0;
    std::map<std::uint64_t, finished> events_;
};

void running::fill_host()
{
    host_.size = sizeof host_;
    host_.abi_major = TINFOIL_ABI_MAJOR;
    host_.abi_minor = TINFOIL_ABI_MINOR;
    host_.context = reinterpret_cast<tinfoil_context*>(this);
    host_.version = borrow(tinfoil::version);
    host_.log = [](tinfoil_context* context, int32_t level, tinfoil_str text) {
        const std::string_view all(text.ptr, std::min<std::uint64_t>(text.len, log_bytes_max));
        of(context).services_.log(static_cast<log_level>(std::clamp(level, 0, 3)), all);
    };
    host_.post = [](tinfoil_context* context, uint64_t tag) -> int32_t {
        running& self = of(context);
        self.services_.post(
            [&self, tag] { self.complete(0, tag, TINFOIL_KIND_POST, TINFOIL_OK, 0, ""); });
        return TINFOIL_OK;
    };
    host_.rest = [](tinfoil_context* context, const tinfoil_rest* what, uint64_t tag) {
        return of(context).rest(*what, tag);
    };
    host_.timer = [](tinfoil_context* context, uint64_t delay_ms, uint64_t tag) {
        return of(context).timer(delay_ms, tag);
    };
    host_.cancel = [](tinfoil_context* context, tinfoil_op op) { return of(context).cancel(op); };
    host_.fail = [](tinfoil_context* context, tinfoil_str text) -> int32_t {
        of(context).failure_ = copy(text);
        return TINFOIL_OK;
    };
    host_.event_done = [](tinfoil_context* context, uint64_t token) {
        of(context).event_done(token);
    };
    host_.extension = [](tinfoil_context* context, const char* id) -> const void* {
        if (std::strcmp(id, TINFOIL_EXT_KV) == 0)
            return &of(context).kv_;
        if (std::strcmp(id, TINFOIL_EXT_GUILD) == 0)
            return &of(context).guild_;
        return std::strcmp(id, TINFOIL_EXT_GATEWAY) == 0 ? &of(context).gateway_ : nullptr;
    };
    fill_guild();
    gateway_.size = sizeof gateway_;
    gateway_.give = [](tinfoil_context* context, uint32_t op, tinfoil_str data,
                       uint64_t patience_ms,
                       uint64_t tag) { return of(context).give(op, data, patience_ms, tag); };
    kv_.size = sizeof kv_;
    kv_.get = [](tinfoil_context* context, tinfoil_str key, uint64_t tag) {
        return of(context).get(key, tag);
    };
    kv_.put = [](tinfoil_context* context, tinfoil_str key, tinfoil_str value, uint64_t tag) {
        return of(context).set(key, copy(value), tag);
    };
    kv_.erase = [](tinfoil_context* context, tinfoil_str key, uint64_t tag) {
        return of(context).set(key, {}, tag);
    };
}

void running::fill_guild()
{
    guild_.size = sizeof guild_;
    guild_.get = [](tinfoil_context* context, uint64_t guild, uint64_t tag) {
        return of(context).ask_guild(guild, tag);
    };
    guild_.revision = [](tinfoil_context* context, uint64_t guild) {
        return of(context).services_.guild_revision({guild});
    };
    guild_.keep = [](tinfoil_context* context) { of(context).services_.keep_guilds(); };
}

result<void> running::begin(const std::string& settings)
{
    plugin_.size = sizeof plugin_;
    const auto failed = [&](const char* doing) {
        return error{errc::plugin_refused, about().name + " " + about().version + " refused to " +
                                               doing + ": " +
                                               (failure_.empty() ? "it gave no reason" : failure_)};
    };
    if (library_.entry().create(&host_, &plugin_) < 0)
        return failed("be created");
    created_ = true;
    const bool complete = plugin_.size >= sizeof plugin_ && plugin_.start != nullptr &&
                          plugin_.event != nullptr && plugin_.complete != nullptr &&
                          plugin_.pending != nullptr && plugin_.cancel_all != nullptr &&
                          plugin_.stop != nullptr && plugin_.destroy != nullptr;
    if (!complete) {
        created_ = false;
        return error{errc::plugin_refused, about().name + " did not fill its table of functions"};
    }
    tinfoil_start how{};
    how.size = sizeof how;
    how.settings = borrow(settings);
    how.application_id = services_.application_id().value;
    if (plugin_.start(plugin_.self, &how) < 0)
        return failed("start");
    return {};
}

running::~running()
{
    if (created_) {
        plugin_.cancel_all(plugin_.self);
        plugin_.stop(plugin_.self);
    }
    while (!operations_.empty())
        cancel(operations_.begin()->first);
    if (created_)
        plugin_.destroy(plugin_.self);
}

bool running::wants(std::string_view type, std::string_view command) const
{
    const auto has = [](const std::vector<std::string>& list, std::string_view name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    return has(about().events, type) || (!command.empty() && has(about().command_names, command));
}

void running::handle(const event& what, finished done)
{
    const std::uint64_t token = ++last_token_;
    tinfoil_event passed{};
    passed.size = sizeof passed;
    if (what.replayed)
        passed.flags |= TINFOIL_REPLAYED;
    if (what.redelivered)
        passed.flags |= TINFOIL_REDELIVERED;
    passed.shard_id = what.slot.id;
    passed.num_shards = what.slot.count;
    passed.token = token;
    passed.sequence = static_cast<std::uint64_t>(what.sequence);
    passed.type = borrow(what.type);
    passed.data = borrow(what.data);
    passed.guild_id = what.ids.guild;
    passed.channel_id = what.ids.channel;
    passed.user_id = what.ids.user;
    failure_.clear();
    in_call_ = token;
    const int32_t status = plugin_.event(plugin_.self, &passed);
    const bool goes_on = status == TINFOIL_PENDING && std::exchange(in_call_, 0) == token;
    if (status < 0)
        services_.log(log_level::error, "event " + std::string(what.type) + " failed: " + failure_);
    if (goes_on)
        events_.emplace(token, std::move(done));
    else
        done();
}

void running::event_done(std::uint64_t token)
{
    // It is not meant to be called inside event(), but nothing is lost by it.
    if (token == in_call_)
        in_call_ = 0;
    auto node = events_.extract(token);
    if (!node.empty())
        node.mapped()();
}

tinfoil_op running::begin_operation(kind what)
{
    if (operations_.size() >= operations_max) {
        failure_ = "1000 operations are under way already";
        return 0;
    }
    operations_.emplace(++last_op_, operation{what, 0});
    return last_op_;
}

tinfoil_op running::rest(const tinfoil_rest& what, std::uint64_t tag)
{
    const tinfoil_op op = begin_operation(kind::rest);
    if (op == 0)
        return 0;
    discord::rest_request request;
    request.method = copy(what.method);
    request.path = copy(what.path);
    request.body = copy(what.body);
    request.audit_log_reason = copy(what.audit_log_reason);
    for (std::uint32_t i = 0; i < what.part_count; ++i)
        request.files.push_back({copy(what.parts[i].name), copy(what.parts[i].filename),
                                 copy(what.parts[i].content_type), copy(what.parts[i].bytes)});
    if (what.timeout_ms != 0)
        request.timeout = std::chrono::milliseconds(what.timeout_ms);
    request.interaction = (what.flags & TINFOIL_REST_INTERACTION) != 0;
    operations_.at(op).id =
        services_.rest(std::move(request), [this, op, tag](result<discord::rest_response> answer) {
            if (answer)
                complete(op, tag, TINFOIL_KIND_REST, TINFOIL_OK, answer->status, answer->body);
            else
                complete(op, tag, TINFOIL_KIND_REST, status_of(answer.error().code), 0,
                         answer.error().detail);
        });
    return op;
}

tinfoil_op running::timer(std::uint64_t delay_ms, std::uint64_t tag)
{
    constexpr std::uint64_t year_ms = 365ULL * 24 * 3600 * 1000;
    const tinfoil_op op = begin_operation(kind::timer);
    if (op == 0)
        return 0;
    operations_.at(op).id =
        services_.after(std::chrono::milliseconds(std::min(delay_ms, year_ms)), [this, op, tag] {
            complete(op, tag, TINFOIL_KIND_TIMER, TINFOIL_OK, 0, "");
        });
    return op;
}

tinfoil_op running::get(tinfoil_str key, std::uint64_t tag)
{
    const tinfoil_op op = begin_operation(kind::value);
    if (op == 0)
        return 0;
    services_.read_value(copy(key), [this, op, tag](result<std::optional<std::string>> read) {
        if (!read)
            complete(op, tag, TINFOIL_KIND_KV, status_of(read.error().code), 0,
                     read.error().detail);
        else
            complete(op, tag, TINFOIL_KIND_KV, *read ? TINFOIL_OK : TINFOIL_NOTHING, 0,
                     read->value_or(""));
    });
    return op;
}

tinfoil_op running::set(tinfoil_str key, std::optional<std::string> value, std::uint64_t tag)
{
    const tinfoil_op op = begin_operation(kind::value);
    if (op == 0)
        return 0;
    services_.write_value(copy(key), std::move(value), [this, op, tag](result<void> written) {
        if (written)
            complete(op, tag, TINFOIL_KIND_KV, TINFOIL_OK, 0, "");
        else
            complete(op, tag, TINFOIL_KIND_KV, status_of(written.error().code), 0,
                     written.error().detail);
    });
    return op;
}

tinfoil_op running::give(std::uint32_t what, tinfoil_str data, std::uint64_t patience_ms,
                         std::uint64_t tag)
{
    constexpr std::uint64_t day_ms = 24ULL * 3600 * 1000;
    const tinfoil_op op = begin_operation(kind::command);
    if (op == 0)
        return 0;
    operations_.at(op).id = services_.give_command(
        static_cast<int>(std::min(what, 255U)), copy(data),
        std::chrono::milliseconds(std::min(patience_ms, day_ms)),
        [this, op, tag](const discord::command_answer& answer) {
            complete(op, tag, TINFOIL_KIND_GATEWAY, refusal_of(answer.how), 0, answer.text);
        });
    return op;
}

tinfoil_op running::ask_guild(std::uint64_t guild, std::uint64_t tag)
{
    const tinfoil_op op = begin_operation(kind::guild);
    if (op == 0)
        return 0;
    operations_.at(op).id = services_.ask_guild(
        {guild}, [this, op, tag](const result<std::shared_ptr<const std::string>>& answer) {
            if (answer)
                return complete(op, tag, TINFOIL_KIND_GUILD, TINFOIL_OK, 0, **answer);
            const error& why = answer.error();
            const bool is_unknown = why.code == errc::invalid_argument;
            complete(op, tag, TINFOIL_KIND_GUILD,
                     is_unknown ? static_cast<int32_t>(TINFOIL_NOTHING) : status_of(why.code), 0,
                     why.detail);
        });
    return op;
}

int32_t running::cancel(tinfoil_op op)
{
    const auto node = operations_.extract(op);
    if (node.empty())
        return TINFOIL_NOTHING;
    // A value's completion finds its operation gone; the store's answer is on its way already.
    if (node.mapped().what == kind::rest)
        services_.cancel_rest(node.mapped().id);
    else if (node.mapped().what == kind::timer)
        services_.cancel_timer(node.mapped().id);
    else if (node.mapped().what == kind::command)
        services_.cancel_command(node.mapped().id);
    else if (node.mapped().what == kind::guild)
        services_.cancel_guild(node.mapped().id);
    return TINFOIL_OK;
}

void running::complete(tinfoil_op op, std::uint64_t tag, int what, int32_t status, int http_status,
                       std::string_view body)
{
    if (op != 0 && operations_.erase(op) == 0)
        return;
    tinfoil_result passed{};
    passed.size = sizeof passed;
    passed.status = status;
    passed.op = op;
    passed.tag = tag;
    passed.kind = static_cast<std::uint32_t>(what);
    passed.http_status = static_cast<std::uint32_t>(http_status);
    passed.body = borrow(body);
    plugin_.complete(plugin_.self, &passed);
}

}  // namespace

result<std::unique_ptr<instance>> instance::start(library from, services& with,
                                                  const std::string& settings)
{
    auto made = std::make_unique<running>(std::move(from), with);
    if (auto begun = made->begin(settings); !begun)
        return begun.error();
    return std::unique_ptr<instance>(std::move(made));
}

}  // namespace tinfoil::plugin
