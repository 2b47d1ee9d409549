// Any events and answers, a line each: `TYPE DATA`, where a digit for the type is a part of a
// flight's answer. No crash, and never more than the bounds.
#include "base/assert.hpp"
#include "guilds/guild_view.hpp"

using namespace tinfoil;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    constexpr std::size_t bytes_max = 8192, guilds_max = 3;
    guilds::guild_view view({.guilds = guilds_max, .bytes = bytes_max});
    view.serve({{0, 1}});
    guilds::guild_view::todo_list todo;
    view.on_event({0, 1}, "READY", R"({"user":{"id":"7"}})", todo);
    view.ask(1, {10}, todo);
    std::string_view text(reinterpret_cast<const char*>(data), size);
    std::uint64_t ticket = 1;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto blank = line.find(' ');
        const std::string_view type = line.substr(0, blank);
        const std::string_view rest = blank == line.npos ? "" : line.substr(blank + 1);
        if (type.size() == 1 && type[0] >= '0' && type[0] <= '4')
            view.on_answer(1, static_cast<guilds::part>(type[0] - '0'), std::string(rest), todo);
        else
            view.on_event({0, 1}, type, rest, todo);
        view.ask(++ticket, {10}, todo);
        TINFOIL_ASSERT(view.bytes() <= bytes_max && view.guilds() <= guilds_max);
        TINFOIL_ASSERT(view.guilds() != 0 || view.bytes() == 0);
        todo.clear();
    }
    return 0;
}
