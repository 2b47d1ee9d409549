#pragma once

#include "rest/limiter.hpp"

#include <string>
#include <variant>
#include <vector>

namespace test {

/// A limiter in virtual time, and what it does as a word for each action.
struct limiter_player {
    explicit limiter_player(tinfoil::rest::flights most = {}) : limits(1, most) {}

    std::string feed(const tinfoil::rest::input& what)
    {
        namespace rest = tinfoil::rest;
        std::vector<rest::action> todo;
        limits.on(what, now, todo);
        std::string seen;
        for (const rest::action& each : todo) {
            if (const auto* go = std::get_if<rest::dispatch>(&each))
                seen += "go" + std::to_string(go->id) + " ";
            else if (const auto* no = std::get_if<rest::refuse>(&each))
                seen += "no" + std::to_string(no->id) + " ";
            else if (const auto* again = std::get_if<rest::retry>(&each))
                seen += "again" + std::to_string(again->id) + " ";
            else if (const auto* end = std::get_if<rest::complete>(&each))
                seen += "done" + std::to_string(end->id) + " ";
            else
                seen += "token ";
        }
        return seen;
    }

    tinfoil::rest::limiter limits;
    tinfoil::instant now{};
};

}  // namespace test
