#include "discord/walker.hpp"
#include "handoff/event.hpp"

#include <array>
#include <cstring>

namespace tinfoil::handoff {
namespace {

std::uint64_t mix(std::uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

std::uint64_t hash_of(std::string_view bytes)
{
    std::uint64_t sum = 0x9e3779b97f4a7c15ULL + bytes.size();
    for (; bytes.size() >= sizeof sum; bytes.remove_prefix(sizeof sum)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof word);
        sum = mix(sum ^ word) + 0x9e3779b97f4a7c15ULL;
    }
    std::uint64_t last = 0;
    for (const char each : bytes)
        last = (last << 8) | static_cast<unsigned char>(each);
    return mix(sum ^ last);
}

// Discord Docs/Gateway, "Message Content Intent": empty or absent without it.
constexpr std::array<std::string_view, 6> of_message_content = {
    "content", "embeds", "attachments", "components", "poll", "matched_content"};

bool depends_on_intents(std::string_view key)
{
    for (const std::string_view each : of_message_content)
        if (key == each)
            return true;
    return false;
}

// Nobody nests this deep; what does is known by its bytes.
constexpr int depth_max = 64;

/// Hashes one JSON text. Every step answers false on text that is no JSON.
class hasher {
public:
    explicit hasher(std::string_view text) : walk_(text) {}

    bool value(std::uint64_t& sum, int depth)
    {
        if (depth > depth_max)
            return false;
        if (walk_.take('{'))
            return object(sum, depth);
        if (walk_.take('['))
            return array(sum, depth);
        std::string_view text;
        if (!walk_.value(text))
            return false;
        sum = mix(hash_of(text));
        return true;
    }

    bool at_end() { return walk_.at_end(); }

private:
    // A sum does not care for the order of members.
    bool object(std::uint64_t& sum, int depth)
    {
        sum = 0x0b1ec7;
        if (walk_.take('}'))
            return true;
        do {
            std::string_view key;
            std::uint64_t member = 0;
            if (!walk_.string(key) || !walk_.take(':') || !value(member, depth + 1))
                return false;
            if (!depends_on_intents(key))
                sum += mix(hash_of(key) ^ (member * 3));
        } while (walk_.take(','));
        sum = mix(sum);
        return walk_.take('}');
    }

    bool array(std::uint64_t& sum, int depth)
    {
        sum = 0xa44a7;
        if (walk_.take(']'))
            return true;
        do {
            std::uint64_t element = 0;
            if (!value(element, depth + 1))
                return false;
            sum = mix(sum + element);
        } while (walk_.take(','));
        return walk_.take(']');
    }

    discord::walker walk_;
};

}  // namespace

std::uint64_t canonical_hash(std::string_view json)
{
    hasher walk(json);
    std::uint64_t sum = 0;
    if (walk.value(sum, 0) && walk.at_end())
        return sum;
    return hash_of(json);
}

}  // namespace tinfoil::handoff
