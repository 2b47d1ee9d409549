#pragma once

#include <string>
#include <utility>

namespace tinfoil {

/// A secret: the bot token. It has no operator<< and no conversion to a string; reveal() marks
/// every place where it leaves.
class redacted {
public:
    redacted() = default;
    explicit redacted(std::string secret) : secret_(std::move(secret)) {}

    [[nodiscard]] const std::string& reveal() const { return secret_; }
    [[nodiscard]] bool empty() const { return secret_.empty(); }

private:
    std::string secret_;
};

}  // namespace tinfoil
