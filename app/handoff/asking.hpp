#pragma once

#include "base/time.hpp"
#include "handoff/lane.hpp"
#include "handoff/stream.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

namespace tinfoil::handoff {

/// What one session asks of its guilds: many in one op 31 while the earlier one of each is
/// answered, else each by an op 8 of its own, and no more than the session may send.
///
/// Failure modes: op 31 without any answer (then op 8 only); more than may be sent (the rest waits
/// for the next minute; what is concluded is what was true when it went out).
class asking {
public:
    static constexpr duration window = std::chrono::minutes(1);
    /// Without any answer to op 31 for so long, it is taken for refused.
    static constexpr duration plain_patience = std::chrono::seconds(10);

    void want(discord::snowflake guild);
    void forget();
    /// Sends what may be sent. `nonce` counts on.
    void send(session over, std::map<stream_id, stream>& streams, std::uint64_t& nonce, instant now,
              common& all);
    void plain_answered() { is_plain_answered_ = true; }
    [[nodiscard]] bool may_beat(instant now) { return now - beaten_at_ >= beat_every_; }
    void beat(instant now) { beaten_at_ = now; }
    void beat_every(duration interval) { beat_every_ = interval; }

private:
    [[nodiscard]] bool is_plain_refused(instant now, common& all);
    void forget_sent(instant now);

    std::deque<discord::snowflake> wanted_;
    std::set<discord::snowflake> is_wanted_;
    std::deque<instant> sent_, sent_members_;
    instant first_plain_ = never;
    bool is_plain_answered_ = false, is_refusal_told_ = false;
    instant beaten_at_{duration(-(std::int64_t{1} << 61))};
    duration beat_every_ = std::chrono::seconds(10);
};

}  // namespace tinfoil::handoff
