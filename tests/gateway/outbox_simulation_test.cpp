// The outbox against a gateway that counts as Discord does and breaks in every way, over many
// seeds.
#include "base/random.hpp"
#include "discord/envelope.hpp"
#include "discord/intents.hpp"
#include "gateway/outbox.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace tinfoil;
using namespace tinfoil::gateway;
using namespace std::chrono_literals;

namespace {

const std::string everybody_query = R"("query":"","limit":0)";

// What Discord knows, by its own clock: when a payload arrives, not when it was sent.
struct far_end {
    void arrived(const std::string& payload, instant at)
    {
        const auto scanned = discord::scan_envelope(payload);
        received.push_back(at);
        while (at - received.front() >= 60s)
            received.pop_front();
        if (received.size() > 120)
            broken = "more than 120 payloads in 60 s";
        if (payload.size() > 4096)
            broken = "a payload above 4096 bytes";
        switch (scanned->op) {
        case 2:
            presence = std::string(discord::find_value(scanned->data, "presence"));
            voice.clear();
            break;
        case 3:
            presences.push_back(at);
            while (at - presences.front() >= 20s)
                presences.pop_front();
            if (presences.size() > 5)
                broken = "more than 5 presences in 20 s";
            presence = std::string(scanned->data);
            break;
        case 4:
            voice[std::string(discord::find_member(scanned->data, "guild_id"))] =
                std::string(discord::find_value(scanned->data, "channel_id"));
            break;
        case 8:
            request(payload, std::string(scanned->data), at);
            break;
        default:
            break;
        }
    }
    void request(const std::string& payload, const std::string& data, instant at)
    {
        const std::string guild(discord::find_member(data, "guild_id"));
        const std::string nonce(discord::find_member(data, "nonce"));
        if (payload.find(everybody_query) != std::string::npos) {
            if (const auto last = asked.find(guild); last != asked.end() && at - last->second < 30s)
                broken = "asked for all members of a guild within 30 s";
            asked[guild] = at;
        }
        const std::string begin = R"({"guild_id":")" + guild + R"(","nonce":")" + nonce + '"';
        for (const char* index : {"0", "1", "2"})
            answers.push_back(
                {"GUILD_MEMBERS_CHUNK",
                 begin + R"(,"members":[1],"chunk_count":3,"chunk_index":)" + index + "}"});
    }

    struct event {
        std::string type, data;
    };
    std::deque<instant> received, presences;
    std::map<std::string, instant> asked;
    std::map<std::string, std::string> voice;
    std::string presence;
    std::deque<event> answers;  // Of the session, in order; kept over its connections.
    std::string broken;
};

struct world {
    explicit world(std::uint64_t seed)
        : random(seed),
          box({0, 1}, discord::privileged_intents, seed)
    {
    }

