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

    /// Of a client, before a handshake with `place`: offers to go on from the last session with it,
    /// and keeps what the server gives for the next. At most sessions_max places are remembered.
    void remember_session(SSL* of, const std::string& place);
    static constexpr std::size_t sessions_max = 64;

    /// Of a server: refuses clients that do not say whom they want (SNI), as Discord's does.
    void require_server_name();

    ~tls_context();
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;

    [[nodiscard]] boost::asio::ssl::context& native() { return context_; }

private:
    struct kept_sessions;

    explicit tls_context(boost::asio::ssl::context::method method);

    boost::asio::ssl::context context_;
    std::unique_ptr<kept_sessions> sessions_;  ///< Of clients.
};

}  // namespace tinfoil::net
