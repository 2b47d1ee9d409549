#include "host/network_plugin.hpp"

#include "host/ending_text.hpp"
#include "net/clock.hpp"
#include "state/plugin_states.hpp"
#include "state/record_file.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace tinfoil::host {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

// It is asked for its state at the end, and may say goodbye when its link has ended.
constexpr std::chrono::seconds state_patience{1};
constexpr std::chrono::milliseconds goodbye{100};

link::network_deed deed_of(network_deed what)
{
    switch (what) {
    case network_deed::up:
        return link::network_deed::up;
    case network_deed::down:
        return link::network_deed::down;
    case network_deed::stands:
        break;
    }
    return link::network_deed::stands;
}

// What its record says of its end is more than how the system saw it.
std::string words_of(const fs::path& record, const std::string& how)
{
    const auto left = state::read_record(record);
    if (!left || !*left)
        return how;
    const auto& last = (*left)->what.last.what;
    const std::string did = last.runs ? doing(last.what) : "";
    const std::string why = reason(last.how, last.detail, last.text, how);
    return did.empty() ? why : why + ", while " + did;
}

}  // namespace

/// Its orders, for as long as there is a manager.
class network_plugin::orders final : public network_crew {
public:
    orders(network_plugin& by, std::function<void(turns_input)> to) : by_(by)
    {
        by_.turns_ = std::move(to);
        if (by_.is_ready_)
            by_.turns_(crew_came{});
    }
    ~orders() override { by_.turns_ = nullptr; }

    void give(const give_turn& what, const network_call& with) override
    {
        link::network_order told;
        told.id = what.id;
        told.what = deed_of(what.what);
        told.number = with.number;
        told.epoch = with.epoch;
        told.socket = with.socket;
        told.run = with.run;
        told.executable = with.executable;
        told.patience = what.what == network_deed::up ? up_patience : network_turns::down_patience;
        if (what.what == network_deed::up)
            told.key = redacted(with.key);
        by_.send(std::move(told));
    }
    // The plugin forgets it when the next one of that number comes.
    void end(std::uint64_t id) override
    {
        by_.turns_(turn_ended{id, fmt::format("it takes longer than {} s",
                                              std::chrono::duration_cast<std::chrono::seconds>(
                                                  network_turns::down_patience)
                                                  .count())});
    }

private:
    // As long as the fleet waits for one that was started to have joined and loaded its plugins.
    static constexpr duration up_patience = std::chrono::seconds(30);

    network_plugin& by_;
};

network_plugin::network_plugin(parts with, settings how)
    : with_(with),
      how_(std::move(how)),
      patience_(with_.loop),
      life_(with_.loop, network_life(how_.seed),
            [this](const life_action& action) { perform(action); })
{
}

network_plugin::~network_plugin()
{
    retire();
}

std::string network_plugin::name() const
{
    return how_.work.plugin + " " + how_.version;
}

network_status network_plugin::look() const
{
    const network_life& life = life_.machine();
    network_status made;
    made.name = how_.work.plugin;
    made.version = how_.version;
    made.state = life.state();
    if (life.away_since() != never)
        made.away_ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(net::now() - life.away_since())
                .count();
    made.pid = worker_ ? worker_->process->pid() : 0;
    made.restarts = life.restarts();
    made.why = life.last_end();
    return made;
}

void network_plugin::begin(std::function<void(result<scaling_choice>)> then)
{
    begun_ = std::move(then);
    asio::post(with_.loop, [this, living = std::weak_ptr(alive_)] {
        if (!living.expired())
            life_.tell(life_begin{});
    });
}

void network_plugin::share(values_desk with)
{
    desk_ = std::move(with);
    for (link::message& each : std::exchange(early_, {}))
        desk_->ask({number, processes_}, std::move(each));
}

void network_plugin::tell(std::uint64_t epoch, link::message what)
{
    if (epoch == processes_)
        send(std::move(what));
}

std::unique_ptr<network_crew> network_plugin::crew(std::function<void(turns_input)> to)
{
    return std::make_unique<orders>(*this, std::move(to));
}

