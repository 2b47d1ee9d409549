#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "discord/slot.hpp"
#include "handoff/event.hpp"
#include "handoff/scenarios.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

namespace tinfoil::handoff_sim {

[[nodiscard]] inline duration seconds(double of)
{
    return duration(static_cast<std::int64_t>(of * 1e9));
}
[[nodiscard]] inline double in_seconds(duration of)
{
    return static_cast<double>(of.count()) / 1e9;
}

/// Letters for the classes, as in the tables: U, I, P, E, and S for a session's own.
struct deed {
    std::size_t stream = 0;
    std::uint64_t serial = 0;  ///< Of its stream; of own events 0.
    char letter = 'S';
    std::string type;
    std::array<std::string, 2> data;  ///< What older and newer sessions say of it.
    std::uint64_t id = 0;             ///< Of U and I.
    std::string what;                 ///< Equal for what nobody could tell apart.
    instant at{};
};
using deed_of = std::shared_ptr<const deed>;

/// What one session brings to the client.
struct delivery {
    std::size_t session = 0;
    std::int64_t sequence = 0;  ///< 0: no event, but the ACK of a heartbeat.
    deed_of what;
};

/// Discord and the way to it, as far as a handoff sees them: guilds that emit one sequence each,
/// sessions that are attached to them, two stages of delay with heavy tails, and everything that
/// may go wrong. It knows the truth. Virtual time.
class world {
public:
    /// What the client gets. `at_session` numbers older sessions first, then the newer ones.
    struct owner {
        virtual ~owner() = default;
        virtual void on_delivery(const delivery& what) = 0;
        virtual void on_ready(std::size_t session) = 0;
        virtual void on_interrupted(std::size_t session) = 0;
        virtual void on_resumed(std::size_t session) = 0;
        virtual void on_lost(std::size_t session, bool is_final) = 0;
    };
    struct shape {
        std::vector<discord::slot> older, newer;
    };

    world(const scenario& how, shape slots, std::uint64_t seed);

    void run(owner& client, instant until);
    [[nodiscard]] instant now() const { return now_; }
    void after(duration wait, std::function<void()> then);
    [[nodiscard]] random_source& random() { return random_; }
    [[nodiscard]] bool chance(double of) { return random_.unit() < of; }
    [[nodiscard]] double between(double low, double high)
    {
        return low + (high - low) * random_.unit();
    }
    [[nodiscard]] const scenario& how() const { return how_; }
    [[nodiscard]] const shape& slots() const { return slots_; }

    // The client's means.
    void identify(std::size_t session);
    void close(std::size_t session);  ///< With 1000.
    /// From another process: all behind `after` comes again, what is on its way does not arrive.
    void resume_from(std::size_t session, std::int64_t after);
    void beat(std::size_t session);
    /// From now on the newer side is the source: what Discord ends of it is lost as ever.
    void no_more_losses() { losses_end_ = true; }
    void count_send(std::size_t session);  ///< One of the handoff's own.
    void ask_sounds(std::size_t session, const std::vector<discord::snowflake>& guilds);
    void ask_members(std::size_t session, discord::snowflake guild, const std::string& nonce);
    void join_voice(std::size_t session, discord::snowflake guild, discord::snowflake channel);

    // The truth.
    [[nodiscard]] std::size_t streams() const { return streams_.size(); }
    [[nodiscard]] handoff::stream_id id_of(std::size_t stream) const { return streams_[stream].id; }
    [[nodiscard]] bool is_member(std::size_t stream) const { return streams_[stream].is_member; }
    [[nodiscard]] std::size_t session_of(std::size_t stream, bool newer) const;
    struct stream_truth {
        std::vector<deed_of> older;  ///< What the older session, left alone, would have brought.
        std::vector<deed_of> all;
        std::set<std::uint64_t> skipped, newer_missed;  ///< By serial.
    };
    [[nodiscard]] const stream_truth& truth_of(std::size_t stream) const
    {
        return streams_[stream].truth;
    }
    /// When the older session brought it, or would have.
    [[nodiscard]] std::optional<instant> older_arrival(std::size_t stream,
                                                       std::uint64_t serial) const;
    [[nodiscard]] std::optional<instant> older_lost_at(std::size_t stream) const;
    /// The newer session lost it silently before the commit and had it back only afterwards: what
    /// A1 excludes.
    [[nodiscard]] bool is_cut_over_commit(std::size_t stream) const
    {
        return streams_[stream].is_cut_late;
    }
    [[nodiscard]] discord::snowflake voice_channel() const { return voice_channel_; }
    [[nodiscard]] std::size_t voice_stream() const { return voice_stream_; }
    [[nodiscard]] std::uint64_t emitted() const { return emitted_; }
    [[nodiscard]] std::size_t most_sends_in_a_minute() const { return most_sends_; }
    [[nodiscard]] std::uint64_t wall_ms() const;

