#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/combine.hpp>
#include <tinfoil/event.hpp>
#include <tinfoil/gateway.hpp>
#include <tinfoil/guild.hpp>
#include <tinfoil/handlers.hpp>
#include <tinfoil/interaction.hpp>
#include <tinfoil/manifest.hpp>
#include <tinfoil/messages.hpp>
#include <tinfoil/routes.hpp>
#include <tinfoil/settings.hpp>
#include <tinfoil/shards.hpp>
#include <tinfoil/store.hpp>
#include <tinfoil/task.hpp>
#include <tinfoil/version.h>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinfoil {

enum class level {
    debug = TINFOIL_DEBUG,
    info = TINFOIL_INFO,
    warning = TINFOIL_WARNING,
    error = TINFOIL_ERROR
};

/// What a plugin's constructor gets and hands to its base.
struct host {
    detail::core& own;
    const about& info;
    boost::json::object settings;
};

/// A task that start() or every() began. Copies are of the same.
class running {
public:
    explicit running(std::shared_ptr<detail::fate> of) : of_(std::move(of)) {}

    /// Ends it where it waits; its destructors run, and what it waited for is cancelled. A task
    /// that ends itself goes on until it waits.
    void cancel()
    {
        if (of_->how == detail::outcome::running)
            of_->own->cancel(*of_);
    }
    /// `running`, `finished`, `failed` when it threw, or `cancelled`, which the end of the plugin
    /// is as well.
    [[nodiscard]] detail::outcome state() const { return of_->how; }

private:
    std::shared_ptr<detail::fate> of_;
};
using outcome = detail::outcome;

class plugin;
namespace detail {
core& core_of(plugin& of);
}

/// The base of a plugin. Its constructor says what it handles; everything runs on one thread, and
/// what waits in a co_await lets the rest go on.
class plugin {
public:
    explicit plugin(host& from)
        : own_(from.own),
          info_(from.info),
          settings_(from.info, std::move(from.settings)),
          handlers_(from.own, from.info),
          messages_(from.own),
          shards_(from.own)
    {
    }
    plugin(const plugin&) = delete;
    plugin& operator=(const plugin&) = delete;
    virtual ~plugin() = default;

protected:
    /// Calls `handler` for each event of that type. The table has to list the type in `.events`.
    template <class Handler>
        requires std::convertible_to<Handler, event_handler>
    void on(event_types::type type, Handler handler)
    {
        handlers_.add(type, std::move(handler));
    }

    /// Calls `handler` when somebody uses that slash command; with its group and subcommand,
    /// `"config set"`, only for that one. The table has to list it in `.commands`.
    template <class Handler>
        requires std::convertible_to<Handler, interaction_handler>
    void command(std::string_view path, Handler handler)
    {
        handlers_.add_command(command_type::chat, path, std::move(handler));
    }
    /// The same of an entry in the menu of users, or of messages: interaction::target_user() and
    /// target_message() say of which.
    template <class Handler>
        requires std::convertible_to<Handler, interaction_handler>
    void user_command(std::string_view name, Handler handler)
    {
        handlers_.add_command(command_type::user, name, std::move(handler));
    }
    template <class Handler>
        requires std::convertible_to<Handler, interaction_handler>
    void message_command(std::string_view name, Handler handler)
    {
        handlers_.add_command(command_type::message, name, std::move(handler));
    }
    /// Calls `handler` while somebody types that option; it answers with
    /// interaction::autocomplete().
    template <class Handler>
        requires std::convertible_to<Handler, interaction_handler>
    void autocomplete(std::string_view path, std::string_view option, Handler handler)
    {
        handlers_.add_autocomplete(path, option, std::move(handler));
    }
    /// Calls `handler` when somebody uses a button or a menu whose custom id begins with
    /// custom_id(name), unless a task waits for it with next_component().
    template <class Handler>
        requires std::convertible_to<Handler, interaction_handler>
    void component(std::string_view name, Handler handler)
    {
        handlers_.add_custom(interaction_type::component, name, std::move(handler));
    }
    /// The same of a modal.
    template <class Handler>
        requires std::convertible_to<Handler, interaction_handler>
    void modal_submit(std::string_view name, Handler handler)
    {
        handlers_.add_custom(interaction_type::modal_submit, name, std::move(handler));
    }

