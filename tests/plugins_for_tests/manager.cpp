// A network manager of which this or that goes wrong, as its setting says.
#include <tinfoil/network.hpp>

using namespace tinfoil;

constexpr about info{
    .name = "manager",
    .version = "1.0.0",
    .description = "Creates nothing",
    .settings = {{.name = "wrong", .description = "What goes wrong", .type = setting::text}}};

class manager : public shard_network_manager {
public:
    explicit manager(host& from)
        : shard_network_manager(from),
          wrong_(setting<std::string>("wrong"))
    {
        if (wrong_ == "constructor")
            throw std::runtime_error("there is no cluster at 192.0.2.1");
    }

private:
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
