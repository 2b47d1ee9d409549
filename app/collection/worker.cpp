#include "collection/worker.hpp"

#include "collection/gateway_commands.hpp"
#include "collection/guest.hpp"
#include "collection/guild_lookups.hpp"
#include "collection/handling.hpp"
#include "collection/last_words.hpp"
#include "collection/letters.hpp"
#include "collection/uplink.hpp"
#include "net/clock.hpp"
#include "plugin/library.hpp"
#include "state/record_file.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/prctl.h>

namespace tinfoil::collection {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds gauge_interval{1};
// Between two times that a state is kept because the plugin asked.
constexpr std::chrono::seconds state_interval{30};

}  // namespace

struct worker::impl {
    impl(asio::io_context& on, std::function<void(link::message)> send,
         std::function<void(dispatch::charge&, duration)> with)
        : loop(on),
          guard(std::move(with)),
          up(std::move(send),
             [&on](std::function<void()> what) { asio::post(on, std::move(what)); }),
          wanted(up, [&on](std::function<void()> what) { asio::post(on, std::move(what)); }),
          guilds(up, [&on](std::function<void()> what) { asio::post(on, std::move(what)); },
                 {1, 0}),
          post({up, [&on](std::function<void()> what) { asio::post(on, std::move(what)); },
                [](const sharing::address&) { return true; },
                [this](const sharing::letter& what, letters::replied done) {
                    if (own)
                        own->running().message(what, std::move(done));
                    else
                        done({0, sharing::delivery::down, "the plugin does not run"});
                }}),
          gauge_timer(on)
    {
        wanted.serve({});
    }

    void begin(const link::work& what);
    result<void> start(const link::work& what);
    result<std::unique_ptr<guest>> load(const link::work& what, const plugin::opening& how);
    void give_state();
    void leaves(discord::slot slot);
    void keep_state();
    void handle(const link::work_event& what);
    void tell_network();
    void order(const link::network_order& what);
    void done(std::uint64_t token);
    void measure();

    asio::io_context& loop;
    std::function<void(dispatch::charge&, duration)> guard;
    uplink up;
    gateway_commands wanted;
    // Events of guilds do not pass through here, so each question goes to Discord.
    guild_lookups guilds;
    letters post;
    std::unique_ptr<state::record_file> file;
    std::optional<dispatch::recorder> record;
    dispatch::router router;
    std::optional<handling> work;
    std::optional<supervision> watch;
    std::unique_ptr<guest> own;
    std::string name;
    link::work_done finished;
    asio::steady_timer gauge_timer;
    instant kept_at = never;
};

void worker::impl::begin(const link::work& what)
{
    if (file)
        return;
    name = what.plugin;
    link::loaded told;
    if (auto started = start(what); !started)
        told.failed = started.error();
    const bool failed = told.failed.has_value();
    up.tell(std::move(told));
    if (what.manages_network && !failed)
        tell_network();
    measure();
}

result<void> worker::impl::start(const link::work& what)
{
    const dispatch::recorder::shape room{.sessions_max = 0, .unfinished_max = 1};
    auto made = state::record_file::create(what.record_file, dispatch::recorder::bytes_for(room));
    if (!made)
        return made.error();
    file = std::move(*made);
    // What a network manager starts may have to become somebody else, as a container's engine does.
    if (!what.manages_network)
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    record.emplace(file->memory(), room);
    work.emplace(*record, router);
    record->name_plugin(what.plugin, what.build);
    watch.emplace(record->in_charge(), what.handler_warn,
                  [this](std::size_t, const plugin::call& call, duration took) {
                      up.tell(slow_call(name, call, took));
                  });
    if (guard)
        guard(record->in_charge(), what.handler_hung);
    const plugin::call begins{plugin::entry::start};
    watch->entering(0, begins);
    plugin::opening how;
    how.reason = static_cast<plugin::opening::why>(what.reason);
    how.may_manage_network = what.manages_network;
    std::optional<plugin::saved_state> state;
    if (what.state)
        state = {what.state->by, what.state->version, what.state->bytes};
    how.state = state ? &*state : nullptr;
    auto started = load(what, how);
    // At the begin there is no version that could go on instead.
    if (!started && started.error().code == errc::state_unusable &&
        how.reason == plugin::opening::why::begins) {
        up.tell(link::plugin_state_rejected{name, started.error().detail});
        how.state = nullptr;
        started = load(what, how);
    }
    if (!started)
        return started.error();
    own = std::move(*started);
    return {};
}

result<std::unique_ptr<guest>> worker::impl::load(const link::work& what,
                                                  const plugin::opening& how)
{
    const plugin::call begins{plugin::entry::start};
    watch->entering(0, begins);
    auto library = plugin::library::open(what.file, what.private_copies);
    watch->left();
    if (!library)
        return library.error();
    last_words::knows(0, &library->entry());
    return guest::start({loop, up, wanted, guilds, post, *work, *watch, {what.application}, 0},
                        std::move(*library), what.settings, how);
}

