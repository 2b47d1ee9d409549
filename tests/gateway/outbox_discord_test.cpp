// Session and outbox as they are, against the simulated Discord with all its rules, in virtual
// time.
#include "base/random.hpp"
#include "discord/intents.hpp"
#include "discordsim/gateway_scene.hpp"
#include "gateway/outbox.hpp"
#include "support/catch.hpp"

#include <functional>
#include <map>
#include <set>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

// GUILDS, GUILD_MEMBERS and GUILD_VOICE_STATES.
constexpr std::uint64_t intents = 1U | 1U << 1 | 1U << 7;

struct bot {
    explicit bot(discordsim::gateway_scene& with, std::uint64_t seed)
        : far(with),
          random(seed),
          session(settings(), seed),
          outbox({0, 1}, intents, seed)
    {
        tell(gateway::start{});
    }
    static gateway::session_settings settings()
    {
        gateway::session_settings made;
        made.url = "wss://main";
        made.token = redacted("sandbox");
        made.intents = intents;
        made.transport = gateway::compression::none;
        return made;
    }

    void tell(const gateway::input& what)
    {
        std::vector<gateway::action> todo;
        session.on(what, far.now, todo);
        for (const auto& each : todo) {
            if (const auto told = gateway::outbox_input_of(each, session.heartbeat_interval()))
                tell_outbox(*told);
            if (const auto* to = std::get_if<gateway::open>(&each))
                dial(to->generation);
            else if (std::holds_alternative<gateway::close>(each))
                hang_up();
            else if (const auto* asks = std::get_if<gateway::queue_identify>(&each))
                later(5s, [this, turn = asks->generation] { tell(gateway::permitted{turn}); });
            else if (std::holds_alternative<gateway::queue_resume>(each))
                later(0s, [this] { tell(gateway::resume_turn{}); });
        }
    }
    void tell_outbox(const gateway::outbox_input& what)
    {
        std::vector<gateway::outbox_action> todo;
        outbox.on(what, far.now, todo);
        for (const auto& each : todo) {
            if (const auto* out = std::get_if<gateway::transmit>(&each))
                later(way(), [this, id = connection, text = out->payload] {
                    heard(far.feed(discordsim::payload{id, text}));
                });
            else {
                const auto& told = std::get<gateway::answered>(each);
                CHECK(open.erase(told.id) == 1);
                ended[told.what.how] += 1;
            }
        }
    }
    void give(int op, const std::string& data)
    {
        open.insert(++last_id);
        tell_outbox(gateway::submit{last_id, *discord::read_command(op, data), 10min});
    }

    void dial(std::uint32_t to)
    {
        generation = to;
        connection = ++far_connections;
        later(30ms, [this, id = connection] {
            tell(gateway::connected{generation});
            heard(far.feed(discordsim::opened{id}));
        });
    }
    void hang_up()
    {
        far.feed(discordsim::closed{connection, 4000});
        later(1ms, [this, of = generation] { tell(gateway::lost{of, 4000, ""}); });
    }
    void heard(const std::vector<discordsim::action>& all)
    {
        for (const auto& each : all) {
            if (const auto* to = std::get_if<discordsim::send>(&each);
                to != nullptr && to->id == connection)
                later(way(), [this, of = generation, text = to->text] {
                    tell(gateway::received{of, text});
                });
            else if (const auto* end = std::get_if<discordsim::close>(&each);
                     end != nullptr && end->id == connection)
                later(way(), [this, of = generation, code = end->code] {
                    tell(gateway::lost{of, code, ""});
                });
            else if (const auto* cut = std::get_if<discordsim::drop>(&each);
                     cut != nullptr && cut->id == connection)
                later(1ms, [this, of = generation] { tell(gateway::lost{of, 1006, ""}); });
        }
    }
    // Both ways are as long as they like, in order.
    duration way() { return std::chrono::milliseconds(10 + random.below(200)); }
    void later(duration wait, std::function<void()> what)
    {
        last_due = std::max(last_due, far.now + wait);
        agenda.emplace(last_due, std::move(what));
    }
    void order(const std::string& path, const std::string& body = "")
    {
        far.direct("POST", path, body);
        heard(far.todo);
    }
    void run(duration time)
    {
        const instant until = far.now + time;
        for (;;) {
            const instant first = agenda.empty() ? never : agenda.begin()->first;
            const instant next =
                std::min({first, session.deadline(), outbox.deadline(), far.discord.deadline()});
            if (next > until)
                break;
            far.now = std::max(far.now, next);
            if (first <= far.now) {
                const auto what = std::move(agenda.begin()->second);
                agenda.erase(agenda.begin());
                what();
            } else if (outbox.deadline() <= far.now) {
                tell_outbox(gateway::outbox_elapsed{});
            } else if (session.deadline() <= far.now) {
                tell(gateway::elapsed{});
            } else {
                heard(far.feed(discordsim::elapsed{}));
            }
        }
        far.now = until;
    }

