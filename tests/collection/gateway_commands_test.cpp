#include "collection/gateway_commands.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::collection;
using namespace std::chrono_literals;
using discord::command_outcome;

namespace {

struct fake_shard final : command_taker {
    explicit fake_shard(discord::slot which) : own(which) {}
    [[nodiscard]] discord::slot slot() const override { return own; }
    void give(gateway::submit command) override { given.push_back(std::move(command)); }
    void take_back(std::uint64_t command) override { taken_back.push_back(command); }

    discord::slot own;
    std::vector<gateway::submit> given;
    std::vector<std::uint64_t> taken_back;
};

// Guilds 1 and 2 of shards 0/2 and 1/2, whose key is the id's upper part.
std::string guild(std::uint64_t key)
{
    return R"({"guild_id":")" + std::to_string(key << 22 | 5) + "\"}";
}

struct world {
    void serve() { wanted.serve({&even}); }
    std::uint64_t give(int op, const std::string& data)
    {
        return wanted.give(op, data, 5s, [this](const discord::command_answer& what) {
            heard += std::to_string(static_cast<int>(what.how)) + " " + what.text + "\n";
        });
    }
    void pass_time()
    {
        for (const auto& each : std::exchange(posted, {}))
            each();
    }
    template <class Message>
    Message last_sent()
    {
        REQUIRE_FALSE(sent.empty());
        return std::get<Message>(sent.back());
    }

    std::vector<link::message> sent;
    std::vector<std::function<void()>> posted;
    std::function<void(std::function<void()>)> later = [this](std::function<void()> what) {
        posted.push_back(std::move(what));
    };
    uplink up{[this](link::message what) { sent.push_back(std::move(what)); }, later};
    gateway_commands wanted{up, later};
    fake_shard even{{0, 2}};
    std::string heard;
};

}  // namespace

TEST_CASE("commands: a guild's go to its shard, and wait until the shards are there")
{
    world it;
    it.give(8, guild(2));
    CHECK(it.even.given.empty());
    it.serve();
    REQUIRE(it.even.given.size() == 1);
    CHECK(it.even.given[0].what.op == 8);
    CHECK(it.even.given[0].patience == 5s);
    it.wanted.answered(it.even.given[0].id, {command_outcome::done, "{}"});
    CHECK(it.heard == "0 {}\n");
    it.wanted.answered(it.even.given[0].id, {command_outcome::done, "{}"});
    CHECK(it.heard == "0 {}\n");
    const auto id = it.give(43, guild(4));
    it.wanted.take_back(id);
    CHECK(it.even.taken_back == std::vector<std::uint64_t>{it.even.given.back().id});
    it.wanted.answered(it.even.given.back().id, {});
    CHECK(it.heard == "0 {}\n");
    CHECK(it.sent.empty());
}

TEST_CASE("commands: what is none is refused, and never inside the call")
{
    world it;
    it.give(8, "{}");
    it.give(1, guild(2));
    CHECK(it.heard.empty());
    it.pass_time();
    CHECK(it.heard.starts_with("1 opcode 8 needs the id of a guild\n1 opcode 1 is no command"));
    it.heard.clear();
    for (std::size_t i = 0; i < gateway_commands::commands_max + 1; ++i)
        it.give(8, guild(2));
    it.pass_time();
    CHECK(it.heard == "3 4096 commands are under way already\n");
}

TEST_CASE("commands: those for other collections and their answers go by the host")
{
    world it;
    it.serve();
    it.give(8, guild(1));
    const auto asked = it.last_sent<link::gateway_command>();
    CHECK(asked.op == 8);
    CHECK(asked.patience == 5s);
    it.wanted.on(link::gateway_answer{asked.id, {command_outcome::unknown_guild, "no"}});
    CHECK(it.heard == "4 no\n");
    // Of another collection's plugin.
    it.wanted.on(
        link::gateway_command{77, 31, R"({"guild_ids":[")" + std::to_string(2 << 22) + "\"]}", 3s});
    REQUIRE(it.even.given.size() == 1);
    CHECK(it.even.given[0].patience == 3s);
    it.wanted.answered(it.even.given[0].id, {command_outcome::done, R"({"x":1})"});
    CHECK(it.last_sent<link::gateway_answer>().id == 77);
    CHECK(it.last_sent<link::gateway_answer>().what.text == R"({"x":1})");
    it.wanted.on(link::gateway_command{78, 8, guild(2), 3s});
    it.wanted.answered(
        it.even.given[1].id,
        {command_outcome::done, std::string(gateway_commands::passed_bytes_max + 1, ' ')});
    CHECK(it.last_sent<link::gateway_answer>().what.how == command_outcome::too_large);
    it.wanted.on(link::gateway_command{79, 8, guild(3), 3s});
    CHECK(it.last_sent<link::gateway_answer>().what.how == command_outcome::unknown_guild);
    it.wanted.on(link::gateway_command{80, 8, "{", 3s});
    CHECK(it.last_sent<link::gateway_answer>().what.how == command_outcome::invalid);
}

TEST_CASE("commands: a presence goes to the host, and the one that the host tells to every shard")
{
    world it;
    it.wanted.show(R"({"status":"dnd"})");
    it.serve();
    REQUIRE(it.even.given.size() == 1);
    CHECK(it.even.given[0].id == 0);
    CHECK(it.even.given[0].what.data.find("dnd") != std::string::npos);
    it.give(3, R"({"status":"idle"})");
    CHECK(it.even.given.size() == 1);
    const auto told = it.last_sent<link::gateway_command>();
    it.wanted.on(link::gateway_command{0, 3, told.data, {}});
    REQUIRE(it.even.given.size() == 2);
    CHECK(it.even.given[1].what.data.find("idle") != std::string::npos);
    it.wanted.on(link::gateway_answer{told.id, {command_outcome::done, "{}"}});
    CHECK(it.heard == "0 {}\n");
}