    /// Calls `handler` for each message of that name, 1 to 64 bytes, from this plugin in other
    /// collections or in its own. What it returns, a string of up to 64 KiB, is the reply; a
    /// handler that returns nothing replies with an empty one, and one that throws refuses.
    template <class Handler>
        requires std::convertible_to<Handler, std::function<task<std::string>(incoming_message)>>
    void on_message(std::string_view name, Handler handler)
    {
        messages_.add(name, std::move(handler));
    }
    template <class Handler>
        requires std::convertible_to<Handler, std::function<task<>(incoming_message)>>
    void on_message(std::string_view name, Handler handler)
    {
        messages_.add(name, [call = std::move(handler)](const incoming_message& what) {
            return detail::message_handlers::without_reply(call(what));
        });
    }

    /// Calls `handler` when a shard leaves for another collection, behind its last event: it
    /// returns what the plugin is to know there, up to 8 MiB, and forgets it here. Handlers of the
    /// shard that still run do so to their end, but what they change stays here. One that throws
    /// gives nothing along; the shard leaves all the same.
    void on_shard_leaving(detail::shard_handlers::leaving handler)
    {
        shards_.add(std::move(handler));
    }
    /// Calls `handler` before the first event of a shard that comes with something from another
    /// collection: what on_shard_leaving() of this plugin, maybe of another version, returned
    /// there.
    void on_shard_arrived(detail::shard_handlers::arrived handler)
    {
        shards_.add(std::move(handler));
    }
    /// Calls `handler` when events may be missing: of a guild, or of a whole shard whose session
    /// Discord has forgotten. The table has to list `event::tinfoil_gap` in `.events`.
    template <class Handler>
        requires std::convertible_to<Handler, std::function<task<>(gap)>>
    void on_gap(Handler handler)
    {
        handlers_.add(event_types::tinfoil_gap,
                      [call = std::move(handler)](const event& what) { return call(gap(what)); });
    }

public:
    /// The custom id of a component or a modal that is this plugin's: `polls:vote:3` of
    /// custom_id("vote", 3). interaction::argument() has what stands behind the name. At most 100
    /// characters together.
    template <class... Arguments>
    [[nodiscard]] std::string custom_id(std::string_view name, const Arguments&... arguments) const
    {
        std::string made = std::string(info_.name) + ":" + std::string(name);
        const auto add = [&](const auto& each) {
            if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(each)>>)
                made += ":" + std::to_string(each);
            else
                made += ":" + std::string(each);
        };
        (add(arguments), ...);
        if (characters(made) > limits::custom_id)
            throw limit_error("the custom id " + made + " has more than 100 characters");
        return made;
    }

    [[nodiscard]] rest_client rest() const { return rest_client(own_); }
    /// The bot's application, which paths of commands and of answers to interactions name.
    [[nodiscard]] snowflake application_id() const { return own_.application_id(); }
    /// The plugin's own values, the same in all collections.
    [[nodiscard]] value_store store() const { return {own_, detail::store_scope::own}; }
    /// The values that all plugins of the bot share: begin keys with what they are about.
    [[nodiscard]] value_store shared_store() const { return {own_, detail::store_scope::shared}; }

    /// This plugin where that guild is served, in this collection or another. A guild that moves is
    /// followed.
    [[nodiscard]] message_target to_guild(snowflake which) const
    {
        return message_target(own_, TINFOIL_TO_GUILD).guild(which);
    }
    /// Where all guilds of the slot are served.
    [[nodiscard]] message_target to_slot(std::uint32_t shard_id, std::uint32_t num_shards) const
    {
        return message_target(own_, TINFOIL_TO_SLOT).slot(shard_id, num_shards);
    }
    [[nodiscard]] message_target to_collection(std::uint32_t number) const
    {
        return message_target(own_, TINFOIL_TO_COLLECTION).collection(number);
    }
    /// In every collection, this one included.
    [[nodiscard]] message_target to_all() const { return {own_, TINFOIL_TO_ALL}; }

    /// How the bot looks from now on, on all of its shards, those of other collections and those
    /// that begin later included. May be awaited (a gateway_result), and goes out in any case.
    /// Called by the constructor, it is the presence that sessions begin with, unless tinfoil has
    /// been given another since it began.
    presence_call set_presence(const presence& look) const { return {own_, look}; }
    /// `co_await` gives found_members, gathered from all chunks, or its refusal.
    [[nodiscard]] gateway_call<found_members> request_members(std::uint64_t guild,
                                                              const member_query& which) const
    {
        return {own_, "members of guild " + std::to_string(guild), TINFOIL_GATEWAY_MEMBERS,
                which.json(guild), which.patience()};
    }
    /// Joins a voice channel, or moves to it; a new session of the shard joins it again. The
    /// events VOICE_STATE_UPDATE and VOICE_SERVER_UPDATE follow. `co_await` gives a gateway_result
    /// when it is sent.
    [[nodiscard]] gateway_call<gateway_result> join_voice(std::uint64_t guild,
                                                          std::uint64_t channel,
                                                          bool self_mute = false,
                                                          bool self_deaf = false) const
    {
        return voice_state(guild, boost::json::string(std::to_string(channel)), self_mute,
                           self_deaf);
    }
    [[nodiscard]] gateway_call<gateway_result> leave_voice(std::uint64_t guild) const
    {
        return voice_state(guild, nullptr, false, false);
    }
    /// `co_await` gives a gateway_result with the `d` of SOUNDBOARD_SOUNDS.
    [[nodiscard]] gateway_call<gateway_result> soundboard_sounds(std::uint64_t guild) const
    {
        boost::json::object asked;
        asked["guild_ids"].emplace_array().emplace_back(std::to_string(guild));
        return {own_, "soundboard sounds of guild " + std::to_string(guild), TINFOIL_GATEWAY_SOUNDS,
                boost::json::serialize(asked)};
    }
    /// `fields` are names of Discord's. `co_await` gives a gateway_result with the `d` of
    /// CHANNEL_INFO.
    [[nodiscard]] gateway_call<gateway_result>
    channel_info(std::uint64_t guild, const std::vector<std::string>& fields) const
    {
        boost::json::object asked;
        asked["guild_id"] = std::to_string(guild);
        asked["fields"] = boost::json::value_from(fields);
        return {own_, "channel info of guild " + std::to_string(guild),
                TINFOIL_GATEWAY_CHANNEL_INFO, boost::json::serialize(asked)};
    }

    gateway_call<gateway_result>
    channel_info(std::uint64_t guild,
                 const detail::give_a_named_value_in_place_of_braces& fields) const = delete;

    /// `co_await` gives a known_guild: from what tinfoil keeps, or asked of Discord first; at once
    /// when it has not changed since this plugin asked last. Throws guild_error.
    [[nodiscard]] detail::guild_call guild(snowflake which) { return {own_, guilds_, which}; }
    /// For a constructor: this plugin will ask about most guilds, so they are kept as they come
    /// with GUILD_CREATE, rather than asked of Discord one by one at the first question about each.
    void keep_guilds() const
    {
        if (const auto* from = detail::guild_extension(own_))
            from->keep(own_.host().context);
    }

    /// `co_await sleep(2s)`
    [[nodiscard]] detail::timer_waiter sleep(std::chrono::milliseconds time) const
    {
        return {own_, static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0))};
    }
    /// What `work` gives, if it ends in time: `co_await` gives an optional of it, or, when it has
    /// no result, whether it ended. Otherwise it is ended where it waits.
    ///
    ///     const auto answer = co_await timeout(2s, rest().users().me().get());
    template <class Work>
    [[nodiscard]] task<detail::within_result<Work>> timeout(std::chrono::milliseconds time,
                                                            Work work) const
    {
        return detail::within<Work>(sleep(time), std::move(work));
    }
    /// Calls `work` again and again, `time` after it ended last, for as long as the plugin runs.
    template <class Work>
        requires std::convertible_to<Work, std::function<task<>()>>
    running every(std::chrono::milliseconds time, Work work)
    {
        return start("a task of every()", repeat(time, std::move(work)));
    }
    /// Runs a task beside the handlers. `name` is for the log, should it throw.
    running start(std::string_view name, task<> work)
    {
        return running(own_.spawn(
            std::move(work), detail::core::part_of::nothing,
            [text = std::string(name)] { return text; }, std::make_shared<detail::fate>()));
    }

    /// The next event of that type that `wanted` says yes to: `co_await` gives an optional<event>,
    /// nothing when the time is up. Handlers get it as well. The table has to list the type.
    ///
    ///     auto is_hers = [who](const event& next) { return next.user_id() == who; };
    ///     const auto answer = co_await next(event::message_create, is_hers, 30s);
    template <class Predicate>
    [[nodiscard]] auto next(event_types::type type, Predicate&& wanted,
                            std::chrono::milliseconds time)
    {
        check_named<Predicate>();
        return detail::next_event<std::remove_cvref_t<Predicate>>(
            own_, handlers_, type, std::forward<Predicate>(wanted), time);
    }
    /// The next use of the components of that message that `wanted` says yes to: `co_await` gives
    /// an optional<interaction>, nothing when the time is up. No handler of component() gets it.
    template <class Predicate>
    [[nodiscard]] auto next_component(snowflake message, Predicate&& wanted,
                                      std::chrono::milliseconds time)
    {
        check_named<Predicate>();
        using filter = detail::component_of<std::remove_cvref_t<Predicate>>;
        return detail::next_event<filter>(own_, handlers_, event_types::interaction_create,
                                          filter{message, std::forward<Predicate>(wanted)}, time);
    }
    [[nodiscard]] auto next_component(snowflake message, std::chrono::milliseconds time)
    {
        return next_component(
            message, [](const interaction&) { return true; }, time);
    }
    /// The same of a modal with that custom id.
    template <class Predicate>
    [[nodiscard]] auto next_modal(std::string_view custom_id, Predicate&& wanted,
                                  std::chrono::milliseconds time)
    {
        check_named<Predicate>();
        using filter = detail::modal_of<std::remove_cvref_t<Predicate>>;
        return detail::next_event<filter>(
            own_, handlers_, event_types::interaction_create,
            filter{std::string(custom_id), std::forward<Predicate>(wanted)}, time);
    }

    void log(level how, std::string_view text) const
    {
        own_.log(static_cast<tinfoil_level>(how), text);
    }
    void log(std::string_view text) const { log(level::info, text); }

    /// `[plugins.NAME]` of tinfoil.toml as it was given, and found to be as the table has it.
    [[nodiscard]] const boost::json::object& settings() const { return settings_.json(); }
    /// One of them, or what the table says where it is not given. `T` is std::string, bool, a
    /// number, snowflake, a duration of std::chrono, or a vector of std::string or snowflake.
    template <class T>
    [[nodiscard]] T setting(std::string_view name) const
    {
        return settings_.get<T>(name);
    }

    /// What the next version, or the next run, is to know, up to 16 MiB; the table needs a
    /// `.state_version`. Asked for before another version takes over, at the end of a run, and soon
    /// after state_changed(), also while tasks wait. What it throws keeps this version running.
    [[nodiscard]] virtual std::string save() const { return {}; }
    /// What save() gave last, with the state_version that it was saved under; called once, behind
    /// the constructor and before the first event, where there is something. False, or what it
    /// throws, says that it can't be used: then the version before goes on, or at the begin of a
    /// run the plugin starts without it.
    virtual bool restore(std::string_view, std::uint32_t) { return true; }
    /// save() is to be called within 30 s, so that a crash takes back no more than that.
    void state_changed() const { own_.state_changed(); }

