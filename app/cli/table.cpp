#include "cli/table.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

// What is left of a text says too little when it is any shorter.
constexpr std::size_t text_width_least = 6;

void narrow(std::vector<std::size_t>& widths, const std::vector<column>& columns, std::size_t room)
{
    std::size_t all = 2 * (widths.size() - 1);
    for (const std::size_t each : widths)
        all += each;
    while (all > room) {
        std::size_t* widest = nullptr;
        for (std::size_t at = 0; at < columns.size(); ++at)
            if (!columns[at].is_number && widths[at] > text_width_least &&
                (widest == nullptr || widths[at] >= *widest))
                widest = &widths[at];
        if (widest == nullptr)
            return;
        --*widest;
        --all;
    }
}

}  // namespace

std::string cut(const std::string& text, std::size_t width)
{
    if (width_of(text) <= width)
        return text;
    if (width == 0)
        return "";
    std::size_t at = 0;
    for (std::size_t count = 0; count < width && at < text.size(); ++count)
        do
            ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80);
    while (at > 0 && (static_cast<unsigned char>(text[--at]) & 0xC0U) == 0x80) {
    }
    return text.substr(0, at) + "…";
}

std::string paint(const sheet& on, colour with, const std::string& text)
{
    constexpr std::array codes{"0", "2", "1", "32", "33", "31", "36"};
    if (!on.colours || with == colour::plain)
        return text;
    return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(with)], text);
}

std::size_t width_of(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char each) {
        return (static_cast<unsigned char>(each) & 0xC0U) != 0x80;
    }));
}

std::string table(const std::vector<column>& columns, const std::vector<std::vector<cell>>& rows,
                  const sheet& on)
{
    std::vector<std::size_t> widths;
    for (const column& each : columns)
        widths.push_back(width_of(each.title));
    for (const auto& row : rows) {
        TINFOIL_ASSERT(row.size() == columns.size());
        for (std::size_t at = 0; at < row.size(); ++at)
            widths[at] = std::max(widths[at], width_of(row[at].text));
    }
    narrow(widths, columns, on.width);
    std::string text;
    const auto line = [&](const auto& cell_at) {
        std::string made;
        for (std::size_t at = 0; at < columns.size(); ++at) {
            const cell one = cell_at(at);
            const std::string shown = cut(one.text, widths[at]);
            const std::string space(widths[at] - width_of(shown), ' ');
            const std::string painted = paint(on, one.with, shown);
            made +=
                (at == 0 ? "" : "  ") + (columns[at].is_number ? space + painted : painted + space);
        }
        made.erase(made.find_last_not_of(' ') + 1);
        text += made + "\n";
    };
    line([&](std::size_t at) { return cell{columns[at].title, colour::dim}; });
    for (const auto& row : rows)
        line([&](std::size_t at) { return row[at]; });
    return text;
}

std::string length_of_time(long long ms)
{
    const long long s = std::max(ms, 0LL) / 1000;
    if (s < 60)
        return fmt::format("{} s", s);
    if (s < 3600)
        return fmt::format("{} m {} s", s / 60, s % 60);
    if (s < 24LL * 3600)
        return fmt::format("{} h {} m", s / 3600, s / 60 % 60);
    return fmt::format("{} d {} h", s / (24LL * 3600), s / 3600 % 24);
}

}  // namespace tinfoil::cli
