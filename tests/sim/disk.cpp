#include "sim/disk.hpp"

namespace tinfoil::sim {

result<void> disk::writable() const
{
    if (full)
        return error{errc::state_unusable, "the disk is full"};
    return {};
}

void disk::remember()
{
    earlier_.push_back(rows);
}

result<void> disk::save_sessions(std::span<const discord::session_record> all,
                                 discord::cursor_use use)
{
    if (auto may = writable(); !may)
        return may;
    remember();
    for (const auto& each : all)
        rows[each.which] = {each, use == discord::cursor_use::none && !each.doubtful};
    if (use != discord::cursor_use::running)
        earlier_.clear();
    return {};
}

result<void> disk::forget_session(discord::slot slot, std::uint32_t generation)
{
    if (auto may = writable(); !may)
        return may;
    remember();
    if (const auto own = rows.find(slot);
        own != rows.end() && own->second.what.generation == generation)
        rows.erase(own);
    return {};
}

result<void> disk::record_identify(discord::slot slot, sharding::reason why)
{
    if (auto may = writable(); !may)
        return may;
    ++ledger[slot];
    identified.push_back({time_.now(), slot, why});
    return {};
}

result<std::uint64_t> disk::begin_incarnation()
{
    if (auto may = writable(); !may)
        return may.error();
    return ++incarnation_;
}

std::vector<discord::session_record> disk::sessions() const
{
    std::vector<discord::session_record> all;
    for (const auto& [slot, each] : rows) {
        all.push_back(each.what);
        all.back().doubtful = !each.clean;
    }
    return all;
}

result<std::shared_ptr<record_memory>> disk::create_record(std::uint32_t number,
                                                           std::uint64_t epoch, std::size_t bytes)
{
    if (auto may = writable(); !may)
        return may.error();
    auto made = std::make_shared<record_memory>(bytes);
    records[{epoch, number}] = made;
    return made;
}

void disk::lose_power(std::uint64_t luck)
{
    if (const std::size_t at = luck % (earlier_.size() + 1); at < earlier_.size())
        rows = earlier_[at];
    earlier_.clear();
    left_in_order = false;
    for (auto& [name, each] : records)
        each->trusted = false;
}

}  // namespace tinfoil::sim
