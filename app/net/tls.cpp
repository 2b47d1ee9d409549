#include "net/tls.hpp"

#include <boost/asio/buffer.hpp>

#include <openssl/ssl.h>

#include <map>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

void harden(ssl::context& context)
{
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
}

struct free_session {
    void operator()(SSL_SESSION* of) const { SSL_SESSION_free(of); }
};
using session = std::unique_ptr<SSL_SESSION, free_session>;

// What a connection and a context of OpenSSL carry for us; Asio has the one pointer of theirs.
int place_of_connection()
{
    static const int index = SSL_get_ex_new_index(
        0, nullptr, nullptr, nullptr, +[](void*, void* place, CRYPTO_EX_DATA*, int, long, void*) {
            delete static_cast<std::string*>(place);
        });
    return index;
}

int sessions_of_context()
{
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

}  // namespace

struct tls_context::kept_sessions {
    std::map<std::string, session> by_place;

    // TLS 1.3 sends them after the handshake, with the first answer.
    static int keep(SSL* of, SSL_SESSION* given)
    {
        auto* own = static_cast<kept_sessions*>(
            SSL_CTX_get_ex_data(SSL_get_SSL_CTX(of), sessions_of_context()));
        const auto* place =
            static_cast<const std::string*>(SSL_get_ex_data(of, place_of_connection()));
        if (own == nullptr || place == nullptr)
            return 0;
        auto& all = own->by_place;
        if (all.size() >= sessions_max && !all.contains(*place))
            all.erase(all.begin());
        // A copy: the connection's own is no longer good once it has been cut.
        all[*place] = session(SSL_SESSION_dup(given));
        return 0;
    }
};

tls_context::tls_context(ssl::context::method method) : context_(method) {}

tls_context::~tls_context()
{
    // Connections may outlive this, and OpenSSL's context lives as long as they do.
    SSL_CTX_set_ex_data(context_.native_handle(), sessions_of_context(), nullptr);
}

void tls_context::remember_session(SSL* of, const std::string& place)
{
    if (!sessions_)
        return;
    SSL_set_ex_data(of, place_of_connection(), new std::string(place));
    const auto known = sessions_->by_place.find(place);
    if (known == sessions_->by_place.end())
        return;
    // A connection that is cut spoils the one it was given.
    const session copy(SSL_SESSION_dup(known->second.get()));
    SSL_set_session(of, copy.get());
}

result<std::unique_ptr<tls_context>> tls_context::client(const std::string& extra_authority_pem)
{
    std::unique_ptr<tls_context> made(new tls_context(ssl::context::tls_client));
    harden(made->context_);
    made->context_.set_verify_mode(ssl::verify_peer);
    made->sessions_ = std::make_unique<kept_sessions>();
    SSL_CTX* native = made->context_.native_handle();
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_ex_data(native, sessions_of_context(), made->sessions_.get());
    SSL_CTX_sess_set_new_cb(native, &kept_sessions::keep);
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
