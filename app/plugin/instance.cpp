#include "plugin/instance.hpp"

#include "base/assert.hpp"
#include "plugin/exchange.hpp"
#include "version.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <cxxabi.h>
#include <thread>
#include <tinfoil/ext/gateway.h>
#include <tinfoil/ext/guild.h>
#include <tinfoil/slots.hpp>

namespace tinfoil::plugin {
namespace {

// Far more than all events together that a collection of usual size lets begin
// (collection/fullness), so that plugins which wait for each of them are slowed down by full shards
// and not refused; it ends those that start operations without end.
constexpr std::size_t operations_max = 1U << 16;
constexpr std::size_t log_bytes_max = 16U << 10;
// Of a plugin that was built before the fields that follow.
constexpr std::size_t plugin_bytes_least = offsetof(tinfoil_plugin, save);

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

class running final : public instance, private exchange {
public:
    running(library from, services& with)
        : exchange(with),
          services_(with),
          library_(std::move(from))
    {
        fill_host();
    }
    ~running() override { destroy(); }

    result<void> begin(const std::string& settings, const opening& how);

    [[nodiscard]] const manifest& about() const override { return library_.about(); }
    [[nodiscard]] bool wants(std::string_view type, std::string_view command) const override;
    bool run(const event& what, function_view<finished()> later) override;
    void message(const sharing::letter& what, message_done done) override
    {
        receive(what, std::move(done));
    }
    void shard_leaves(discord::slot which, part_done done) override { done(leaving(which)); }
    void shard_arrives(discord::slot which, const std::string& part) override
    {
        if (const auto taken = arrived(which, part); !taken)
            services_.log(log_level::error, taken.error().detail);
    }
    [[nodiscard]] network_side* network() override { return as_network(); }
    [[nodiscard]] std::uint32_t pending() const override { return plugin_.pending(plugin_.self); }
    result<std::optional<saved_state>> save() override;
    [[nodiscard]] bool is_dirty() const override { return dirty_; }
    remains end() override;

private:
    struct operation {
        kind what = kind::rest;
        std::uint64_t id = 0;
        std::uint64_t tag = 0;  // Of a timer, whose function is kept small by that.
    };

    static running& of(tinfoil_context* context)
    {
        return static_cast<running&>(exchange::of(context));
    }
    /// For functions that belong to the home thread. Elsewhere they do nothing but say so.
    [[nodiscard]] bool is_home(const char* function) override
    {
        if (std::this_thread::get_id() == home_)
            return true;
        services_.log(log_level::error, std::string(function) +
                                            "() was called by a thread of the plugin's own, and "
                                            "did nothing; it may call log() and post() only");
        return false;
    }

    void fill_host();
    template <class Call>
    int32_t inside(const call& what, Call code);
    void fill_extensions();
    result<void> create();
    [[nodiscard]] error refusal(const std::string& doing) const;
    void destroy();
    int32_t write_state(tinfoil_str bytes);
    tinfoil_op rest(const tinfoil_rest& what, std::uint64_t tag);
    tinfoil_op timer(std::uint64_t delay_ms, std::uint64_t tag);
    tinfoil_op give(std::uint32_t what, tinfoil_str data, std::uint64_t patience_ms,
                    std::uint64_t tag);
    tinfoil_op ask_guild(std::uint64_t guild, std::uint64_t tag);
    void fill_guild();
    int32_t cancel(tinfoil_op op);
    void cancel(const operation& known);
    tinfoil_op begin_operation(kind what) override;
    void is_known_as(tinfoil_op op, std::uint64_t service_id) override
    {
        operations_.find(op)->id = service_id;
    }
    void complete(tinfoil_op op, std::uint64_t tag, int what, int32_t status, int http_status,
                  std::string_view body) override;
    int32_t run(entry what, const std::function<int32_t()>& code) override
    {
        return inside({what}, code);
    }
    [[nodiscard]] std::string& refusal_text() override { return failure_; }
    void event_done(std::uint64_t token);