    discordsim::gateway_scene& far;
    random_source random;
    gateway::session session;
    gateway::outbox outbox;
    std::uint32_t generation = 0;
    static inline discordsim::connection_id far_connections = 0;
    discordsim::connection_id connection = 0;
    instant last_due{};
    std::multimap<instant, std::function<void()>> agenda;
    std::set<std::uint64_t> open;
    std::map<discord::command_outcome, int> ended;
    std::uint64_t last_id = 0;
};

std::string of_guild(const discordsim::gateway_scene& far, std::size_t which, const char* more = "")
{
    return R"({"guild_id":")" + far.guild_id(which) + '"' + more + "}";
}

}  // namespace

TEST_CASE("outbox: Discord's rules hold for everything that a bot may want at once [sends-120] "
          "[thread-14]",
          "[sends-120][presence-limit][members-30s][thread-14][thread-15]")
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        INFO("seed " << seed);
        discordsim::gateway_scene far;
        bot it(far, seed);
        duration session_ended{};
        it.give(3, R"({"status":"idle"})");
        for (int round = 0; round < 5; ++round) {
            for (int i = 0; i < 60; ++i) {
                const auto which = it.random.below(3);
                it.give(8, of_guild(far, which, R"(,"query":"a","limit":5)"));
                if (i % 5 == 0)
                    it.give(3, R"({"status":"dnd","since":)" + std::to_string(i) + "}");
                if (i % 10 == 0) {
                    it.give(31, R"({"guild_ids":[")" + far.guild_id(which) + "\"]}");
                    it.give(43, of_guild(far, which));
                    const std::string channel = to_string(far.home(which).channels[0].id);
                    it.give(4,
                            of_guild(far, which, (R"(,"channel_id":")" + channel + '"').c_str()));
                }
                if (i % 30 == 0)
                    it.give(8, of_guild(far, which));
                it.run(std::chrono::milliseconds(it.random.below(300)));
            }
            if (round == 1)
                session_ended = far.now - instant{};
            if (round % 2 == 0)
                it.order("/sandbox/cut");
            else
                it.order("/sandbox/fault", round == 1 ? R"({"fault":"invalid-session"})"
                                                      : R"({"fault":"reconnect"})");
            // Cut between IDENTIFY and READY there would be one IDENTIFY more.
            if (round == 1)
                it.run(20s);
        }
        it.run(9min);
        CHECK(it.open.empty());
        CHECK(it.ended.size() == 1);
        CHECK(it.ended.contains(discord::command_outcome::done));
        CHECK(it.session.where() == gateway::state::active);
        CHECK(far.discord.so_far().identifies == 2);
        for (const auto& each : far.discord.seen().breaches())
            // What was on its way when the session ended comes from nobody.
            if (each.rule != "gateway/close-4003" || each.at < session_ended ||
                each.at > session_ended + 500ms)
                FAIL_CHECK(each.rule << " after " << each.at / 1ms << " ms: " << each.what);
    }
}

TEST_CASE("outbox: what another process asked just before is answered by RATE_LIMITED, and then by "
          "Discord [rate-limited-event]",
          "[rate-limited-event]")
{
    discordsim::gateway_scene far;
    {
        bot before(far, 1);
        before.give(8, of_guild(far, 0));
        before.run(10s);
        CHECK(before.ended[discord::command_outcome::done] == 1);
        before.tell(gateway::stop{true});
    }
    bot it(far, 2);
    it.give(8, of_guild(far, 0));
    it.run(20s);
    CHECK(it.open.size() == 1);
    CHECK(far.breaches() == std::vector<std::string>{"gateway/members-limit"});
    it.run(20s);
    CHECK(it.open.empty());
    CHECK(it.ended[discord::command_outcome::done] == 1);
    CHECK(far.breaches().size() == 1);
}
