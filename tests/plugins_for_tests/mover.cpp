// Counts messages of each guild, and takes the counts along when a shard moves. Says each count,
// and what comes, leaves and may be missing.
#include <map>
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

constexpr about info{
    .name = "mover",
    .version = "1.0.0",
    .description = "Counts messages of each guild",
    .events = {event::message_create, event::tinfoil_gap},
    .intents = {intent::message_content},
    .settings = {{.name = "on_leaving", .description = "What goes wrong", .type = setting::text}}};

class mover : public plugin {
public:
    explicit mover(host& from) : plugin(from), wrong_(setting<std::string>("on_leaving"))
    {
        on(event::message_create, [this](event said) -> task<> {
            log("guild " + std::to_string(said.guild_id()) + " has " +
                std::to_string(++counts_[said.guild_id()]));
            if (said.message().content() == "wait")
                co_await sleep(std::chrono::hours(1));
        });
        on_shard_leaving([this](slot which) { return part(which); });
        on_shard_arrived([this](slot which, std::string_view part) {
            if (part == "throw")
                throw std::runtime_error("as it was asked to");
            const boost::json::value known = boost::json::parse(part);
            for (const auto& [guild, count] : known.as_object())
                counts_[std::stoull(std::string(guild))] = count.to_number<std::uint64_t>();
            log("shard " + text_of(which) + " arrived with " + std::string(part));
        });
        on_gap([this](gap lost) -> task<> {
            log("gap of " + std::to_string(lost.guild_id()) + " in " + text_of(lost.shard()));
            std::erase_if(counts_, [&](const auto& each) { return lost.is_about(each.first); });
            co_return;
        });
    }

private:
    static std::string text_of(slot which)
    {
        return std::to_string(which.shard_id) + "/" + std::to_string(which.num_shards);
    }
    std::string part(slot which)
    {
        if (wrong_ == "throw")
            throw std::runtime_error("as it was asked to");
        if (wrong_ == "large")
            return std::string((8U << 20) + 1, 'x');
        boost::json::object part;
        for (const auto& [guild, count] : counts_)
            if (which.serves(guild))
                part[std::to_string(guild)] = count;
        std::erase_if(counts_, [&](const auto& each) { return which.serves(each.first); });
        log("shard " + text_of(which) + " leaves");
        return boost::json::serialize(part);
    }

    std::string wrong_;
    std::map<snowflake, std::uint64_t> counts_;
};

TINFOIL_PLUGIN(mover, info)
