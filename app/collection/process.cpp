#include "collection/process.hpp"

#include "collection/collection.hpp"
#include "net/link_connection.hpp"
#include "version.hpp"

#include <boost/asio/io_context.hpp>

#include <csignal>
#include <cstdlib>
#include <optional>
#include <sys/prctl.h>

namespace tinfoil::collection {

result<void> run_process(const process_arguments& how)
{
    // A host that is killed takes its collections with it, also one whose plugin never returns.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
    boost::asio::io_context loop{1};
    std::optional<collection> own;
    std::uint64_t last = 0;
    bool ended = false;
    net::link_connection link(loop, how.link,
                              {[&](link::parcel got) {
                                   // One of another epoch is not meant for this process.
                                   if (got.epoch == how.epoch && own)
                                       own->on(std::move(got.what));
                               },
                               [&](const error&) {
                                   if (!ended)
                                       std::_Exit(EXIT_FAILURE);
                               }});
    const auto send = [&](link::message what) {
        ended = ended || std::holds_alternative<link::stopped>(what);
        link.send({.id = ++last, .from = how.name, .epoch = how.epoch, .what = std::move(what)});
        if (ended)
            link.flush([&] { loop.stop(); });
    };
    own.emplace(loop, send);
    send(link::hello{std::string(version)});
    loop.run();
    return {};
}

}  // namespace tinfoil::collection
