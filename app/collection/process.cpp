#include "collection/process.hpp"

#include "collection/collection.hpp"
#include "net/link_connection.hpp"
#include "version.hpp"

#include <boost/asio/io_context.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <sys/prctl.h>

namespace tinfoil::collection {

result<void> run_process(const process_arguments& how)
{
    // A host that is killed takes its collections with it, also one whose plugin never returns.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Behind the link comes the state's lock. What a plugin starts has no business with either, and
    // would keep the state locked.
    for (const int descriptor : {how.link, how.link + 1})
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
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
                               [&](const error& why) {
                                   if (ended)
                                       return;
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
    own.emplace(loop, send);
    send(link::hello{std::string(version)});
    loop.run();
    return {};
}

}  // namespace tinfoil::collection
