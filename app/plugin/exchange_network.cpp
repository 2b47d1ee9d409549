#include "plugin/exchange.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

/// What a network manager is asked, and what it answers.
namespace tinfoil::plugin {
namespace {

tinfoil_str borrow(std::string_view text)
{
    return {text.data(), text.size()};
}

result<void> answer_of(int32_t status, std::string text)
{
    if (status >= 0)
        return {};
    return error{errc::plugin_refused, text.empty() ? "it gave no reason" : std::move(text)};
}

}  // namespace

exchange::network_permit::network_permit(exchange& of, bool may) : of_(of)
{
    of_.may_manage_ = may;
    of_.is_starting_ = true;
}

void exchange::fill_network()
{
    network_.size = sizeof network_;
    network_.listen = [](tinfoil_context* from, const tinfoil_network_hooks* what,
                         tinfoil_str breakpoints, void* self) -> int32_t {
        if (!of(from).is_home("listen"))
            return TINFOIL_E_PLUGIN;
        return of(from).manage(*what, {breakpoints.ptr, breakpoints.len}, self);
    };
    network_.done = [](tinfoil_context* from, uint64_t token, int32_t status,
                       tinfoil_str text) -> int32_t {
        if (!of(from).is_home("done"))
            return TINFOIL_NOTHING;
        return of(from).answer_order(
            token, status, text.len == 0 ? std::string() : std::string(text.ptr, text.len));
    };
}

int32_t exchange::manage(const tinfoil_network_hooks& what, std::string_view breakpoints,
                         void* self)
{
    tinfoil_network_hooks taken{};
    // One that was built before a field has nothing there.
    std::memcpy(&taken, &what, std::min<std::size_t>(what.size, sizeof taken));
    if (!is_starting_ || is_network_ || taken.up == nullptr || taken.down == nullptr) {
        refusal_text() = "a network manager says so once, inside start(), with up and down";
        return TINFOIL_E_PLUGIN;
    }
    is_network_ = true;
    manager_ = taken;
    manages_ = self;
    breakpoints_ = breakpoints;
    return TINFOIL_OK;
}

void exchange::order(const network_order& what, ordered done)
{
    using deed = network_order::deed;
    const tinfoil_network_call call = what.what == deed::up     ? manager_.up
                                      : what.what == deed::down ? manager_.down
                                                                : manager_.stands;
    if (call == nullptr)
        return done({});
    if (orders_.size() >= orders_max)
        return done(error{errc::plugin_refused, "4096 orders wait for its answers already"});
    const std::uint64_t token = what.what == deed::stands ? 0 : ++last_order_;
    tinfoil_network_order passed{};
    passed.size = sizeof passed;
    passed.collection = what.collection;
    passed.epoch = what.epoch;
    passed.token = token;
    passed.patience_ms = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(what.patience).count());
    passed.socket = borrow(what.socket);
    passed.key = borrow(what.key.reveal());
    passed.run = borrow(what.run);
    passed.executable = borrow(what.executable);
    if (token != 0)
        orders_.emplace(token, std::move(done));
    refusal_text().clear();
    const int32_t status = run(entry::network, [&] { return call(manages_, &passed); });
    if (token == 0)
        return done(answer_of(status, refusal_text()));
    if (status != TINFOIL_PENDING)
        answer_order(token, status, refusal_text());
}

int32_t exchange::answer_order(std::uint64_t token, int32_t status, std::string text)
{
    auto node = orders_.extract(token);
    if (node.empty())
        return TINFOIL_NOTHING;
    node.mapped()(answer_of(status, std::move(text)));
    return TINFOIL_OK;
}

}  // namespace tinfoil::plugin
