#include "collection/uplink.hpp"

namespace tinfoil::collection {

std::uint64_t uplink::rest(discord::rest_request request, rest_done done)
{
    const std::uint64_t id = ++last_id_;
    requests_.emplace(id, std::move(done));
    send_(link::rest{id, std::move(request)});
    return id;
}

void uplink::cancel_rest(std::uint64_t id)
{
    if (requests_.erase(id) != 0)
        send_(link::rest_cancel{id});
}

void uplink::read_value(const std::string& plugin, const std::string& key, value_read done)
{
    const std::uint64_t id = ++last_id_;
    values_.emplace(id, std::move(done));
    send_(link::value_read{id, plugin, key});
}

void uplink::write_value(const std::string& plugin, const std::string& key,
                         std::optional<std::string> value, value_written done)
{
    const std::uint64_t id = ++last_id_;
    values_.emplace(id, [then = std::move(done)](const result<std::optional<std::string>>& answer) {
        then(answer ? result<void>() : answer.error());
    });
    send_(link::value_write{id, plugin, key, std::move(value)});
}

void uplink::on(link::rest_answer answer)
{
    auto node = requests_.extract(answer.id);
    if (node.empty())
        return;
    if (answer.failed)
        node.mapped()(std::move(*answer.failed));
    else
        node.mapped()(std::move(answer.response));
}

void uplink::on(link::value_answer answer)
{
    auto node = values_.extract(answer.id);
    if (node.empty())
        return;
    if (answer.failed)
        node.mapped()(std::move(*answer.failed));
    else
        node.mapped()(std::move(answer.value));
}

}  // namespace tinfoil::collection
