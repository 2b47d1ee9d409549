#include "sharing/letter.hpp"

namespace tinfoil::sharing {

std::optional<std::string> fault_of(const letter& what)
{
    if (what.name.empty() || what.name.size() > letter_name_bytes_max)
        return "the name of a message has 1 to 64 bytes, and this one " +
               std::to_string(what.name.size());
    if (what.body.size() > letter_bytes_max)
        return "a message has at most 64 KiB, and this one " + std::to_string(what.body.size()) +
               " bytes: send less at once, or put it into the store and send its key";
    if (what.patience <= duration::zero() || what.patience > letter_patience_max)
        return "a message waits for 1 ms to 60 s";
    if (what.to.what == addressee::slot && what.to.slot.id >= what.to.slot.count)
        return "there is no slot " + discord::to_string(what.to.slot) +
               ": the first number is below the second";
    if (what.to.what == addressee::guild && what.to.guild.value == 0)
        return "a message to a guild needs its id";
    return std::nullopt;
}

std::string to_string(const address& what)
{
    switch (what.what) {
    case addressee::guild:
        return "guild " + discord::to_string(what.guild);
    case addressee::slot:
        return "slot " + discord::to_string(what.slot);
    case addressee::collection:
        return "collection " + std::to_string(what.collection);
    case addressee::all:
        break;
    }
    return "all collections";
}

}  // namespace tinfoil::sharing
