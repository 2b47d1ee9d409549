#include "host/log_book.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <utility>

namespace tinfoil::host {
namespace {

// Moves of shards are bounded by their back-off, and the sandbox's people are there to be seen.
bool may_repeat(log_area of)
{
    return of != log_area::shards && of != log_area::sandbox;
}

std::string key_of(const log_entry& what)
{
    return std::string(name(what.area)) + '\0' + std::string(name(what.level)) + '\0' + what.about +
           '\0' + what.text;
}

void cut(std::string& text)
{
    if (text.size() <= log_book::text_bytes_max)
        return;
    std::size_t end = log_book::text_bytes_max;
    // Not within a character of UTF-8.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80)
        --end;
    text.resize(end);
}

std::size_t bytes_of(const log_entry& what)
{
    return sizeof what + what.about.size() + what.text.size();
}

}  // namespace

void log_book::on(log_entry what, instant now, std::vector<log_entry>& written)
{
    on_time(now, what.wall_ms, written);
    if (what.level < level(what.area))
        return;
    cut(what.text);
    if (repeats_ || !may_repeat(what.area))
        return write(std::move(what), written);
    std::string key = key_of(what);
    const auto known = windows_.find(key);
    if (known != windows_.end()) {
        ++known->second.seen;
        if (known->second.seen <= burst)
            return write(std::move(what), written);
        ++counted_;
        return;
    }
    if (windows_.size() == windows_max)
        end_oldest(what.wall_ms, written);
    windows_.emplace(key, running{what, 1, now + window});
    order_.push_back(std::move(key));
    write(std::move(what), written);
}

void log_book::on_time(instant now, std::int64_t wall_ms, std::vector<log_entry>& written)
{
    while (deadline() <= now)
        end_oldest(wall_ms, written);
}

instant log_book::deadline() const
{
    return order_.empty() ? never : windows_.at(order_.front()).ends;
}

void log_book::end_oldest(std::int64_t wall_ms, std::vector<log_entry>& written)
{
    TINFOIL_ASSERT(!order_.empty());
    auto ended = windows_.extract(order_.front());
    order_.pop_front();
    running& last = ended.mapped();
    if (last.seen <= burst)
        return;
    last.last.more = last.seen - burst;
    last.last.wall_ms = wall_ms;
    write(std::move(last.last), written);
}

void log_book::write(log_entry what, std::vector<log_entry>& written)
{
    what.number = ++last_;
    ++counts_[static_cast<std::size_t>(what.area)][static_cast<std::size_t>(what.level)];
    bytes_ += bytes_of(what);
    kept_.push_back(what);
    while (kept_.size() > entries_max || bytes_ > bytes_max) {
        bytes_ -= bytes_of(kept_.front());
        kept_.pop_front();
    }
    written.push_back(std::move(what));
}

log_book::answer log_book::look(const question& asked) const
{
    answer made;
    made.next = last_;
    const std::uint64_t first = kept_.empty() ? last_ + 1 : kept_.front().number;
    const auto fits = [&](const log_entry& each) {
        return each.level >= asked.least && (!asked.area || each.area == *asked.area);
    };
    if (asked.after) {
        // A number from the future is one of an earlier run: all of this one is new.
        const std::uint64_t after = *asked.after > last_ ? 0 : *asked.after;
        made.lost = first > after + 1 ? first - after - 1 : 0;
        for (const log_entry& each : kept_) {
            if (each.number <= after || !fits(each))
                continue;
            if (made.entries.size() == asked.lines) {
                made.next = made.entries.empty() ? after : made.entries.back().number;
                break;
            }
            made.entries.push_back(each);
        }
        return made;
    }
    for (auto each = kept_.rbegin(); each != kept_.rend() && made.entries.size() < asked.lines;
         ++each)
        if (fits(*each))
            made.entries.push_back(*each);
    std::reverse(made.entries.begin(), made.entries.end());
    return made;
}

}  // namespace tinfoil::host
