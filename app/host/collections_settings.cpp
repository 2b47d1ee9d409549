#include "host/collections_settings.hpp"

#include "host/earlier_sessions.hpp"
#include "net/clock.hpp"

namespace tinfoil::host {

collections::settings settings_of(const config& how, const std::filesystem::path& plugins)
{
    collections::settings made;
    made.welcome = welcome_of(how);
    made.welcome.plugins = plugins.string();
    made.run_folder = run_folder(how.state).string();
    made.state_folder = how.state.string();
    made.executable = how.executable;
    made.newer_executable = how.newer_executable;
    made.network = how.network;
    made.scaler = how.scaler;
    made.in_process = how.in_process;
    made.care = {how.care, how.state};
    made.seed = net::entropy();
    made.ledger.reserve_percent = how.identify_reserve;
    return made;
}

void take_settings(link::welcome& own, const link::welcome& fresh)
{
    own.plugin_settings = fresh.plugin_settings;
    own.compression = fresh.compression;
    own.resume_patience = fresh.resume_patience;
    own.drop_when_full = fresh.drop_when_full;
    own.handler_warn = fresh.handler_warn;
    own.handler_hung = fresh.handler_hung;
    own.guilds_max = fresh.guilds_max;
    own.guild_bytes_max = fresh.guild_bytes_max;
}

}  // namespace tinfoil::host
