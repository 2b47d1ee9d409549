#include "state/plugin_states.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <string_view>
#include <unistd.h>

namespace tinfoil::state {
namespace {

namespace fs = std::filesystem;

// In front of plugin, version and bytes; each text is a little-endian u32 and its bytes.
constexpr std::string_view magic("tfstate1", 8);
constexpr std::size_t head_bytes = magic.size() + 4;
constexpr std::size_t file_bytes_max = 32U << 20;

// CRC-32C, whose polynomial reversed is 0x82f63b78 (RFC 3720, B.4).
constexpr std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < made.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1) ^ ((value & 1U) != 0 ? 0x82f63b78U : 0U);
        made[i] = value;
    }
    return made;
}();

std::uint32_t checksum(std::string_view of)
{
    std::uint32_t value = ~0U;
    for (const char each : of)
        value = (value >> 8) ^ table[(value ^ static_cast<unsigned char>(each)) & 0xFFU];
    return ~value;
}

void put_number(std::string& to, std::uint32_t value)
{
    for (int i = 0; i < 4; ++i)
        to += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

void put_text(std::string& to, std::string_view what)
{
    put_number(to, static_cast<std::uint32_t>(what.size()));
    to += what;
}

std::optional<std::uint32_t> take_number(std::string_view& from)
{
    if (from.size() < 4)
        return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
        value = (value << 8) | static_cast<unsigned char>(from[i]);
    from.remove_prefix(4);
    return value;
}

std::optional<std::string> take_text(std::string_view& from)
{
    const auto size = take_number(from);
    if (!size || *size > from.size())
        return std::nullopt;
    std::string made(from.substr(0, *size));
    from.remove_prefix(*size);
    return made;
}

error failed_to(const char* doing, const fs::path& file)
{
    return {errc::io, fmt::format("the state of a plugin can't be {} {}: {}", doing, file.string(),
                                  std::strerror(errno))};
}

bool write_all(int to, std::string_view what)
{
    while (!what.empty()) {
        const ssize_t put = ::write(to, what.data(), what.size());
        if (put <= 0)
            return false;
        what.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

}  // namespace

fs::path plugin_states(const fs::path& state, std::uint32_t collection)
{
    return state / "plugin_states" / std::to_string(collection);
}

result<void> keep_plugin_state(const fs::path& folder, const kept_plugin_state& what)
{
    std::error_code ignored;
    if (fs::create_directories(folder, ignored))
        fs::permissions(folder, fs::perms::owner_all, ignored);
    std::string body;
    put_text(body, what.plugin);
    put_text(body, what.by);
    put_number(body, what.version);
    put_text(body, what.bytes);
    std::string head(magic);
    put_number(head, checksum(body));
    const fs::path file = folder / what.plugin, fresh = folder / (what.plugin + ".new");
    const int to = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (to < 0)
        return failed_to("written to", fresh);
    const bool written = write_all(to, head) && write_all(to, body) && ::fsync(to) == 0;
    const int why = errno;
    ::close(to);
    errno = why;
    if (!written || ::rename(fresh.c_str(), file.c_str()) != 0)
        return failed_to("written to", file);
    const int place = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place >= 0) {
        ::fsync(place);
        ::close(place);
    }
    return {};
}

result<std::optional<kept_plugin_state>> read_plugin_state(const fs::path& folder,
                                                           const std::string& plugin)
{
    const fs::path file = folder / plugin;
    std::error_code failed;
    if (!fs::exists(file, failed))
        return std::optional<kept_plugin_state>();
    const error damaged{errc::malformed, file.string() + " is damaged"};
    if (!fs::is_regular_file(file, failed) || fs::file_size(file, failed) > file_bytes_max)
        return damaged;
    std::ifstream in(file, std::ios::binary);
    const std::string all(std::istreambuf_iterator<char>(in), {});
    if (all.size() < head_bytes || std::string_view(all).substr(0, magic.size()) != magic)
        return damaged;
    std::string_view rest = std::string_view(all).substr(magic.size());
    const auto sum = take_number(rest);
    if (!sum || *sum != checksum(rest))
        return damaged;
    auto name = take_text(rest);
    auto by = take_text(rest);
    const auto version = take_number(rest);
    auto bytes = take_text(rest);
    if (!name || !by || !version || !bytes || !rest.empty() || *name != plugin)
        return damaged;
    return std::optional(
        kept_plugin_state{std::move(*name), std::move(*by), *version, std::move(*bytes)});
}

fs::path reject_plugin_state(const fs::path& folder, const std::string& plugin)
{
    fs::path aside = folder / (plugin + ".rejected");
    std::error_code ignored;
    fs::rename(folder / plugin, aside, ignored);
    return aside;
}

}  // namespace tinfoil::state
