// Collections that come up by the operator's commands.
#include "host/network_joining.hpp"
#include "net/child_process.hpp"

#include <map>
#include <utility>
#include <vector>

namespace tinfoil::host {
namespace {

class commands final : public network_crew {
public:
    commands(boost::asio::io_context& loop, network_settings how,
             std::function<void(turns_input)> to)
        : loop_(loop),
          how_(std::move(how)),
          to_(std::move(to))
    {
        to_(crew_came{});
    }

    void give(const give_turn& what, const network_call& with) override
    {
        const bool is_up = what.what == network_deed::up;
        auto made = run(is_up ? how_.up : how_.down, with, [this, id = what.id](std::string end) {
            const auto ended = running_.extract(id);
            to_(turn_ended{id, end == "exit code 0" ? "" : std::move(end)});
        });
        if (!made)
            return to_(turn_ended{what.id, made.error().detail});
        running_.emplace(what.id, std::move(*made));
        // One that serves in the foreground ends with its process.
        if (const auto up = ups_.find(what.epoch); !is_up && up != ups_.end()) {
            running_.erase(up->second);
            ups_.erase(up);
        }
        if (is_up)
            ups_[what.epoch] = what.id;
    }

    void end(std::uint64_t id) override
    {
        if (const auto own = running_.find(id); own != running_.end())
            own->second->kill();
    }

    void finish() override
    {
        for (auto& [id, each] : running_)
            if (is_down(id))
                each->await_end(std::chrono::duration_cast<std::chrono::milliseconds>(
                    network_turns::end_patience));
    }

private:
    [[nodiscard]] bool is_down(std::uint64_t id) const
    {
        for (const auto& [epoch, up] : ups_)
            if (up == id)
                return false;
        return true;
    }

    // What is said on its output belongs to the host's own.
    result<std::unique_ptr<net::child_process>> run(const std::string& command,
                                                    const network_call& with,
                                                    std::function<void(std::string)> ended)
    {
        net::child_process::how what;
        what.executable = "/bin/sh";
        what.arguments = {"-c", command};
        what.withheld = {"DISCORD_TOKEN"};
        what.added = {"TINFOIL_COLLECTION=" + std::to_string(with.number),
                      "TINFOIL_EPOCH=" + std::to_string(with.epoch),
                      "TINFOIL_SOCKET=" + with.socket,
                      "TINFOIL_KEY=" + with.key,
                      "TINFOIL_RUN=" + with.run,
                      "TINFOIL_EXECUTABLE=" + with.executable};
        return net::child_process::start(loop_, what, std::move(ended));
    }

    boost::asio::io_context& loop_;
    network_settings how_;
    std::function<void(turns_input)> to_;
    std::map<std::uint64_t, std::unique_ptr<net::child_process>> running_;  // By order.
    std::map<std::uint64_t, std::uint64_t> ups_;  // Epoch to the order, as long as it is up.
};

}  // namespace

result<std::unique_ptr<network_manager>> network_manager::exec(surroundings around,
                                                               network_settings how)
{
    auto& loop = around.loop;
    return joining_manager::make(
        std::move(around),
        {network_turns("the up command of [network]", "the down command of [network]"),
         [&loop, how = std::move(how)](std::function<void(turns_input)> to) {
             return std::make_unique<commands>(loop, how, std::move(to));
         }});
}

}  // namespace tinfoil::host
