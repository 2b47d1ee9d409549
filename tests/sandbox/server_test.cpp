// The simulated Discord on real sockets, met by tinfoil's own drivers on loopback.
#include "net/clock.hpp"
#include "net/gateway_connection.hpp"
#include "net/http_client.hpp"
#include "net/tls.hpp"
#include "sandbox/run.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <csignal>
#include <fstream>
#include <iterator>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

constexpr const char* identify =
    R"({"op":2,"d":{"token":"sandbox","intents":513,"properties":{"os":"linux"}}})";

sandbox::options quiet()
{
    sandbox::options how;
    how.plain = true;
    set_rate(how.rules, 0);
    return how;
}

std::string content(const std::filesystem::path& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

// A client of both sides of a server.
struct visitor {
    explicit visitor(const sandbox::endpoint& to) : where(to) {}

    bool run_until(const std::function<bool()>& done)
    {
        const instant late = net::now() + 10s;
        while (!done() && net::now() < late) {
            loop.restart();
            loop.run_one_for(1s);
        }
        return done();
    }
    // `target` is below the host, on the port with or without TLS.
    discord::rest_response ask(const std::string& method, const std::string& target,
                               bool plain = true)
    {
        const auto base = discord::parse_url(plain ? where.plain_api : where.api);
        net::http_client http(loop, *tls, *base);
        std::optional<net::http_outcome> got;
        http.send({method, target, {{"User-Agent", "DiscordBot (test)"}}, ""}, net::now() + 10s,
                  {[&](net::http_outcome outcome) { got = std::move(outcome); }});
        REQUIRE(run_until([&] { return got.has_value(); }));
        REQUIRE(got->response);
        return *got->response;
    }
    std::int64_t count(const std::string& name)
    {
        return boost::json::parse(ask("GET", "/sandbox/counts").body).at(name).to_number<int>();
    }
    bool eventually(const std::string& name, std::int64_t value)
    {
        const instant late = net::now() + 10s;
        while (net::now() < late)
            if (count(name) == value)
                return true;
        return false;
    }
    // Identifies at the hello, if there is something to say.
    void connect(const std::string& url, gateway::compression transport)
    {
        gateway.emplace(loop, *tls, url, transport,
                        net::gateway_connection::listener{
                            [] {},
                            [this](std::string_view text) {
                                payloads.emplace_back(text);
                                if (payloads.size() == 1)
                                    gateway->send(identify);
                            },
                            [this](int code, const std::string&) { lost_with = code; }});
    }
    bool is_ready()
    {
        return run_until([this] {
            return payloads.size() > 1 && payloads[1].find("READY") != std::string::npos;
        });
    }

    sandbox::endpoint where;
    boost::asio::io_context loop;
    std::unique_ptr<net::tls_context> tls = *net::tls_context::client(where.authority_pem);
    std::vector<std::string> payloads;
    std::optional<int> lost_with;
    std::optional<net::gateway_connection> gateway;
};

std::unique_ptr<sandbox::server> start(const sandbox::options& how)
{
    auto made = sandbox::server::start(how, [](const sandbox::happening&) {});
    REQUIRE(made);
    return std::move(*made);
}

}  // namespace

TEST_CASE("sandbox: it is there with and without TLS, and counts for everybody",
          "[gateway/zlib-stream]")
{
    for (const bool plain : {false, true}) {
        const auto server = start(quiet());
        visitor guest(server->where());
        guest.connect(plain ? guest.where.plain_gateway : guest.where.gateway,
                      plain ? gateway::compression::none : gateway::compression::zlib_stream);
        REQUIRE(guest.is_ready());
        const auto ready = boost::json::parse(guest.payloads[1]).at("d");
        CHECK(ready.at("resume_gateway_url").as_string().starts_with(plain ? "ws://" : "wss://"));
        CHECK(guest.count("connections") == 1);
        CHECK(guest.count("identifies") == 1);
        CHECK(guest.ask("GET", "/sandbox/counts", plain).status == 200);
    }
    auto how = quiet();
    how.plain = false;
    CHECK(start(how)->where().plain_api.empty());
}

TEST_CASE("sandbox: how a client closes decides what becomes of its session")
{
    for (const int code : {1000, 4000}) {
        const auto server = start(quiet());
        visitor guest(server->where());
        guest.connect(guest.where.plain_gateway, gateway::compression::none);
        REQUIRE(guest.is_ready());
        guest.gateway->close(code);
        CHECK(guest.run_until([&] { return guest.lost_with.has_value(); }));
        CHECK(guest.lost_with == code);  // Answered, and not only cut.
        CHECK(guest.eventually("connections", 0));
        CHECK(guest.count("sessions") == (code == 1000 ? 0 : 1));
    }
}

