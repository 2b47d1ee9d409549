#include "dispatch/charge.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace tinfoil::dispatch {

static_assert(std::is_trivially_copyable_v<charge> && sizeof(charge) == 304);

void charge::begin(std::size_t plugin, const deed& what)
{
    plugin_ = static_cast<std::uint32_t>(plugin);
    part_ = static_cast<std::uint32_t>(what.what);
    shard_ = what.slot.id;
    shards_ = what.slot.count;
    sequence_ = what.sequence;
    type_length_ = static_cast<std::uint32_t>(std::min(what.type.size(), type_bytes));
    if (type_length_ != 0)
        std::memcpy(type_, what.type.data(), type_length_);
    events_ += what.what == part::event ? 1 : 0;
    std::atomic_ref(turn_).store(turn_ | 1U, std::memory_order_release);
}

void charge::end()
{
    std::atomic_ref(turn_).store((turn_ | 1U) + 1, std::memory_order_release);
}

void charge::say(ending how, std::uint32_t detail, std::string_view text, std::size_t blamed)
{
    std::uint32_t expected = 0;
    if (!std::atomic_ref(how_).compare_exchange_strong(expected, static_cast<std::uint32_t>(how)))
        return;
    detail_ = detail;
    blamed_ = blamed == in_charge ? 0 : static_cast<std::uint32_t>(blamed + 1);
    const std::size_t length = std::min(text.size(), text_bytes);
    std::memcpy(text_, text.data(), length);
    text_length_ = static_cast<std::uint32_t>(length);
}

charge::left charge::look() const
{
    left found;
    found.runs = turn_ % 2 == 1;
    found.plugin = plugin_;
    found.what =
        part_ <= static_cast<std::uint32_t>(part::network) ? static_cast<part>(part_) : part::nobody;
    if (shard_ < shards_)
        found.slot = {shard_, shards_};
    found.sequence = sequence_;
    found.type.assign(type_, std::min<std::size_t>(type_length_, type_bytes));
    found.how = how_ <= static_cast<std::uint32_t>(ending::exited) ? static_cast<ending>(how_)
                                                                   : ending::none;
    found.detail = detail_;
    found.events = events_;
    found.blames = blamed_ != 0;
    found.blamed = found.blames ? blamed_ - 1 : 0;
    found.text.assign(text_, std::min<std::size_t>(text_length_, text_bytes));
    return found;
}

}  // namespace tinfoil::dispatch
