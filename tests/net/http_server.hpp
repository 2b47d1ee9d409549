#pragma once

#include "net/certificate_authority.hpp"
#include "net/clock.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "support/catch.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <functional>
#include <list>
#include <memory>
#include <string>

namespace test {

/// An HTTP server on loopback that says exactly what a test wants, on the loop of the test.
class http_server {
public:
    using tcp = boost::asio::ip::tcp;

    /// One connection of it.
    struct guest : std::enable_shared_from_this<guest> {
        explicit guest(std::shared_ptr<tinfoil::net::stream> over) : to(std::move(over)) {}

        void say(const std::string& text)
        {
            const auto kept = std::make_shared<std::string>(text);
            boost::asio::async_write(*to, boost::asio::buffer(*kept),
                                     [self = shared_from_this(), kept](auto, auto) {});
        }
        void close() { to->cut(); }

        std::shared_ptr<tinfoil::net::stream> to;
        std::string got;           ///< And not yet part of a request.
        int requests = 0;          ///< Those that came whole.
        bool was_resumed = false;  ///< Its TLS session is that of an earlier connection.
        bool is_over = false;
        bool is_deaf = false;  ///< It reads no more.
    };
    /// Called with each request, header and body, when it is whole.
    using play = std::function<void(guest&, const std::string& request)>;

    explicit http_server(boost::asio::io_context& loop, play how, bool is_secure = false)
        : acceptor_(loop, {boost::asio::ip::address_v4::loopback(), 0}),
          play_(std::move(how))
    {
        if (is_secure) {
            const tinfoil::net::certificate_authority authority;
            const auto identity = authority.issue("localhost", std::chrono::hours(1));
            tls_ = *tinfoil::net::tls_context::server(identity.certificate_pem, identity.key_pem);
            authority_pem = authority.pem();
        }
        accept();
    }

    /// With a certificate of the test's choice.
    http_server(boost::asio::io_context& loop, play how,
                std::unique_ptr<tinfoil::net::tls_context> tls)
        : acceptor_(loop, {boost::asio::ip::address_v4::loopback(), 0}),
          play_(std::move(how)),
          tls_(std::move(tls))
    {
        accept();
    }

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    [[nodiscard]] std::string base() const
    {
        return (tls_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port());
    }

    std::string authority_pem;
    std::list<std::shared_ptr<guest>> guests;  ///< All there were, in order.
    /// Called with whatever came; for requests that never become whole.
    std::function<void(guest&)> on_bytes = [](guest&) {};

private:
    void accept()
    {
        acceptor_.async_accept([this](boost::system::error_code failed, tcp::socket socket) {
            if (failed)
                return;
            auto over =
                tls_ ? std::make_shared<tinfoil::net::stream>(std::move(socket), tls_->native())
                     : std::make_shared<tinfoil::net::stream>(std::move(socket));
            const auto who = std::make_shared<guest>(std::move(over));
            guests.push_back(who);
            greet(who);
            accept();
        });
    }
    void greet(const std::shared_ptr<guest>& who);
    void read(const std::shared_ptr<guest>& who)
    {
        const auto space = std::make_shared<std::string>(64U << 10, '\0');
        who->to->async_read_some(
            boost::asio::buffer(*space),
            [this, who, space](boost::system::error_code failed, std::size_t bytes) {
                if (failed) {
                    who->is_over = true;
                    return;
                }
                who->got.append(*space, 0, bytes);
                on_bytes(*who);
                if (who->is_deaf)
                    return;
                serve(*who);
                read(who);
            });
    }
    void serve(guest& who)
    {
        for (;;) {
            const auto end = who.got.find("\r\n\r\n");
            if (end == std::string::npos)
                return;
            const auto length = who.got.find("Content-Length: ");
            const std::size_t body =
                length < end ? std::stoul(who.got.substr(length + 16)) : std::size_t{0};
            if (who.got.size() < end + 4 + body)
                return;
            const std::string whole = who.got.substr(0, end + 4 + body);
            who.got.erase(0, whole.size());
            ++who.requests;
            play_(who, whole);
        }
    }

    tcp::acceptor acceptor_;
    play play_;
    std::unique_ptr<tinfoil::net::tls_context> tls_;
};

/// An answer with a length.
inline std::string answer(const std::string& body, const std::string& status = "200 OK",
                          const std::string& headers = "")
{
    return "HTTP/1.1 " + status + "\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Runs the loop until that is so; false when it is not within ten seconds.
inline bool run_until(boost::asio::io_context& loop, const std::function<bool()>& is_so)
{
    const tinfoil::instant late = tinfoil::net::now() + std::chrono::seconds(10);
    while (!is_so() && tinfoil::net::now() < late) {
        loop.restart();
        loop.run_one_for(std::chrono::milliseconds(100));
    }
    return is_so();
}

}  // namespace test
