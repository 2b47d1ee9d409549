#pragma once

#include <functional>
#include <utility>

namespace tinfoil::net {

/// The right to send one request, which the limiter has given and wants to hear of again.
///
/// Whoever holds it marks it *sent* as soon as the server may see the request, and *uses it up*
/// when an answer tells the limiter more. If it is destroyed before that, by whatever path, the
/// limiter is told that nothing came, so no permit is ever lost. Move-only.
class permit {
public:
    /// Called at most once, inside the destructor: `sent` is whether it has been sent.
    using lost = std::function<void(bool sent)>;

    permit() = default;
    explicit permit(lost told) : told_(std::move(told)) {}
    permit(permit&& other) noexcept : told_(std::exchange(other.told_, nullptr)), sent_(other.sent_)
    {
    }
    permit& operator=(permit&& other) noexcept
    {
        if (this != &other) {
            give_back();
            told_ = std::exchange(other.told_, nullptr);
            sent_ = other.sent_;
        }
        return *this;
    }
    permit(const permit&) = delete;
    permit& operator=(const permit&) = delete;
    ~permit() { give_back(); }

    void mark_sent() { sent_ = true; }
    void use_up() { told_ = nullptr; }
    [[nodiscard]] bool is_sent() const { return sent_; }

private:
    void give_back()
    {
        if (auto told = std::exchange(told_, nullptr))
            told(sent_);
    }

    lost told_;
    bool sent_ = false;
};

}  // namespace tinfoil::net
