// `tinfoil rest` as it is typed, without a host, against a simulated Discord of the test's own.
#include "cli/rest_command.hpp"
#include "discord/url.hpp"
#include "net/clock.hpp"
#include "net/http_client.hpp"
#include "net/tls.hpp"
#include "sandbox/server.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <pty.h>
#include <unistd.h>

using namespace tinfoil;
using namespace tinfoil::cli;
using namespace std::chrono_literals;

namespace {

/// A descriptor of this process that is another one for a while.
class replaced {
public:
    replaced(int number, int by) : number_(number), old_(::dup(number)) { ::dup2(by, number); }
    ~replaced()
    {
        std::fflush(nullptr);
        ::dup2(old_, number_);
        ::close(old_);
    }
    replaced(const replaced&) = delete;
    replaced& operator=(const replaced&) = delete;

private:
    int number_, old_;
};

struct outcome {
    int code = -1;
    std::string out, err;
};

class desk {
public:
    desk()
    {
        sandbox::options how;
        how.smooth = true;
        how.plain = true;
        how.rules.acts_per_second = 0;
        server_ = std::move(*sandbox::server::start(how, [](const sandbox::happening&) {}));
        write("ca.pem", server_->where().authority_pem);
        write("token", server_->where().token);
        channel = to_string(server_->where().guilds.at(0).channels.at(0).id);
    }
    [[nodiscard]] std::string path(const std::string& name) const
    {
        return (folder_.path() / name).string();
    }
    void write(const std::string& name, const std::string& text) const
    {
        std::ofstream(path(name), std::ios::binary) << text;
    }
    /// `tinfoil rest ...` with what `in` holds as stdin.
    outcome type(std::vector<std::string> words, const std::string& in = "")
    {
        write("in", in);
        CLI::App command{"", "rest"};
        rest_flags given;
        add_rest_flags(command, given);
        for (const std::string& each :
             {std::string("--api"), server_->where().api, std::string("--ca-file"), path("ca.pem"),
              std::string("--token-file"), path(token), std::string("--state"), path("state")})
            words.push_back(each);
        std::reverse(words.begin(), words.end());
        command.parse(words);
        outcome made;
        {
            const int from = ::open(path("in").c_str(), O_RDONLY);
            const int out = screen_ >= 0
                                ? screen_
                                : ::open(path("out").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
            const int err = ::open(path("err").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
            std::fflush(nullptr);
            const replaced stdin_is(0, from), stdout_is(1, out), stderr_is(2, err);
            std::clearerr(stdin);
            std::cin.clear();
            made.code = run_rest(command, given);
            ::close(from);
            ::close(err);
            if (screen_ < 0)
                ::close(out);
        }
        made.out = read("out");
        made.err = read("err");
        return made;
    }
    /// The same with a terminal in place of a file.
    outcome type_at_terminal(const std::vector<std::string>& words)
    {
        int keyboard = -1;
        REQUIRE(::openpty(&keyboard, &screen_, nullptr, nullptr, nullptr) == 0);
        outcome made = type(words);
        std::array<char, 4096> seen{};
        const auto got = ::read(keyboard, seen.data(), seen.size());
        made.out.assign(seen.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
        ::close(screen_);
        ::close(keyboard);
        screen_ = -1;
        return made;
    }
    void fault(const std::string& what)
    {
        boost::asio::io_context loop;
        const auto tls = *net::tls_context::client("");
        net::http_client http(loop, *tls, *discord::parse_url(server_->where().plain_api));
        int status = 0;
        http.send({"POST", "/sandbox/fault", {}, what}, net::now() + 10s,
                  {[&](const net::http_outcome& came) {
                      status = came.response ? came.response->status : 0;
                      loop.stop();
                  }});
        loop.run();
        REQUIRE(status == 200);
    }

    std::string token = "token";
    std::string channel;

private:
    [[nodiscard]] std::string read(const std::string& name) const
    {
        std::ifstream in(path(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    support::temporary_folder folder_;
    std::unique_ptr<sandbox::server> server_;
    int screen_ = -1;
};

}  // namespace

TEST_CASE("tinfoil rest: raw into a file, pretty on a terminal, and as one object when asked for")
{
    desk it;
    const auto raw = it.type({"get", "/users/@me"});
    CHECK(raw.code == 0);
    CHECK(raw.err.empty());
    CHECK(raw.out.starts_with("{\""));
    CHECK(raw.out.find('\n') == std::string::npos);
    const auto seen = it.type_at_terminal({"GET", "/users/@me"});
    CHECK(seen.code == 0);
    CHECK(seen.out.starts_with("{\r\n  \""));
    CHECK(it.type_at_terminal({"GET", "/users/@me", "--raw"}).out == raw.out);
    const auto whole = boost::json::parse(it.type({"GET", "/users/@me", "--json"}).out);
    CHECK(whole.at("status") == 200);
    CHECK(whole.at("body").as_string() == raw.out);
}

TEST_CASE("tinfoil rest: the exit code says what kind of answer it was")
{
    desk it;
    const auto missing = it.type({"GET", "/channels/1"});
    CHECK(missing.code == 14);
    CHECK(missing.err == "tinfoil: Discord answered 404\n");
    CHECK(missing.out.find("10003") != std::string::npos);
    it.fault(R"({"fault":"rest-status","code":501,"for":"60s"})");
    CHECK(it.type({"GET", "/users/@me"}).code == 15);
    CHECK(it.type({"GET", "users/@me"}).code == 2);
    CHECK(it.type({"GET"}).code == 2);
    CHECK(it.type({"GET", "/a b"}).code == 2);
}

TEST_CASE("tinfoil rest: a token that is refused has a code of its own")
{
    desk it;
    it.write("wrong", "nonsense");
    it.token = "wrong";
    CHECK(it.type({"GET", "/users/@me"}).code == 3);
}

TEST_CASE("tinfoil rest: the body comes from the words, a file or stdin, and files go along")
{
    desk it;
    const std::string messages = "/channels/" + it.channel + "/messages";
    const auto content = [](const outcome& of) {
        INFO(of.err << of.out);
        REQUIRE(of.code == 0);
        return boost::json::parse(of.out).at("content");
    };
    CHECK(content(it.type({"POST", messages, R"({"content":"one"})"})) == "one");
    it.write("body", R"({"content":"two"})");
    CHECK(content(it.type({"POST", messages, "@" + it.path("body")})) == "two");
    CHECK(content(it.type({"POST", messages, "-"}, R"({"content":"three"})")) == "three");
    it.write("a.txt", "some text");
    const auto sent = it.type({"POST", messages, R"({"content":"four"})", "--file",
                               it.path("a.txt"), "--reason", "a test"});
    CHECK(content(sent) == "four");
    const auto file = boost::json::parse(sent.out).at("attachments").at(0);
    CHECK(file.at("filename") == "a.txt");
    CHECK(file.at("size") == 9);
}

TEST_CASE("tinfoil rest: what is sent has a bound, and what can't be read is said so")
{
    desk it;
    const auto said = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"POST", "/channels/1/messages"});
        const auto made = it.type(words);
        CHECK(made.code == 2);
        return made.err;
    };
    CHECK(said({"@" + it.path("none")}).find("does it exist") != std::string::npos);
    // It never ends.
    CHECK(said({"@/dev/zero"}).find("may have 25 MiB together") != std::string::npos);
    it.write("half", std::string(13U << 20, 'x'));
    CHECK(said({"{}", "--file", it.path("half"), "--file", it.path("half")})
              .find("may have 25 MiB together") != std::string::npos);
    CHECK(said({"{}", "--file", it.path("")}).find("does it exist") != std::string::npos);
}

TEST_CASE("tinfoil rest: what is no method or no path is refused before anything is sent")
{
    rest_flags given;
    given.method = "FETCH";
    given.path = "/users/@me";
    auto made = rest_request_of(given);
    REQUIRE_FALSE(made);
    CHECK(made.error().detail ==
          R"("FETCH" is no method; there are GET, POST, PUT, PATCH, DELETE, HEAD)");
    given.method = "get";
    REQUIRE(rest_request_of(given));
    CHECK(rest_request_of(given)->method == "GET");
    given.path = "users";
    CHECK(rest_request_of(given).error().detail.find("begins with /") != std::string::npos);
}

TEST_CASE("tinfoil rest limits: a table of what a host tells, of whatever version")
{
    const auto table = limits_table(
        R"({"waiting":3,"in_flight":1,"global":{"per_second":50,"used":12,"blocked_for_ms":1500},
            "invalid":{"used":2,"max":9000},"token_rejected":true,"buckets":[{"routes":["GET /a"],
            "major":"1","limit":20,"remaining":null,"reset_after_ms":4987,"waiting":2,"in_flight":1}],
            "plugins":[{"plugin":"ping","sent":7,"limited":1},{"plugin":""}]})",
        false);
    REQUIRE(table);
    CHECK(
        table->starts_with("3 waiting, 1 in flight; 12 of 50 this second, blocked for 1.5 s; 2 of "
                           "9000 invalid answers in ten minutes; the bot token is refused\n"));
    CHECK(table->find("GET /a  1      -     20  5.0 s        2          1        -") !=
          std::string::npos);
    CHECK(table->find("(tinfoil)") != std::string::npos);
    CHECK(limits_table(R"({"buckets":[1,{"routes":[2]}],"plugins":{}})", false));
    for (const char* wrong : {"", "[]", "{}", R"({"buckets":[]})"})
        CHECK(limits_table(wrong, false).error().code == errc::malformed);
}
