#pragma once

#include "collection/residents.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tinfoil::collection {

/// One of the plugins: residents.cpp has how its versions follow each other, residents_sharing.cpp
/// its messages and what goes along with shards. Seen by these two only.
struct residents::resident {
    /// An event that waits, with its own copy of what the views of an event point to.
    struct held {
        plugin::event what;
        std::string type, data;
        dispatch::recorder::session session = 0;
        handling::delivery to;
        instant since{};
        std::function<void()> instead;  // No event at all, but this is done in its turn.
    };

    /// What becomes of a message to one that does not run.
    static sharing::reply not_running()
    {
        return {0, sharing::delivery::down, "the plugin does not run in this collection"};
    }

    resident(boost::asio::io_context& loop, std::string called,
             std::function<void(const dispatch::swap_action&)> perform)
        : name(std::move(called)),
          decides(loop, dispatch::swap{}, std::move(perform))
    {
    }

    std::string name;
    std::optional<std::size_t> number;  // Of router and record, while it runs or is about to.
    std::unique_ptr<guest> now, next;   // The one that runs; one that has started beside it.
    link::plugin_build build, next_build;
    std::optional<plugin_home::candidate> beside;
    std::uint64_t starts = 0, saves = 0;  // What answers an earlier one counts no more.
    std::size_t handlers = 0;             // Of `now`, that have not ended.
    bool holds = false;
    std::deque<held> queue;
    struct held_letter {
        sharing::letter what;
        plugin::instance::message_done done;
        instant since{};
    };
    std::deque<held_letter> letters;
    link::change_plugin wanted;
    std::optional<plugin::saved_state> saved;  // For the one that starts next.
    instant kept_at = instant::min();
    // Of the change at hand.
    duration waited{};
    std::uint64_t held_count = 0, cut_off = 0;
    // Since the begin of the process.
    std::uint64_t kept_copies = 0;
    std::string kept_why;
    std::string failure;  // Of the first load, whose outcome is told with `loaded`.

    using pump = net::pump<dispatch::swap, dispatch::swap_input, dispatch::swap_elapsed,
                           dispatch::swap_action>;
    pump decides;
};

}  // namespace tinfoil::collection
