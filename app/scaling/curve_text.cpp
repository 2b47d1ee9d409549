// Curves as text: lines of comma-separated values.
#include "scaling/curve.hpp"
#include "scaling/record_fields.hpp"
#include "sharding/algebra.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

namespace tinfoil::scaling {
namespace {

constexpr std::size_t lines_max = 1'000'000, guilds_max = 100'000;
constexpr std::int64_t seconds_max = 366LL * 24 * 3600;
// What stands for the guilds of a shard whose load is all that was recorded.
constexpr std::uint64_t guilds_of_shard = 64;

std::string_view trimmed(std::string_view text)
{
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::vector<std::string_view> cells_of(std::string_view line)
{
    std::vector<std::string_view> made;
    for (;;) {
        const auto comma = line.find(',');
        made.push_back(trimmed(line.substr(0, comma)));
        if (comma == std::string_view::npos)
            return made;
        line.remove_prefix(comma + 1);
    }
}

std::optional<std::int64_t> number(std::string_view text, std::int64_t most)
{
    std::int64_t made = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), made);
    if (failed != std::errc{} || end != text.data() + text.size() || made < 0 || made > most)
        return std::nullopt;
    return made;
}

class reading {
public:
    result<curve> read(std::string_view text)
    {
        made_.name = "file";
        for (std::size_t line = 1; !text.empty() && why_.empty(); ++line) {
            const auto end = text.find('\n');
            const auto cells = cells_of(text.substr(0, text.find_first_of("#\n")));
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
            if (line > lines_max)
                return error{errc::too_large, "a curve has at most 1000000 lines"};
            if (cells.size() > 1 || !cells[0].empty())
                read_line(cells);
            if (!why_.empty())
                return error{errc::malformed, "line " + std::to_string(line) + ": " + why_};
        }
        if (made_.guilds.empty())
            return error{errc::malformed, "the curve has no guild and no shard with a load"};
        if (made_.guilds.size() > guilds_max)
            return error{errc::too_large, "a curve has at most 100000 guilds"};
        if (auto good = check(made_.with); !good)
            return good.error();
        std::stable_sort(
            made_.happenings.begin(), made_.happenings.end(),
            [](const happening& one, const happening& other) { return one.at_s < other.at_s; });
        if (!has_length_)
            made_.seconds = last_ + 3600;
        return std::move(made_);
    }

private:
    void read_line(const std::vector<std::string_view>& cells)
    {
        if (cells[0] == "set") {
            if (cells.size() != 3 || !set(cells[1], cells[2]))
                why_ = "it is no setting of a curve or of [scaler]; write set,NAME,VALUE, with "
                       "durations in seconds";
            return;
        }
        const auto at = number(cells[0], seconds_max);
        if (!at || cells.size() != 4) {
            why_ = "write SECONDS,WHAT,WHICH,VALUE or set,NAME,VALUE";
            return;
        }
        last_ = std::max(last_, *at);
        happening one;
        one.at_s = *at;
        const auto value = number(cells[3], 1'000 * whole_loop);
        if (!value)
            why_ = "\"" + std::string(cells[3]) + "\" is no whole number from 0 on";
        else if (one.value = *value; cells[1] == "guild")
            read_guild(cells[2], one);
        else if (cells[1] == "shard")
            read_shard(cells[2], one);
        else
            read_collection(cells[1], cells[2], one);
    }

    void read_guild(std::string_view id, happening one)
    {
        const auto guild = discord::parse_snowflake(id);
        if (!guild || !*guild) {
            why_ = "\"" + std::string(id) + "\" is no id of a guild";
            return;
        }
        one.guild = *guild;
        add(one);
    }

    void read_shard(std::string_view text, happening one)
    {
        const auto slot = discord::parse_slot(text);
        if (!slot) {
            why_ = "\"" + std::string(text) + "\" is no shard, as 3/16";
            return;
        }
        const std::int64_t load = one.value;
        for (std::uint64_t i = 0; i < guilds_of_shard; ++i) {
            one.guild = {((slot->id + slot->count * i) << 22U) | 1U};
            one.value = load / std::int64_t(guilds_of_shard);
            add(one);
        }
    }

    void read_collection(std::string_view what, std::string_view which, happening one)
    {
        constexpr std::array<std::pair<std::string_view, happening::kind>, 3> kinds{
            {{"down", happening::kind::down},
             {"slow", happening::kind::slow},
             {"starts", happening::kind::starts}}};
        const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                       [&](const auto& each) { return each.first == what; });
        const auto collection = number(which, 10'000);
        if (kind == kinds.end() || !collection) {
            why_ = "there are guild,ID,LOAD and shard,SLOT,LOAD (microseconds of loop time a "
                   "second), down,COLLECTION,SECONDS, slow,COLLECTION,PERCENT and starts,0,COUNT";
            return;
        }
        one.what = kind->second;
        one.collection = static_cast<std::uint32_t>(*collection);
        if (one.what == happening::kind::slow && one.value < 1)
            why_ = "a collection can't take 0 percent of its time";
        made_.happenings.push_back(one);
    }

    // A guild joins with its first line.
    void add(const happening& one)
    {
        if (known_.emplace(one.guild, 0).second)
            made_.guilds.push_back({one.guild, one.at_s, one.value, 0, 0});
        else
            made_.happenings.push_back(one);
    }

    bool set(std::string_view key, std::string_view text)
    {
        const auto value = number(text, 1'000'000'000);
        const auto into = [&](auto& member, std::int64_t least, std::int64_t most) {
            if (!value || *value < least || *value > most)
                return false;
            member = static_cast<std::remove_reference_t<decltype(member)>>(*value);
            return true;
        };
        if (key == "seconds") {
            has_length_ = true;
            return into(made_.seconds, 1, seconds_max);
        }
        if (key == "shards")
            return into(made_.shards, 1, 10'000);
        if (key == "collections")
            return into(made_.collections, 1, 1'000);
        if (key == "starts")
            return into(made_.starts, 0, 1'000'000);
        if (key == "max_concurrency")
            return into(made_.max_concurrency, 1, 10'000);
        if (key == "noise")
            return into(made_.noise, 0, 100);
        if (key == "other")
            return into(made_.other, 0, whole_loop);
        bool is_set = false;
        std::apply(
            [&](const auto&... each) {
                ((is_set = is_set ||
                           (key == each.key && set_policy(made_.with.*each.member, text, value))),
                 ...);
            },
            fields::of<policy>);
        return is_set;
    }

    static bool set_policy(int& member, std::string_view, std::optional<std::int64_t> value)
    {
        member = static_cast<int>(value.value_or(0));
        return value.has_value();
    }
    static bool set_policy(duration& member, std::string_view, std::optional<std::int64_t> value)
    {
        if (!value || *value > seconds_max)
            return false;
        member = std::chrono::seconds(*value);
        return true;
    }
    static bool set_policy(mode& member, std::string_view text, std::optional<std::int64_t>)
    {
        const auto parsed = parse_mode(text);
        member = parsed.value_or(member);
        return parsed.has_value();
    }
    static bool set_policy(plan_changes& member, std::string_view text, std::optional<std::int64_t>)
    {
        const auto parsed = parse_plan_changes(text);
        member = parsed.value_or(member);
        return parsed.has_value();
    }

    curve made_;
    std::map<discord::snowflake, int> known_;
    std::int64_t last_ = 0;
    bool has_length_ = false;
    std::string why_;
};

}  // namespace

result<curve> parse_curve(std::string_view text)
{
    return reading().read(text);
}

}  // namespace tinfoil::scaling
