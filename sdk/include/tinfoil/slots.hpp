#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tinfoil::detail {

/// Values under numbers that it gives out: never 0, and none of them twice. Adding, finding and
/// taking out take the same few steps however many there are, and memory only while it grows.
/// At most 2^24 values at a time.
template <class T>
class slots {
public:
    std::uint64_t add(T what)
    {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(all_.size()));
            all_.emplace_back();
        }
        const std::uint32_t index = free_.back();
        free_.pop_back();
        place& own = all_[index];
        own.number = ++given_ << index_bits | index;
        own.what = std::move(what);
        ++size_;
        return own.number;
    }
    /// Nothing if it is none of them. Valid until the next add().
    [[nodiscard]] T* find(std::uint64_t number)
    {
        const std::uint64_t index = number & index_mask;
        if (number == 0 || index >= all_.size() || all_[index].number != number)
            return nullptr;
        return &all_[index].what;
    }
    std::optional<T> take(std::uint64_t number)
    {
        T* const own = find(number);
        if (own == nullptr)
            return std::nullopt;
        // Out of here before it ends, since that may come back.
        std::optional<T> taken(std::exchange(*own, T()));
        vacate(number);
        return taken;
    }
    bool remove(std::uint64_t number) { return take(number).has_value(); }
    /// Another number for the same value.
    std::uint64_t renumber(std::uint64_t number)
    {
        const std::uint64_t index = number & index_mask;
        all_[index].number = ++given_ << index_bits | index;
        return all_[index].number;
    }
    /// All there are, in no order; it is empty afterwards.
    std::vector<T> take_all()
    {
        std::vector<T> taken;
        for (place& each : all_)
            if (each.number != 0) {
                taken.push_back(std::exchange(each.what, T()));
                vacate(each.number);
            }
        return taken;
    }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    struct place {
        std::uint64_t number = 0;  // 0: free.
        T what{};
    };
    static constexpr unsigned index_bits = 24;
    static constexpr std::uint64_t index_mask = (std::uint64_t{1} << index_bits) - 1;

    void vacate(std::uint64_t number)
    {
        const auto index = static_cast<std::uint32_t>(number & index_mask);
        all_[index].number = 0;
        free_.push_back(index);
        --size_;
    }

    std::vector<place> all_;
    std::vector<std::uint32_t> free_;
    std::uint64_t given_ = 0;
    std::size_t size_ = 0;
};

}  // namespace tinfoil::detail
