#pragma once

#include "discordsim/rest.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace tinfoil::discordsim {

/// The REST side of a small Discord without people who act, and what it announces.
struct rest_scene {
    struct reply {
        int status = 0;
        boost::json::value body;
        std::map<std::string, std::string> headers;
        std::string text;

        [[nodiscard]] const boost::json::value& at(const char* pointer) const
        {
            return body.at_pointer(pointer);
        }
    };

    rest_scene()
    {
        rules.gateway_url = "wss://main";
        rules.plain_gateway_url = "ws://plain";
    }

    /// As a bot that keeps below all limits.
    reply ask(const std::string& method, const std::string& path, const std::string& body = "")
    {
        now += std::chrono::seconds(6);
        return hurry(method, path, body);
    }
    /// At once.
    reply hurry(const std::string& method, const std::string& path, const std::string& body = "")
    {
        return send({1, method, path, body, "application/json", "Bot sandbox"});
    }
    reply send(const request& what)
    {
        events.clear();
        todo.clear();
        const surroundings with{
            rules,
            all,
            seen,
            [this](const announcement& each) { events.push_back(each); },
            [this](std::string_view type, const written& each) {
                events.push_back({type, each.id, each.guild, 0, message_json(each, true)});
            },
            [this](bool plain) -> const std::string& {
                return plain ? rules.plain_gateway_url : rules.gateway_url;
            },
            false};
        api.on(what, now, with, todo);
        reply made;
        for (const action& each : todo)
            if (const auto* got = std::get_if<answer>(&each)) {
                made.status = got->status;
                made.text = got->body;
                boost::json::error_code failed;
                made.body = boost::json::parse(got->body, failed);
                made.headers.insert(got->headers.begin(), got->headers.end());
            }
        return made;
    }
    /// The types of what was announced last.
    [[nodiscard]] std::vector<std::string> types() const
    {
        std::vector<std::string> made;
        for (const auto& each : events)
            made.emplace_back(each.type);
        return made;
    }
    [[nodiscard]] std::string guild_path(std::size_t which = 0) const
    {
        return "/guilds/" + to_string(all.guilds[which].id);
    }
    [[nodiscard]] std::string channel_path(std::size_t which = 0) const
    {
        return "/channels/" + to_string(all.guilds[0].channels[which].id);
    }
    [[nodiscard]] std::string person(std::size_t which = 0) const
    {
        return to_string(all.guilds[0].people[which].id);
    }
    /// The id of what an answer holds.
    static std::string id(const reply& of) { return of.at("/id").as_string().c_str(); }
    /// Posts, and tells the message's path.
    std::string message_path(const std::string& content = "hello")
    {
        return channel_path() + "/messages/" +
               id(ask("POST", channel_path() + "/messages", R"({"content":")" + content + "\"}"));
    }
    /// Somebody calls the bot; the interaction's token.
    std::string called(int type = 2, discord::snowflake source = {})
    {
        interaction made;
        made.id = all.new_id(now);
        made.guild = all.guilds[0].id;
        made.channel = all.guilds[0].channels[0].id;
        made.token = "token" + to_string(made.id);
        made.type = type;
        made.source = source;
        made.at = now;
        seen.given(made.id, witness::kind::interaction, now);
        return all.interactions.emplace(made.token, made).first->first;
    }
    /// Where the first answer goes, and what follows.
    [[nodiscard]] std::string callback_path(const std::string& token) const
    {
        return "/interactions/" + to_string(all.interactions.at(token).id) + "/" + token +
               "/callback";
    }
    [[nodiscard]] std::string follow_path(const std::string& token) const
    {
        return "/webhooks/" + to_string(all.application) + "/" + token;
    }

    settings rules;
    instant now{};
    world all{1, {2, 3}, 1'700'000'000'000, now};
    discordsim::witness seen{now};
    rest api;
    std::vector<announcement> events;
    std::vector<action> todo;
};

using list = std::vector<std::string>;

}  // namespace tinfoil::discordsim
