#pragma once

#include "base/error.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace tinfoil::net {

/// TLS 1.2 or later, for clients with verification of authority and host name. The loop's thread.
class tls_context {
public:
    /// Trusts the system's authorities and, if not empty, those of the PEM text.
    static result<std::unique_ptr<tls_context>> client(const std::string& extra_authority_pem);
    static result<std::unique_ptr<tls_context>> server(const std::string& certificate_pem,
                                                       const std::string& key_pem);

    /// Of a server: refuses clients that do not say whom they want (SNI), as Discord's does.
    void require_server_name();

    [[nodiscard]] boost::asio::ssl::context& native() { return context_; }

private:
    explicit tls_context(boost::asio::ssl::context::method method) : context_(method) {}

    boost::asio::ssl::context context_;
};

}  // namespace tinfoil::net
