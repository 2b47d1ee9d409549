#pragma once

#include "collection/worker_process.hpp"
#include "link/message.hpp"
#include "plugin/instance.hpp"
#include "plugin/services.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace tinfoil::collection {

/// A plugin in a process of its own, a worker: what it is given goes there over a link, and what it
/// wants comes back and is asked of its services, as if it ran here. The worker ends with this
/// process.
///
/// Events that the worker has not finished are kept here, so that when it ends, which happens to
/// nobody else, they go to the next one: marked, if it had begun on them. When that starts, and
/// which events it may not get, the host says (`plugin_died`, `plugin_order`).
///
/// Failure modes: a worker that can't be started, or is refused by its plugin, or whose plugin is
/// set aside: from then on events are finished without anybody. A worker that reads too slowly: so
/// much is under way, the rest waits here, and whoever counts what is unfinished makes its shard
/// wait.
///
/// Threads: the loop's.
class isolated final : public plugin::instance {
public:
    /// Of events that the worker has and has not finished.
    static constexpr std::size_t under_way_max = 4096, bytes_under_way_max = 32U << 20;
    static constexpr std::size_t letters_max = 4096;  ///< Without a reply.

    struct how {
        std::string executable;  ///< Whose `collection --worker` command is a worker.
        std::string name;        ///< The collection's.
        plugin::manifest about;
        link::work work;                          ///< What the worker is told.
        std::function<void(link::message)> tell;  ///< The host.
        /// The session that a slot has now, for people and the host to name events by.
        std::function<std::string(discord::slot)> session_of;
        std::function<void()> again;  ///< An event is given to a worker once more.
        /// Once: the first worker has started the plugin, or why not. Never inside a call.
        std::function<void(result<void>)> ready;
    };
    isolated(boost::asio::io_context& loop, plugin::services& with, how what);
    ~isolated() override;

    result<void> begin();
    /// What the host decided after the worker's end.
    void on(const link::plugin_order& what);

    [[nodiscard]] const plugin::manifest& about() const override { return how_.about; }
    [[nodiscard]] bool wants(std::string_view type, std::string_view command) const override;
    bool run(const plugin::event& what, function_view<finished()> later) override;
    /// Waits for a worker that starts; what a worker had when it ends is told as `down`.
    void message(const sharing::letter& what, message_done done) override;
    /// One that has no worker, or whose worker ends first, gives nothing along.
    void shard_leaves(discord::slot which, part_done done) override;
    /// Waits for a worker that starts.
    void shard_arrives(discord::slot which, const std::string& part) override;
    [[nodiscard]] std::uint32_t pending() const override
    {
        return static_cast<std::uint32_t>(events_.size());
    }

    /// Of its own accord it says nothing that is not kept already: see save_by().
    result<std::optional<plugin::saved_state>> save() override
    {
        return std::optional<plugin::saved_state>();
    }
    [[nodiscard]] bool is_dirty() const override { return false; }
    remains end() override;
    using saved = std::function<void(result<std::optional<plugin::saved_state>>)>;
    /// As save(), when the worker has answered; it may be called at once. One that is still
    /// waited for ends with errc::cancelled.
    void save_by(saved done);
    /// Gives the worker no more, while another version takes over; what is left goes to that one.
    void rest(bool does);

    [[nodiscard]] link::plugin_gauge gauge() const;
    [[nodiscard]] std::int64_t pid() const { return worker_ ? worker_->process->pid() : 0; }

private:
    enum class phase { starting, running, waiting, aside };
    struct kept {
        link::work_event what;
        finished done;
        discord::event_ids ids;
        std::uint64_t place = 0;  // Among those given to this worker, from 1; 0: not yet.
    };
    // All of one worker process; what answers it too late finds it gone.
    struct worker {
        std::unique_ptr<worker_process> process;
        std::uint64_t given = 0;
        std::uint64_t saves = 0;  // Asked for and not answered.
        // Its ids to the services'.
        std::map<std::uint64_t, std::uint64_t> requests, commands, values, letters;
    };

    result<void> spawn();
    void got(link::message what);
    void send(link::message what);
    void give_more();
    void on_done(const link::work_done& what);
    void on_loaded(const link::loaded& what);
    void on_rest(link::rest what);
    void on_value(link::value_asked what);
    void on_letter(link::plugin_letter what);
    void on_replies(link::letters_answered what);
    void give_letters();
    void end_letters(bool all, const std::string& why);
    void on_left(link::work_left what);
    void end_parts(const std::string& why);
    void on_command(const link::gateway_command& what);
    void on_ended(const std::string& end);
    void take_back();
    void set_aside();
    std::uint64_t end_worker();
    [[nodiscard]] std::optional<plugin::saved_state> last_state() const;
    void tell_ready(const result<void>& begun);
    void tell_saved(result<std::optional<plugin::saved_state>> what);
    void finish_poison(kept& what);
    [[nodiscard]] link::event_name name_of(const link::work_event& what) const;

    boost::asio::io_context& loop_;
    plugin::services& with_;
    how how_;
    phase phase_ = phase::starting;
    std::uint64_t last_token_ = 0, processes_ = 0;
    std::map<std::uint64_t, kept> events_;  // By token, which is their order.
    std::uint64_t next_ = 1;                // The first token that no worker has yet.
    std::size_t under_way_ = 0, bytes_under_way_ = 0;
    std::vector<link::event_name> poisons_;
    saved saving_;
    bool rests_ = false;
    link::plugin_gauge told_;    // By the worker.
    link::plugin_gauge before_;  // Of workers that have ended.
    std::shared_ptr<worker> worker_;
    struct kept_letter {
        sharing::letter what;
        message_done done;
        bool is_given = false;
    };
    std::map<std::uint64_t, kept_letter> letters_;     // Without a reply.
    std::uint64_t last_letter_ = 0, next_letter_ = 1;  // The next: the first that is not given.
    std::multimap<discord::slot, part_done> leaving_;  // Of the worker's answers.
    std::vector<link::work_arrives> arriving_;         // Before there is a worker.
};

}  // namespace tinfoil::collection
