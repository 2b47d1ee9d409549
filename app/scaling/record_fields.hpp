#pragma once

#include "scaling/record.hpp"

#include <tuple>

/// The members of what is in a record, with their names in JSON. A member that is added later gets
/// a name of its own and is read as its default where it is missing.
namespace tinfoil::scaling::fields {

template <class Owner, class Member>
struct field {
    const char* key;
    Member Owner::*member;
};
template <class Owner, class Member>
field(const char*, Member Owner::*) -> field<Owner, Member>;

template <class Type>
inline constexpr std::tuple<> of{};

// clang-format off
template <> inline constexpr auto of<policy> = std::tuple(
    field{"mode", &policy::does}, field{"split", &policy::splits}, field{"split_at", &policy::split_at},
    field{"merge_at", &policy::merge_at}, field{"split_guilds", &policy::split_guilds},
    field{"merge_guilds", &policy::merge_guilds}, field{"room", &policy::room}, field{"grow_at", &policy::grow_at},
    field{"shrink_at", &policy::shrink_at}, field{"collections_min", &policy::collections_min},
    field{"collections_max", &policy::collections_max}, field{"shards_min", &policy::shards_min},
    field{"shards_max", &policy::shards_max}, field{"move_at", &policy::move_at}, field{"move_to", &policy::move_to},
    field{"move_floor", &policy::move_floor}, field{"moves_at_once", &policy::moves_at_once},
    field{"reserve", &policy::reserve}, field{"sustain", &policy::sustain},
    field{"merge_sustain", &policy::merge_sustain}, field{"move_sustain", &policy::move_sustain},
    field{"grow_sustain", &policy::grow_sustain}, field{"shrink_sustain", &policy::shrink_sustain},
    field{"cool_down", &policy::cool_down}, field{"abandon_after", &policy::abandon_after},
    field{"time_constant", &policy::time_constant}, field{"interval", &policy::interval});

template <> inline constexpr auto of<starts_left> = std::tuple(
    field{"known", &starts_left::is_known}, field{"total", &starts_left::total},
    field{"remaining", &starts_left::remaining}, field{"reserve", &starts_left::reserve},
    field{"max_concurrency", &starts_left::max_concurrency}, field{"waiting", &starts_left::waiting},
    field{"suspended", &starts_left::suspended});

template <> inline constexpr auto of<collection_state> = std::tuple(
    field{"number", &collection_state::number}, field{"is", &collection_state::is},
    field{"other", &collection_state::other}, field{"in_phase", &collection_state::in_phase});

template <> inline constexpr auto of<shard_state> = std::tuple(
    field{"slot", &shard_state::slot}, field{"in", &shard_state::collection}, field{"known", &shard_state::is_known},
    field{"load", &shard_state::load}, field{"decoding", &shard_state::decoding}, field{"halves", &shard_state::halves},
    field{"guild", &shard_state::heaviest_guild}, field{"heaviest", &shard_state::heaviest},
    field{"guilds", &shard_state::guilds}, field{"voice", &shard_state::voice_channels},
    field{"hot", &shard_state::hot_for}, field{"quiet", &shard_state::quiet_for},
    field{"split_rest", &shard_state::split_rest}, field{"merge_rest", &shard_state::merge_rest},
    field{"move_rest", &shard_state::move_rest}, field{"leave_rest", &shard_state::leave_rest});

template <> inline constexpr auto of<situation> = std::tuple(
    field{"policy", &situation::with}, field{"starts", &situation::starts}, field{"shadow_passed", &situation::shadow_passed},
    field{"multiple", &situation::multiple}, field{"under_way", &situation::under_way},
    field{"uneven", &situation::uneven_for}, field{"crowded", &situation::crowded_for}, field{"roomy", &situation::roomy_for},
    field{"grow_rest", &situation::grow_rest}, field{"shrink_rest", &situation::shrink_rest},
    field{"collections", &situation::collections}, field{"shards", &situation::shards});

template <> inline constexpr auto of<move> = std::tuple(
    field{"move", &move::slot}, field{"from", &move::from}, field{"to", &move::to});
template <> inline constexpr auto of<replace> = std::tuple(
    field{"replace", &replace::older}, field{"by", &replace::newer}, field{"in", &replace::collection});
template <> inline constexpr auto of<retire_collection> = std::tuple(field{"retire", &retire_collection::number});

template <> inline constexpr auto of<refused> = std::tuple(
    field{"what", &refused::what}, field{"subject", &refused::subject}, field{"reason", &refused::reason},
    field{"text", &refused::text});

template <> inline constexpr auto of<decision> = std::tuple(
    field{"what", &decision::what}, field{"actions", &decision::actions}, field{"why", &decision::why},
    field{"identifies", &decision::identifies}, field{"usually_ms", &decision::usually},
    field{"busiest", &decision::busiest}, field{"busiest_after", &decision::busiest_after},
    field{"overlap", &decision::overlap}, field{"refusals", &decision::refusals});

template <> inline constexpr auto of<record> = std::tuple(
    field{"decision", &record::number}, field{"done", &record::was_to_be_done},
    field{"situation", &record::at}, field{"result", &record::what});
// clang-format on

}  // namespace tinfoil::scaling::fields
