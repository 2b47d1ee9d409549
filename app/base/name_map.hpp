#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinfoil {

/// A few names, as of event types, that are looked up with each event: found by their ends and
/// their length, where no two of Discord's are alike. For 128 names or so; values stay where they
/// are.
template <class Value>
class name_map {
public:
    [[nodiscard]] Value* find(std::string_view name) const
    {
        const digest wanted = digest_of(name);
        if (!places_.empty())
            for (std::size_t at = wanted.place() & (places_.size() - 1); places_[at].own != nullptr;
                 at = (at + 1) & (places_.size() - 1))
                if (places_[at].sum == wanted &&
                    (wanted.is_whole() || places_[at].own->first == name))
                    return &places_[at].own->second;
        return nullptr;
    }
    /// Made as `Value()` when there is none.
    Value& operator[](std::string_view name)
    {
        if (Value* const known = find(name))
            return *known;
        all_.push_back(std::make_unique<entry>(std::string(name), Value()));
        if (2 * all_.size() > places_.size())
            spread();
        else
            put(*all_.back());
        return all_.back()->second;
    }
    void clear()
    {
        places_.clear();
        all_.clear();
    }

private:
    using entry = std::pair<std::string, Value>;
    struct digest {
        std::uint64_t first = 0, last = 0;
        std::size_t length = 0;
        bool operator==(const digest&) const = default;
        /// Two that are equal are of one name.
        [[nodiscard]] bool is_whole() const { return length <= sizeof first + sizeof last; }
        [[nodiscard]] std::size_t place() const
        {
            const std::uint64_t mixed =
                (first ^ (last << 1U | last >> 63U) ^ length) * 0x9E37'79B9'7F4A'7C15ULL;
            return static_cast<std::size_t>(mixed >> 32U);
        }
    };
    struct place {
        digest sum;
        entry* own = nullptr;  // Nothing: free.
    };

    static digest digest_of(std::string_view name)
    {
        digest made{0, 0, name.size()};
        constexpr std::size_t word = sizeof made.first;
        if (name.size() >= word) {
            std::memcpy(&made.first, name.data(), word);
            std::memcpy(&made.last, name.data() + name.size() - word, word);
        } else if (!name.empty()) {
            std::memcpy(&made.first, name.data(), name.size());
        }
        return made;
    }
    void put(entry& which)
    {
        const digest sum = digest_of(which.first);
        std::size_t at = sum.place() & (places_.size() - 1);
        while (places_[at].own != nullptr)
            at = (at + 1) & (places_.size() - 1);
        places_[at] = {sum, &which};
    }
    void spread()
    {
        constexpr std::size_t least = 32;
        places_.assign(std::max(least, 2 * places_.size()), {});
        for (const auto& each : all_)
            put(*each);
    }

    std::vector<place> places_;  // A power of two of them, at least half of them free.
    std::vector<std::unique_ptr<entry>> all_;
};

}  // namespace tinfoil