void worker::impl::give_state()
{
    link::state_given told;
    if (own) {
        auto saved = own->running().save();
        if (!saved)
            told.failed = saved.error();
        else if (*saved)
            told.state = {name, (*saved)->by, (*saved)->version, std::move((*saved)->bytes)};
    }
    up.tell(std::move(told));
}

void worker::impl::leaves(discord::slot slot)
{
    link::work_left told{slot, "", {}};
    if (own)
        own->running().shard_leaves(slot, [&](result<std::string> part) {
            if (part)
                told.part = std::move(*part);
            else
                told.failed = part.error();
        });
    up.tell(std::move(told));
}

// Unasked, since the plugin wants it kept.
void worker::impl::keep_state()
{
    const instant now = net::now();
    if (!own || !own->running().is_dirty() || (kept_at != never && now - kept_at < state_interval))
        return;
    kept_at = now;
    if (auto saved = own->running().save(); saved && *saved)
        up.tell(
            link::plugin_state{name, (*saved)->by, (*saved)->version, std::move((*saved)->bytes)});
}

void worker::impl::handle(const link::work_event& what)
{
    if (!own)
        return;
    plugin::event event{.slot = what.slot,
                        .sequence = what.sequence,
                        .type = what.type,
                        .data = what.data,
                        .replayed = what.replayed,
                        .redelivered = what.redelivered,
                        .delayed = what.delayed};
    event.ids = discord::ids_in(event.data);
    own->running().handle(event, [this, token = what.token] { done(token); });
}

void worker::impl::tell_network()
{
    plugin::network_side* const manager = own->running().network();
    up.tell(
        link::network_ready{manager != nullptr, manager == nullptr ? "" : manager->breakpoints()});
}

void worker::impl::order(const link::network_order& what)
{
    plugin::network_side* const manager = own ? own->running().network() : nullptr;
    if (manager == nullptr)
        return up.tell(link::network_done{
            what.id, error{errc::plugin_refused, "no network manager runs in this process"}});
    using deed = plugin::network_order::deed;
    plugin::network_order passed;
    passed.what = what.what == link::network_deed::up     ? deed::up
                  : what.what == link::network_deed::down ? deed::down
                                                          : deed::stands;
    passed.collection = what.number;
    passed.epoch = what.epoch;
    passed.socket = what.socket;
    passed.run = what.run;
    passed.executable = what.executable;
    passed.key = what.key;
    passed.patience = what.patience;
    manager->order(passed, [this, id = what.id](const result<void>& done) {
        if (id != 0)
            up.tell(link::network_done{id, done ? std::nullopt : std::optional(done.error())});
        else if (!done)
            up.tell(link::plugin_logged{name, static_cast<std::uint8_t>(plugin::log_level::error),
                                        done.error().detail});
    });
}

// As many as one read of the link brought are told together.
void worker::impl::done(std::uint64_t token)
{
    finished.tokens.push_back(token);
    if (finished.tokens.size() == 1)
        asio::post(loop, [this] { up.tell(std::exchange(finished, {})); });
}

void worker::impl::measure()
{
    gauge_timer.expires_after(gauge_interval);
    gauge_timer.async_wait([this](boost::system::error_code failed) {
        if (failed)
            return;
        if (own)
            up.tell(link::plugin_gauges{{own->gauge()}});
        keep_state();
        measure();
    });
}

worker::worker(asio::io_context& loop, std::function<void(link::message)> send,
               std::function<void(dispatch::charge&, duration)> guard)
    : impl_(std::make_unique<impl>(loop, std::move(send), std::move(guard)))
{
}

worker::~worker()
{
    impl_->own.reset();
}

void worker::on(link::message what)
{
    if (const auto* event = std::get_if<link::work_event>(&what))
        impl_->handle(*event);
    else if (const auto* how = std::get_if<link::work>(&what))
        impl_->begin(*how);
    else if (auto* answer = std::get_if<link::rest_answer>(&what))
        impl_->up.on(std::move(*answer));
    else if (auto* value = std::get_if<link::value_answered>(&what))
        impl_->up.on(std::move(*value));
    else if (const auto* letter = std::get_if<link::plugin_letter>(&what))
        impl_->post.on(*letter);
    else if (auto* replies = std::get_if<link::letters_answered>(&what))
        impl_->post.on(std::move(*replies));
    else if (auto* told = std::get_if<link::gateway_answer>(&what))
        impl_->wanted.on(std::move(*told));
    else if (std::holds_alternative<link::state_wanted>(what))
        impl_->give_state();
    else if (const auto* order = std::get_if<link::network_order>(&what))
        impl_->order(*order);
    else if (const auto* goes = std::get_if<link::work_leaves>(&what))
        impl_->leaves(goes->slot);
    else if (const auto* comes = std::get_if<link::work_arrives>(&what)) {
        if (impl_->own)
            impl_->own->running().shard_arrives(comes->slot, comes->part);
    }
}

}  // namespace tinfoil::collection
