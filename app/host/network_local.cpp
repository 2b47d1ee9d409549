#include "host/network_manager.hpp"

namespace tinfoil::host {
namespace {

class local_manager final : public network_manager {
public:
    explicit local_manager(surroundings around) : around_(std::move(around)) {}

    result<std::unique_ptr<peer>> start(const peer::identity& who, const std::string& executable,
                                        peer::listener to) override
    {
        return peer::process(around_.loop, executable, around_.lock, who, std::move(to));
    }

private:
    surroundings around_;
};

}  // namespace

std::unique_ptr<network_manager> network_manager::local(surroundings around)
{
    return std::make_unique<local_manager>(std::move(around));
}

}  // namespace tinfoil::host
