#include "sharing/value.hpp"

#include <charconv>

namespace tinfoil::sharing {
namespace {

answer refused(std::string why)
{
    answer made;
    made.how = verdict::refused;
    made.text = std::move(why);
    return made;
}

std::optional<std::int64_t> number_in(const std::string& text)
{
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

decision decide_add(const question& what, const std::optional<row>& now_there)
{
    const auto before = now_there ? number_in(now_there->value) : std::optional<std::int64_t>(0);
    if (!before)
        return {refused("the value of " + what.key +
                        " is no whole number of 64 bits, so nothing can be added to it: put one"),
                false,
                {}};
    std::int64_t sum = 0;
    if (__builtin_add_overflow(*before, what.delta, &sum))
        return {refused("the sum in " + what.key + " would go beyond 64 bits; it stays as it was"),
                false,
                {}};
    return {{}, true, std::to_string(sum)};
}

}  // namespace

std::optional<answer> refusal_of(const question& what)
{
    const bool is_prefix = what.what == deed::list || what.what == deed::watch;
    if (what.key.size() > key_bytes_max || (what.key.empty() && !is_prefix) ||
        what.after.size() > key_bytes_max)
        return refused("a key of " + std::to_string(what.key.size()) +
                       " bytes; use 1 to 512 bytes");
    if (what.value.size() > value_bytes_max)
        return refused("a value of " + std::to_string(what.value.size()) +
                       " bytes; the most is 1 MiB: split it");
    if (what.lives < duration::zero() || what.lives > lives_max)
        return refused("a value lives for a millisecond to ten years");
    if (what.patience < duration::zero() || what.patience > watch_patience_max)
        return refused("a watch waits for 60 seconds at most: ask again");
    return std::nullopt;
}

decision decide(const question& what, const std::optional<row>& now_there)
{
    if (what.expected && *what.expected != (now_there ? now_there->modified : 0)) {
        answer told;
        told.how = verdict::rejected;
        told.text = now_there ? "it is of revision " + std::to_string(now_there->modified) +
                                    ", and " + std::to_string(*what.expected) + " was expected"
                              : "there is no such value";
        return {std::move(told), false, {}};
    }
    switch (what.what) {
    case deed::put:
        return {{}, true, what.value};
    case deed::erase:
        return {{}, now_there.has_value(), {}};
    case deed::add:
        return decide_add(what, now_there);
    case deed::get:
    case deed::list:
    case deed::watch:
        break;
    }
    return {};
}

std::optional<answer> lack_of_room(const usage& of, std::uint64_t before, std::uint64_t after)
{
    if (before == 0 && of.rows >= rows_max)
        return refused(
            "there are 100,000 values already, which is the most: erase some, or let them "
            "expire");
    if (after > before && of.bytes - before + after > scope_bytes_max)
        return refused("all values together would have more than 256 MiB, which is the most: erase "
                       "some, or let them expire");
    return std::nullopt;
}

bool concerns(const question& watch, const change& what)
{
    return what.what.modified > watch.since && what.scope == watch.scope &&
           what.what.key.starts_with(watch.key);
}

std::size_t bytes_of(const question& what)
{
    return what.scope.size() + what.key.size() + what.value.size() + what.after.size();
}

std::size_t bytes_of(const row& what)
{
    return what.key.size() + what.value.size();
}

}  // namespace tinfoil::sharing