private:
    template <class, const about&>
    friend struct detail_adapter;

    // Behind the constructor of the whole; see shard_network_manager.
    virtual void constructed() {}

    [[nodiscard]] gateway_call<gateway_result> voice_state(std::uint64_t guild,
                                                           boost::json::value channel,
                                                           bool self_mute, bool self_deaf) const
    {
        boost::json::object asked;
        asked["guild_id"] = std::to_string(guild);
        asked["channel_id"] = std::move(channel);
        asked["self_mute"] = self_mute;
        asked["self_deaf"] = self_deaf;
        return {own_, "the voice state of guild " + std::to_string(guild),
                TINFOIL_GATEWAY_VOICE_STATE, boost::json::serialize(asked)};
    }

    template <class Predicate>
    static void check_named()
    {
        static_assert(
            std::is_lvalue_reference_v<Predicate> || std::is_trivially_destructible_v<Predicate>,
            "g++ 12 destroys twice what a lambda in a co_await captures by value: name it first, "
            "`const auto wanted = [...] { ... }; co_await next(..., wanted, 30s);`");
    }

    task<> repeat(std::chrono::milliseconds time, std::function<task<>()> work)
    {
        for (;;) {
            co_await sleep(time);
            std::string failure;
            try {
                co_await work();
            } catch (const std::exception& thrown) {
                failure = detail::what_of(thrown);
            } catch (...) {
                failure = detail::no_exception;
            }
            if (!failure.empty())
                log(level::error, "a task of every() threw: " + failure);
        }
    }

    friend detail::core& detail::core_of(plugin& of);

    detail::core& own_;
    const about& info_;
    detail::own_settings settings_;
    detail::guild_cache guilds_;
    detail::handlers handlers_;
    detail::message_handlers messages_;
    detail::shard_handlers shards_;
};

