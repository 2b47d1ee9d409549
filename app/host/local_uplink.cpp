#include "host/local_uplink.hpp"

#include "net/clock.hpp"

#include <boost/asio/post.hpp>

namespace tinfoil::host {
namespace asio = boost::asio;

std::uint64_t local_uplink::rest(discord::rest_request request, rest_done done)
{
    // Enough of the request to count its answer, without a second copy of body and files.
    discord::rest_request counted;
    counted.method = request.method;
    counted.path = request.path;
    return with_.rest.submit(std::move(request), [this, counted = std::move(counted),
                                                  then = std::move(done)](auto answer) {
        if (answer)
            with_.counted.answered(counted, answer->status);
        then(std::move(answer));
    });
}

void local_uplink::queue_identify(discord::slot slot, turn_granted granted)
{
    with_.turns.request(slot, std::move(granted));
}

void local_uplink::read_value(const std::string& plugin, const std::string& key, value_read done)
{
    asio::post(with_.loop,
               [answer = with_.store.value(plugin, key), then = std::move(done)] { then(answer); });
}

void local_uplink::write_value(const std::string& plugin, const std::string& key,
                               std::optional<std::string> value, value_written done)
{
    asio::post(with_.loop, [answer = with_.store.set_value(plugin, key, value),
                            then = std::move(done)] { then(answer); });
}

void local_uplink::shard_moved(discord::slot slot, gateway::state to, const std::string& why)
{
    with_.people.shard_moved(slot, to, why);
}

void local_uplink::session_established(discord::slot, const gateway::resume_point&) {}

void local_uplink::session_resumed(discord::slot)
{
    with_.counted.resumed();
}

void local_uplink::event_dispatched(discord::slot, std::string_view type, std::string_view data)
{
    with_.counted.event(type, data, false, net::now());
}

void local_uplink::shard_stopped(discord::slot, const error& why)
{
    with_.people.warn(why.detail);
    with_.shard_given_up(why);
}

void local_uplink::plugin_logged(const std::string& plugin, int level, const std::string& text)
{
    with_.people.plugin_logged(plugin, level, text);
}

}  // namespace tinfoil::host
