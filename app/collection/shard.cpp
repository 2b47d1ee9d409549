#include "collection/shard.hpp"

namespace tinfoil::collection {

shard::shard(place where, gateway::session_settings settings, std::uint64_t seed,
             dispatch::recorder::session session)
    : up_(where.up),
      owner_(where.owner),
      slot_(settings.slot),
      session_(session),
      driver_(where.loop, where.tls, std::move(settings), seed, *this)
{
}

void shard::stop(bool end_session)
{
    if (driver_.where() != gateway::state::stopped)
        driver_.stop(end_session);
}

}  // namespace tinfoil::collection
