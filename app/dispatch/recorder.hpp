#pragma once

#include "base/error.hpp"
#include "base/name_map.hpp"
#include "base/time.hpp"
#include "discord/session_record.hpp"
#include "dispatch/charge.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::dispatch {

/// The flight recorder: for each session of a collection what was received and what of it is
/// unfinished by which plugin, which plugin runs right now, and the counts of the report. It lives
/// in memory that outlives the process (a mapped file), and every change is in that memory before
/// the next step is taken, so that after `kill -9` at any moment it is true: at worst an event that
/// had just been finished counts as unfinished.
///
/// What an earlier process left waits for its replay, however long connecting takes.
///
/// Failure modes: a task that takes very long holds its event back for `held_back_max` or
/// `behind_max` events of its session and is given up afterwards; with more unfinished events than
/// there is room the oldest is given up. Both are counted.
class recorder {
public:
    static constexpr duration held_back_max = std::chrono::seconds(30);
    static constexpr std::int64_t behind_max = 1'000;
    static constexpr std::size_t plugins_max = 64;

    struct shape {
        std::uint32_t sessions_max = 0;
        std::uint32_t unfinished_max = 0;
    };
    [[nodiscard]] static std::size_t bytes_for(shape room);

    /// Makes an empty record in `memory`: bytes_for(room) bytes, aligned to 8, which outlive it.
    recorder(std::span<std::byte> memory, shape room);
    ~recorder() = default;
    recorder(const recorder&) = delete;
    recorder(recorder&&) = delete;
    recorder& operator=(const recorder&) = delete;
    recorder& operator=(recorder&&) = delete;

    struct contents {
        /// Every slot that was open; one without a session has an empty id.
        std::vector<discord::session_record> sessions;
        discord::event_counts counts;
        /// Whose code ran when the process ended, or who is to blame for its end.
        struct culprit {
            std::string plugin;  ///< Empty: none of the plugins.
            std::string build;
            charge::left what;
            std::string session_id;  ///< Of the event that it was handling.
        };
        culprit last;
    };
    /// What a process left behind. Takes any bytes; errc::malformed for what is no record.
    [[nodiscard]] static result<contents> read(std::span<const std::byte> memory);

    /// The lowest number from 0 that no plugin has; room for `plugins_max`. A plugin of a name that
    /// sessions were opened with is named before them. `build` tells builds of one plugin apart,
    /// for whoever reads the record: at most 24 bytes.
    std::size_t name_plugin(std::string_view name, std::string_view build = "");
    /// Another build of it runs from now on.
    void name_build(std::size_t plugin, std::string_view build);
    /// The plugin has gone, and its number is free. What it had not finished is given up.
    void retire_plugin(std::size_t plugin);

    using session = std::uint32_t;
    /// Begins with what an earlier process knew. Unfinished events of plugins that are not named
    /// here have nobody to finish them and count as given up.
    session open(const discord::session_record& from, instant now);
    /// READY: a new session in place of the old one, whose unfinished events can't come again. Each
    /// loss of a session makes `generation` grow, so that of two records the newer one is known.
    void renew(session which, const discord::resume_point& point, std::uint64_t intents);
    /// The session is gone.
    void forget(session which);
    /// Its slot is not served here any more, and there is room for another. What is unfinished of
    /// it is given up, and what finishes later is harmless.
    void close(session which);
    /// So many more may be opened.
    [[nodiscard]] std::size_t room() const;

    /// What an event of that number is: fresh, or known, and then due again for these plugins (a
    /// bit each), which began on it in an earlier process.
    struct verdict {
        bool fresh = false;
        std::uint64_t again = 0;
    };
    [[nodiscard]] verdict look(session which, std::int64_t sequence) const;

    /// What comes fresh may have been handled before (session_record::doubtful); until trust().
    [[nodiscard]] bool is_doubtful(session which) const;
    /// Another number after each renew() and forget(): a sequence number means an event only
    /// together with it.
    [[nodiscard]] std::uint32_t life(session which) const { return sessions_[which].lives; }
    void trust(session which);

    /// A fresh event is here, and these plugins (a bit each) will handle it: call it before the
    /// first of them runs.
    void begin(session which, std::int64_t sequence, std::uint64_t plugins, instant now);
    /// A plugin begins again on an event that look() found due: once.
    void begin_again(session which, std::int64_t sequence, std::size_t plugin, instant now);
    /// Harmless for what was given up meanwhile.
    void finish(session which, std::int64_t sequence, std::size_t plugin);

    /// Where it is kept which plugin's code runs on the loop. Those of this recorder have their
    /// numbers there, and its sessions theirs.
    [[nodiscard]] charge& in_charge();

    void count_event(std::string_view type);
    void count_command();
    /// An event that never left this process is given to a plugin again.
    void count_again();

    /// Gives up what has been held back for too long.
    void expire(instant now);
    [[nodiscard]] instant deadline() const;

    /// Of (session, sequence, plugin) triples.
    [[nodiscard]] std::size_t unfinished() const;
    [[nodiscard]] discord::event_counts counts() const;
    [[nodiscard]] discord::session_record record_of(session which) const;
    /// The records that changed since the last call.
    [[nodiscard]] std::vector<discord::session_record> take_changed();

private:
    struct layout;
    struct live {                         ///< What of a session need not outlive the process.
        std::vector<std::uint32_t> open;  ///< Its unfinished entries, by sequence.
        std::int64_t received = 0;
        bool changed = false;
        std::uint32_t lives = 0;  ///< Grows with every renew(), forget() and close().
        bool closed = false;
        instant fresh_since = never;  ///< The first fresh event: what is due again came before.
    };

    const std::size_t& place_of_type(std::string_view name);
    [[nodiscard]] std::uint32_t take_free();
    void add(session which, std::int64_t sequence, std::size_t plugin, instant now);
    void release(session which, std::size_t position);
    void give_up(session which, std::size_t position);
    void give_up_oldest();
    [[nodiscard]] instant held_until(session which, std::uint32_t entry) const;
    [[nodiscard]] std::size_t position_of(session which, std::int64_t sequence,
                                          std::size_t plugin) const;

    std::span<std::byte> memory_;
    shape room_;
    std::vector<live> sessions_;
    std::vector<std::uint32_t> free_;
    std::vector<bool> again_;              ///< By entry: begun in an earlier process and due again.
    std::vector<std::string> plugins_;     ///< By number; empty: nobody.
    name_map<std::size_t> types_;          // To their places in the record.
    std::vector<std::string> type_names_;  // By place.
    instant due_ = never;
};

}  // namespace tinfoil::dispatch