inline detail::core& detail::core_of(plugin& of)
{
    return of.own_;
}

/// Between the C boundary and a plugin class; made by TINFOIL_PLUGIN.
template <class Plugin, const about& Info>
struct detail_adapter {
    explicit detail_adapter(const tinfoil_host& from) : own(from) {}
    detail_adapter(const detail_adapter&) = delete;
    detail_adapter& operator=(const detail_adapter&) = delete;

    static int32_t create(const tinfoil_host* from, tinfoil_plugin* out)
    {
        const bool keeps_state = out->size >= sizeof(tinfoil_plugin);
        if (out->size < offsetof(tinfoil_plugin, save))
            return TINFOIL_E_PLUGIN;
        out->size = keeps_state ? sizeof(tinfoil_plugin) : offsetof(tinfoil_plugin, save);
        if (keeps_state) {
            out->save = Info.state_version == 0 ? nullptr : save;
            out->state_version = Info.state_version;
        }
        out->self = new detail_adapter(*from);
        out->start = start;
        out->event = on_event;
        out->complete = [](void* self, const tinfoil_result* how) { of(self).own.complete(*how); };
        out->pending = [](void* self) { return of(self).own.pending(); };
        out->cancel_all = [](void* self) { of(self).own.cancel_all(); };
        out->stop = [](void* self) { of(self).own.stop(); };
        out->destroy = [](void* self) {
            // Tasks first: they may use the plugin to their very end.
            of(self).own.cancel_all();
            delete &of(self);
        };
        return TINFOIL_OK;
    }

private:
    static detail_adapter& of(void* self) { return *static_cast<detail_adapter*>(self); }

