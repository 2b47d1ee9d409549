#include "handoff/record_text.hpp"

#include "handoff/serving.hpp"

#include <limits>
#include <optional>

namespace tinfoil::handoff {
namespace {

constexpr std::string_view head = "tfhandoff1";
// No session lives to see this many events.
constexpr std::int64_t number_max = std::int64_t{1} << 53;

void put(std::string& to, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        to += static_cast<char>((value & 0x7F) | 0x80);
    to += static_cast<char>(value);
}

void put(std::string& to, const std::vector<std::uint64_t>& all)
{
    put(to, all.size());
    for (const std::uint64_t each : all)
        put(to, each);
}

void put_signed(std::string& to, std::int64_t value)
{
    put(to, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

// Once something does not fit, nothing is left to read.
class reader {
public:
    explicit reader(std::string_view from) : from_(from) {}

    [[nodiscard]] bool has_failed() const { return failed_; }
    [[nodiscard]] bool is_at_end() const { return !failed_ && from_.empty(); }

    std::uint64_t number()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (from_.empty())
                break;
            const auto byte = static_cast<unsigned char>(from_.front());
            from_.remove_prefix(1);
            if (shift == 63 && byte > 1)
                break;
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80)
                return value;
        }
        fail();
        return 0;
    }
    std::int64_t signed_number()
    {
        const std::uint64_t value = number();
        const auto made = static_cast<std::int64_t>((value >> 1) ^ (0 - (value & 1)));
        if (made > number_max || made < -number_max)
            fail();
        return failed_ ? 0 : made;
    }
    // Every item takes a byte at least, so a count that lies is found before anything is made.
    std::size_t count()
    {
        const std::uint64_t items = number();
        if (items > from_.size())
            fail();
        return failed_ ? 0 : static_cast<std::size_t>(items);
    }
    std::vector<std::uint64_t> numbers()
    {
        std::vector<std::uint64_t> all(count());
        for (std::uint64_t& each : all)
            each = number();
        return all;
    }
    void fail()
    {
        failed_ = true;
        from_ = {};
    }

private:
    std::string_view from_;
    bool failed_ = false;
};

stream_record read_stream(reader& from)
{
    constexpr std::uint64_t gap = 1, guessed = 2;
    stream_record made;
    const std::uint64_t kind = from.number();
    if (kind > static_cast<std::uint64_t>(stream_id::kind::other))
        from.fail();
    made.stream = {static_cast<stream_id::kind>(from.has_failed() ? 0 : kind),
                   discord::snowflake{from.number()}};
    for (lane_record& each : made.lanes) {
        each.from = from.signed_number();
        each.skip = from.signed_number();
    }
    made.snapshot = from.signed_number();
    made.interactions = from.numbers();
    made.uniques = from.numbers();
    const std::uint64_t flags = from.number();
    if (flags > (gap | guessed))
        from.fail();
    made.is_gap = (flags & gap) != 0;
    made.is_guessed = (flags & guessed) != 0;
    return made;
}

}  // namespace

std::vector<commit_record> split_record(const commit_record& all,
                                        const std::vector<discord::slot>& newer)
{
    std::vector<commit_record> made(all.newer.size());
    for (std::size_t i = 0; i < made.size(); ++i)
        made[i].newer = {all.newer[i]};
    for (const stream_record& each : all.streams)
        made.at(serving(newer, each.stream).value_or(0)).streams.push_back(each);
    return made;
}

std::string to_text(const commit_record& what)
{
    std::string made(head);
    put(made, what.newer.size());
    for (const auto& each : what.newer) {
        put_signed(made, each.resume_after);
        put_signed(made, each.seen);
    }
    put(made, what.streams.size());
    for (const stream_record& each : what.streams) {
        put(made, static_cast<std::uint64_t>(each.stream.of));
        put(made, each.stream.id.value);
        for (const lane_record& lane : each.lanes) {
            put_signed(made, lane.from);
            put_signed(made, lane.skip);
        }
        put_signed(made, each.snapshot);
        put(made, each.interactions);
        put(made, each.uniques);
        put(made, (each.is_gap ? 1U : 0U) | (each.is_guessed ? 2U : 0U));
    }
    return made;
}

result<commit_record> read_record(std::string_view text)
{
    const auto damaged = [] {
        return error{errc::malformed, "the record of a handoff is damaged, so its shards go on as "
                                      "if there had been none: an event may come twice"};
    };
    if (!text.starts_with(head))
        return damaged();
    reader from(text.substr(head.size()));
    commit_record made;
    made.newer.resize(from.count());
    for (auto& each : made.newer) {
        each.resume_after = from.signed_number();
        each.seen = from.signed_number();
        if (each.resume_after < 0 || each.resume_after > each.seen)
            from.fail();
    }
    for (std::size_t left = from.count(); left != 0 && !from.has_failed(); --left)
        made.streams.push_back(read_stream(from));
    if (!from.is_at_end() || made.newer.empty())
        return damaged();
    return made;
}

}  // namespace tinfoil::handoff
