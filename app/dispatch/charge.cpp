#include "dispatch/charge.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace tinfoil::dispatch {

static_assert(std::is_trivially_copyable_v<charge> && sizeof(charge) == 304);

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
    found.what = part_ <= static_cast<std::uint32_t>(part::network) ? static_cast<part>(part_)
                                                                    : part::nobody;
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
