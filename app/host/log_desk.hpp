#pragma once

#include "host/log_book.hpp"
#include "host/watcher.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <functional>
#include <memory>
#include <vector>

namespace tinfoil::host {

/// The log of a run: all parts of the host say what happens to one of its watchers, the book
/// decides what is written of it, and `people` get that. The loop's thread only.
class log_desk {
public:
    log_desk(boost::asio::io_context& loop, watcher& people, log_book::levels least, bool repeats);
    ~log_desk();

    /// What a part is given: its notes and warnings are of that area.
    [[nodiscard]] watcher& of(log_area where);

    [[nodiscard]] log_book& book() { return book_; }
    [[nodiscard]] const log_book& book() const { return book_; }
    /// Called after something was written.
    void on_written(std::function<void()> tell) { tell_ = std::move(tell); }

private:
    class part;

    void say(log_entry what, const std::function<void()>& tell_people);
    void deliver(const std::vector<log_entry>& written);
    void arm();

    watcher& people_;
    log_book book_;
    boost::asio::steady_timer timer_;
    instant armed_ = never;
    std::function<void()> tell_;
    std::vector<std::unique_ptr<part>> parts_;
};

}  // namespace tinfoil::host
