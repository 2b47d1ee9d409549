#pragma once

#include "sharing/letter.hpp"
#include "sharing/value.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace tinfoil::plugin {

/// What of a plugin is called.
enum class entry { start, event, completion, stop, save, message, shard, network };

/// The part of services that is about what a plugin shares. A completion never runs inside the call
/// that asked for it, and never after it was left.
class sharing_services {
public:
    virtual ~sharing_services() = default;

    /// What collections share. An empty scope is the plugin's own. Questions of one plugin are
    /// answered in order, but for those that watch.
    using value_done = std::function<void(sharing::answer)>;
    virtual std::uint64_t ask_value(sharing::question what, value_done done) = 0;
    virtual void leave_value(std::uint64_t id) = 0;

    /// A message to the plugin in other collections; its sender is filled in on the way.
    using letter_done = std::function<void(std::vector<sharing::reply>)>;
    virtual std::uint64_t send_letter(sharing::letter what, letter_done done) = 0;
    virtual void leave_letter(std::uint64_t id) = 0;
    /// One whose fate nobody wants to know; false: too many are under way.
    virtual bool post_letter(sharing::letter what) = 0;
};

}  // namespace tinfoil::plugin
