// What goes along with a shard, over the C boundary: tests/plugins_for_tests/mover.cpp.
#include "plugin/exchange.hpp"
#include "plugin/instance.hpp"
#include "support/fake_services.hpp"
#include "support/temporary_folder.hpp"

using namespace tinfoil;
using namespace tinfoil::plugin;

namespace {

struct scene {
    explicit scene(const std::string& plugin = "mover", const std::string& settings = "{}")
    {
        auto file =
            library::open(TINFOIL_BUILD_DIR "/test_plugins/" + plugin + ".so", folder.path());
        REQUIRE(file);
        auto started = instance::start(std::move(*file), services, settings);
        REQUIRE(started);
        it = std::move(*started);
        services.calls.clear();
    }
    void say(std::uint64_t guild, const std::string& text = "hello")
    {
        const std::string data = R"({"id":"1","channel_id":"2","guild_id":")" +
                                 std::to_string(guild) + R"(","content":")" + text + "\"}";
        event what{.slot = {0, 1}, .sequence = 1, .type = "MESSAGE_CREATE", .data = data};
        what.ids.guild = guild;
        it->handle(what, [] {});
    }
    result<std::string> leave(discord::slot which)
    {
        std::optional<result<std::string>> got;
        it->shard_leaves(which, [&](result<std::string> part) {
            CHECK_FALSE(got);
            got = std::move(part);
        });
        REQUIRE(got);
        return *got;
    }

    support::temporary_folder folder;
    support::fake_services services;
    std::unique_ptr<instance> it;
};

// A guild of shard 1/2, and one of 0/2.
constexpr std::uint64_t odd = 1ULL << 22, even = 2ULL << 22;

}  // namespace

TEST_CASE("exchange: what is known of the guilds of one shard goes along with it, once")
{
    scene from;
    from.say(odd);
    from.say(odd, "wait");  // Its handler goes on for an hour, and is asked about nothing.
    from.say(even);
    from.services.calls.clear();
    CHECK(*from.leave({1, 2}) == "{\"" + std::to_string(odd) + "\":2}");
    CHECK(from.services.calls == "6");  // It ran as what it is, and was measured.
    CHECK(*from.leave({1, 2}) == "{}");
    from.say(even);
    CHECK(from.services.logged.find("guild " + std::to_string(even) + " has 2\n") !=
          std::string::npos);

    scene to;
    to.it->shard_arrives({1, 2}, "{\"" + std::to_string(odd) + "\":2}");
    CHECK(to.services.calls == "6");
    to.say(odd);
    CHECK(to.services.logged.find("guild " + std::to_string(odd) + " has 3\n") !=
          std::string::npos);
}

TEST_CASE(
    "exchange: one that fails to say what goes along is named, and what fails to come is logged")
{
    scene throws("mover", R"({"on_leaving":"throw"})");
    const auto thrown = throws.leave({1, 2});
    REQUIRE_FALSE(thrown);
    CHECK(thrown.error().code == errc::plugin_refused);
    CHECK(thrown.error().detail == "nothing of it goes along with shard 1/2: on_shard_leaving() "
                                   "threw: as it was asked to");
    throws.it->shard_arrives({1, 2}, "throw");
    CHECK(throws.services.logged == "what came along with shard 1/2 is lost: on_shard_arrived() "
                                    "threw: as it was asked to\n");
    CHECK_FALSE(throws.services.is_inside);

    scene large("mover", R"({"on_leaving":"large"})");
    const auto refused = large.leave({1, 2});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.find("8 MiB") != std::string::npos);
}

TEST_CASE("exchange: a plugin without hooks gives nothing along, and says that something is lost")
{
    scene plain("plain_c");
    CHECK(plain.leave({0, 1})->empty());
    plain.it->shard_arrives({0, 1}, "part");
    CHECK(plain.services.calls.empty());
    CHECK(plain.services.logged ==
          "what came along with shard 0/1 is lost: it has no on_shard_arrived()\n");
}

TEST_CASE("exchange: bytes are written inside of leaving() only, and never too many")
{
    struct bare final : exchange {
        explicit bare(sharing_services& with) : exchange(with) {}
        bool is_home(const char*) override { return true; }
        tinfoil_op begin_operation(kind) override { return 0; }
        void is_known_as(tinfoil_op, std::uint64_t) override {}
        void complete(tinfoil_op, std::uint64_t, int, int32_t, int, std::string_view) override {}
        int32_t run(entry, const std::function<int32_t()>& code) override { return code(); }
        std::string& refusal_text() override { return text; }
        using exchange::arrived;
        using exchange::context;
        using exchange::extension_of;
        using exchange::leaving;
        std::string text;
    };
    support::fake_services services;
    bare own(services);
    static const tinfoil_shards* shards;
    static tinfoil_context* context;
    shards = static_cast<const tinfoil_shards*>(own.extension_of(TINFOIL_EXT_SHARDS));
    context = own.context();
    REQUIRE(shards != nullptr);
    CHECK(shards->write(context, {"x", 1}) == TINFOIL_E_PLUGIN);

    // As one that was built before arrived(): what stands behind its size is not read.
    tinfoil_shard_hooks hooks{};
    hooks.size = offsetof(tinfoil_shard_hooks, arrived);
    hooks.leaving = [](void* bytes, uint32_t, uint32_t) -> int32_t {
        const std::string each(*static_cast<std::size_t*>(bytes), 'x');
        for (int at = 0; at < 2; ++at)
            shards->write(context, {each.data(), each.size()});
        return TINFOIL_OK;  // It does not look at what write() says.
    };
    hooks.arrived = [](void*, uint32_t, uint32_t, tinfoil_str) -> int32_t { std::abort(); };
    std::size_t half = shard_part_bytes_max / 2;
    shards->listen(context, &hooks, &half);
    CHECK(own.leaving({0, 1})->size() == shard_part_bytes_max);
    ++half;
    CHECK_FALSE(own.leaving({0, 1}));
    CHECK_FALSE(own.arrived({0, 1}, "x"));
    shards->listen(context, nullptr, nullptr);
    CHECK(own.leaving({0, 1})->empty());
}

TEST_CASE("manifest: tinfoil's own event is listed like those of Discord's, and costs no intent")
{
    const auto read = parse_manifest(R"({"name":"a","version":"1","events":["TINFOIL_GAP"]})");
    REQUIRE(read);
    CHECK(read->events == std::vector<std::string>{std::string(gap_event)});
    CHECK(read->intents == 0);
    CHECK_FALSE(parse_manifest(R"({"name":"a","version":"1","events":["TINFOIL_OTHER"]})"));
}
