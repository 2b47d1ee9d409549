#include "collection/collection.hpp"

#include "base/assert.hpp"
#include "collection/guest.hpp"
#include "collection/life.hpp"
#include "discord/intents.hpp"
#include "dispatch/router.hpp"
#include "net/gateway_driver.hpp"
#include "net/pump.hpp"
#include "plugin/instance.hpp"

#include <boost/json.hpp>

namespace tinfoil::collection {
namespace asio = boost::asio;

struct collection::impl {
    struct shard final : net::gateway_owner {
        shard(impl& home, discord::slot which, gateway::session_settings settings,
              std::uint64_t seed)
            : home_(home),
              slot(which),
              driver(home.loop, home.tls, std::move(settings), seed, *this)
        {
        }

        void on_queue_identify() override
        {
            home_.up.queue_identify(slot, [this] { driver.permit(); });
        }
        void on_leave_queue() override { home_.up.leave_identify_queue(slot); }
        void on_identify_ended(bool received) override { home_.up.identify_ended(slot, received); }
        void on_event(std::int64_t sequence, std::string_view type, std::string_view data,
                      bool replayed) override
        {
            home_.deliver({slot, sequence, type, data, replayed, false});
        }
        void on_established(const gateway::resume_point& point) override
        {
            home_.up.session_established(slot, point);
        }
        void on_resumed() override { home_.up.session_resumed(slot); }
        void on_forgotten(const std::string& why) override
        {
            home_.up.shard_moved(slot, driver.where(), "session lost: " + why);
        }
        void on_moved(gateway::state to, const std::string& why) override
        {
            home_.up.shard_moved(slot, to, why);
        }
        void on_stopped(int close_code, const std::string& why) override
        {
            home_.shard_stopped(slot, close_code, why);
        }

        impl& home_;
        discord::slot slot;
        net::gateway_driver driver;
    };

    impl(asio::io_context& on, net::tls_context& with, uplink& to, collection_settings what)
        : loop(on),
          tls(with),
          up(to),
          settings(std::move(what)),
          life_pump(on, life{}, [this](const life_action& action) { perform(action); })
    {
    }

    void load(const std::filesystem::path& file);
    result<std::unique_ptr<guest>> admit(const std::filesystem::path& file,
                                         plugin_outcome& outcome);
    void deliver(const plugin::event& what);
    void handler_ended();
    void shard_stopped(discord::slot slot, int close_code, const std::string& why);
    void perform(const life_action& action);

    asio::io_context& loop;
    net::tls_context& tls;
    uplink& up;
    collection_settings settings;
    std::vector<plugin_outcome> outcomes;
    std::vector<std::unique_ptr<guest>> guests;
    dispatch::router router;
    std::vector<std::unique_ptr<shard>> shards;
    std::size_t unfinished = 0;
    std::function<void(std::size_t)> stopped;
    net::pump<life, life_input, elapsed, life_action> life_pump;
};

void collection::impl::load(const std::filesystem::path& file)
{
    plugin_outcome outcome{.file = file.string(), .name = "", .version = "", .refused = {}};
    auto admitted = admit(file, outcome);
    if (admitted)
        guests.push_back(std::move(*admitted));
    else
        outcome.refused = admitted.error();
    outcomes.push_back(std::move(outcome));
}

result<std::unique_ptr<guest>> collection::impl::admit(const std::filesystem::path& file,
                                                       plugin_outcome& outcome)
{
    auto library = plugin::library::open(file, settings.private_copies);
    if (!library)
        return library.error();
    const plugin::manifest about = library->about();
    outcome.name = about.name;
    outcome.version = about.version;
    const std::uint64_t denied =
        about.intents & discord::privileged_intents & ~settings.granted_privileged;
    if (denied != 0)
        return error{
            errc::plugin_refused,
            about.name + " needs " + discord::intent_names(denied) +
                ", which is not switched on for this application: Discord Developer Portal, "
                "Bot, Privileged Gateway Intents"};
    const dispatch::subscriber who{about.name, about.events, about.command_names};
    if (auto free = router.check(who); !free)
        return free.error();
    const auto own = settings.plugin_settings.find(about.name);
    auto started = guest::start(loop, up, settings.application, std::move(*library),
                                own == settings.plugin_settings.end() ? "{}" : own->second);
    if (started)
        router.add(who);
    return started;
}

void collection::impl::deliver(const plugin::event& what)
{
    up.event_dispatched(what.slot, what.type, what.data);
    for (const std::size_t index : router.route(what.type, what.data)) {
        ++unfinished;
        guests[index]->running().handle(what, [this] { handler_ended(); });
    }
    life_pump.tell(handlers_changed{unfinished});
}

void collection::impl::handler_ended()
{
    TINFOIL_ASSERT(unfinished > 0);
    --unfinished;
    life_pump.tell(handlers_changed{unfinished});
}

void collection::impl::shard_stopped(discord::slot slot, int close_code, const std::string& why)
{
    if (close_code != 0)
        up.shard_stopped(slot, {close_code == 4004 ? errc::token_rejected : errc::gateway_refused,
                                "shard " + to_string(slot) + ": " + why});
    life_pump.tell(shard_ended{});
}

void collection::impl::perform(const life_action& action)
{
    if (const auto* closing = std::get_if<close_shards>(&action)) {
        for (const auto& each : shards)
            if (each->driver.where() != gateway::state::stopped)
                each->driver.stop(closing->end_sessions);
    } else {
        auto then = std::move(stopped);
        stopped = nullptr;
        then(std::get<finished>(action).unfinished);
    }
}

collection::collection(asio::io_context& loop, net::tls_context& tls, uplink& up,
                       collection_settings settings)
    : impl_(std::make_unique<impl>(loop, tls, up, std::move(settings)))
{
}

collection::~collection() = default;

result<void> collection::load_plugins()
{
    const auto files = plugin::list_folder(impl_->settings.plugins);
    if (!files)
        return files.error();
    for (const auto& file : *files)
        impl_->load(file);
    return {};
}

const std::vector<plugin_outcome>& collection::plugins() const
{
    return impl_->outcomes;
}

std::uint64_t collection::intents() const
{
    std::uint64_t all = discord::intent_guilds;
    for (const auto& each : impl_->guests)
        all |= each->running().about().intents;
    return all;
}

std::string collection::commands_json() const
{
    boost::json::array all;
    for (const auto& each : impl_->guests) {
        const auto own = boost::json::parse(each->running().about().commands_json);
        for (const auto& command : own.as_array())
            all.push_back(command);
    }
    return boost::json::serialize(all);
}

void collection::start(const std::string& gateway_url, const std::vector<discord::slot>& slots)
{
    TINFOIL_ASSERT(impl_->shards.empty());
    random_source seeds{impl_->settings.seed};
    impl_->life_pump.tell(shards_opened{slots.size()});
    for (const discord::slot slot : slots) {
        gateway::session_settings settings;
        settings.slot = slot;
        settings.token = impl_->settings.token;
        settings.intents = intents();
        settings.url = gateway_url;
        impl_->shards.push_back(
            std::make_unique<impl::shard>(*impl_, slot, std::move(settings), seeds.next()));
        impl_->shards.back()->driver.start({});
    }
}

void collection::stop(bool end_sessions, std::function<void(std::size_t)> done)
{
    impl_->stopped = std::move(done);
    impl_->life_pump.tell(stop_asked{end_sessions});
}

std::vector<collection::shard_status> collection::shards() const
{
    std::vector<shard_status> all;
    for (const auto& each : impl_->shards)
        all.push_back({each->slot, each->driver.where()});
    return all;
}

}  // namespace tinfoil::collection
