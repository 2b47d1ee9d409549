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

result<plugin_home::candidate> plugin_home::examine(const std::filesystem::path& file) const
{
    auto found = plugin::examine(file);
    if (!found)
        return found.error();
    candidate made;
    made.about = found->about;
    made.file = file;
    const std::string build = net::sha256_hex(found->bytes).substr(0, build_digits);
    const link::plugin_terms terms = placed_.of(made.about.name, build);
    made.set_aside = terms.set_aside;
    made.build = {made.about.name, build, terms.placement};
    made.what = std::move(*found);
    return made;
}

void plugin_home::in_charge(std::size_t number, const link::plugin_build& build)
{
    with_.record.name_build(number, build.build);
    builds_[number] = build;
}

result<void> plugin_home::load(candidate& what, std::size_t number)
{
    in_charge(number, what.build);
    if (what.build.placement == static_cast<std::uint8_t>(link::plugin_placement::process))
        return {};
    const plugin::call begins{plugin::entry::start};
    watch_.entering(number, begins);
    auto library = plugin::library::load(std::move(what.what), with_.settings.private_copies);
    watch_.left();
    if (!library)
        return library.error();
    what.loaded = std::move(*library);
    return {};
}

result<std::unique_ptr<guest>> plugin_home::start(candidate what, std::size_t number,
                                                  const plugin::opening& how,
                                                  std::function<void(result<void>)> ready)
{
    in_charge(number, what.build);
    const std::string settings = settings_of(what.about.name);
    const guest::home where{with_.loop, with_.up,   with_.wanted, with_.guilds,
                            with_.post, with_.work, watch_,       {with_.settings.application},
                            number};
    if (what.loaded) {
        last_words::knows(number, &what.loaded->entry());
        return guest::start(where, std::move(*what.loaded), settings, how);
    }
    auto file = plugin::write_copy(what.what, with_.settings.private_copies);
    if (!file)
        return file.error();
    isolated::how made = apart(what, how);
    made.work.file = file->string();
    made.work.settings = settings;
    made.ready = std::move(ready);
    return guest::start_isolated(where, std::move(made));
}

std::string plugin_home::settings_of(const std::string& plugin) const
{
    for (const auto& [name, json] : with_.settings.plugin_settings)
        if (name == plugin)
            return json;
    return "{}";
}

isolated::how plugin_home::apart(const candidate& what, const plugin::opening& opened)
{
    isolated::how how;
    how.executable = with_.executable;
    how.name = with_.name;
    how.about = what.about;
    how.work.plugin = what.about.name;
    how.work.build = what.build.build;
    how.work.reason = static_cast<std::uint8_t>(opened.reason);
    if (opened.state != nullptr)
        how.work.state = {what.about.name, opened.state->by, opened.state->version,
                          opened.state->bytes};
    how.work.private_copies = with_.settings.private_copies;
    // It goes with the copies, whoever ends first. Two of one plugin live while one takes over.
    how.work.record_file = with_.settings.private_copies + "/" + what.about.name + "." +
                           std::to_string(++workers_) + ".record";
    how.work.application = with_.settings.application;
    how.work.handler_warn = with_.settings.handler_warn;
    how.work.handler_hung = with_.settings.handler_hung;
    how.tell = [this](link::message told) { with_.up.tell(std::move(told)); };
    how.session_of = with_.session_of;
    how.again = [this] { with_.record.count_again(); };
    return how;
}

bool plugin_home::skips(const plugin::event& event, guest& who, std::size_t number)
{
    if (!placed_.has_poisons())
        return false;
    const link::plugin_build& own = builds_.at(number);
    link::event_name name{event.slot, with_.session_of(event.slot), event.sequence};
    if (!placed_.takes_poison(own.plugin, name))
        return false;
    with_.up.tell(link::plugin_poisoned{own.plugin, who.running().about().version, own.build,
                                        std::move(name), std::string(event.type),
                                        std::string(event.data)});
    return true;
}

}  // namespace tinfoil::collection
