#pragma once

#include "link/message.hpp"
#include "net/pump.hpp"
#include "sharing/letters.hpp"
#include "sharing/values.hpp"
#include "state/store.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tinfoil::host {

/// The host's part of what plugins share: runs sharing::values on the state and sharing::letters
/// between the collections. The loop's thread only.
class sharing_desk {
public:
    struct parts {
        boost::asio::io_context& loop;
        state::store& store;
        /// To that process, if it still runs.
        std::function<void(sharing::client, link::message)> send;
        /// To whoever has that number now.
        std::function<void(std::uint32_t, link::message)> send_to;
        /// The collections that an address means, as of now.
        std::function<std::vector<sharing::place>(const sharing::address&)> find;
    };
    explicit sharing_desk(parts with);

    /// True: it was for this desk.
    bool on(sharing::client from, link::message& what);
    void gone(sharing::client who);

private:
    void perform(const sharing::values_action& what);
    void perform(const sharing::letters_action& what);
    void run(const sharing::run_group& what);
    void answered(std::uint32_t from, link::letters_answered what);
    void tell(const sharing::tell_replies& what);

    parts with_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    using values_pump = net::pump<sharing::values, sharing::values_input, sharing::values_elapsed,
                                  sharing::values_action>;
    using letters_pump = net::pump<sharing::letters, sharing::letters_input,
                                   sharing::letters_elapsed, sharing::letters_action>;
    values_pump values_;
    letters_pump letters_;
    std::map<sharing::client, link::letters_answered> replies_;  // That go together.
};

}  // namespace tinfoil::host
