// What REST gets of the simulator around it, and the faults that strike it.
#include "discordsim/rest.hpp"
#include "discordsim/simulator.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// As rate_limits answers, for no reason.
answer limited_answer(request_id id, const fault& by)
{
    // Whole seconds in the header, exact ones in the body.
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(by.by).count();
    answer made{
        id, 429, {{"Retry-After", std::to_string(seconds)}, {"X-RateLimit-Scope", by.scope}}, ""};
    if (by.scope == "global")
        made.headers.emplace_back("X-RateLimit-Global", "true");
    made.body =
        json::serialize(json::object{{"message", "You are being rate limited."},
                                     {"retry_after", static_cast<double>(by.by.count()) / 1e9},
                                     {"global", by.scope == "global"}});
    return made;
}

}  // namespace

// Nothing when no fault answers in place of Discord.
std::optional<answer> simulator::broken_answer(const request& got, instant now)
{
    const auto strikes = [&](fault_kind what) { return faults_.strikes(what, now, world_.random); };
    if (const fault* by = strikes(fault_kind::rest_429))
        return limited_answer(got.id, *by);
    if (const fault* by = strikes(fault_kind::rest_status))
        return answer{got.id, by->code, {}, R"({"message":"Asked for.","code":0})"};
    if (strikes(fault_kind::rest_html) != nullptr)
        return answer{got.id,
                      503,
                      {{"Content-Type", "text/html"}},
                      "<html><head><title>503 Service Temporarily Unavailable</title></head>"
                      "<body><center><h1>503 Service Temporarily Unavailable</h1></center></body>"
                      "</html>"};
    return std::nullopt;
}

void simulator::on_request(const request& got, instant now, actions& todo)
{
    if (!faults_.none())
        if (auto broken = broken_answer(got, now)) {
            ++witness_.so_far().requests;
            witness_.so_far().too_many_requests += broken->status == 429 ? 1 : 0;
            note_answer(got, broken->status, todo);
            return todo.emplace_back(std::move(*broken)), void();
        }
    const surroundings with{
        settings_,
        world_,
        witness_,
        [&](const announcement& what) {
            announce({what.type, what.id, what.guild}, what.intents, what.data, todo);
        },
        [&](std::string_view type, const written& what) { announce_message(what, todo, type); },
        [this](bool plain) -> const std::string& { return gateway_url(plain); },
        token_dead_,
        std::max(starts_left_, 0),
        starts_reset_at_ - now};
    const std::size_t since = todo.size();
    rest_->on(got, now, with, todo);
    if (settings_.tells_exchange)
        for (std::size_t at = since; at < todo.size(); ++at)
            if (const auto* made = std::get_if<answer>(&todo[at])) {
                note_answer(got, made->status, todo);
                break;
            }
    if (!faults_.none())
        disturb_answers(since, now, todo);
}

// Without the query, which may hold anything.
void simulator::note_answer(const request& got, int status, actions& todo) const
{
    if (settings_.tells_exchange)
        todo.emplace_back(noted{noted::kind::answered,
                                {},
                                status,
                                {},
                                {},
                                got.method + " " + got.path.substr(0, got.path.find('?'))});
}

// What was asked for is done, only the answer has its trouble.
void simulator::disturb_answers(std::size_t since, instant now, actions& todo)
{
    for (std::size_t at = since; at < todo.size(); ++at) {
        auto* made = std::get_if<answer>(&todo[at]);
        if (made == nullptr)
            continue;
        made->is_cut = faults_.strikes(fault_kind::rest_cut, now, world_.random) != nullptr;
        if (const fault* late = faults_.strikes(fault_kind::rest_late, now, world_.random)) {
            late_answers_.emplace(now + late->by, std::move(*made));
            todo.erase(todo.begin() + static_cast<std::ptrdiff_t>(at--));
        }
    }
}

void simulator::give_late_answers(instant now, actions& todo)
{
    while (!late_answers_.empty() && late_answers_.begin()->first <= now) {
        todo.emplace_back(std::move(late_answers_.begin()->second));
        late_answers_.erase(late_answers_.begin());
    }
}

}  // namespace tinfoil::discordsim
