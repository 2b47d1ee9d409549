#include "collection/worker_process.hpp"

#include "net/child_process.hpp"
#include "net/link_connection.hpp"

#include <optional>
#include <unistd.h>
#include <utility>

namespace tinfoil::collection {

struct worker_process::impl {
    std::string owner;
    std::uint64_t epoch = 0;
    listener to;
    std::unique_ptr<net::child_process> process;
    std::optional<net::link_connection> link;
    std::uint64_t last_id = 0;
};

result<std::unique_ptr<worker_process>> worker_process::start(boost::asio::io_context& loop,
                                                              const how& what, listener to)
{
    const auto ends = net::link_pair();
    if (!ends)
        return ends.error();
    net::child_process::how child;
    child.executable = what.executable;
    child.arguments = {"collection", "--worker", "--link=3", "--name=" + what.name,
                       "--epoch=" + std::to_string(what.epoch)};
    child.descriptors = {ends->second};
    child.withheld = {"DISCORD_TOKEN", "CREDENTIALS_DIRECTORY"};
    auto made = std::make_shared<impl>();
    made->owner = what.owner;
    made->epoch = what.epoch;
    made->to = std::move(to);
    const std::weak_ptr<impl> weak = made;
    auto process = net::child_process::start(loop, child, [weak](const std::string& end) {
        if (const auto own = weak.lock())
            own->to.ended(end);
    });
    ::close(ends->second);
    if (!process) {
        ::close(ends->first);
        return process.error();
    }
    made->process = std::move(*process);
    made->link.emplace(loop, ends->first,
                       net::link_connection::listener{[weak](link::parcel came) {
                                                          const auto own = weak.lock();
                                                          if (own && came.epoch == own->epoch)
                                                              own->to.got(std::move(came.what));
                                                      },
                                                      [weak](const error&) {
                                                          if (const auto own = weak.lock())
                                                              own->process->kill();
                                                      }});
    return std::unique_ptr<worker_process>(new worker_process(std::move(made)));
}

worker_process::~worker_process() = default;

int worker_process::pid() const
{
    return impl_->process->pid();
}

void worker_process::send(link::message what)
{
    if (impl_->link)
        impl_->link->send({.id = ++impl_->last_id,
                           .from = impl_->owner,
                           .epoch = impl_->epoch,
                           .what = std::move(what)});
}

void worker_process::kill()
{
    impl_->process->kill();
}

void worker_process::close(std::chrono::milliseconds patience)
{
    impl_->link.reset();
    impl_->process->await_end(patience);
}

}  // namespace tinfoil::collection
