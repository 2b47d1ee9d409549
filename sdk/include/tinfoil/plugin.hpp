#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/event.hpp>
#include <tinfoil/gateway.hpp>
#include <tinfoil/guild.hpp>
#include <tinfoil/interaction.hpp>
#include <tinfoil/manifest.hpp>
#include <tinfoil/routes.hpp>
#include <tinfoil/store.hpp>
#include <tinfoil/task.hpp>
#include <tinfoil/version.h>
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

/// The base of a plugin. Its constructor says what it handles; everything runs on one thread, and
/// what waits in a co_await lets the rest go on.
class plugin {
public:
    explicit plugin(host& from)
        : own_(from.own),
          info_(from.info),
          settings_(std::move(from.settings))
    {
    }
    plugin(const plugin&) = delete;
    plugin& operator=(const plugin&) = delete;
    virtual ~plugin() = default;

    using event_handler = std::function<task<>(event)>;
    using command_handler = std::function<task<>(interaction)>;

protected:
    /// Calls `handler` for each event of that type. The table has to list the type in `.events`.
    template <class Handler>
        requires std::convertible_to<Handler, event_handler>
    void on(event_types::type type, Handler handler)
    {
        if (std::find(info_.events.begin(), info_.events.end(), type) == info_.events.end())
            throw std::logic_error("a handler for " + std::string(name_of(type)) +
                                   " needs event::" + lower(name_of(type)) +
                                   " in .events of its table");
        handlers_.emplace_back(name_of(type), std::move(handler));
    }

    /// Calls `handler` when somebody uses that slash command. The table has to list it in
    /// `.commands`.
    template <class Handler>
        requires std::convertible_to<Handler, command_handler>
    void command(std::string_view name, Handler handler)
    {
        const auto listed = [&](const command_info& each) { return each.name == name; };
        if (std::none_of(info_.commands.begin(), info_.commands.end(), listed))
            throw std::logic_error("a handler for /" + std::string(name) + " needs {.name = \"" +
                                   std::string(name) +
                                   "\", .description = \"...\"} in .commands of its table");
        commands_.emplace_back(name, std::move(handler));
    }

    [[nodiscard]] rest_client rest() const { return rest_client(own_); }
    [[nodiscard]] value_store store() const { return value_store(own_); }

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
    /// Calls `work` again and again, `time` after it ended last, for as long as the plugin runs.
    template <class Work>
        requires std::convertible_to<Work, std::function<task<>()>>
    void every(std::chrono::milliseconds time, Work work)
    {
        start("a task of every()", repeat(time, std::move(work)));
    }
    /// Runs a task beside the handlers. `name` is for the log, should it throw.
    void start(std::string_view name, task<> work)
    {
        own_.spawn(std::move(work), detail::core::part_of::nothing,
                   [text = std::string(name)] { return text; });
    }

    void log(level how, std::string_view text) const
    {
        own_.log(static_cast<tinfoil_level>(how), text);
    }
    void log(std::string_view text) const { log(level::info, text); }

    /// `[plugins.NAME]` of tinfoil.toml.
    [[nodiscard]] const boost::json::object& settings() const { return settings_; }
    /// A text of the settings, or what it is when nothing is set.
    [[nodiscard]] std::string setting(std::string_view name, std::string_view otherwise) const
    {
        const auto* found = settings_.if_contains({name.data(), name.size()});
        return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                      : std::string(otherwise);
    }

private:
    template <class, const about&>
    friend struct detail_adapter;

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

    static std::string lower(std::string_view text)
    {
        std::string out(text);
        std::transform(out.begin(), out.end(), out.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        return out;
    }

    task<> repeat(std::chrono::milliseconds time, std::function<task<>()> work)
    {
        for (;;) {
            co_await sleep(time);
            std::string failure;
            try {
                co_await work();
            } catch (const std::exception& thrown) {
                failure = thrown.what();
            }
            if (!failure.empty())
                log(level::error, "a task of every() threw: " + failure);
        }
    }

    // Starts the handlers of one event.
    void handle(const event& what)
    {
        const auto run = [&](task<> work) {
            own_.spawn(std::move(work), detail::core::part_of::event, [what] {
                return "the handler of " + std::string(what.name()) +
                       (what.id() == 0 ? "" : " " + std::to_string(what.id()));
            });
        };
        for (const auto& [type, handler] : handlers_)
            if (type == what.name())
                run(handler(what));
        if (what.name() == name_of(event_types::interaction_create) && is_command(what)) {
            const interaction called(own_, what);
            for (const auto& [name, handler] : commands_)
                if (name == called.command())
                    run(handler(called));
        }
    }

    static bool is_command(const event& what)
    {
        const auto* type = what.data().if_contains("type");
        return type != nullptr && type->is_int64() && type->get_int64() == 2;
    }

    detail::core& own_;
    const about& info_;
    boost::json::object settings_;
    detail::guild_cache guilds_;
    std::vector<std::pair<std::string_view, event_handler>> handlers_;
    std::vector<std::pair<std::string, command_handler>> commands_;
};

/// Between the C boundary and a plugin class; made by TINFOIL_PLUGIN.
template <class Plugin, const about& Info>
struct detail_adapter {
    explicit detail_adapter(const tinfoil_host& from) : own(from) {}

    static int32_t create(const tinfoil_host* from, tinfoil_plugin* out)
    {
        if (out->size < sizeof(tinfoil_plugin))
            return TINFOIL_E_PLUGIN;
        out->size = sizeof(tinfoil_plugin);
        out->self = new detail_adapter(*from);
        out->start = start;
        out->event = on_event;
        out->complete = [](void* self, const tinfoil_result* how) { of(self).own.complete(*how); };
        out->pending = [](void* self) { return of(self).own.pending(); };
        out->cancel_all = [](void* self) { of(self).own.cancel_all(); };
        out->stop = [](void*) {};
        out->destroy = [](void* self) { delete &of(self); };
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
            return TINFOIL_OK;
        } catch (const std::exception& thrown) {
            failure = thrown.what();
        } catch (...) {
            failure = "its constructor threw something that is no std::exception";
        }
        return me.fail(failure);
    }

    static int32_t on_event(void* self, const tinfoil_event* what)
    {
        detail_adapter& me = of(self);
        std::string failure;
        try {
            me.own.open(what->token);
            static_cast<plugin&>(*me.bot).handle(event(*what));
            return me.own.close() ? TINFOIL_OK : TINFOIL_PENDING;
        } catch (const std::exception& thrown) {
            failure = thrown.what();
        } catch (...) {
            failure = "something that is no std::exception";
        }
        me.own.abandon();
        return me.fail(failure);
    }

    detail::core own;
    std::unique_ptr<Plugin> bot;
};

}  // namespace tinfoil

/// Once a file, outside of any namespace: makes `Class` a plugin described by the constexpr table
/// `info`.
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
