#pragma once

#include <functional>
#include <utility>

namespace tinfoil::net {

/// The right to send one request, which the limiter has given and wants to hear of again.
///
/// Whoever holds it *uses it up* by telling the limiter what came of the request, be it that
/// nothing was sent. If it is destroyed before that, by whatever path, the limiter is told that the
/// request may have been sent and nothing came, so no permit is ever lost. Move-only.
class permit {
public:
    /// Called at most once, inside the destructor.
    using lost = std::function<void()>;

    permit() = default;
    explicit permit(lost told) : told_(std::move(told)) {}
    permit(permit&& other) noexcept : told_(std::exchange(other.told_, nullptr)) {}
    permit& operator=(permit&& other) noexcept
    {
        if (this != &other) {
            give_back();
            told_ = std::exchange(other.told_, nullptr);
        }
        return *this;
    }
    permit(const permit&) = delete;
    permit& operator=(const permit&) = delete;
    ~permit() { give_back(); }

    void use_up() { told_ = nullptr; }

private:
    void give_back()
    {
        if (const auto told = std::exchange(told_, nullptr))
            told();
    }

    lost told_;
};

}  // namespace tinfoil::net
