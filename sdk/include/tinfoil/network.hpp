#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/core.hpp>
#include <tinfoil/ext/network.h>
#include <tinfoil/plugin.hpp>
#include <tinfoil/task.hpp>
#include <type_traits>
#include <utility>

namespace tinfoil {

/// A text that is not to be seen: it prints as "[secret]", and only reveal() has it.
class secret {
public:
    secret() = default;
    explicit secret(std::string_view text) : text_(text) {}

    [[nodiscard]] const std::string& reveal() const { return text_; }
    friend std::ostream& operator<<(std::ostream& to, const secret&) { return to << "[secret]"; }

private:
    std::string text_;
};

/// A process of a collection that the host wants: it runs
///
///     tinfoil collection --join SOCKET
///
/// with TINFOIL_KEY in its environment, as the host's user, and finds socket and run folder at
/// these paths. All of it may be kept.
struct collection_wanted {
    explicit collection_wanted(const tinfoil_network_order& from)
        : number(from.collection),
          epoch(from.epoch),
          socket(detail::view(from.socket)),
          key(detail::view(from.key)),
          run(detail::view(from.run)),
          executable(detail::view(from.executable)),
          patience(static_cast<std::int64_t>(from.patience_ms))
    {
    }

    std::uint32_t number = 0;  ///< Of the collection: 0, 1, ...
    std::uint64_t epoch = 0;   ///< Of this process of it; each one is higher than all before.
    std::string socket;        ///< The host's, to join by.
    secret key;                ///< TINFOIL_KEY: lets this one process in, once.
    std::string run;           ///< The folder of the socket and of record files.
    std::string executable;    ///< That it is to run; after `tinfoil restart` the one on the disk.
    std::chrono::milliseconds patience{};  ///< Then the host does not wait for the answer any more.
};

/// One that has ended, in whichever way, or is to end by force.
struct collection_gone {
    std::uint32_t number = 0;
    std::uint64_t epoch = 0;
    std::chrono::milliseconds patience{};
};

/// The base of a plugin that creates the processes of collections, where `[network]` of
/// tinfoil.toml names it. It has a process of its own, which begins before the first collection and
/// gets no events; all else that a plugin can do it can do too, but for what needs a shard. When
/// its process dies collections go on, and the next one hears of them by stands().
class shard_network_manager : public plugin {
public:
    /// Settings of `[scaler]`, share/doc/scaler.md has them: what suits the machines that are
    /// behind this. Those that tinfoil.toml sets count more; empty ones are as they are without a
    /// plugin. Percentages are of one loop. A combination that would flap refuses the run.
    struct options {
        std::optional<int> collections_min, collections_max;  ///< 1 to 1,000.
        std::optional<int> grow_at, shrink_at;
        std::optional<int> split_at, merge_at, split_guilds, merge_guilds, room;
        std::optional<int> shards_min, shards_max;
        std::optional<int> move_at, move_to, move_floor, moves_at_once;
        std::optional<int> reserve;
        std::optional<std::chrono::milliseconds> sustain, merge_sustain, move_sustain, grow_sustain,
            shrink_sustain, cool_down, abandon_after, time_constant, interval;
    };

    explicit shard_network_manager(host& from);

protected:
    /// Asked once, behind the constructor.
    [[nodiscard]] virtual options breakpoints() const { return {}; }

    /// Creates the process. It may return before that has joined; one that has not joined and
    /// loaded its plugins within 30 s is taken down. What it throws is a start that failed, tried
    /// again after a growing wait, and is told to people.
    virtual task<> up(collection_wanted what) = 0;
    /// Once for each up(), whatever came of it, an up() that still runs being ended where it waits.
    /// Removes what is left of the process, and is content when nothing is: one that the end of
    /// this plugin's process cut off comes again. The next up() of the number waits for it, for
    /// 20 s. What it throws is told to people.
    virtual task<> down(collection_gone what) = 0;
    /// Behind the constructor, before all else: that process was brought up before this one began,
    /// and is up still. `down` follows for it as for any other. Its key is empty.
    virtual void stands(const collection_wanted&) {}

private:
    template <class, const about&>
    friend struct detail_adapter;
    // What answers an order whatever becomes of its task.
    class owed;

    void constructed() override;
    static const tinfoil_network* extension(const detail::core& own)
    {
        return static_cast<const tinfoil_network*>(
            own.host().extension(own.host().context, TINFOIL_EXT_NETWORK));
    }
    static shard_network_manager& of(void* self)
    {
        return *static_cast<shard_network_manager*>(self);
    }
    template <class Make>
    int32_t begin_order(const tinfoil_network_order& what, const char* name, Make make);
    task<> obey(std::uint64_t token, task<> work);

    std::map<std::uint32_t, running> orders_;  // The last one of each number.
};

class shard_network_manager::owed {
public:
    owed(detail::core& own, std::uint64_t token) : own_(&own), token_(token) {}
    owed(const owed&) = delete;
    owed& operator=(const owed&) = delete;
    ~owed() { give(TINFOIL_E_CANCELLED, "it was ended before it was done"); }