TEST_CASE("sandbox: a cut is no close, and a hush is silence")
{
    auto how = quiet();
    set_rate(how.rules, 500);
    const auto server = start(how);
    visitor guest(server->where());
    guest.connect(guest.where.plain_gateway, gateway::compression::none);
    REQUIRE(guest.is_ready());
    CHECK(guest.ask("POST", "/sandbox/cut").status == 200);
    CHECK(guest.run_until([&] { return guest.lost_with.has_value(); }));
    CHECK(guest.lost_with == 1006);
    CHECK(guest.eventually("connections", 0));
    CHECK(guest.count("sessions") == 1);
    CHECK(guest.ask("POST", "/sandbox/hush").status == 200);
    const auto made = guest.count("events_generated");
    CHECK(made > 0);
    CHECK(guest.count("events_generated") == made);
    CHECK(guest.ask("GET", "/sandbox/hush").status == 405);
    CHECK(guest.ask("POST", "/sandbox/counts").status == 405);
    CHECK(guest.ask("GET", "/sandbox/nothing").status == 404);
    CHECK(guest.ask("GET", "/api/v10/sandbox/counts").status == 401);
}

TEST_CASE("sandbox: info is there when it serves, log and report when it has ended")
{
    const support::temporary_folder folder;
    sandbox::run_settings settings;
    settings.how = quiet();
    set_rate(settings.how.rules, 1'000);
    settings.how.log = folder.path() / "log";
    settings.info = folder.path() / "info.json";
    settings.report = folder.path() / "report.json";
    settings.run_for = 10s;
    std::ofstream(settings.info) << "old";
    int news = 0;
    const auto ready = [&](const sandbox::endpoint& where, const std::filesystem::path& ca_file) {
        const auto info = boost::json::parse(content(settings.info));
        CHECK(info.at("api").as_string() == where.api);
        CHECK(info.at("plain").at("gateway").as_string() == where.plain_gateway);
        CHECK(info.at("ca_file").as_string() == ca_file.string());
        CHECK(info.at("guilds").as_array().size() == 3);
        CHECK(info.at("guilds").at(0).at("channels").at(0).at("name") == "general");
        CHECK(content(ca_file).find("BEGIN CERTIFICATE") != std::string::npos);
        visitor guest(where);
        guest.connect(where.gateway, gateway::compression::none);
        CHECK(guest.is_ready());
        CHECK(guest.run_until([&] { return guest.payloads.size() > 20; }));
        std::raise(SIGTERM);
    };
    const instant began = net::now();
    CHECK(sandbox::run(settings, {ready, [&](const sandbox::session_news&) { ++news; }}));
    CHECK(net::now() - began < 9s);
    CHECK(news >= 1);
    const auto report = boost::json::parse(content(settings.report));
    CHECK(report.at("identifies") == 1);
    std::ifstream log(settings.how.log);
    std::string line;
    std::uint64_t events = 0;
    std::uint64_t sent = 0;
    bool has_identify = false, has_op = false;
    while (std::getline(log, line)) {
        if (line.starts_with("IDENTIFY 0/1 "))
            has_identify = true;
        else if (line.starts_with("OP - 2 "))
            has_op = true;
        else if (line.starts_with("SENT 0/1 "))
            CHECK(line.starts_with("SENT 0/1 " + std::to_string(++sent) + " "));
        else if (line.find(" MESSAGE_CREATE ") != std::string::npos ||
                 line.find(" GUILD_MEMBER_ADD ") != std::string::npos)
            CHECK(line.starts_with(std::to_string(++events) + " "));
    }
    CHECK(has_identify);
    CHECK(has_op);
    CHECK(report.at("events_sent") == sent);
    CHECK(report.at("events_generated") == events);
}

TEST_CASE("sandbox: what can't be is refused before anything is served")
{
    const support::temporary_folder folder;
    auto how = quiet();
    how.address = "192.0.2.1";
    CHECK(sandbox::server::start(how, [](const sandbox::happening&) {}).error().code ==
          errc::invalid_argument);
    how = quiet();
    how.log = folder.path() / "missing" / "log";
    CHECK(sandbox::server::start(how, [](const sandbox::happening&) {}).error().code == errc::io);
    sandbox::run_settings settings;
    settings.how = quiet();
    settings.info = folder.path() / "missing" / "info.json";
    const auto ended = sandbox::run(settings, {});
    REQUIRE_FALSE(ended);
    CHECK(ended.error().detail.find("--info") == 0);
    CHECK(ended.error().detail.find("missing") != std::string::npos);
    for (const auto& report : {folder.path() / "missing" / "report.json", folder.path()}) {
        sandbox::run_settings other;
        other.how = quiet();
        other.info = folder.path() / "info.json";
        other.report = report;
        bool was_ready = false;
        const auto refused =
            sandbox::run(other, {[&](const sandbox::endpoint&, const std::filesystem::path&) {
                                     was_ready = true;
                                     std::raise(SIGTERM);
                                 },
                                 [](const sandbox::session_news&) {}});
        REQUIRE_FALSE(refused);
        CHECK_FALSE(was_ready);
        CHECK(refused.error().detail.find("--report") == 0);
    }
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 0);
}