    int32_t fail(std::string_view why)
    {
        own.host().fail(own.host().context, detail::borrow(why));
        return TINFOIL_E_PLUGIN;
    }

    static int32_t start(void* self, const tinfoil_start* how)
    {
        detail_adapter& me = of(self);
        me.own.set_application_id(how->application_id);
        std::string failure;
        try {
            const std::string_view settings = detail::view(how->settings);
            boost::json::value parsed = boost::json::parse(settings.empty() ? "{}" : settings);
            host from{me.own, Info, std::move(parsed.as_object())};
            me.bot = std::make_unique<Plugin>(from);
            static_cast<plugin&>(*me.bot).constructed();
        } catch (const std::exception& thrown) {
            failure = detail::what_of(thrown);
        } catch (...) {
            failure = "its constructor threw something that is no std::exception";
        }
        return failure.empty() ? me.restore(*how) : me.fail(failure);
    }

    int32_t restore(const tinfoil_start& how)
    {
        if (how.size < sizeof(tinfoil_start) || (how.flags & TINFOIL_START_STATE) == 0 ||
            Info.state_version == 0)
            return TINFOIL_OK;
        std::string failure =
            "restore() does not take a state of version " + std::to_string(how.state_version);
        try {
            if (static_cast<plugin&>(*bot).restore(detail::view(how.state), how.state_version))
                return TINFOIL_OK;
        } catch (const std::exception& thrown) {
            failure = std::string("restore() threw: ") + thrown.what();
        } catch (...) {
            failure = "restore() threw something that is no std::exception";
        }
        fail(failure);
        return TINFOIL_E_STATE;
    }

