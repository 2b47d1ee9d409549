#include "host/log_desk.hpp"

#include "gateway/state_name.hpp"
#include "net/clock.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace tinfoil::host {
namespace {

log_entry line(log_area area, log_level level, std::string about, std::string text)
{
    log_entry made;
    made.wall_ms = net::wall_clock_ms();
    made.area = area;
    made.level = level;
    made.about = std::move(about);
    made.text = std::move(text);
    return made;
}

std::string sentence(const sandbox::happening& what)
{
    using kind = sandbox::happening::kind;
    const std::string where = what.guild + " #" + what.channel + ": " + what.who;
    switch (what.what) {
    case kind::said:
        return where + ": " + what.text;
    case kind::called:
        return where + " calls " + what.text;
    case kind::joined:
        return where + " joins the guild";
    case kind::other:
        return where + " " + what.text;
    case kind::answered:
        return where + " answers: " + what.text +
               (what.after_ms < 0 ? "" : fmt::format(" ({} ms)", what.after_ms));
    }
    return where;
}

}  // namespace

class log_desk::part final : public watcher {
public:
    part(log_desk& desk, log_area where) : desk_(desk), where_(where) {}

    void note(const std::string& text) override
    {
        desk_.say(line(where_, log_level::info, "", text), [&] { desk_.people_.note(text); });
    }
    void warn(const std::string& text) override
    {
        desk_.say(line(where_, log_level::warning, "", text), [&] { desk_.people_.warn(text); });
    }
    void plugin_examined(const link::plugin_outcome& outcome) override
    {
        desk_.say(outcome.refused ? line(log_area::plugins, log_level::error, outcome.file,
                                         "is left out: " + outcome.refused->detail)
                                  : line(log_area::plugins, log_level::info, outcome.name,
                                         "version " + outcome.version),
                  [&] { desk_.people_.plugin_examined(outcome); });
    }
    void plugin_logged(const std::string& plugin, int level, const std::string& text) override
    {
        desk_.say(
            line(log_area::output, static_cast<log_level>(std::clamp(level, 0, 3)), plugin, text),
            [&] { desk_.people_.plugin_logged(plugin, level, text); });
    }
    void shard_moved(discord::slot slot, gateway::state to, const std::string& why) override
    {
        desk_.say(line(log_area::shards, log_level::info, to_string(slot),
                       std::string(gateway::name(to)) + (why.empty() ? "" : " (" + why + ")")),
                  [&] { desk_.people_.shard_moved(slot, to, why); });
    }
    void happened(const sandbox::happening& what) override
    {
        desk_.say(line(log_area::sandbox, log_level::info, "", sentence(what)),
                  [&] { desk_.people_.happened(what); });
    }

private:
    log_desk& desk_;
    log_area where_;
};

log_desk::log_desk(boost::asio::io_context& loop, watcher& people, log_book::levels least,
                   bool repeats)
    : people_(people),
      book_(least, repeats),
      timer_(loop)
{
    for (const log_area each : log_areas)
        parts_.push_back(std::make_unique<part>(*this, each));
}

log_desk::~log_desk() = default;

watcher& log_desk::of(log_area where)
{
    return *parts_[static_cast<std::size_t>(where)];
}

void log_desk::say(log_entry what, const std::function<void()>& tell_people)
{
    std::vector<log_entry> written;
    book_.on_time(net::now(), what.wall_ms, written);
    const std::size_t ended = written.size();
    book_.on(std::move(what), net::now(), written);
    // Whoever shows the thing itself does so before the counts of others are told as text.
    if (written.size() > ended && written.back().more == 0)
        tell_people();
    deliver(written);
}

void log_desk::deliver(const std::vector<log_entry>& written)
{
    for (const log_entry& each : written) {
        people_.entered(each);
        if (each.more == 0)
            continue;
        const std::string text =
            fmt::format("{}{}{} ({} more times within {} s)", each.about,
                        each.about.empty() ? "" : ": ", each.text, each.more,
                        std::chrono::duration_cast<std::chrono::seconds>(log_book::window).count());
        each.level < log_level::warning ? people_.note(text) : people_.warn(text);
    }
    arm();
    if (!written.empty() && tell_)
        tell_();
}

void log_desk::arm()
{
    const instant due = book_.deadline();
    if (due == armed_)
        return;
    armed_ = due;
    timer_.cancel();
    if (due == never)
        return;
    timer_.expires_after(due - net::now());
    timer_.async_wait([this](boost::system::error_code failed) {
        if (failed)
            return;
        armed_ = never;
        std::vector<log_entry> written;
        book_.on_time(net::now(), net::wall_clock_ms(), written);
        deliver(written);
    });
}

}  // namespace tinfoil::host
