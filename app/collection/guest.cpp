#include "collection/guest.hpp"

#include "discord/route.hpp"

#include <boost/asio/post.hpp>

namespace tinfoil::collection {
namespace asio = boost::asio;

result<std::unique_ptr<guest>> guest::start(home where, plugin::library from,
                                            const std::string& settings, const plugin::opening& how)
{
    std::unique_ptr<guest> made(new guest(where, from.about().name));
    auto started = plugin::instance::start(std::move(from), *made, settings, how);
    if (!started)
        return started.error();
    made->instance_ = std::move(*started);
    return made;
}

result<std::unique_ptr<guest>> guest::start_isolated(home where, isolated::how how)
{
    std::unique_ptr<guest> made(new guest(where, how.about.name));
    plugin::services& services = *made;
    auto apart = std::make_unique<isolated>(where.loop, services, std::move(how));
    if (auto begun = apart->begin(); !begun)
        return begun.error();
    made->apart_ = apart.get();
    made->instance_ = std::move(apart);
    return made;
}

link::plugin_gauge guest::gauge()
{
    logged_bytes_ = 0;
    if (const std::size_t lines = unlogged_.exchange(0); lines != 0)
        home_.up.tell(link::plugin_logged{name_, static_cast<std::uint8_t>(plugin::log_level::warn),
                                          "it logs more than 1 MiB a second; " +
                                              std::to_string(lines) + " lines are left out"});
    if (const std::size_t letters = std::exchange(unposted_, 0); letters != 0)
        log(plugin::log_level::warn,
            std::to_string(letters) +
                " messages were left out: too large, or more than 4,096 or 16 MiB under way");
    if (apart_ != nullptr)
        return apart_->gauge();
    const auto us = [](duration length) {
        return static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(length).count());
    };
    const plugin_meter& own = home_.watch.of(home_.number);
    link::plugin_gauge made;
    made.plugin = name_;
    made.events = own.events;
    made.errors = own.errors;
    made.slow = own.slow;
    made.calls = own.calls();
    made.busy_us = us(own.busy());
    made.p99_us = us(own.p99());
    made.max_us = us(own.longest());
    made.tasks = instance_->pending();
    return made;
}

guest::guest(home where, std::string name) : home_(where), name_(std::move(name)) {}

guest::~guest()
{
    instance_.reset();
    for (const std::uint64_t id : requests_)
        home_.up.cancel_rest(id);
    for (const std::uint64_t id : commands_)
        home_.wanted.take_back(id);
    for (const std::uint64_t id : guilds_)
        home_.guilds.cancel(id);
    for (const std::uint64_t id : values_)
        home_.up.leave_value(id);
    for (const std::uint64_t id : letters_)
        home_.post.leave(id);
}

std::uint64_t guest::rest(discord::rest_request request, rest_done done)
{
    request.plugin = name_;
    const auto interaction = discord::answered_interaction(request.method, request.path).value;
    request.answers_command = home_.work.is_open_command(interaction);
    // The id is known only after the call that needs it, so the completion learns it here.
    auto id = std::make_shared<std::uint64_t>(0);
    *id = home_.up.rest(std::move(request),
                        [this, id, interaction, then = std::move(done)](auto answer) {
                            requests_.erase(*id);
                            if (answer && answer->status >= 200 && answer->status < 300)
                                home_.work.answered(interaction);
                            then(std::move(answer));
                        });
    requests_.insert(*id);
    return *id;
}

void guest::cancel_rest(std::uint64_t id)
{
    if (requests_.erase(id) != 0)
        home_.up.cancel_rest(id);
}

std::uint64_t guest::after(duration wait, std::function<void()> done)
{
    const std::uint64_t id = ++last_timer_;
    auto& timer = timers_.emplace(id, home_.loop).first->second;
    timer.expires_after(wait);
    timer.async_wait([this, id, alive = std::weak_ptr(alive_),
                      then = std::move(done)](boost::system::error_code failed) {
        if (failed || alive.expired() || timers_.erase(id) == 0)
            return;
        then();
    });
    return id;
}

void guest::cancel_timer(std::uint64_t id)
{
    timers_.erase(id);
}

std::uint64_t guest::ask_value(sharing::question what, value_done done)
{
    if (what.scope.empty())
        what.scope = name_;
    auto id = std::make_shared<std::uint64_t>(0);
    *id = home_.up.ask_value(std::move(what), [this, id, then = std::move(done)](auto answer) {
        values_.erase(*id);
        then(std::move(answer));
    });
    values_.insert(*id);
    return *id;
}

void guest::leave_value(std::uint64_t id)
{
    if (values_.erase(id) != 0)
        home_.up.leave_value(id);
}

std::uint64_t guest::send_letter(sharing::letter what, letter_done done)
{
    what.plugin = name_;
    auto id = std::make_shared<std::uint64_t>(0);
    *id = home_.post.send(std::move(what), [this, id, then = std::move(done)](auto replies) {
        letters_.erase(*id);
        then(std::move(replies));
    });
    letters_.insert(*id);
    return *id;
}

void guest::leave_letter(std::uint64_t id)
{
    if (letters_.erase(id) != 0)
        home_.post.leave(id);
}

bool guest::post_letter(sharing::letter what)
{
    what.plugin = name_;
    const bool goes = home_.post.post(std::move(what));
    unposted_ += goes ? 0 : 1;
    return goes;
}

std::uint64_t guest::give_command(int op, const std::string& data, duration patience,
                                  command_done done)
{
    auto id = std::make_shared<std::uint64_t>(0);
    *id = home_.wanted.give(op, data, patience, [this, id, then = std::move(done)](auto answer) {
        commands_.erase(*id);
        then(std::move(answer));
    });
    commands_.insert(*id);
    return *id;
}

void guest::cancel_command(std::uint64_t id)
{
    if (commands_.erase(id) != 0)
        home_.wanted.take_back(id);
}

std::uint64_t guest::ask_guild(discord::snowflake guild, guild_done done)
{
    auto id = std::make_shared<std::uint64_t>(0);
    *id = home_.guilds.ask(guild, [this, id, then = std::move(done)](auto answer) {
        guilds_.erase(*id);
        then(std::move(answer));
    });
    guilds_.insert(*id);
    return *id;
}

void guest::cancel_guild(std::uint64_t id)
{
    if (guilds_.erase(id) != 0)
        home_.guilds.cancel(id);
}

void guest::post(std::function<void()> then)
{
    asio::post(home_.loop, [alive = std::weak_ptr(alive_), run = std::move(then)] {
        if (!alive.expired())
            run();
    });
}

void guest::log(plugin::log_level level, std::string_view text)
{
    if (logged_bytes_.fetch_add(text.size()) > log_bytes_each) {
        ++unlogged_;
        return;
    }
    asio::post(home_.loop, [&up = home_.up, &watch = home_.watch, number = home_.number,
                            name = name_, level, line = std::string(text)] {
        if (level == plugin::log_level::error)
            ++watch.of(number).errors;
        up.tell(link::plugin_logged{name, static_cast<std::uint8_t>(level), line});
    });
}

}  // namespace tinfoil::collection