    static constexpr std::uint64_t own_user = 77;

private:
    struct stream_state {
        handoff::stream_id id;
        habit how;
        bool is_member = true, is_up = true, was_cut = false, is_cut_late = false;
        std::uint64_t serial = 0, toggles = 0, last_message = 0;
        stream_truth truth;
        std::vector<instant> older_arrivals;  // By serial; of later ones nothing is known.
        std::vector<bool> attached;           // By session.
        std::vector<instant> path_free;       // The last event of this path is through then.
    };
    struct session_state {
        bool is_older = true;
        discord::slot slot;
        bool is_alive = false, is_closed = false, will_die = false;
        std::uint32_t life = 0, connection = 0;
        instant last_arrival{}, down_until{}, deaf_until{}, identified_at{};
        std::vector<deed_of> sent;  // By sequence number - 1.
        std::optional<instant> lost_at;
        std::vector<instant> sends;
    };
    struct later {
        instant at;
        std::uint64_t number;
        std::function<void()> then;
        bool operator<(const later& other) const
        {
            return at != other.at ? at > other.at : number > other.number;
        }
    };

    void at(instant when, std::function<void()> then);
    [[nodiscard]] double exponential(double rate);
    [[nodiscard]] double pareto(double alpha);
    [[nodiscard]] double log_normal(double median, double sigma);
    void make_streams();
    void plan_faults();
    void plan_emission(std::size_t stream);
    void emit(std::size_t stream, bool goes_on);
    void send(const std::shared_ptr<deed>& what);
    void on_path(std::size_t session, const deed_of& what, bool overtakes = false);
    void enter(std::size_t session, const deed_of& what, std::uint32_t life);
    void bring(std::size_t session, std::int64_t sequence, std::uint32_t life);
    void note_arrival(const deed& what);
    void stall(std::size_t session);
    void interrupt(std::size_t session);
    void lose(std::size_t session, bool is_final);
    void snapshot(std::size_t session, std::size_t stream, std::uint32_t life, bool anew);
    void gone(std::size_t stream, bool is_outage);
    void outage(std::size_t stream);
    void leave(std::size_t stream);
    void join(std::size_t stream);
    void again(std::size_t stream);
    [[nodiscard]] bool is_deaf(std::size_t session) const;
    void answer(std::size_t session, std::size_t stream, const deed_of& what);
    [[nodiscard]] bool serves(std::size_t session, std::size_t stream) const;
    [[nodiscard]] std::size_t stream_of(discord::snowflake guild) const;
    [[nodiscard]] duration path_delay(std::size_t session);
    [[nodiscard]] std::shared_ptr<deed> made(std::size_t stream, char letter);

    const scenario& how_;
    shape slots_;
    random_source random_;
    std::priority_queue<later> queue_;
    std::uint64_t number_ = 0, emitted_ = 0, last_id_ = 0;
    instant now_{};
    owner* client_ = nullptr;
    std::vector<stream_state> streams_;
    std::vector<session_state> sessions_;
    bool overtaking_ = false, losses_end_ = false;
    std::size_t most_sends_ = 0;
    std::size_t voice_stream_ = 0, voice_session_ = 0;
    discord::snowflake voice_channel_;
};

}  // namespace tinfoil::handoff_sim