    void give(int32_t status, std::string_view text)
    {
        if (const std::uint64_t token = std::exchange(token_, 0); token != 0)
            if (const auto* to = extension(*own_))
                to->done(own_->host().context, token, status, detail::borrow(text));
    }

private:
    detail::core* own_;
    std::uint64_t token_;
};

namespace detail {

/// Options as JSON: `{"grow_at":70,"sustain":"120000ms"}`.
inline std::string breakpoints_json(const shard_network_manager::options& from)
{
    boost::json::object made;
    const auto add = [&](const char* name, const auto& value) {
        if (!value)
            return;
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(*value)>, int>)
            made[name] = *value;
        else
            made[name] = std::to_string(value->count()) + "ms";
    };
    add("collections_min", from.collections_min);
    add("collections_max", from.collections_max);
    add("grow_at", from.grow_at);
    add("shrink_at", from.shrink_at);
    add("split_at", from.split_at);
    add("merge_at", from.merge_at);
    add("split_guilds", from.split_guilds);
    add("merge_guilds", from.merge_guilds);
    add("room", from.room);
    add("shards_min", from.shards_min);
    add("shards_max", from.shards_max);
    add("move_at", from.move_at);
    add("move_to", from.move_to);
    add("move_floor", from.move_floor);
    add("moves_at_once", from.moves_at_once);
    add("reserve", from.reserve);
    add("sustain", from.sustain);
    add("merge_sustain", from.merge_sustain);
    add("move_sustain", from.move_sustain);
    add("grow_sustain", from.grow_sustain);
    add("shrink_sustain", from.shrink_sustain);
    add("cool_down", from.cool_down);
    add("abandon_after", from.abandon_after);
    add("time_constant", from.time_constant);
    add("interval", from.interval);
    return boost::json::serialize(made);
}

}  // namespace detail

inline shard_network_manager::shard_network_manager(host& from) : plugin(from)
{
    if (extension(from.own) == nullptr)
        throw std::runtime_error(
            "it is a network manager, which does not run in collections: name it in [network] of "
            "tinfoil.toml (manager = \"plugin\", plugin = \"" +
            std::string(from.info.name) + "\"), or take its file out of the plugin folder");
}

inline void shard_network_manager::constructed()
{
    tinfoil_network_hooks hooks{};
    hooks.size = sizeof hooks;
    hooks.up = [](void* self, const tinfoil_network_order* what) {
        return of(self).begin_order(*what, "up",
                                    [&] { return of(self).up(collection_wanted(*what)); });
    };
    hooks.down = [](void* self, const tinfoil_network_order* what) {
        return of(self).begin_order(*what, "down", [&] {
            return of(self).down(
                {what->collection, what->epoch, std::chrono::milliseconds(what->patience_ms)});
        });
    };
    hooks.stands = [](void* self, const tinfoil_network_order* what) -> int32_t {
        std::string failure;
        try {
            of(self).stands(collection_wanted(*what));
            return TINFOIL_OK;
        } catch (const std::exception& thrown) {
            failure = detail::what_of(thrown);
        } catch (...) {
            failure = detail::no_exception;
        }
        const tinfoil_host& to = detail::core_of(of(self)).host();
        to.fail(to.context, detail::borrow("stands() threw: " + failure));
        return TINFOIL_E_PLUGIN;
    };
    const detail::core& own = detail::core_of(*this);
    const std::string wants = detail::breakpoints_json(breakpoints());
    if (extension(own)->listen(own.host().context, &hooks, detail::borrow(wants), this) !=
        TINFOIL_OK)
        throw std::logic_error("it can't be a network manager twice");
}

// Begins the task of an order; one of the same number that still runs is over.
template <class Make>
int32_t shard_network_manager::begin_order(const tinfoil_network_order& what, const char* name,
                                           Make make)
{
    if (const auto before = orders_.find(what.collection); before != orders_.end()) {
        running last = before->second;
        orders_.erase(before);
        last.cancel();
    }
    std::string failure;
    try {
        const std::string title =
            std::string(name) + "() of collection " + std::to_string(what.collection);
        running now = start(title, obey(what.token, make()));
        if (now.state() == outcome::running)
            orders_.insert_or_assign(what.collection, now);
        return TINFOIL_PENDING;
    } catch (const std::exception& thrown) {
        failure = detail::what_of(thrown);
    } catch (...) {
        failure = detail::no_exception;
    }
    const tinfoil_host& to = detail::core_of(*this).host();
    to.fail(to.context, detail::borrow(failure));
    return TINFOIL_E_PLUGIN;
}

inline task<> shard_network_manager::obey(std::uint64_t token, task<> work)
{
    owed answer(detail::core_of(*this), token);
    std::string failure;
    try {
        co_await work;
        answer.give(TINFOIL_OK, {});
    } catch (const std::exception& thrown) {
        failure = detail::what_of(thrown);
    } catch (...) {
        failure = detail::no_exception;
    }
    if (!failure.empty())
        answer.give(TINFOIL_E_PLUGIN, failure);
}

}  // namespace tinfoil
