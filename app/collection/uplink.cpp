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

std::uint64_t uplink::ask_value(sharing::question what, value_done done)
{
    const std::uint64_t id = ++last_id_;
    const std::size_t bytes = sharing::bytes_of(what);
    auto refusal = sharing::refusal_of(what);
    if (!refusal && bytes > under_way_max - under_way_) {
        refusal.emplace();
        refusal->how = sharing::verdict::busy;
        refusal->text = "more than 96 MiB of operations would be under way: ask again";
    }
    values_.emplace(id, pending_value{std::move(done), refusal ? 0 : bytes});
    if (refusal) {
        refuse_value(id, std::move(*refusal));
        return id;
    }
    under_way_ += bytes;
    send_(link::value_asked{id, std::move(what)});
    return id;
}

// Whoever asked has not returned yet.
void uplink::refuse_value(std::uint64_t id, sharing::answer why)
{
    later_([this, id, why = std::move(why), alive = std::weak_ptr(alive_)] {
        if (!alive.expired())
            on(link::value_answered{id, why});
    });
}

void uplink::leave_value(std::uint64_t id)
{
    const auto own = values_.find(id);
    if (own == values_.end())
        return;
    // What it holds of the link it holds until it is answered.
    own->second.done = nullptr;
    send_(link::value_left{id});
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

void uplink::on(link::value_answered answer)
{
    auto node = values_.extract(answer.id);
    if (node.empty())
        return;
    under_way_ -= node.mapped().bytes;
    if (node.mapped().done)
        node.mapped().done(std::move(answer.what));
}

}  // namespace tinfoil::collection
