#pragma once

#include "collection/uplink.hpp"
#include "sharing/letter.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tinfoil::collection {

/// Whether a collection with these slots serves the guild, or all guilds of the slot, that a letter
/// is for.
[[nodiscard]] bool serves(std::span<const discord::slot> slots, const sharing::address& what);

/// Messages of plugins, as a collection or a worker sees them: those of its own go up to the host,
/// which knows who serves what, and those that come from there are handed to the plugin.
///
/// Failure modes: a letter that can't be sent is refused here already; one whose guild or slot is
/// not here goes back to the host, which follows it; a plugin that sends faster than letters arrive
/// has its post() refused.
///
/// Threads: the loop's. A completion never runs inside the call that asked for it.
class letters {
public:
    /// Of one plugin's letters that nobody waits for.
    static constexpr std::size_t posted_max = 4096, posted_bytes_max = std::size_t{16} << 20;

    using done = std::function<void(std::vector<sharing::reply>)>;
    using replied = std::function<void(sharing::reply)>;
    struct parts {
        uplink& up;
        /// Calls back when whoever called has returned.
        std::function<void(std::function<void()>)> later;
        /// Whether what that guild or slot means is served here.
        std::function<bool(const sharing::address&)> is_here;
        /// To the plugin; it replies once, maybe inside the call.
        std::function<void(const sharing::letter&, replied)> give;
    };
    explicit letters(parts with) : with_(std::move(with)) {}

    std::uint64_t send(sharing::letter what, done then);
    /// Afterwards `then` of that one is never called; the letter is on its way. Unknown ids are
    /// harmless.
    void leave(std::uint64_t id);
    /// False: so many of that plugin are under way that it was left out.
    [[nodiscard]] bool post(sharing::letter what);

    void on(const link::plugin_letter& what);
    void on(link::letters_answered what);

private:
    struct pending {
        done then;  // Nothing: posted.
        std::string plugin;
        std::size_t bytes = 0;
    };
    struct load {
        std::size_t letters = 0, bytes = 0;
    };

    void answer(link::letter_answer what);

    parts with_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    std::uint64_t last_id_ = 0;
    // Those with a completion are as many as plugins may have operations under way.
    std::map<std::uint64_t, pending> pending_;
    std::map<std::string, load> posted_;
    link::letters_answered answers_;  // That go up together.
};

}  // namespace tinfoil::collection
