#include "collection/uplink.hpp"

namespace tinfoil::collection {

namespace {

std::size_t bytes_of(const discord::rest_request& what)
{
    std::size_t all = what.path.size() + what.body.size() + what.audit_log_reason.size();
    for (const auto& each : what.files)
        all += each.bytes.size() + each.filename.size();
    return all;
}

error too_large(std::size_t bytes)
{
    return {errc::too_large, "an operation of " + std::to_string(bytes) +
                                 " bytes is too large, alone or with what is under way"};
}

}  // namespace

std::uint64_t uplink::rest(discord::rest_request request, rest_done done)
{
    const std::uint64_t id = ++last_id_;
    const std::size_t bytes = bytes_of(request);
    const bool fits = bytes <= operation_bytes_max && bytes <= under_way_max - under_way_;
    under_way_ += fits ? bytes : 0;
    requests_.emplace(id, pending{std::move(done), fits ? bytes : 0});
    if (fits)
        send_(link::rest{id, std::move(request)});
    else
        later_([this, id, bytes, alive = std::weak_ptr(alive_)] {
            if (!alive.expired())
                on(link::rest_answer{id, {}, too_large(bytes)});
        });
    return id;
}

void uplink::cancel_rest(std::uint64_t id)
{
    const auto node = requests_.extract(id);
    if (node.empty())
        return;
    under_way_ -= node.mapped().bytes;
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
    const std::size_t bytes = key.size() + (value ? value->size() : 0);
    if (bytes > operation_bytes_max)
        return later_([this, id, bytes, alive = std::weak_ptr(alive_)] {
            if (!alive.expired())
                on(link::value_answer{id, {}, too_large(bytes)});
        });
    send_(link::value_write{id, plugin, key, std::move(value)});
}

void uplink::on(link::rest_answer answer)
{
    auto node = requests_.extract(answer.id);
    if (node.empty())
        return;
    under_way_ -= node.mapped().bytes;
    if (answer.failed)
        node.mapped().done(std::move(*answer.failed));
    else
        node.mapped().done(std::move(answer.response));
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
