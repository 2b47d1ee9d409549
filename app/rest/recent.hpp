#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tinfoil::rest {

/// A map that keeps what was used last, and at most so many.
template <class Value>
class recent {
public:
    explicit recent(std::size_t most) : most_(most) {}

    /// Nothing when it is not kept; else it counts as used.
    [[nodiscard]] Value* find(const std::string& key)
    {
        const auto found = at_.find(key);
        if (found == at_.end())
            return nullptr;
        kept_.splice(kept_.begin(), kept_, found->second);
        return &found->second->second;
    }
    Value& set(const std::string& key, Value value)
    {
        if (Value* known = find(key))
            return *known = std::move(value);
        if (kept_.size() >= most_) {
            at_.erase(kept_.back().first);
            kept_.pop_back();
        }
        kept_.emplace_front(key, std::move(value));
        at_.emplace(kept_.front().first, kept_.begin());
        return kept_.front().second;
    }
    void erase(const std::string& key)
    {
        const auto found = at_.find(key);
        if (found == at_.end())
            return;
        const auto where = found->second;
        at_.erase(found);
        kept_.erase(where);
    }
    [[nodiscard]] std::size_t size() const { return kept_.size(); }

private:
    using entry = std::pair<std::string, Value>;

    std::size_t most_;
    std::list<entry> kept_;  ///< The last used first.
    std::unordered_map<std::string_view, typename std::list<entry>::iterator> at_;
};

}  // namespace tinfoil::rest
