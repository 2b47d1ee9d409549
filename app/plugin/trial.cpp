#include "plugin/trial.hpp"

#include "version.hpp"

#include <cstddef>

namespace tinfoil::plugin {
namespace {

// While it is made a plugin may only look at the host. One that asks for more gets nothing.
tinfoil_host host_that_grants_nothing(std::string& failure)
{
    tinfoil_host made{};
    made.size = sizeof made;
    made.abi_major = TINFOIL_ABI_MAJOR;
    made.abi_minor = TINFOIL_ABI_MINOR;
    made.context = reinterpret_cast<tinfoil_context*>(&failure);
    made.version = {tinfoil::version.data(), tinfoil::version.size()};
    made.log = [](tinfoil_context*, int32_t, tinfoil_str) {};
    made.post = [](tinfoil_context*, uint64_t) -> int32_t { return TINFOIL_E_PLUGIN; };
    made.rest = [](tinfoil_context*, const tinfoil_rest*, uint64_t) -> tinfoil_op { return 0; };
    made.timer = [](tinfoil_context*, uint64_t, uint64_t) -> tinfoil_op { return 0; };
    made.cancel = [](tinfoil_context*, tinfoil_op) -> int32_t { return TINFOIL_NOTHING; };
    made.fail = [](tinfoil_context* context, tinfoil_str text) -> int32_t {
        reinterpret_cast<std::string*>(context)->assign(text.ptr, text.len);
        return TINFOIL_OK;
    };
    made.event_done = [](tinfoil_context*, uint64_t) {};
    made.extension = [](tinfoil_context*, const char*) -> const void* { return nullptr; };
    made.write_state = [](tinfoil_context*, tinfoil_str) -> int32_t { return TINFOIL_E_PLUGIN; };
    made.dirty = [](tinfoil_context*) -> int32_t { return TINFOIL_OK; };
    return made;
}

}  // namespace

result<void> try_out(const library& what)
{
    std::string failure;
    const tinfoil_host host = host_that_grants_nothing(failure);
    tinfoil_plugin made{};
    made.size = sizeof made;
    if (what.entry().create(&host, &made) < 0)
        return error{errc::plugin_refused, "it refused to be created: " +
                                               (failure.empty() ? "it gave no reason" : failure)};
    if (made.size < offsetof(tinfoil_plugin, save) || made.start == nullptr ||
        made.event == nullptr || made.complete == nullptr || made.pending == nullptr ||
        made.cancel_all == nullptr || made.stop == nullptr || made.destroy == nullptr)
        return error{errc::plugin_refused, "it did not fill its table of functions"};
    made.destroy(made.self);
    return {};
}

}  // namespace tinfoil::plugin
