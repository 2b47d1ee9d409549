#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tinfoil {

/// The last so many ids of those that came in; each step takes the same few instructions however
/// many there are, and memory only while it grows. 0 is no id.
class recent_ids {
public:
    explicit recent_ids(std::size_t most) : most_(most) {}

    /// False when it is there already. The one that came first goes when there are too many; one
    /// that was erased counts until it would have gone.
    bool insert(std::uint64_t id)
    {
        if (id == 0 || contains(id))
            return false;
        if (order_.size() < most_) {
            order_.push_back(id);
        } else {
            erase(order_[oldest_]);
            order_[oldest_] = id;
            oldest_ = (oldest_ + 1) % most_;
        }
        if (2 * (size_ + 1) > places_.size())
            spread();
        put(id);
        ++size_;
        return true;
    }
    [[nodiscard]] bool contains(std::uint64_t id) const
    {
        return id != 0 && !places_.empty() && places_[place_of(id)] == id;
    }
    void erase(std::uint64_t id)
    {
        if (!contains(id))
            return;
        // Whoever stands behind it only because of it moves up.
        std::size_t hole = place_of(id);
        for (std::size_t at = next(hole); places_[at] != 0; at = next(at)) {
            const std::size_t home = home_of(places_[at]);
            if (((at - home) & (places_.size() - 1)) < ((at - hole) & (places_.size() - 1)))
                continue;
            places_[hole] = places_[at];
            hole = at;
        }
        places_[hole] = 0;
        --size_;
    }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    [[nodiscard]] std::size_t home_of(std::uint64_t id) const
    {
        return static_cast<std::size_t>(id * 0x9E37'79B9'7F4A'7C15ULL >> 32U) &
               (places_.size() - 1);
    }
    [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (places_.size() - 1); }
    // Where it is, or would be put.
    [[nodiscard]] std::size_t place_of(std::uint64_t id) const
    {
        std::size_t at = home_of(id);
        while (places_[at] != 0 && places_[at] != id)
            at = next(at);
        return at;
    }
    void put(std::uint64_t id) { places_[place_of(id)] = id; }
    void spread()
    {
        constexpr std::size_t least = 64;
        const std::vector<std::uint64_t> before = std::move(places_);
        places_.assign(std::max(least, 2 * before.size()), 0);
        for (const std::uint64_t each : before)
            if (each != 0)
                put(each);
    }

    std::size_t most_, oldest_ = 0, size_ = 0;
    std::vector<std::uint64_t> order_;   // A ring once it is full.
    std::vector<std::uint64_t> places_;  // A power of two of them, at least half of them free: 0.
};

}  // namespace tinfoil