    services& services_;
    std::thread::id home_ = std::this_thread::get_id();
    library library_;
    tinfoil_host host_{};
    tinfoil_gateway gateway_{};
    tinfoil_guild guild_{};
    tinfoil_plugin plugin_{};
    bool created_ = false;
    bool dirty_ = false;
    std::string* saving_ = nullptr;  // Inside save().
    std::string failure_;
    detail::slots<operation> operations_;
    std::uint64_t in_call_ = 0;
    detail::slots<finished> events_;  // By their tokens.
    std::uint64_t next_ = 0;          // Of events_, for the next event; 0: it needs a new one.
};

void running::fill_host()
{
    host_.size = sizeof host_;
    host_.abi_major = TINFOIL_ABI_MAJOR;
    host_.abi_minor = TINFOIL_ABI_MINOR;
    host_.context = context();
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
        running& self = of(context);
        return self.is_home("rest") ? self.rest(*what, tag) : 0;
    };
    host_.timer = [](tinfoil_context* context, uint64_t delay_ms, uint64_t tag) {
        running& self = of(context);
        return self.is_home("timer") ? self.timer(delay_ms, tag) : 0;
    };
    host_.cancel = [](tinfoil_context* context, tinfoil_op op) {
        running& self = of(context);
        return self.is_home("cancel") ? self.cancel(op) : static_cast<int32_t>(TINFOIL_NOTHING);
    };
    host_.fail = [](tinfoil_context* context, tinfoil_str text) -> int32_t {
        running& self = of(context);
        if (self.is_home("fail"))
            self.failure_ = copy(text);
        return TINFOIL_OK;
    };
    host_.event_done = [](tinfoil_context* context, uint64_t token) {
        running& self = of(context);
        if (self.is_home("event_done"))
            self.event_done(token);
    };
    host_.extension = [](tinfoil_context* context, const char* id) -> const void* {
        if (std::strcmp(id, TINFOIL_EXT_GUILD) == 0)
            return &of(context).guild_;
        if (std::strcmp(id, TINFOIL_EXT_GATEWAY) == 0)
            return &of(context).gateway_;
        return of(context).extension_of(id);
    };
    host_.write_state = [](tinfoil_context* context, tinfoil_str bytes) {
        return of(context).write_state(bytes);
    };
    host_.dirty = [](tinfoil_context* context) -> int32_t {
        of(context).dirty_ = true;
        return TINFOIL_OK;
    };
    fill_extensions();
    fill_guild();
}

void running::fill_extensions()
{
    gateway_.size = sizeof gateway_;
    gateway_.give = [](tinfoil_context* context, uint32_t op, tinfoil_str data,
                       uint64_t patience_ms, uint64_t tag) {
        running& self = of(context);
        return self.is_home("give") ? self.give(op, data, patience_ms, tag) : 0;
    };
}

// All code of the plugin runs in here. An exception that crosses the boundary, against its rules,
// is an error of the plugin's.
template <class Call>
int32_t running::inside(const call& what, Call code)
{
    constexpr std::size_t text_max = 4096;
    int32_t status = TINFOIL_E_PLUGIN;
    services_.entering(what);
    try {
        status = code();
    } catch (const abi::__forced_unwind&) {
        services_.unwound();
    } catch (const std::exception& thrown) {
        failure_.assign(thrown.what(), ::strnlen(thrown.what(), text_max));
        failure_.insert(0, "it threw an exception out of its boundary: ");
    } catch (...) {
        failure_ = "it threw something that is no std::exception out of its boundary";
    }
    services_.left();
    return status;
}

void running::fill_guild()
{
    guild_.size = sizeof guild_;
    guild_.get = [](tinfoil_context* context, uint64_t guild, uint64_t tag) {
        running& self = of(context);
        return self.is_home("get") ? self.ask_guild(guild, tag) : 0;
    };
    guild_.revision = [](tinfoil_context* context, uint64_t guild) {
        running& self = of(context);
        return self.is_home("revision") ? self.services_.guild_revision({guild}) : 0;
    };
    guild_.keep = [](tinfoil_context* context) {
        running& self = of(context);
        if (self.is_home("keep"))
            self.services_.keep_guilds();
    };
}

result<void> running::create()
{
    plugin_.size = sizeof plugin_;
    if (inside({entry::start}, [&] { return library_.entry().create(&host_, &plugin_); }) < 0)
        return refusal("be created");
    const bool complete = plugin_.size >= plugin_bytes_least && plugin_.start != nullptr &&
                          plugin_.event != nullptr && plugin_.complete != nullptr &&
                          plugin_.pending != nullptr && plugin_.cancel_all != nullptr &&
                          plugin_.stop != nullptr && plugin_.destroy != nullptr;
    if (!complete)
        return error{errc::plugin_refused, about().name + " did not fill its table of functions"};
    if (plugin_.size < sizeof plugin_)
        plugin_.save = nullptr;
    created_ = true;
    return {};
}

error running::refusal(const std::string& doing) const
{
    return {errc::plugin_refused, about().name + " " + about().version + " refused to " + doing +
                                      ": " + (failure_.empty() ? "it gave no reason" : failure_)};
}

result<void> running::begin(const std::string& settings, const opening& how)
{
    const network_permit permit(*this, how.may_manage_network);
    if (auto made = create(); !made)
        return made;
    tinfoil_start passed{};
    passed.size = sizeof passed;
    passed.settings = borrow(settings);
    passed.application_id = services_.application_id().value;
    if (how.reason != opening::why::begins)
        passed.flags |= TINFOIL_START_RELOAD;
    if (how.reason == opening::why::rollback)
        passed.flags |= TINFOIL_START_ROLLBACK;
    if (how.state != nullptr) {
        passed.flags |= TINFOIL_START_STATE;
        passed.state_version = how.state->version;
        passed.state = borrow(how.state->bytes);
        passed.saved_by = borrow(how.state->by);
    }
    const int32_t status =
        inside({entry::start}, [&] { return plugin_.start(plugin_.self, &passed); });
    if (status == TINFOIL_E_STATE && how.state != nullptr) {
        error why = refusal("take the state of version " + how.state->by);
        why.code = errc::state_unusable;
        return why;
    }
    if (status < 0)
        return refusal("start");
    return {};
}

int32_t running::write_state(tinfoil_str bytes)
{
    if (saving_ == nullptr) {
        failure_ = "write_state() is for inside save()";
        return TINFOIL_E_PLUGIN;
    }
    if (bytes.len > saved_state::bytes_max - saving_->size()) {
        failure_ = "a state may have 16 MiB";
        return TINFOIL_E_QUOTA;
    }
    saving_->append(bytes.ptr, bytes.len);
    return TINFOIL_OK;
}

result<std::optional<saved_state>> running::save()
{
    dirty_ = false;
    if (plugin_.save == nullptr)
        return std::optional<saved_state>();
    saved_state made{about().version, plugin_.state_version, {}};
    failure_.clear();
    saving_ = &made.bytes;
    const int32_t status = inside({entry::save}, [&] { return plugin_.save(plugin_.self); });
    saving_ = nullptr;
    if (status < 0)
        return refusal("save its state");
    return std::optional(std::move(made));
}

void running::destroy()
{
    const bool created = std::exchange(created_, false);
    const auto call_of = [&](void (*function)(void*)) {
        if (created)
            inside({entry::stop}, [&] { return function(plugin_.self), TINFOIL_OK; });
    };
    call_of(plugin_.cancel_all);
    call_of(plugin_.stop);
    refuse_messages();
    for (const operation& each : operations_.take_all())
        cancel(each);
    call_of(plugin_.destroy);
}

instance::remains running::end()
{
    destroy();
    events_.remove(std::exchange(next_, 0));
    const auto left = events_.take_all();
    for (const finished& done : left)
        done();
    return {left.size(), std::move(library_), {}};
}

bool running::wants(std::string_view type, std::string_view command) const
{
    const auto has = [](const std::vector<std::string>& list, std::string_view name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    return has(about().events, type) || (!command.empty() && has(about().command_names, command));
}

bool running::run(const event& what, function_view<finished()> later)
{
    // One place is always there for the event at hand, and stays with it only if that goes on.
    const std::uint64_t token = next_ == 0 ? events_.add({}) : events_.renumber(next_);
    next_ = token;
    const auto flag = [](bool is, tinfoil_event_flag which) {
        return is ? static_cast<std::uint32_t>(which) : 0U;
    };
    const tinfoil_event passed{.size = sizeof passed,
                               .flags = flag(what.replayed, TINFOIL_REPLAYED) |
                                        flag(what.redelivered, TINFOIL_REDELIVERED) |
                                        flag(what.delayed, TINFOIL_DELAYED),
                               .shard_id = what.slot.id,
                               .num_shards = what.slot.count,
                               .token = token,
                               .sequence = static_cast<std::uint64_t>(what.sequence),
                               .type = borrow(what.type),
                               .data = borrow(what.data),
                               .guild_id = what.ids.guild,
                               .channel_id = what.ids.channel,
                               .user_id = what.ids.user};
    failure_.clear();
    in_call_ = token;
    const int32_t status = inside({entry::event, what.slot, what.sequence, what.type},
                                  [&] { return plugin_.event(plugin_.self, &passed); });
    const bool goes_on = status == TINFOIL_PENDING && std::exchange(in_call_, 0) == token;
    if (status < 0)
        services_.log(log_level::error, "event " + std::string(what.type) + " failed: " + failure_);
    if (!goes_on)
        return true;
    *events_.find(token) = later();
    next_ = 0;
    return false;
}

void running::event_done(std::uint64_t token)
{
    // It is not meant to be called inside event(), but nothing is lost by it.
    if (token == in_call_)
        in_call_ = 0;
    const finished* const known = events_.find(token);
    if (known != nullptr && *known)
        (*events_.take(token))();
}

tinfoil_op running::begin_operation(kind what)
{
    if (operations_.size() >= operations_max) {
        failure_ = std::to_string(operations_max) + " operations are under way already";
        return 0;
    }
    return operations_.add({what, 0, 0});
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
    operations_.find(op)->id =
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
    operations_.find(op)->tag = tag;
    const auto id =
        services_.after(std::chrono::milliseconds(std::min(delay_ms, year_ms)), [this, op] {
            if (const operation* const known = operations_.find(op))
                complete(op, known->tag, TINFOIL_KIND_TIMER, TINFOIL_OK, 0, "");
        });
    operations_.find(op)->id = id;
    return op;
}

tinfoil_op running::give(std::uint32_t what, tinfoil_str data, std::uint64_t patience_ms,
                         std::uint64_t tag)
{
    constexpr std::uint64_t day_ms = 24ULL * 3600 * 1000;
    const tinfoil_op op = begin_operation(kind::command);
    if (op == 0)
        return 0;
    operations_.find(op)->id = services_.give_command(
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
    operations_.find(op)->id = services_.ask_guild(
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
    const auto known = operations_.take(op);
    if (!known)
        return TINFOIL_NOTHING;
    cancel(*known);
    return TINFOIL_OK;
}

void running::cancel(const operation& known)
{
    if (known.what == kind::rest)
        services_.cancel_rest(known.id);
    else if (known.what == kind::timer)
        services_.cancel_timer(known.id);
    else if (known.what == kind::command)
        services_.cancel_command(known.id);
    else if (known.what == kind::guild)
        services_.cancel_guild(known.id);
    else if (known.what == kind::value)
        services_.leave_value(known.id);
    else
        services_.leave_letter(known.id);
}

void running::complete(tinfoil_op op, std::uint64_t tag, int what, int32_t status, int http_status,
                       std::string_view body)
{
    if (op != 0 && !operations_.remove(op))
        return;
    const tinfoil_result passed{.size = sizeof passed,
                                .status = status,
                                .op = op,
                                .tag = tag,
                                .kind = static_cast<std::uint32_t>(what),
                                .http_status = static_cast<std::uint32_t>(http_status),
                                .body = borrow(body)};
    failure_.clear();
    if (inside({entry::completion},
               [&] { return plugin_.complete(plugin_.self, &passed), TINFOIL_OK; }) < 0)
        services_.log(log_level::error, "the end of an operation failed: " + failure_);
}

}  // namespace

result<std::unique_ptr<instance>> instance::start(library from, services& with,
                                                  const std::string& settings, const opening& how)
{
    auto made = std::make_unique<running>(std::move(from), with);
    if (auto begun = made->begin(settings, how); !begun)
        return begun.error();
    return std::unique_ptr<instance>(std::move(made));
}

}  // namespace tinfoil::plugin