void network_plugin::perform(const life_action& action)
{
    if (std::holds_alternative<spawn_worker>(action)) {
        if (auto done = spawn(); !done)
            life_.tell(life_ended{done.error().detail});
    } else if (std::holds_alternative<kill_worker>(action)) {
        if (worker_)
            worker_->process->kill();
    } else if (std::holds_alternative<worker_came>(action)) {
        is_ready_ = true;
        if (turns_)
            turns_(crew_came{});
        if (const auto then = std::exchange(begun_, nullptr))
            then(*wants_);
    } else if (const auto* left = std::get_if<worker_left>(&action)) {
        is_ready_ = false;
        if (turns_)
            turns_(crew_left{left->why});
    } else if (const auto* failed = std::get_if<worker_failed>(&action)) {
        if (const auto then = std::exchange(begun_, nullptr))
            then(error{errc::plugin_refused, failed->why});
    } else {
        with_.people.warn(
            fmt::format("the network manager {}: {}", name(), std::get<life_warning>(action).text));
    }
}

result<void> network_plugin::spawn()
{
    std::error_code failed;
    // Copies of a worker that could not remove them.
    fs::remove_all(how_.folder, failed);
    fs::create_directories(how_.folder, failed);
    if (failed)
        return error{errc::io, how_.folder.string() + " can't be made: " + failed.message()};
    link::work work = how_.work;
    work.private_copies = how_.folder.string();
    work.record_file = (how_.folder / fmt::format("{}.record", ++processes_)).string();
    work.manages_network = true;
    if (auto kept = state::read_plugin_state(how_.states, work.plugin); kept && *kept)
        work.state = link::plugin_state{(*kept)->plugin, (*kept)->by, (*kept)->version,
                                        std::move((*kept)->bytes)};
    auto process = collection::worker_process::start(
        with_.loop, {how_.executable, how_.node, how_.node + "/network/" + work.plugin, processes_},
        {[this](link::message came) { got(std::move(came)); },
         [this](const std::string& end) { ended(end); }});
    if (!process)
        return process.error();
    worker_ = std::make_shared<worker>();
    worker_->process = std::move(*process);
    send(std::move(work));
    return {};
}

// What it asked for nobody waits for any more.
void network_plugin::retire()
{
    if (!worker_)
        return;
    for (const auto& [id, own] : worker_->requests)
        with_.rest.cancel(own);
    if (desk_)
        desk_->gone({number, processes_});
    early_.clear();
    worker_->process->close(goodbye);
    worker_.reset();
    std::error_code ignored;
    fs::remove(how_.folder / fmt::format("{}.record", processes_), ignored);
}

void network_plugin::ended(const std::string& how)
{
    const std::string why = words_of(how_.folder / fmt::format("{}.record", processes_), how);
    retire();
    if (ended_)
        return end_now();
    life_.tell(life_ended{why});
}

void network_plugin::send(link::message what)
{
    if (worker_)
        worker_->process->send(std::move(what));
}

void network_plugin::got(link::message what)
{
    if (auto* request = std::get_if<link::rest>(&what))
        on_rest(std::move(*request));
    else if (const auto* cancelled = std::get_if<link::rest_cancel>(&what)) {
        if (const auto node = worker_->requests.extract(cancelled->id); !node.empty())
            with_.rest.cancel(node.mapped());
    } else if (std::holds_alternative<link::value_asked>(what) ||
               std::holds_alternative<link::value_left>(what))
        on_value(std::move(what));
    else if (const auto* done = std::get_if<link::network_done>(&what)) {
        if (turns_)
            turns_(turn_ended{done->id, done->failed ? done->failed->detail : ""});
    } else if (const auto* ready = std::get_if<link::network_ready>(&what))
        on_ready(*ready);
    else if (const auto* begun = std::get_if<link::loaded>(&what)) {
        if (begun->failed)
            life_.tell(life_refused{begun->failed->detail});
    } else if (const auto* logged = std::get_if<link::plugin_logged>(&what))
        with_.plugins.plugin_logged(how_.work.plugin, std::min<std::uint8_t>(logged->level, 3),
                                    logged->text);
    else
        on_others(std::move(what));
}

