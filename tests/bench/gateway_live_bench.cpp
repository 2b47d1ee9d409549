// What an event costs from the socket to the plugin: a whole collection against a process that
// sends as fast as it reads, beside a bare loop over the same bytes.
#include "collection/collection.hpp"
#include "harness.hpp"
#include "stream.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace tinfoil;
using gateway::compression;

constexpr std::size_t events = 200'000;
constexpr int rounds = 5;
constexpr double unread_target = 1.2, read_target = 1.25;

/// One collection with one shard and so many plugins that read, from READY to the end of the
/// stream.
class measured {
public:
    measured(const bench::stream_server& from, compression transport, int readers)
        : url_("wss://127.0.0.1:" + std::to_string(from.port())),
          one_(loop_, [this](const link::message& what) { heard(what); }, {})
    {
        const auto plugins = folder_.path() / "plugins";
        std::filesystem::create_directory(plugins);
        for (int i = 0; i < readers; ++i) {
            const std::string name = "reader_" + std::to_string(i) + ".so";
            std::filesystem::copy_file(std::filesystem::path(TINFOIL_BENCH_PLUGINS) / name,
                                       plugins / name);
        }
        link::welcome how;
        how.token = redacted("sandbox");
        how.granted_privileged = ~0ULL;
        how.plugins = plugins.string();
        how.private_copies = (folder_.path() / "copies").string();
        how.record_file = (folder_.path() / "record").string();
        how.sessions_max = 1;
        how.authority_pem = from.authority();
        how.seed = 1;
        how.compression = static_cast<std::uint8_t>(1 + static_cast<int>(transport));
        one_.on(std::move(how));
        loop_.run();
    }
    [[nodiscard]] double seconds() const { return ended_ - begun_; }

private:
    void heard(const link::message& what)
    {
        if (const auto* told = std::get_if<link::loaded>(&what)) {
            for (const auto& each : told->plugins)
                if (each.refused)
                    fail(each.refused->detail);
            if (told->failed)
                fail(told->failed->detail);
            later(link::serve{url_,
                              {{.which = {0, 1}, .generation = 1, .point = {}, .unfinished = {}}}});
        } else if (const auto* wanted = std::get_if<link::identify_wanted>(&what)) {
            later(link::turn{wanted->slot, wanted->generation});
        } else if (std::holds_alternative<link::session_established>(what)) {
            begun_ = bench::thread_seconds();
        } else if (std::holds_alternative<link::shard_moved>(what) && begun_ != 0 &&
                   std::get<link::shard_moved>(what).to ==
                       static_cast<std::uint8_t>(gateway::state::backoff)) {
            ended_ = bench::thread_seconds();
            loop_.stop();
        }
    }
    void later(link::message what)
    {
        boost::asio::post(loop_, [this, what = std::move(what)] { one_.on(what); });
    }
    [[noreturn]] static void fail(const std::string& why)
    {
        std::fprintf(stderr, "bench: %s\n", why.c_str());
        std::_Exit(1);
    }

    std::string url_;
    double begun_ = 0, ended_ = 0;
    support::temporary_folder folder_;
    boost::asio::io_context loop_;
    collection::collection one_;
};

const bench::stream_server& server()
{
    static const bench::stream_server one(bench::session_payloads(events));
    return one;
}

const char* name_of(compression transport)
{
    constexpr std::array names{"none", "zlib", "zstd"};
    return names[static_cast<std::size_t>(transport)];
}

void measure(compression transport, int readers)
{
    std::vector<double> costs, floors, ratios;
    for (int round = 0; round < rounds; ++round) {
        floors.push_back(bench::bare_loop(server(), transport, events, readers != 0));
        costs.push_back(measured(server(), transport, readers).seconds() * 1e6 / events);
        ratios.push_back(costs.back() / floors.back());
    }
    const std::string name = "gateway-" + std::string(name_of(transport)) +
                             (readers == 0 ? "" : "-" + std::to_string(readers) + "-readers");
    bench::figure made{.name = name,
                       .value = bench::median(costs),
                       .unit = "us CPU/event",
                       .floor = bench::median(floors),
                       .ratio = bench::median(ratios),
                       .target_of = bench::figure::of::ratio,
                       .note = "floor: a bare loop over the same bytes"};
    if (readers <= 1)
        made.target = readers == 0 ? unread_target : read_target;
    bench::tell(std::move(made));
}

bool add_all()
{
    for (const compression transport :
         {compression::none, compression::zlib_stream, compression::zstd_stream})
        for (const int readers : {0, 1, 10})
            bench::add(bench::trial{"gateway-" + std::string(name_of(transport)) + "-" +
                                        std::to_string(readers),
                                    [=] { measure(transport, readers); }});
    return true;
}

const bool added = add_all();

}  // namespace

double bench::live_cpu(const stream_server& from, compression transport, int readers,
                       std::size_t payloads)
{
    return measured(from, transport, readers).seconds() * 1e6 / static_cast<double>(payloads);
}
