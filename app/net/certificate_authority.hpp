#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace tinfoil::net {

/// A certificate authority that exists in memory only: for the sandbox, which nobody should have to
/// trust in place of a real one, and for tests of verification.
class certificate_authority {
public:
    certificate_authority();  ///< Makes a fresh key (EC P-256), valid for ten years.
    ~certificate_authority();

    [[nodiscard]] const std::string& pem() const { return pem_; }

    struct identity {
        std::string certificate_pem;
        std::string key_pem;
    };
    /// For a host name or IP address; valid from an hour ago until `lifetime` from now, which may
    /// be negative for one that has expired.
    [[nodiscard]] identity issue(const std::string& host, std::chrono::hours lifetime) const;

private:
    struct keys;
    std::unique_ptr<keys> keys_;
    std::string pem_;
};

}  // namespace tinfoil::net
