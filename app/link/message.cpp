#include "link/message.hpp"

namespace tinfoil::link {

message::message() = default;
message::message(const message&) = default;
message::message(message&&) noexcept = default;
message& message::operator=(const message&) = default;
message& message::operator=(message&&) noexcept = default;
message::~message() = default;

}  // namespace tinfoil::link
