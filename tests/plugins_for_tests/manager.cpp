// A network manager of which this or that goes wrong, as its setting says.
#include <tinfoil/network.hpp>

using namespace tinfoil;

constexpr about info{
    .name = "manager",
    .version = "1.0.0",
    .description = "Creates nothing",
    .settings = {{.name = "wrong", .description = "What goes wrong", .type = setting::text}},
    .state_version = 1};

class manager : public shard_network_manager {
public:
    explicit manager(host& from)
        : shard_network_manager(from),
          wrong_(setting<std::string>("wrong"))
    {
        if (wrong_ == "constructor")
            throw std::runtime_error("there is no cluster at 192.0.2.1");
        if (wrong_ == "nothing")
            start("what any plugin can do", try_all());
    }

    [[nodiscard]] std::string save() const override { return "saved"; }
    bool restore(std::string_view what, std::uint32_t) override
    {
        log("restored " + std::string(what));
        return true;
    }

private:
    // Begun before there is any collection.
    task<> try_all()
    {
        co_await store().put("key", "value");
        const auto value = co_await store().get("key");
        log("the store has " + value.value_or("nothing"));
        const rest_result me = co_await rest().users().me().get();
        log("REST says " + std::to_string(me.status()));
        const auto joined = co_await join_voice(1, 2);
        log("voice: " + joined.message());
        const message_replies replies = co_await to_all().request("hello");
        log("messages: " + std::string(replies.begin()->text()));
        log("all is tried");
    }

    [[nodiscard]] options breakpoints() const override
    {
        options made;
        if (wrong_ == "breakpoints")
            made.grow_at = 30, made.shrink_at = 35;
        if (wrong_ == "range")
            made.room = 300;
        return made;
    }
    task<> up(collection_wanted what) override
    {
        if (wrong_ == "up")
            throw std::runtime_error("no machine has room for " + std::to_string(what.number));
        co_await sleep(std::chrono::hours(1));
    }
    task<> down(collection_gone what) override
    {
        log("down " + std::to_string(what.number));
        co_return;
    }

    std::string wrong_;
};

TINFOIL_PLUGIN(manager, info)
