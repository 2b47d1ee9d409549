// What tinfoil stop waits for, against a control socket in a temporary folder.
#include "cli/stop_command.hpp"
#include "host/control.hpp"
#include "host/status_json.hpp"
#include "net/clock.hpp"
#include "net/control_server.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <thread>

using namespace tinfoil;
using namespace tinfoil::cli;
using namespace std::chrono_literals;

namespace {

enum class ending { in_order, by_force, never, loses_streams };

// A host that has nothing but its control socket.
class fake_host final : public host::control_target {
public:
    fake_host(const std::filesystem::path& folder, ending how)
        : how_(how),
          api_(*this, [this](const net::control_event& what) {
              if (server_)
                  server_->publish(what.name, what.json);
          })
    {
        net::control_bounds within;
        within.tick = 1ms;
        within.stream_bytes = 4096;
        auto made = net::control_server::listen(
            loop_, folder,
            {[this](const net::control_request& what, const net::control_reply& reply) {
                 if (refuses && what.method == "POST")
                     reply(net::control_error(503, "busy", "not now; later"));
                 else
                     api_.on_request(what, reply);
             },
             [this] { api_.tick(); }},
            within);
        REQUIRE(made);
        server_ = std::move(*made);
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

    [[nodiscard]] host::status now() const override
    {
        host::status made;
        made.shards.resize(2);
        made.shards[0].state = gateway::state::active;
        made.shards[1].state = gateway::state::stopped;
        return made;
    }
    [[nodiscard]] std::vector<host::effective_setting> settings() const override { return {}; }
    result<std::vector<host::changed_setting>> reload_settings() override
    {
        return std::vector<host::changed_setting>{};
    }
    void wake(const std::vector<discord::slot>&) override {}
    [[nodiscard]] result<host::budget_report> budget(std::optional<int>) const override
    {
        return error{errc::cancelled, "it has none"};
    }
    std::size_t release_starts(std::optional<discord::slot>) override { return 0; }
    void stop(bool end_sessions) override
    {
        ended_sessions = end_sessions;
        boost::asio::post(loop_, [this] {
            if (how_ == ending::loses_streams)
                server_->publish("large", '"' + std::string(5000, 'x') + '"');
            if (how_ == ending::in_order || how_ == ending::loses_streams) {
                server_->stop_listening();
                api_.ended();
            }
            if (how_ != ending::never)
                server_.reset();
        });
    }

    std::atomic<bool> ended_sessions = false;
    std::atomic<bool> refuses = false;

private:
    ending how_;
    boost::asio::io_context loop_;
    std::unique_ptr<net::control_server> server_;
    host::control api_;
    std::thread thread_;
};

result<void> stop(const std::filesystem::path& state, bool end_sessions, duration patience)
{
    return stop_host(
        net::control_client(state), end_sessions, [](const net::control_event&) {},
        net::now() + patience);
}

}  // namespace

TEST_CASE("stop: returns when the host has closed its socket, in whatever way it ends")
{
    const auto how = GENERATE(ending::in_order, ending::by_force, ending::loses_streams);
    const support::temporary_folder folder;
    const fake_host host(folder.path(), how);
    CHECK(stop(folder.path(), true, 20s));
    CHECK(host.ended_sessions);
    const auto again = stop(folder.path(), false, 20s);
    REQUIRE_FALSE(again);
    CHECK(exit_code(again.error().code) == 4);
}

TEST_CASE("stop: a host that refuses is quoted, and not asked again")
{
    const support::temporary_folder folder;
    fake_host host(folder.path(), ending::never);
    host.refuses = true;
    const auto refused = stop(folder.path(), false, 20s);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::http_status);
    CHECK(refused.error().detail.ends_with("refuses: not now; later"));
}

TEST_CASE("stop: a host that does not end is reported with what to do")
{
    const support::temporary_folder folder;
    const fake_host host(folder.path(), ending::never);
    const auto ended = stop(folder.path(), false, 50ms);
    REQUIRE_FALSE(ended);
    CHECK(exit_code(ended.error().code) == 1);
    CHECK(ended.error().detail.find("did not end") != std::string::npos);
    CHECK_FALSE(host.ended_sessions);
}

TEST_CASE("stop: whoever waits hears how many shards are still open")
{
    host::status now;
    now.shards.resize(3);
    now.shards[0].state = gateway::state::stopped;
    CHECK(stop_progress({"status", host::summary_json(now)}) == "closing 2 shards...");
    now.shards[1].state = gateway::state::stopped;
    CHECK(stop_progress({"status", host::summary_json(now)}) == "closing 1 shard...");
    CHECK(stop_progress({"status", host::summary_json({})}) == "ending...");
    CHECK_FALSE(stop_progress({"shard", "{}"}));
    CHECK_FALSE(stop_progress({"status", "no JSON"}));
}
