#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <deque>
#include <string>

namespace tinfoil::gateway {

/// The presence that a bot wants a session to have: the latest one, sent at most 5 times in 20
/// seconds. Those in between are never sent.
///
/// See Discord Docs/Gateway Events, "Update Presence".
class wanted_presence {
public:
    /// The `d` of an op 3. One that the session has already changes nothing.
    void want(std::string data);
    [[nodiscard]] const std::string& data() const { return data_; }  ///< Empty: none is wanted.

    [[nodiscard]] bool is_due() const { return is_due_; }
    [[nodiscard]] bool may_go(instant now);
    /// When may_go() of one that is due becomes true.
    [[nodiscard]] instant free_at() const;

    void sent(instant now);
    /// The session that begins has it from its IDENTIFY.
    void identified(instant now) { sent(now); }
    /// What was sent after `since` may not have arrived, or was refused: it goes again.
    void doubt(instant since);
    /// The session does not have it.
    void lacks() { is_due_ = !data_.empty(); }

private:
    std::string data_;
    bool is_due_ = false;
    std::deque<instant> log_;
};

}  // namespace tinfoil::gateway
