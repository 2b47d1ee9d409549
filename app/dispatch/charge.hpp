#pragma once

#include "discord/slot.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::dispatch {

/// Which plugin's code the loop runs right now, and the last words of a process that ends badly. It
/// lies in memory that outlives the process (recorder::in_charge()), so that whoever reads it
/// afterwards knows whom to blame.
///
/// Threads: begin() and end() belong to the loop; turn(), and say() once, to any, also to a signal
/// handler. What a process was doing when it was killed is what was stored before that moment.
class charge {
public:
    enum class part : std::uint32_t {
        nobody,
        start,
        event,
        completion,
        stop,
        save,
        message,
        shard,
        network
    };
    enum class ending : std::uint32_t {
        none,       ///< It said nothing: killed, or it called exit().
        signal,     ///< A crash signal, `detail` is its number.
        hung,       ///< Plugin code did not return; `detail` is for how many milliseconds.
        exception,  ///< std::terminate; the text says by what.
        unwound,    ///< pthread_exit in plugin code.
        exited,     ///< exit(); `detail` is the code.
    };
    /// What is done; the rest is of an event. `type` is cut to type_bytes.
    struct deed {
        part what = part::nobody;
        discord::slot slot{0, 0};
        std::int64_t sequence = 0;
        std::string_view type{};
    };
    void begin(std::size_t plugin, const deed& what)
    {
        plugin_ = static_cast<std::uint32_t>(plugin);
        part_ = static_cast<std::uint32_t>(what.what);
        shard_ = what.slot.id;
        shards_ = what.slot.count;
        sequence_ = what.sequence;
        type_length_ = static_cast<std::uint32_t>(std::min(what.type.size(), type_bytes));
        put_type(what.type.data());
        events_ += what.what == part::event ? 1 : 0;
        std::atomic_ref(turn_).store(turn_ | 1U, std::memory_order_release);
    }
    void end() { std::atomic_ref(turn_).store((turn_ | 1U) + 1, std::memory_order_release); }

    /// Odd while plugin code runs; another one is another call.
    [[nodiscard]] std::uint64_t turn()
    {
        return std::atomic_ref(turn_).load(std::memory_order_acquire);
    }

    /// The plugin that is to blame is the one in charge, unless `blamed` names another by its
    /// number, or nobody. Only the first of several counts. Async-signal-safe.
    static constexpr std::size_t in_charge = SIZE_MAX, nobody = SIZE_MAX - 1;
    void say(ending how, std::uint32_t detail, std::string_view text,
             std::size_t blamed = in_charge);

    /// A copy of what was found in memory that nobody can vouch for.
    struct left {
        bool runs = false;         ///< `plugin` was in charge.
        std::uint32_t plugin = 0;  ///< Its number, any.
        part what = part::nobody;
        std::optional<discord::slot> slot;  ///< Of an event.
        std::int64_t sequence = 0;
        std::string type;
        ending how = ending::none;
        std::uint32_t detail = 0;
        std::uint64_t events = 0;  ///< So many were begun on.
        bool blames = false;       ///< Somebody else than the one in charge:
        std::uint32_t blamed = 0;
        std::string text;
    };
    [[nodiscard]] left look() const;

private:
    static constexpr std::size_t type_bytes = 48, text_bytes = 192;

    // Names are short, and this is once a call: words that overlap take less time than memcpy().
    void put_type(const char* from)
    {
        constexpr std::size_t word = 8;
        const std::size_t length = type_length_;
        if (length < word) {
            for (std::size_t i = 0; i < length; ++i)
                type_[i] = from[i];
            return;
        }
        for (std::size_t at = 0; at + word < length; at += word)
            std::memcpy(type_ + at, from + at, word);
        std::memcpy(type_ + length - word, from + length - word, word);
    }

    std::uint64_t turn_, events_;
    std::int64_t sequence_;
    std::uint32_t plugin_, part_, shard_, shards_, type_length_;
    char type_[type_bytes];
    std::uint32_t how_, detail_, blamed_, text_length_;  // blamed_: one more than the number.
    char text_[text_bytes];
};

}  // namespace tinfoil::dispatch
