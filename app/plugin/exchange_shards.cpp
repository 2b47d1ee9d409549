#include "plugin/exchange.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

/// What a plugin gives along with a shard that moves.
namespace tinfoil::plugin {
namespace {

error refusal(const std::string& doing, const std::string& why)
{
    return {errc::plugin_refused, doing + ": " + (why.empty() ? "it gave no reason" : why)};
}

}  // namespace

void exchange::fill_shards()
{
    shards_.size = sizeof shards_;
    shards_.listen = [](tinfoil_context* from, const tinfoil_shard_hooks* what, void* self) {
        exchange& own = of(from);
        if (!own.is_home("listen"))
            return;
        own.hooks_ = {};
        own.hooked_ = self;
        // One that was built before a field has nothing there.
        if (what != nullptr)
            std::memcpy(&own.hooks_, what, std::min<std::size_t>(what->size, sizeof own.hooks_));
    };
    shards_.write = [](tinfoil_context* from, tinfoil_str bytes) -> int32_t {
        if (!of(from).is_home("write"))
            return TINFOIL_E_PLUGIN;
        return of(from).write_part({bytes.ptr, bytes.len});
    };
}

int32_t exchange::write_part(std::string_view bytes)
{
    if (part_ == nullptr) {
        refusal_text() = "write() is for inside leaving()";
        return TINFOIL_E_PLUGIN;
    }
    if (bytes.size() > shard_part_bytes_max - part_->size()) {
        refusal_text() = "8 MiB may go along with a shard";
        part_is_too_large_ = true;
        return TINFOIL_E_QUOTA;
    }
    part_->append(bytes);
    return TINFOIL_OK;
}

result<std::string> exchange::leaving(discord::slot which)
{
    std::string part;
    if (hooks_.leaving == nullptr)
        return part;
    refusal_text().clear();
    part_is_too_large_ = false;
    part_ = &part;
    const int32_t status =
        run(entry::shard, [&] { return hooks_.leaving(hooked_, which.id, which.count); });
    part_ = nullptr;
    if (status < 0 || part_is_too_large_)
        return refusal("nothing of it goes along with shard " + to_string(which), refusal_text());
    return part;
}

result<void> exchange::arrived(discord::slot which, std::string_view part)
{
    const std::string doing = "what came along with shard " + to_string(which) + " is lost";
    if (hooks_.arrived == nullptr)
        return refusal(doing, "it has no on_shard_arrived()");
    refusal_text().clear();
    const int32_t status = run(entry::shard, [&] {
        return hooks_.arrived(hooked_, which.id, which.count, {part.data(), part.size()});
    });
    if (status < 0)
        return refusal(doing, refusal_text());
    return {};
}

}  // namespace tinfoil::plugin
