#include "gateway/member_gathering.hpp"

#include "discord/envelope.hpp"

#include <charconv>
#include <cstdint>

namespace tinfoil::gateway {
namespace {

// A guild of a hundred million members; Discord's largest have twenty.
constexpr std::int64_t chunks_max = 100'000;

std::int64_t number_in(std::string_view chunk, std::string_view key)
{
    const std::string_view digits = discord::find_value(chunk, key);
    std::int64_t value = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

// Adds the elements of a list, which may be missing.
void join(std::string& to, std::string_view list)
{
    if (list.size() < 2 || list.front() != '[' || list.back() != ']')
        return;
    const std::string_view inside = list.substr(1, list.size() - 2);
    if (inside.find_first_not_of(" \t\r\n") == std::string_view::npos)
        return;
    if (!to.empty())
        to += ',';
    to += inside;
}

}  // namespace

member_gathering::progress member_gathering::add(std::string_view chunk)
{
    const std::int64_t index = number_in(chunk, "chunk_index");
    const std::int64_t count = number_in(chunk, "chunk_count");
    if (count < 1 || count > chunks_max || index < 0 || index >= count)
        return progress::none;
    if (seen_.empty()) {
        seen_.resize(static_cast<std::size_t>(count));
        missing_ = seen_.size();
    }
    const auto at = static_cast<std::size_t>(index);
    if (seen_.size() != static_cast<std::size_t>(count) || seen_[at])
        return progress::none;
    seen_[at] = true;
    --missing_;
    join(members_, discord::find_value(chunk, "members"));
    join(presences_, discord::find_value(chunk, "presences"));
    join(not_found_, discord::find_value(chunk, "not_found"));
    return missing_ == 0 ? progress::complete : progress::more;
}

std::string member_gathering::take(std::string_view guild)
{
    std::string text = R"({"guild_id":")";
    text.reserve(bytes() + 100);
    text += guild;
    text += R"(","members":[)" + members_ + R"(],"presences":[)" + presences_ +
            R"(],"not_found":[)" + not_found_ + "]}";
    return text;
}

}  // namespace tinfoil::gateway