    void feed(const outbox_input& what)
    {
        std::vector<outbox_action> todo;
        box.on(what, now, todo);
        for (const auto& each : todo) {
            if (const auto* out = std::get_if<transmit>(&each))
                put(out->payload);
            else
                took(std::get<answered>(each));
        }
        if (box.deadline() <= now && ++standing > 200)
            far.broken = "its deadline does not move";
        else if (box.deadline() > now)
            standing = 0;
    }
    duration span(std::uint64_t most_ms)
    {
        return std::chrono::milliseconds(random.below(most_ms));
    }
    void put(const std::string& payload)
    {
        if (!is_connected)
            far.broken = "sent without a connection";
        const int op = discord::scan_envelope(payload)->op;
        const bool is_command = op > 2 && op != 6;
        if (is_command && !is_active)
            far.broken = "a command before the session was active";
        if (op == 8 && !voice_waiting.empty())
            far.broken = "a request went before a voice state";
        // Up to 0.9 s, and never before what went before it.
        last_arrival = std::max(last_arrival, now + span(900));
        on_way.push_back({last_arrival, payload});
        beats += op == 1 ? 1 : 0;
    }
    void took(const answered& what)
    {
        voice_waiting.erase(what.id);
        asking_all.erase(what.id);
        if (open.erase(what.id) == 0)
            far.broken = "answered twice";
        if (what.what.how != discord::command_outcome::done)
            far.broken = "a command was lost: " + what.what.text;
    }
    void heart()
    {
        const int before = beats;
        feed(urgent{R"({"op":1,"d":1})"});
        if (beats != before + 1)
            far.broken = "a beat was held back";
        next_beat = now + 41250ms;
    }
    void connect()
    {
        is_connected = true;
        last_arrival = now;
        far.received.clear();
        feed(connection_began{});
        feed(greeted{41250ms});
        next_beat = now + span(41250);
        const bool is_new = random.below(3) == 0 || !had_session;
        had_session = true;
        if (is_new)
            far.answers.clear();
        feed(urgent{is_new ? R"({"op":2,"d":{"token":"t"}})" : R"({"op":6,"d":{}})"});
        arrive(never);
        if (!is_new)
            while (!far.answers.empty() && random.below(8) != 0)
                tell();
        is_active = true;
        feed(session_active{is_new});
    }
    void cut()
    {
        feed(connection_ended{});
        is_connected = is_active = false;
        arrive(now);
        on_way.clear();  // Lost on the way.
        next_beat = never;
    }
    void arrive(instant until)
    {
        while (!on_way.empty() && on_way.front().at <= until) {
            far.arrived(on_way.front().payload, on_way.front().at);
            on_way.pop_front();
        }
    }
    void tell()
    {
        const auto event = far.answers.front();
        far.answers.pop_front();
        feed(dispatched{event.type, event.data});
    }
    void give()
    {
        const std::string guild = std::to_string(1 + random.below(3));
        const std::uint64_t id = ++last_id;
        open.insert(id);
        std::string data = R"({"guild_id":")" + guild + '"';
        int op = 8;
        const auto kind = random.below(12);
        if (kind == 0) {
            op = 3;
            data = R"({"status":"idle","since":)" + std::to_string(id);
            wanted_presence = id;
        } else if (kind == 1) {
            op = 4;
            const std::string channel =
                random.below(3) == 0 ? "null" : '"' + std::to_string(id) + '"';
            data += R"(,"channel_id":)" + channel;
            wanted_voice[guild] = channel;
            voice_waiting.insert(id);
        } else if (kind > 2 || asking_all.size() > 4) {
            data += R"(,"query":"a","limit":5)";
        } else {
            asking_all.insert(id);  // One of a guild in half a minute: many would take hours.
        }
        feed(submit{id, *discord::read_command(op, data + "}"), 10min});
    }
    // The next thing of time itself: a deadline, a beat.
    void pass(duration most)
    {
        const instant then = now + most;
        while (std::min(box.deadline(), next_beat) <= then && far.broken.empty()) {
            now = std::max(now, std::min(box.deadline(), next_beat));
            arrive(now);
            if (now >= next_beat)
                heart();
            else
                feed(outbox_elapsed{});
        }
        now = then;
        arrive(now);
    }
    void step()
    {
        const auto lot = random.below(100);
        if (lot < 40 && open.size() < 200) {
            for (auto many = random.below(8) == 0 ? 60 : 1; many > 0; --many)
                give();
        } else if (lot < 75) {
            for (auto many = random.below(30); many > 0 && is_connected && !far.answers.empty();
                 --many)
                tell();
        } else if (lot < 97 || !is_connected) {
            if (is_connected)
                pass(span(3000));
            else
                connect();
        } else {
            cut();
        }
    }
    void settle()
    {
        if (!is_connected)
            connect();
        for (int i = 0; i < 4000 && far.broken.empty() && (!open.empty() || i < 60); ++i) {
            pass(1s);
            while (!far.answers.empty())
                tell();
        }
        if (far.broken.empty() && !open.empty())
            far.broken = std::to_string(open.size()) + " commands were never answered";
        if (far.broken.empty() && wanted_presence != 0 &&
            discord::find_value(far.presence, "since") != std::to_string(wanted_presence))
            far.broken = "the presence is not the one that was wanted last: " + far.presence;
        for (const auto& [guild, channel] : wanted_voice)
            if (far.broken.empty() && far.voice[guild] != channel &&
                !(channel == "null" && far.voice[guild].empty()))
                far.broken = "the voice state of a guild is not the one that was wanted last";
    }

    random_source random;
    outbox box;
    far_end far;
    instant now = instant{} + 1h;
    bool is_connected = false, is_active = false, had_session = false;
    instant next_beat = never, last_arrival{};
    struct travelling {
        instant at;
        std::string payload;
    };
    std::deque<travelling> on_way;
    std::set<std::uint64_t> open, voice_waiting, asking_all;
    std::map<std::string, std::string> wanted_voice;
    std::uint64_t last_id = 0, wanted_presence = 0;
    int beats = 0, standing = 0;
};

}  // namespace

TEST_CASE(
    "outbox: no limit is broken and nothing is lost, whatever happens [sends-120] [thread-14]",
    "[sends-120][presence-limit][members-30s][thread-14]")
{
    const char* given = std::getenv("TINFOIL_SEEDS");
    const std::uint64_t seeds = given != nullptr ? std::strtoull(given, nullptr, 10) : 25;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        INFO("seed " << seed);
        world it(seed);
        for (int i = 0; i < 600 && it.far.broken.empty(); ++i)
            it.step();
        if (it.far.broken.empty())
            it.settle();
        REQUIRE(it.far.broken == "");
    }
}