    static int32_t save(void* self)
    {
        detail_adapter& me = of(self);
        std::string failure;
        try {
            const std::string bytes = static_cast<const plugin&>(*me.bot).save();
            const tinfoil_host& to = me.own.host();
            if (to.write_state(to.context, detail::borrow(bytes)) == TINFOIL_OK)
                return TINFOIL_OK;
            failure = "save() gave " + std::to_string(bytes.size()) + " bytes";
        } catch (const std::exception& thrown) {
            failure = std::string("save() threw: ") + thrown.what();
        } catch (...) {
            failure = "save() threw something that is no std::exception";
        }
        return me.fail(failure);
    }

    static int32_t on_event(void* self, const tinfoil_event* what)
    {
        detail_adapter& me = of(self);
        try {
            detail::handlers& all = static_cast<plugin&>(*me.bot).handlers_;
            const std::string_view type = detail::view(what->type);
            const auto* const known = all.find(type);
            me.own.open(what->token);
            const detail::lender::lent own(me.events, *what, known == nullptr ? type : known->name,
                                           known != nullptr);
            all.handle(own.what(), known);
            return me.own.close() ? TINFOIL_OK : TINFOIL_PENDING;
        } catch (const std::exception& thrown) {
            return me.give_up(detail::what_of(thrown));
        } catch (...) {
            return me.give_up(detail::no_exception);
        }
    }
    int32_t give_up(std::string_view why)
    {
        own.abandon();
        return fail(why);
    }

    detail::recycler::use memory;  // First and last, as all else may use it.
    detail::core own;
    detail::lender events;
    std::unique_ptr<Plugin> bot;
};

}  // namespace tinfoil

/// Once a file, outside of namespaces: makes `Class` a plugin with the constexpr table `info`.
#define TINFOIL_PLUGIN(Class, info)                                                                \
    static_assert(::tinfoil::detail::is_plugin_name((info).name),                                  \
                  "a plugin's name is 1 to 32 of a-z, 0-9, - and _");                              \
    __attribute__((section(".note.tinfoil"), used,                                                 \
                   aligned(4))) static constexpr auto tinfoil_note_ =                              \
        ::tinfoil::detail::make_note<info>();                                                      \
    extern "C" __attribute__((visibility("default"), used))                                        \
    const tinfoil_entry tinfoil_plugin_v1 = {TINFOIL_MAGIC,                                        \
                                             sizeof(tinfoil_entry),                                \
                                             TINFOIL_ABI_MAJOR,                                    \
                                             TINFOIL_ABI_MINOR,                                    \
                                             0,                                                    \
                                             0,                                                    \
                                             0,                                                    \
                                             {tinfoil_note_.content, tinfoil_note_.content_size},  \
                                             ::tinfoil::detail_adapter<Class, info>::create};
