#include "net/certificate_authority.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"

#include <openssl/ssl.h>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

/// A server with any certificate, which is asked for `localhost` by a client that trusts one
/// authority.
struct meeting {
    meeting(const net::certificate_authority& issuer, const net::certificate_authority& trusted,
            const char* host, std::chrono::hours lifetime)
        : server(
              loop,
              [this](test::http_server::guest& who, const std::string& request) {
                  heard += request;
                  who.say(test::answer("ok"));
              },
              identity_of(issuer.issue(host, lifetime))),
          client_side(*net::tls_context::client(trusted.pem())),
          client(loop, *client_side, *discord::parse_url(server.base()), {})
    {
    }
    std::unique_ptr<net::tls_context> identity_of(const net::certificate_authority::identity& who)
    {
        auto made = *net::tls_context::server(who.certificate_pem, who.key_pem);
        server_context = made->native().native_handle();
        return made;
    }

    result<discord::rest_response> ask()
    {
        std::optional<net::http_outcome> came;
        net::http_request what{"GET", "/", {}, {}};
        what.headers.emplace_back("Authorization", "Bot secret");
        client.send(
            std::move(what), net::now() + 10s,
            {[&](net::http_outcome outcome) { came = std::move(outcome); }, [](instant) {}});
        REQUIRE(test::run_until(loop, [&] { return came.has_value(); }));
        return std::move(came->response);
    }
    /// It ends in an error of that kind, and nothing of the request was said.
    void refused(errc kind)
    {
        const auto got = ask();
        REQUIRE_FALSE(got);
        INFO(got.error().detail);
        CHECK(got.error().code == kind);
        CHECK(heard.empty());
    }

    boost::asio::io_context loop;
    SSL_CTX* server_context = nullptr;
    std::string heard;
    test::http_server server;
    std::unique_ptr<net::tls_context> client_side;
    net::http_client client;
};

const net::certificate_authority& authority()
{
    static const net::certificate_authority one;
    return one;
}

}  // namespace

TEST_CASE("tls: a certificate of a trusted authority for the host is taken")
{
    meeting it(authority(), authority(), "localhost", 1h);
    REQUIRE(it.ask());
    CHECK(it.heard.find("Bot secret") != std::string::npos);
}

TEST_CASE("tls: a certificate for another host is refused, and the token is not sent")
{
    meeting(authority(), authority(), "elsewhere.example", 1h)
        .refused(errc::certificate_wrong_host);
}

TEST_CASE("tls: a certificate that has expired is refused, and the token is not sent")
{
    meeting(authority(), authority(), "localhost", -1h).refused(errc::certificate_untrusted);
}

TEST_CASE("tls: a certificate of an authority that nobody trusts is refused")
{
    const net::certificate_authority other;
    meeting(other, authority(), "localhost", 1h).refused(errc::certificate_untrusted);
}

TEST_CASE("tls: a server that only speaks TLS 1.1 is refused")
{
    meeting it(authority(), authority(), "localhost", 1h);
    SSL_CTX_set_security_level(it.server_context, 0);
    SSL_CTX_set_min_proto_version(it.server_context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(it.server_context, TLS1_1_VERSION);
    const auto got = it.ask();
    REQUIRE_FALSE(got);
    CHECK(it.heard.empty());
}
