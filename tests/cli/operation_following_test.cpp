// What tinfoil shards split follows, against a control socket in a temporary folder.
#include "cli/operation_following.hpp"
#include "cli/operation_text.hpp"
#include "host/operations_control.hpp"
#include "net/clock.hpp"
#include "net/control_server.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <thread>

using namespace tinfoil;
using namespace tinfoil::cli;
using namespace std::chrono_literals;
using host::operation_state;
using host::operation_view;

namespace {

// A host that has nothing but operations. Each tick of its socket is one step of the script.
class fake_host final : public host::operations_target {
public:
    using step = std::function<void(fake_host&)>;

    fake_host(const std::filesystem::path& folder, std::vector<step> script)
        : script_(std::move(script)),
          api_([this](const net::control_event& what) { publish(what.name, what.json); },
               net::wall_clock_ms)
    {
        net::control_bounds within;
        within.tick = 1ms;
        within.stream_bytes = 4096;
        auto made = net::control_server::listen(
            loop_, folder,
            {[this](const net::control_request& what, const net::control_reply& reply) {
                 if (what.path != "/v1/events")
                     return api_.on_request(what, reply);
                 ++streams;
                 net::control_answer stream;
                 stream.stream = net::control_event{"status", "{}"};
                 reply(std::move(stream));
             },
             [this] {
                 if (!is_seen_) {
                     publish("status", "{}");
                 } else if (at_ < script_.size()) {
                     script_[at_++](*this);
                 } else {
                     publish("status", "{}");
                 }
             }},
            within);
        REQUIRE(made);
        server_ = std::move(*made);
        api_.show(*this);
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~fake_host() override
    {
        boost::asio::post(loop_, [this] {
            server_.reset();
            loop_.stop();
        });
        thread_.join();
    }

    result<operation_view> ask(const host::operation_wish& what) override
    {
        operation_view made;
        made.wish = what;
        made.quote.parts = 2;
        if (what.mode == host::operation_mode::quote)
            return made;
        made.id = 7;
        now = made;
        return made;
    }
    result<operation_view> cancel(std::optional<std::uint64_t>) override
    {
        return error{errc::invalid_argument, "there is none"};
    }
    [[nodiscard]] std::vector<operation_view> look() const override
    {
        is_seen_ = true;
        return now ? std::vector{*now} : std::vector<operation_view>{};
    }
    [[nodiscard]] std::vector<discord::slot> plan() const override { return {{0, 2}, {1, 2}}; }

    void become(operation_state state, const char* phase = "")
    {
        now->state = state;
        now->phase = phase;
        api_.changed(*now);
    }
    void publish(const std::string& name, const std::string& text)
    {
        if (server_)
            server_->publish(name, text);
    }
    void die() { server_.reset(); }

    std::optional<operation_view> now;
    int streams = 0;

private:
    std::vector<step> script_;
    std::size_t at_ = 0;
    mutable bool is_seen_ = false;  // From there on changes have to be heard.
    boost::asio::io_context loop_;
    std::unique_ptr<net::control_server> server_;
    host::operations_control api_;
    std::thread thread_;
};

fake_host::step to(operation_state state, const char* phase = "")
{
    return [=](fake_host& it) { it.become(state, phase); };
}

std::uint64_t begin_split(const net::control_client& client)
{
    host::operation_wish wish;
    wish.slots = {{1, 2}};
    wish.count = 2;
    const auto call = host::call_of(wish);
    const auto answer = client.call("POST", call.path, call.body);
    REQUIRE(answer);
    CHECK(answer->status == 202);
    return host::parse_operation_answer(answer->json, net::wall_clock_ms())->id;
}

struct seen {
    std::vector<std::string> lines;
    result<operation_view> ended;
};

seen follow(const std::filesystem::path& folder, duration patience = 20s)
{
    const net::control_client client(folder);
    const std::uint64_t id = begin_split(client);
    std::vector<std::string> lines;
    auto ended = follow_operation(
        client, id, [&](const operation_view& now) { lines.push_back(progress_line(now, 200)); },
        [] { return false; }, patience);
    return {std::move(lines), std::move(ended)};
}

}  // namespace

TEST_CASE("operations: one is followed from where it is to its end, with its reports")
{
    const support::temporary_folder folder;
    fake_host host(folder.path(),
                   {to(operation_state::running, "opening"),
                    [](fake_host& it) { it.publish("operation", R"({"id":6,"state":"failed"})"); },
                    to(operation_state::running, "following"),
                    [](fake_host& it) {
                        it.now->reports = {R"({"exact":true})"};
                        it.become(operation_state::done);
                    }});
    const seen all = follow(folder.path());
    REQUIRE(all.ended);
    CHECK(all.ended->state == operation_state::done);
    CHECK(all.ended->reports == std::vector<std::string>{R"({"exact":true})"});
    CHECK(all.lines == std::vector<std::string>{"split 1/2 into 2: waits for its turn",
                                                "split 1/2 into 2: handoff 1 of 2, opening",
                                                "split 1/2 into 2: handoff 1 of 2, following"});
}

TEST_CASE("operations: a stream that is lost is opened again, and nothing of the end is missed")
{
    const support::temporary_folder folder;
    fake_host host(folder.path(),
                   {[](fake_host& it) { it.publish("large", '"' + std::string(5000, 'x') + '"'); },
                    [](fake_host& it) { it.now->state = operation_state::failed; }});
    const seen all = follow(folder.path());
    REQUIRE(all.ended);
    CHECK(all.ended->state == operation_state::failed);
    CHECK(host.streams == 2);
}

TEST_CASE("operations: whoever does not want to know more leaves it running")
{
    const support::temporary_folder folder;
    fake_host host(folder.path(), {});
    const net::control_client client(folder.path());
    const std::uint64_t id = begin_split(client);
    int asked = 0;
    const auto ended = follow_operation(
        client, id, [](const operation_view&) {}, [&] { return ++asked == 3; }, 20s);
    REQUIRE_FALSE(ended);
    CHECK(ended.error().code == errc::cancelled);
    const auto still = look_at_operation(client, id);
    REQUIRE(still);
    CHECK(still->state == operation_state::waiting);
}

TEST_CASE("operations: a host that dies meanwhile, or never knew of it, is an error")
{
    const support::temporary_folder folder;
    fake_host host(folder.path(), {[](fake_host& it) { it.die(); }});
    const net::control_client client(folder.path());
    const auto unknown = look_at_operation(client, 9);
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().detail.find("no operation 9") != std::string::npos);
    const seen all = follow(folder.path());
    REQUIRE_FALSE(all.ended);
    CHECK(all.ended.error().code == errc::unreachable);
}
