// What REST gets of the simulator around it.
#include "discordsim/rest.hpp"
#include "discordsim/simulator.hpp"

namespace tinfoil::discordsim {

void simulator::on_request(const request& got, instant now, actions& todo)
{
    const surroundings with{
        settings_,
        world_,
        witness_,
        [&](const announcement& what) {
            announce({what.type, what.id, what.guild}, what.intents, what.data, todo);
        },
        [&](std::string_view type, const written& what) { announce_message(what, todo, type); },
        [this](bool plain) -> const std::string& { return gateway_url(plain); },
        token_dead_};
    rest_->on(got, now, with, todo);
}

}  // namespace tinfoil::discordsim
