#include "collection/plugin_home.hpp"

#include "collection/last_words.hpp"
#include "net/digest.hpp"

namespace tinfoil::collection {
namespace {

// Of a file's SHA-256; enough to tell builds of one plugin apart.
constexpr std::size_t build_digits = 16;

}  // namespace

plugin_home::plugin_home(parts with)
    : with_(std::move(with)),
      placed_(with_.settings.terms),
      watch_(with_.record.in_charge(), with_.settings.handler_warn,
             [this](std::size_t number, const plugin::call& call, duration took) {
                 with_.up.tell(slow_call(builds_[number].plugin, call, took));
             })
{
}

result<std::unique_ptr<guest>> plugin_home::start(plugin::examined what, std::size_t number)
{
    const std::string name = what.about.name;
    const std::string build = net::sha256_hex(what.bytes).substr(0, build_digits);
    const link::plugin_terms terms = placed_.of(name, build);
    if (!terms.set_aside.empty())
        return error{errc::plugin_refused, "it is in quarantine: " + terms.set_aside};
    with_.record.name_plugin(name, build);
    builds_.push_back({name, build, terms.placement});
    auto started = start_named(std::move(what), number);
    if (!started) {
        with_.record.unname_plugin();
        builds_.pop_back();
    }
    return started;
}

result<std::unique_ptr<guest>> plugin_home::start_named(plugin::examined what, std::size_t number)
{
    const std::string settings = settings_of(what.about.name);
    const guest::home where{with_.loop, with_.up, with_.wanted,
                            with_.work, watch_,   {with_.settings.application},
                            number};
    if (builds_.back().placement == static_cast<std::uint8_t>(link::plugin_placement::process)) {
        auto file = plugin::write_copy(what, with_.settings.private_copies);
        if (!file)
            return file.error();
        isolated::how how = apart(what);
        how.work.file = file->string();
        how.work.settings = settings;
        return guest::start_isolated(where, std::move(how));
    }
    // Static initialisers run while it is loaded.
    watch_.entering(number, {plugin::entry::start});
    auto library = plugin::library::load(std::move(what), with_.settings.private_copies);
    watch_.left();
    if (!library)
        return library.error();
    last_words::knows(number, &library->entry());
    return guest::start(where, std::move(*library), settings);
}

std::string plugin_home::settings_of(const std::string& plugin) const
{
    for (const auto& [name, json] : with_.settings.plugin_settings)
        if (name == plugin)
            return json;
    return "{}";
}

isolated::how plugin_home::apart(const plugin::examined& what)
{
    isolated::how how;
    how.executable = with_.executable;
    how.name = with_.name;
    how.about = what.about;
    how.work.plugin = what.about.name;
    how.work.build = builds_.back().build;
    how.work.private_copies = with_.settings.private_copies;
    // It goes with the copies, whoever ends first.
    how.work.record_file = with_.settings.private_copies + "/" + what.about.name + ".record";
    how.work.application = with_.settings.application;
    how.work.handler_warn = with_.settings.handler_warn;
    how.work.handler_hung = with_.settings.handler_hung;
    how.tell = [this](link::message told) { with_.up.tell(std::move(told)); };
    how.session_of = with_.session_of;
    how.again = [this] { with_.record.count_again(); };
    return how;
}

void plugin_home::on(const link::plugin_order& what, const std::vector<std::unique_ptr<guest>>& all)
{
    placed_.add(what.terms);
    for (const auto& each : all)
        if (each->apart() != nullptr && each->running().about().name == what.terms.plugin)
            each->apart()->on(what);
}

bool plugin_home::skips(const plugin::event& event, guest& who, std::size_t number)
{
    if (!placed_.has_poisons())
        return false;
    const link::plugin_build& own = builds_[number];
    link::event_name name{event.slot, with_.session_of(event.slot), event.sequence};
    if (!placed_.takes_poison(own.plugin, name))
        return false;
    with_.up.tell(link::plugin_poisoned{own.plugin, who.running().about().version, own.build,
                                        std::move(name), std::string(event.type),
                                        std::string(event.data)});
    return true;
}

void plugin_home::tell_gauges(const std::vector<std::unique_ptr<guest>>& all)
{
    link::plugin_gauges told;
    for (const auto& each : all)
        told.plugins.push_back(each->gauge());
    if (!told.plugins.empty())
        with_.up.tell(std::move(told));
}

}  // namespace tinfoil::collection
