// The same stream, over the same TLS, to clients that others wrote: in turns with a collection
// of tinfoil's, so that a busy machine slows all. What each does with an event is its own habit:
// @discordjs/ws makes a document and an event of it, as a reader of tinfoil has; the others look up
// and make objects for those of guilds that they know.
#include "harness.hpp"
#include "stage.hpp"
#include "stream.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using tinfoil::gateway::compression;

constexpr std::size_t events = 30'000;
constexpr int rounds = 3;
constexpr std::array clients{"discordjs_ws", "discordjs", "eris", "oceanic"};

/// CPU microseconds an event of a client's process, which it measures itself from READY to the end
/// of the stream.
double cpu_of(const std::string& client, const bench::stream_server& from,
              const std::string& authority, const char* transport)
{
    const std::string command = "NODE_EXTRA_CA_CERTS=" + authority + " timeout 120 node " +
                                std::string(TINFOIL_BENCH_PEERS) + "/peer.mjs " + client +
                                " wss://127.0.0.1:" + std::to_string(from.port()) + " " +
                                transport + " " + std::to_string(events);
    std::FILE* const told = ::popen(command.c_str(), "r");
    double micros = 0;
    if (told == nullptr || std::fscanf(told, "%lf", &micros) != 1 || ::pclose(told) != 0)
        bench::give_up("the peer does not run: " + command);
    return micros;
}

void measure(compression transport, const char* name)
{
    if (!std::filesystem::exists(std::filesystem::path(TINFOIL_BENCH_PEERS) / "node_modules")) {
        std::fprintf(stderr, "bench: peers are left out: tests/clients/run installs them\n");
        return;
    }
    // Its imports are looked up beside it.
    std::filesystem::copy_file(TINFOIL_BENCH_PEER,
                               std::filesystem::path(TINFOIL_BENCH_PEERS) / "peer.mjs",
                               std::filesystem::copy_options::overwrite_existing);
    const bench::stream_server server(bench::session_payloads(events));
    const tinfoil::support::temporary_folder folder;
    const std::string authority = (folder.path() / "ca.pem").string();
    std::ofstream(authority) << server.authority();
    std::vector<double> ours;
    std::array<std::vector<double>, clients.size()> theirs, ratios;
    for (int round = 0; round < rounds; ++round) {
        ours.push_back(bench::live_cpu(server, transport, 1, events));
        for (std::size_t i = 0; i < clients.size(); ++i) {
            theirs[i].push_back(cpu_of(clients[i], server, authority, name));
            ratios[i].push_back(theirs[i].back() / ours.back());
        }
    }
    const std::string begin =
        std::string(transport == compression::none ? "peers-none-" : "peers-zlib-");
    bench::tell({.name = begin + "tinfoil",
                 .value = bench::median(ours),
                 .unit = "us CPU/event",
                 .note = "a collection, with one plugin that reads each event"});
    for (std::size_t i = 0; i < clients.size(); ++i)
        bench::tell({.name = begin + clients[i],
                     .value = bench::median(theirs[i]),
                     .unit = "us CPU/event",
                     .floor = bench::median(ours),
                     .ratio = bench::median(ratios[i]),
                     .note = "floor: tinfoil"});
}

const bool plain =
    bench::add(bench::trial{"peers-none", [] { measure(compression::none, "none"); }});
const bool zlib = bench::add(
    bench::trial{"peers-zlib", [] { measure(compression::zlib_stream, "zlib-stream"); }});

}  // namespace
