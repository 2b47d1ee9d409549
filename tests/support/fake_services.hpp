#pragma once

#include "plugin/services.hpp"
#include "sharing/memory_state.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tinfoil::support {

/// Keeps what a plugin asks for until the test answers it.
struct fake_services final : plugin::services {
    std::uint64_t rest(discord::rest_request request, rest_done done) override
    {
        requests.emplace(++last, std::pair(std::move(request), std::move(done)));
        return last;
    }
    void cancel_rest(std::uint64_t id) override { requests.erase(id); }
    std::uint64_t after(duration, std::function<void()>) override { return ++last; }
    void cancel_timer(std::uint64_t) override {}
    std::uint64_t ask_value(sharing::question what, value_done done) override
    {
        const auto told = state.run(std::span(&what, 1), 0).answers.front();
        asked.push_back(std::move(what));
        later.push_back([told, done = std::move(done)] { done(told); });
        return ++last;
    }
    void leave_value(std::uint64_t) override {}
    std::uint64_t send_letter(sharing::letter what, letter_done done) override
    {
        letters.emplace(++last, std::pair(std::move(what), std::move(done)));
        return last;
    }
    void leave_letter(std::uint64_t id) override { letters.erase(id); }
    bool post_letter(sharing::letter what) override
    {
        posted.push_back(std::move(what));
        return posted.size() < posted_max;
    }
    std::uint64_t give_command(int op, const std::string& data, duration patience,
                               command_done done) override
    {
        commands.emplace(++last, given{op, data, patience, std::move(done)});
        return last;
    }
    void cancel_command(std::uint64_t id) override { commands.erase(id); }
    std::uint64_t ask_guild(discord::snowflake, guild_done) override { return ++last; }
    void cancel_guild(std::uint64_t) override {}
    void keep_guilds() override {}
    std::uint64_t guild_revision(discord::snowflake) override { return 0; }
    void post(std::function<void()> then) override { then(); }
    void log(plugin::log_level, std::string_view text) override
    {
        logged += std::string(text) + "\n";
    }
    [[nodiscard]] discord::snowflake application_id() const override { return {1}; }
    void entering(const plugin::call& what) override
    {
        CHECK_FALSE(is_inside);
        is_inside = true;
        calls += std::to_string(static_cast<int>(what.what));
    }
    void left() override { is_inside = false; }
    [[noreturn]] void unwound() override { std::abort(); }

    void answer(int status, std::string body)
    {
        REQUIRE(requests.size() == 1);
        auto done = std::move(requests.begin()->second.second);
        requests.clear();
        done(discord::rest_response{
            .status = status, .headers = {}, .body = std::move(body), .elapsed = {}});
    }

    struct given {
        int op;
        std::string data;
        duration patience;
        command_done done;
    };
    std::map<std::uint64_t, given> commands;
    std::uint64_t last = 0;
    std::map<std::uint64_t, std::pair<discord::rest_request, rest_done>> requests;
    /// Runs what was to come when the plugin had returned.
    void settle()
    {
        for (const auto& each : std::exchange(later, {}))
            each();
    }
    sharing::memory_state state;
    std::vector<sharing::question> asked;
    std::vector<std::function<void()>> later;
    std::map<std::uint64_t, std::pair<sharing::letter, letter_done>> letters;
    std::vector<sharing::letter> posted;
    std::size_t posted_max = 100;
    std::string logged;
    std::string calls;  // Which entries, by number.
    bool is_inside = false;
};

}  // namespace tinfoil::support
