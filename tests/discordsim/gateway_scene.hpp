#pragma once

#include "discordsim/simulator.hpp"
#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tinfoil::discordsim {

inline constexpr std::int64_t began_ms = 1'700'000'000'000;
inline constexpr const char* messages = "33281";  // GUILDS, GUILD_MESSAGES and MESSAGE_CONTENT.
inline constexpr const char* without_content = "513";  // GUILDS and GUILD_MESSAGES.
inline constexpr const char* only_messages = "512";    // So READY is all that comes at first.

/// A Discord whose people are silent unless a test says otherwise, and its clients.
struct gateway_scene {
    gateway_scene() : gateway_scene(quiet(0)) {}
    explicit gateway_scene(settings how) : discord(std::move(how), now) {}

    static settings quiet(double events_per_second = 0)
    {
        settings how;
        how.wall_ms = began_ms;
        how.gateway_url = "wss://main";
        how.max_concurrency = 16;
        how.tells_events = true;
        set_rate(how, events_per_second);
        return how;
    }

    std::vector<action> feed(const input& what)
    {
        std::vector<action> todo;
        discord.on(what, now, todo);
        return todo;
    }
    static std::string text(const action& what)
    {
        if (const auto* to = std::get_if<discordsim::send>(&what)) {
            const auto sent = boost::json::parse(to->text).as_object();
            const auto& type = sent.at("t");
            std::string line = std::to_string(to->id) + " < ";
            if (type.is_null())
                return line + "op " + boost::json::serialize(sent.at("op")) + " " +
                       (sent.at("d").is_bool() ? boost::json::serialize(sent.at("d")) : "");
            return line + std::string(type.as_string()) + " " +
                   boost::json::serialize(sent.at("s"));
        }
        if (const auto* end = std::get_if<discordsim::close>(&what))
            return std::to_string(end->id) + " close " + std::to_string(end->code);
        if (const auto* gone = std::get_if<drop>(&what))
            return std::to_string(gone->id) + " drop";
        if (const auto* how = std::get_if<disturb>(&what))
            return std::to_string(how->id) + " disturb " + std::string(name(how->what.what));
        if (const auto* news = std::get_if<session_news>(&what)) {
            constexpr const char* names[] = {"identified ", "resumed ", "closed "};
            return names[static_cast<int>(news->what)] + to_string(news->slot) + " " +
                   std::to_string(news->sequence) + " " + std::to_string(news->code);
        }
        if (const auto* made = std::get_if<generated>(&what))
            return std::to_string(made->number) + " " + std::string(made->type);
        return "";  // Of REST, or for people.
    }
    static std::vector<std::string> texts(const std::vector<action>& all)
    {
        std::vector<std::string> lines;
        for (const action& each : all)
            if (auto line = text(each); !line.empty())
                lines.push_back(std::move(line));
        return lines;
    }
    std::vector<std::string> told(const input& what) { return texts(feed(what)); }

    std::vector<action> identify(connection_id id, const std::string& intents = messages,
                                 const std::string& shard = "0,1")
    {
        feed(opened{id});
        return feed(payload{id, R"({"op":2,"d":{"token":"Bot sandbox","intents":)" + intents +
                                    R"(,"shard":[)" + shard + "]}}"});
    }
    /// The id of the session that an IDENTIFY brought.
    static std::string session_of(const std::vector<action>& all)
    {
        for (const action& each : all)
            if (const auto* to = std::get_if<discordsim::send>(&each);
                to != nullptr && to->text.find("READY") != std::string::npos)
                return boost::json::parse(to->text).at("d").at("session_id").as_string().c_str();
        return "";
    }
    std::vector<std::string> resume(connection_id id, const std::string& session, int sequence)
    {
        feed(opened{id});
        return told(payload{id, R"({"op":6,"d":{"token":"sandbox","session_id":")" + session +
                                    R"(","seq":)" + std::to_string(sequence) + "}}"});
    }
    /// Somebody posts into the first channel.
    std::vector<std::string> post()
    {
        const std::string channel = to_string(discord.everything().guilds[0].channels[0].id);
        now += std::chrono::seconds(2);  // Below any rate limit.
        return told(request{99, "POST", "/channels/" + channel + "/messages",
                            R"({"content":"hello"})", "application/json", "Bot sandbox"});
    }
    /// Until then, as a driver does it; how many events there were.
    std::uint64_t run(duration time)
    {
        const auto before = discord.so_far().events_generated;
        const instant until = now + time;
        while (discord.deadline() <= until) {
            now = discord.deadline();
            feed(elapsed{});
        }
        now = until;
        return discord.so_far().events_generated - before;
    }

    /// The payloads that the client gets.
    static std::vector<boost::json::value> payloads(const std::vector<action>& all)
    {
        std::vector<boost::json::value> made;
        for (const action& each : all)
            if (const auto* to = std::get_if<discordsim::send>(&each))
                made.push_back(boost::json::parse(to->text));
        return made;
    }
    std::vector<action> op(connection_id id, int op, const std::string& data)
    {
        return feed(payload{id, R"({"op":)" + std::to_string(op) + R"(,"d":)" + data + "}"});
    }
    /// One who stages the play asks; status and body.
    std::pair<int, boost::json::value> direct(const std::string& method, const std::string& path,
                                              const std::string& body = "")
    {
        todo = feed(discordsim::direct{7, method, path, body});
        for (const action& each : todo)
            if (const auto* got = std::get_if<answer>(&each))
                return {got->status, boost::json::parse(got->body)};
        return {};
    }
    /// The lines of what came of it; empty when it was refused.
    std::vector<std::string> broken(const std::string& fault)
    {
        return direct("POST", "/sandbox/fault", fault).first == 200 ? texts(todo)
                                                                    : std::vector<std::string>();
    }
    [[nodiscard]] std::vector<std::string> breaches() const
    {
        std::vector<std::string> rules;
        for (const breach& each : discord.seen().breaches())
            rules.emplace_back(each.rule);
        return rules;
    }
    [[nodiscard]] const guild& home(std::size_t which = 0) const
    {
        return discord.everything().guilds.at(which);
    }
    [[nodiscard]] std::string guild_id(std::size_t which = 0) const
    {
        return to_string(home(which).id);
    }
    /// For as long, as a client that heartbeats; all that happened.
    std::vector<action> beat(connection_id id, duration time)
    {
        std::vector<action> all;
        for (const instant until = now + time; now < until;) {
            now = std::min(until, now + std::chrono::seconds(30));
            for (auto& each : op(id, 1, "null"))
                all.push_back(std::move(each));
        }
        return all;
    }

    instant now{};
    simulator discord;
    std::vector<action> todo;  ///< Of the last direct().
};

}  // namespace tinfoil::discordsim
