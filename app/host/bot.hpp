#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <optional>
#include <variant>
#include <vector>

namespace tinfoil::host {

// clang-format off
struct shards_begun { std::size_t count; };      ///< Start-up is over.
struct start_failed { error why; };
struct interrupted {};                           ///< Ctrl-C or SIGTERM; a second one hurries.
struct time_over {};                             ///< `--for` has passed.
struct shard_given_up { error why; };            ///< It will not come back without an operator.
struct state_lost { error why; };                ///< What must be recorded can't be.
struct people_quiet {};                          ///< Nobody waits for an answer any more.
struct collection_ended { std::size_t unfinished; };
struct elapsed {};
using bot_input = std::variant<shards_begun, start_failed, interrupted, time_over, shard_given_up,
                               state_lost, people_quiet, collection_ended, elapsed>;

struct hush {};                                  ///< Begin nothing new; `people_quiet` follows.
struct stop_collection {};                       ///< `collection_ended` follows.
struct end { std::optional<error> why; };        ///< Final.
using bot_action = std::variant<hush, stop_collection, end>;
// clang-format on

/// The host's decisions about a run as a whole: when it ends, in which order, and with what error.
/// From Ctrl-C to the end it takes at most answers_patience + close_patience, which is below 2 s.
class bot {
public:
    static constexpr duration answers_patience = std::chrono::milliseconds(700);
    static constexpr duration unhurried_patience = std::chrono::milliseconds(3200);
    static constexpr duration close_patience = std::chrono::milliseconds(1100);

    void on(const bot_input& what, instant now, std::vector<bot_action>& todo);
    [[nodiscard]] instant deadline() const { return until_; }

private:
    enum class state { starting, running, answering, closing, ended };

    void answer_out(duration patience, instant now, std::vector<bot_action>& todo);
    void close(instant now, std::vector<bot_action>& todo);
    void finish(std::vector<bot_action>& todo);

    state state_ = state::starting;
    std::size_t shards_ = 0;
    std::optional<error> why_;
    instant until_ = never;
};

}  // namespace tinfoil::host
