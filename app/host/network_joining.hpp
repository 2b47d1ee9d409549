#pragma once

#include "host/network_manager.hpp"
#include "host/network_turns.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tinfoil::host {

/// All that whoever brings a process up, or down, has to know of it.
struct network_call {
    std::uint32_t number = 0;
    std::uint64_t epoch = 0;
    std::string socket, run, executable;
    std::string key;  ///< Lets that process in, once; a secret.
};

/// Does the orders of host::network_turns. The loop's thread only; it may answer inside a call.
class network_crew {
public:
    virtual ~network_crew() = default;
    virtual void give(const give_turn& what, const network_call& with) = 0;
    /// That order takes too long.
    virtual void end(std::uint64_t id) = 0;
    /// The manager goes: what is under way is awaited as far as that is possible.
    virtual void finish() {}
};

/// A network manager whose processes are created by somebody else and join by a socket, each with a
/// key of its own.
class joining_manager : public network_manager {
public:
    struct how {
        network_turns turns;
        /// Of the turns it takes `turn_ended`, `crew_came` and `crew_left`, at any time.
        std::function<std::unique_ptr<network_crew>(std::function<void(turns_input)>)> crew;
    };
    /// Errors: the socket can't be made.
    static result<std::unique_ptr<network_manager>> make(surroundings around, how what);
};

}  // namespace tinfoil::host
