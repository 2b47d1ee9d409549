#include "collection/handover_report.hpp"

#include <boost/json.hpp>

namespace tinfoil::collection {
namespace {

namespace json = boost::json;

json::object proofs_object(const std::array<std::uint64_t, handoff::proofs>& all)
{
    json::object made;
    for (std::size_t i = 0; i < all.size(); ++i)
        made[handoff::name(static_cast<handoff::proof>(i))] = all.at(i);
    return made;
}

json::array streams_array(const std::vector<handoff::stream_id>& all)
{
    json::array made;
    for (const handoff::stream_id& each : all)
        made.emplace_back(in_words(each));
    return made;
}

}  // namespace

std::string in_words(const handoff::stream_id& which)
{
    switch (which.of) {
    case handoff::stream_id::kind::guild:
        return "guild " + discord::to_string(which.id);
    case handoff::stream_id::kind::dm:
        return "the DM in channel " + discord::to_string(which.id);
    case handoff::stream_id::kind::other:
        break;
    }
    return "what belongs to no guild";
}

std::string report_json(const handoff::report& what)
{
    json::object counts;
    for (const auto& [name, count] : what.count.list())
        counts[name] = count;
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(what.took).count();
    return json::serialize(json::object{
        {"committed", what.committed},
        {"exact", what.exact},
        {"why", what.why},
        {"took_ms", took},
        {"proven",
         {{"lasting", proofs_object(what.lasting)}, {"ephemeral", proofs_object(what.ephemeral)}}},
        {"absent", what.absent},
        {"counters", std::move(counts)},
        {"guessed", streams_array(what.guessed)},
        {"gaps", streams_array(what.gaps)},
        {"held_up_by", streams_array(what.held_up_by)}});
}

}  // namespace tinfoil::collection