void network_plugin::on_ready(const link::network_ready& what)
{
    if (!what.manages)
        return life_.tell(life_refused{
            "it is no network manager: its class has to derive from shard_network_manager "
            "(tinfoil/network.hpp)"});
    auto wants = parse_scaling_settings(what.breakpoints.empty() ? "{}" : what.breakpoints);
    if (!wants)
        return life_.tell(life_refused{"of its breakpoints, " + wants.error().detail});
    wants_ = *wants;
    life_.tell(life_ready{});
}

void network_plugin::on_value(link::message what)
{
    if (desk_)
        return desk_->ask({number, processes_}, std::move(what));
    if (early_.size() < early_max)
        return early_.push_back(std::move(what));
    if (const auto* asked = std::get_if<link::value_asked>(&what)) {
        sharing::answer busy;
        busy.how = sharing::verdict::busy;
        busy.text = "1000 questions wait for the bot to begin already";
        send(link::value_answered{asked->id, std::move(busy)});
    }
}

void network_plugin::on_rest(link::rest what)
{
    discord::rest_request counted;
    counted.method = what.request.method;
    counted.path = what.request.path;
    const std::uint64_t id = what.id;
    worker_->requests[id] =
        with_.rest.submit(std::move(what.request),
                          [this, id, counted = std::move(counted), weak = std::weak_ptr(worker_),
                           living = std::weak_ptr(alive_)](result<discord::rest_response> answer) {
                              const auto own = weak.lock();
                              if (living.expired() || !own || own != worker_)
                                  return;
                              own->requests.erase(id);
                              if (answer)
                                  with_.counted.answered(counted, answer->status);
                              link::rest_answer told{id, {}, {}};
                              if (answer)
                                  told.response = std::move(*answer);
                              else
                                  told.failed = answer.error();
                              send(std::move(told));
                          });
}

void network_plugin::on_saved(const link::plugin_state& what)
{
    if (auto kept = state::keep_plugin_state(how_.states,
                                             {how_.work.plugin, what.by, what.version, what.bytes});
        !kept)
        with_.people.warn(kept.error().detail);
}

// It has no shards, and none of its kind elsewhere.
void network_plugin::on_others(link::message what)
{
    if (const auto* state = std::get_if<link::plugin_state>(&what))
        on_saved(*state);
    else if (const auto* given = std::get_if<link::state_given>(&what)) {
        if (given->state)
            on_saved(*given->state);
        if (ended_) {
            retire();
            end_now();
        }
    } else if (const auto* rejected = std::get_if<link::plugin_state_rejected>(&what)) {
        const auto aside = state::reject_plugin_state(how_.states, how_.work.plugin);
        with_.plugins.warn(how_.work.plugin + " begins without its state: " + rejected->why +
                           "; it is kept as " + aside.string());
    } else if (const auto* slow = std::get_if<link::plugin_slow>(&what))
        with_.plugins.warn(fmt::format("the network manager {} held up its process for {} ms: what "
                                       "takes long belongs into co_await, or offload",
                                       name(), slow->ms));
    else if (const auto* command = std::get_if<link::gateway_command>(&what))
        send(link::gateway_answer{
            command->id,
            {discord::command_outcome::unknown_guild,
             "a network manager has no shards; a plugin of the collections can do that"}});
    else if (const auto* letter = std::get_if<link::plugin_letter>(&what))
        send(link::letters_answered{
            {{letter->id,
              false,
              {{0, sharing::delivery::refused, "a network manager runs in no collection"}}}}});
}

void network_plugin::end(std::function<void()> then)
{
    ended_ = std::move(then);
    if (!worker_)
        return end_now();
    send(link::state_wanted{});
    patience_.expires_after(state_patience);
    patience_.async_wait([this](boost::system::error_code failed) {
        if (!failed && worker_)
            worker_->process->kill();
    });
}

void network_plugin::end_now()
{
    patience_.cancel();
    life_.tell(life_stop{});
    if (const auto then = std::exchange(ended_, nullptr))
        then();
}

result<std::unique_ptr<network_manager>> network_manager::plugin(surroundings around,
                                                                 network_plugin& by)
{
    const std::string who = "the network manager " + by.name();
    return joining_manager::make(
        std::move(around),
        {network_turns("up() of " + who, "down() of " + who),
         [&by](std::function<void(turns_input)> to) { return by.crew(std::move(to)); }});
}

}  // namespace tinfoil::host
