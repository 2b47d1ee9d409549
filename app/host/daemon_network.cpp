#include "host/daemon_parts.hpp"
#include "host/earlier_sessions.hpp"
#include "host/network_breakpoints.hpp"

#include <fmt/format.h>
#include <utility>

namespace tinfoil::host {
namespace {

// Of a file's SHA-256, as collections name a build.
constexpr std::size_t build_digits = 16;

}  // namespace

bool daemon::awaits_network() const
{
    return how_.network.manager == network_settings::kind::plugin && !how_.in_process &&
           !breakpoints_;
}

// Before the first collection: it creates them, and says how many there may be.
void daemon::begin_network(const facts& of)
{
    begins_with_ = of;
    if (network_)
        return;
    const auto found = desk_->network_manager();
    if (!found)
        return bot_.tell(start_failed{found.error()});
    network_plugin::settings how;
    how.work.plugin = how_.network.plugin;
    how.work.build = found->what.sha256.substr(0, build_digits);
    how.work.file = found->file.string();
    how.work.application = of.application.id.value;
    how.work.handler_warn = how_.handler_warn;
    how.work.handler_hung = how_.handler_hung;
    const auto own = how_.plugin_settings.find(how_.network.plugin);
    how.work.settings = own == how_.plugin_settings.end() ? "{}" : own->second;
    how.version = found->what.about.version;
    how.executable = how_.executable;
    how.node = store_->node();
    how.folder = run_folder(how_.state) / "network";
    how.states = how_.state / "plugin_states" / "network";
    how.seed = net::entropy();
    network_ = std::make_unique<network_plugin>(network_plugin::parts{loop_, *rest_, counted_,
                                                                      log_.of(log_area::shards),
                                                                      log_.of(log_area::plugins)},
                                                std::move(how));
    network_->begin([this](const result<scaling_choice>& wants) { network_began(wants); });
}

void daemon::network_began(const result<scaling_choice>& wants)
{
    if (ended_ || told_to_stop_)
        return;
    if (!wants)
        return bot_.tell(
            start_failed{{wants.error().code,
                          fmt::format("the network manager {} of [network] can't be used: {}",
                                      network_->name(), wants.error().detail)}});
    if (auto fits = apply_breakpoints(how_, *wants, network_->name()); !fits)
        return bot_.tell(start_failed{fits.error()});
    breakpoints_ = *wants;
    people_.note("collections come up by the network manager " + network_->name());
    begin_shards(*std::exchange(begins_with_, std::nullopt));
    // What was known came too early for them.
    if (collections_ && facts_known_)
        ask_budget();
}

// What it brought up is brought down before it ends, and it before the loop.
void daemon::end_network()
{
    const auto then = [this] { network_->end([this] { loop_.stop(); }); };
    if (collections_)
        collections_->close_network(then);
    else
        then();
}

}  // namespace tinfoil::host
