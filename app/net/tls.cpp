#include "net/tls.hpp"

#include <boost/asio/buffer.hpp>

#include <openssl/ssl.h>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

void harden(ssl::context& context)
{
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
}

}  // namespace

result<std::unique_ptr<tls_context>> tls_context::client(const std::string& extra_authority_pem)
{
    std::unique_ptr<tls_context> made(new tls_context(ssl::context::tls_client));
    harden(made->context_);
    made->context_.set_verify_mode(ssl::verify_peer);
    boost::system::error_code failed;
    made->context_.set_default_verify_paths(failed);
    if (failed)
        return error{errc::io, "the system's certificate authorities can't be read: " +
                                   failed.message() + "; install ca-certificates"};
    if (!extra_authority_pem.empty()) {
        made->context_.add_certificate_authority(asio::buffer(extra_authority_pem), failed);
        if (failed)
            return error{errc::invalid_argument,
                         "the extra certificate authority is no PEM certificate: " +
                             failed.message()};
    }
    return made;
}

result<std::unique_ptr<tls_context>> tls_context::server(const std::string& certificate_pem,
                                                         const std::string& key_pem)
{
    std::unique_ptr<tls_context> made(new tls_context(ssl::context::tls_server));
    harden(made->context_);
    boost::system::error_code failed;
    made->context_.use_certificate_chain(asio::buffer(certificate_pem), failed);
    if (!failed)
        made->context_.use_private_key(asio::buffer(key_pem), ssl::context::pem, failed);
    if (failed)
        return error{errc::invalid_argument,
                     "certificate or key is not usable: " + failed.message()};
    return made;
}

void tls_context::require_server_name()
{
    // Asked in every handshake; without a name there is nothing to choose a certificate by.
    SSL_CTX_set_tlsext_servername_callback(
        context_.native_handle(), +[](SSL* of, int* alert, void*) {
            if (SSL_get_servername(of, TLSEXT_NAMETYPE_host_name) != nullptr)
                return SSL_TLSEXT_ERR_OK;
            *alert = SSL_AD_UNRECOGNIZED_NAME;
            return SSL_TLSEXT_ERR_ALERT_FATAL;
        });
}

}  // namespace tinfoil::net
