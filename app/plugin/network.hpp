#pragma once

#include "base/error.hpp"
#include "base/redacted.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace tinfoil::plugin {

/// What a network manager is asked to do about the process of a collection.
struct network_order {
    enum class deed { up, down, stands };
    deed what = deed::up;
    std::uint32_t collection = 0;
    std::uint64_t epoch = 0;  ///< Of the process.
    std::string socket, run, executable;
    redacted key;         ///< Of `up` only.
    duration patience{};  ///< Nobody waits for the answer any more after that.
};

/// A running plugin that is a network manager.
class network_side {
public:
    virtual ~network_side() = default;

    /// What it wants of `[scaler]`: a JSON object, or nothing.
    [[nodiscard]] virtual const std::string& breakpoints() const = 0;

    /// `done` is called once, with what it says, maybe before order() returns; after its end never.
    /// `stands` is answered at once. At most `orders_max` may be unanswered: more fail.
    static constexpr std::size_t orders_max = 4096;
    using ordered = std::function<void(result<void>)>;
    virtual void order(const network_order& what, ordered done) = 0;
};

}  // namespace tinfoil::plugin
