#include "net/stream.hpp"

#include "net/clock.hpp"
#include "net/tls.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <utility>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::string place(const discord::url& where)
{
    return where.host + ":" + std::to_string(where.port);
}

error late(const discord::url& where, const char* step)
{
    return {errc::timed_out, place(where) + " did not answer in time (" + step +
                                 "); check the network, or whether it is down"};
}

// The host that the certificate has to be for; OpenSSL checks it during the handshake.
void expect_host(SSL* handle, const std::string& host)
{
    X509_VERIFY_PARAM* param = SSL_get0_param(handle);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1)
        return;
    SSL_set1_host(handle, host.c_str());
    SSL_set_tlsext_host_name(handle, host.c_str());
}

error handshake_error(const discord::url& where, SSL* handle, const error_code& failed)
{
    const long verdict = SSL_get_verify_result(handle);
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return {errc::certificate_wrong_host, "the certificate of " + place(where) +
                                                  " is for another host than " + where.host +
                                                  "; check the address"};
    if (verdict != X509_V_OK)
        return {errc::certificate_untrusted,
                "the certificate of " + place(where) +
                    " is not trusted: " + X509_verify_cert_error_string(verdict) +
                    "; for a private authority use --ca-file"};
    return {errc::unreachable, place(where) + " does not speak TLS as expected: " +
                                   failed.message() + "; check address and port"};
}

}  // namespace

void stream::cut()
{
    error_code ignored;
    socket_.close(ignored);
}

time_limit::time_limit(const asio::any_io_executor& where, duration limit,
                       std::function<void()> then)
    : timer_(where)
{
    timer_.expires_after(limit);
    timer_.async_wait([passed = passed_, alive = std::weak_ptr(passed_),
                       then = std::move(then)](error_code failed) {
        // The flag is shared with this handler; a limit that has gone is seen by its only other
        // owner.
        if (failed || alive.use_count() < 2)
            return;
        *passed = true;
        then();
    });
}

void dialing::give_up()
{
    given_up_ = true;
    if (const auto cut = std::exchange(cut_, nullptr))
        cut();
}

namespace {

using endpoints = tcp::resolver::results_type;

asio::awaitable<result<endpoints>> resolve(const discord::url& where, duration patience,
                                           dialing& under_way)
{
    const auto executor = co_await asio::this_coro::executor;
    const auto resolver = std::make_shared<tcp::resolver>(executor);
    under_way.ends_by([resolver] { resolver->cancel(); });
    const time_limit limit(executor, patience, [resolver] { resolver->cancel(); });
    error_code failed;
    const std::string port = std::to_string(where.port);
    auto found = co_await resolver->async_resolve(
        where.host, port, asio::redirect_error(asio::use_awaitable, failed));
    if (limit.has_passed())
        co_return late(where, "looking up its name");
    if (failed)
        co_return error{errc::unreachable, where.host + " can't be found: " + failed.message() +
                                               "; check the address and the network"};
    co_return found;
}

asio::awaitable<result<void>> shake_hands(const discord::url& where, stream& with, tls_context& tls,
                                          duration patience)
{
    auto* secure = with.tls();
    const time_limit limit(with.get_executor(), patience, [&with] { with.cut(); });
    expect_host(secure->native_handle(), where.host);
    tls.remember_session(secure->native_handle(), place(where));
    error_code failed;
    co_await secure->async_handshake(asio::ssl::stream_base::client,
                                     asio::redirect_error(asio::use_awaitable, failed));
    if (limit.has_passed())
        co_return late(where, "agreeing on TLS");
    if (failed)
        co_return handshake_error(where, secure->native_handle(), failed);
    co_return result<void>();
}

}  // namespace

asio::awaitable<result<std::shared_ptr<stream>>> connect(discord::url where, tls_context& tls,
                                                         connect_limits within,
                                                         std::shared_ptr<dialing> under_way)
{
    const auto executor = co_await asio::this_coro::executor;
    const error given_up{errc::cancelled, "nobody needs the connection to " + place(where)};
    // Made before anything is waited for: the context may have gone when it was given up.
    std::shared_ptr<stream> made;
    if (where.is_secure())
        made = std::make_shared<stream>(tcp::socket(executor), tls.native());
    else
        made = std::make_shared<stream>(tcp::socket(executor));
    const auto found = co_await resolve(where, within.resolve, *under_way);
    if (under_way->is_given_up())
        co_return given_up;
    if (!found)
        co_return found.error();
    under_way->ends_by([made] { made->cut(); });
    error_code failed;
    {
        const time_limit limit(executor, within.connect, [made] { made->cut(); });
        co_await asio::async_connect(made->socket(), *found,
                                     asio::redirect_error(asio::use_awaitable, failed));
        if (limit.has_passed())
            co_return late(where, "connecting");
    }
    if (under_way->is_given_up())
        co_return given_up;
    if (failed)
        co_return error{errc::unreachable, place(where) + " can't be reached: " + failed.message() +
                                               "; check the address and the network"};
    made->socket().set_option(tcp::no_delay(true), failed);
    if (where.is_secure()) {
        const auto agreed = co_await shake_hands(where, *made, tls, within.handshake);
        if (under_way->is_given_up())
            co_return given_up;
        if (!agreed)
            co_return agreed.error();
    }
    under_way->ends_by(nullptr);
    co_return made;
}

}  // namespace tinfoil::net
