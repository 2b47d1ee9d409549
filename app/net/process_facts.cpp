#include "net/process_facts.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace tinfoil::net {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> text_of(const fs::path& file)
{
    std::ifstream in(file);
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (text.empty())
        return std::nullopt;
    return text;
}

// The number behind that word of a file of lines.
std::uint64_t number_behind(std::string_view text, std::string_view word)
{
    const std::size_t at = text.find(word);
    if (at == text.npos)
        return 0;
    const std::size_t digit = text.find_first_of("0123456789", at + word.size());
    std::uint64_t value = 0;
    if (digit != text.npos)
        std::from_chars(text.data() + digit, text.data() + text.size(), value);
    return value;
}

}  // namespace

std::optional<process_facts> process_facts_of(std::int64_t pid)
{
    const fs::path folder = fs::path("/proc") / std::to_string(pid);
    const auto stat = text_of(folder / "stat");
    const auto boot = text_of("/proc/stat");
    if (!stat || !boot)
        return std::nullopt;
    // proc(5). The name, the second field, may have blanks and brackets in it.
    std::istringstream fields(stat->substr(stat->rfind(')') + 1));
    const std::vector<std::string> field(std::istream_iterator<std::string>(fields), {});
    constexpr std::size_t user = 11, system = 12, start = 19, pages = 21;
    if (field.size() <= pages)
        return std::nullopt;
    const auto number = [&](std::size_t at) { return number_behind(field[at], ""); };
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    process_facts made;
    made.cpu_seconds = static_cast<double>(number(user) + number(system)) / ticks;
    made.started = static_cast<double>(number_behind(*boot, "btime")) +
                   static_cast<double>(number(start)) / ticks;
    made.resident_bytes = number(pages) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    std::error_code failed;
    for (fs::directory_iterator each(folder / "fd", failed), end; !failed && each != end;
         each.increment(failed))
        ++made.open_fds;
    made.max_fds = number_behind(text_of(folder / "limits").value_or(""), "Max open files");
    return made;
}

}  // namespace tinfoil::net
