#include "collection/process.hpp"

#include "collection/collection.hpp"
#include "collection/last_words.hpp"
#include "collection/worker.hpp"
#include "net/child_process.hpp"
#include "net/join_socket.hpp"
#include "net/link_connection.hpp"
#include "version.hpp"

#include <boost/asio/io_context.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <optional>
#include <sys/prctl.h>

namespace tinfoil::collection {
namespace {

using guard = std::function<void(dispatch::charge&, duration)>;
using sender = std::function<void(link::message)>;

void make(std::optional<collection>& own, boost::asio::io_context& loop, const sender& send,
          const process_arguments& how, guard with)
{
    own.emplace(loop, send, collection::surroundings{.name = how.name, .guard = std::move(with)});
}

void make(std::optional<worker>& own, boost::asio::io_context& loop, const sender& send,
          const process_arguments&, guard with)
{
    own.emplace(loop, send, std::move(with));
}

template <class Served>
result<void> serve(const process_arguments& how)
{
    boost::asio::io_context loop{1};
    std::optional<Served> own;
    std::optional<last_words> last_will;
    std::uint64_t last = 0;
    bool ended = false;
    net::link_connection link(loop, how.link,
                              {[&](link::parcel got) {
                                   // One of another epoch is not meant for this process.
                                   if (got.epoch == how.epoch && own)
                                       own->on(std::move(got.what));
                               },
                               [&](const error& why) {
                                   if (ended)
                                       return;
                                   // A worker ends with its collection, and says nothing.
                                   if (how.worker) {
                                       last_will.reset();
                                       own.reset();
                                       std::_Exit(EXIT_SUCCESS);
                                   }
                                   std::fprintf(stderr, "%s: the link to the host is lost: %s\n",
                                                how.name.c_str(), why.detail.c_str());
                                   std::_Exit(EXIT_FAILURE);
                               }});
    const auto send = [&](link::message what) {
        ended = ended || std::holds_alternative<link::stopped>(what);
        link.send({.id = ++last, .from = how.name, .epoch = how.epoch, .what = std::move(what)});
        if (ended)
            link.flush([&] { loop.stop(); });
    };
    make(own, loop, send, how,
         [&](dispatch::charge& marker, duration hung) { last_will.emplace(marker, hung); });
    send(link::hello{std::string(version)});
    loop.run();
    // The marker lies in what the served one owns, and that may still have something to send.
    last_will.reset();
    own.reset();
    return {};
}

}  // namespace

namespace {

result<void> run_joined(const process_arguments& how)
{
    const char* key = std::getenv("TINFOIL_KEY");
    if (key == nullptr)
        return error{
            errc::invalid_argument,
            "TINFOIL_KEY is not set; the host's up command has it, see network-manager.md"};
    auto host = net::join_host(how.join, key);
    if (!host)
        return host.error();
    // It is for one process, and plugins have no business with it.
    ::unsetenv("TINFOIL_KEY");
    net::forbid_core_dumps();
    process_arguments as = how;
    as.link = host->link.release();
    as.name = host->as.name;
    as.epoch = host->as.epoch;
    return serve<collection>(as);
}

}  // namespace

result<void> run_process(const process_arguments& how)
{
    if (!how.join.empty())
        return run_joined(how);
    // A host that is killed takes its collections with it, also one whose plugin never returns.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Behind the link comes the state's lock. What a plugin starts has no business with either, and
    // would keep the state locked.
    for (const int descriptor : {how.link, how.link + 1})
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
    return how.worker ? serve<worker>(how) : serve<collection>(how);
}

}  // namespace tinfoil::collection
