#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// How far a restart of all collections is, one after the other.
namespace tinfoil::host {

enum class restart_stage : std::uint8_t {
    waiting,   ///< For its turn.
    ending,    ///< Its process stops in order.
    starting,  ///< The new one loads plugins.
    resuming,  ///< Its sessions come back.
    back,      ///< All of them are.
    failed,    ///< It did not come back.
    skipped,   ///< There is no such collection any more.
};
enum class restart_state : std::uint8_t { none, running, done, failed, cancelled };
/// `waiting`, `ending`, `starting`, `resuming`, `back`, `failed`, `skipped`.
[[nodiscard]] std::string_view name(restart_stage of);
/// `none`, `running`, `done`, `failed`, `cancelled`.
[[nodiscard]] std::string_view name(restart_state of);

struct restart_progress {
    struct step {
        std::uint32_t collection = 0;
        restart_stage where = restart_stage::waiting;
        std::size_t shards = 0;   ///< That have a session to resume.
        std::size_t resumed = 0;  ///< Of these.
        duration took{};          ///< From the word to stop until the last was back; 0: not yet.
    };
    restart_state state = restart_state::none;
    std::vector<step> steps;  ///< In order.
    std::string why;          ///< Of what failed or was cancelled: a sentence.

    /// That are back.
    [[nodiscard]] std::size_t done() const;
};

}  // namespace tinfoil::host
