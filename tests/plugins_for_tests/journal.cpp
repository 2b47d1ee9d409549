// Writes down when each message's handling begins and ends, so that a test can kill the process at
// any moment and see what was unfinished. A line is one write(2): it is in the file whole or not at
// all, whatever happens to the process.
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <tinfoil/plugin.hpp>
#include <unistd.h>

using namespace tinfoil;

constexpr about info{.name = "journal",
                     .version = "1.0.0",
                     .description = "Keeps a journal of messages in the file TINFOIL_JOURNAL",
                     .events = {event::message_create},
                     .state_version = 1};

class journal : public plugin {
public:
    explicit journal(host& from) : plugin(from)
    {
        const char* file = std::getenv("TINFOIL_JOURNAL");
        if (file == nullptr)
            throw std::runtime_error("TINFOIL_JOURNAL names no file");
        file_ = ::open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (file_ < 0)
            throw std::runtime_error("the file that TINFOIL_JOURNAL names can't be written");
        const char* slow = std::getenv("TINFOIL_JOURNAL_SLOW");
        is_slow_ = slow != nullptr && std::string_view(slow) == "1";
        if (const char* work = std::getenv("TINFOIL_JOURNAL_WORK_US"))
            work_ = std::chrono::microseconds(std::atoi(work));
        on(event::message_create, [this](event said) -> task<> {
            const std::string id = std::to_string(said.id());
            write("begin " + std::to_string(::getpid()) + " " + id +
                  (said.is_redelivered() ? " 1 " : " 0 ") + std::to_string(said.shard_id()) + "/" +
                  std::to_string(said.num_shards()));
            unfinished here(*this, id);
            work();
            // Ids count up unevenly; mixed, one in ten is one in ten.
            const std::uint64_t lot = said.id() * 0x9e3779b97f4a7c15ULL >> 32;
            if (lot % 10 == 0) {
                const rest_result channel = co_await rest().channels(said.channel_id()).get();
                if (!channel.ok())
                    log(level::warning, "no answer about the channel of " + id);
            } else {
                co_await sleep(std::chrono::milliseconds(is_slow_ && lot % 50 == 1 ? 300 : 5));
            }
            write("end " + std::to_string(::getpid()) + " " + id);
            here.is_over = true;
        });
    }
    ~journal() override { ::close(file_); }
    // Called by a reload when nothing of the plugin runs any more, and before its successor begins.
    std::string save() const override
    {
        write("saved " + std::to_string(::getpid()));
        return {};
    }

private:
    // Writes down that a handler was ended where it waited, as the end of the plugin does.
    struct unfinished {
        unfinished(const journal& whose, std::string what) : of(whose), id(std::move(what)) {}
        unfinished(const unfinished&) = delete;
        unfinished& operator=(const unfinished&) = delete;
        ~unfinished()
        {
            if (!is_over)
                of.write("ended-early " + std::to_string(::getpid()) + " " + id);
        }
        const journal& of;
        std::string id;
        bool is_over = false;
    };

    // Takes the loop for that long, as code that computes does.
    void work() const
    {
        const auto until = std::chrono::steady_clock::now() + work_;
        while (std::chrono::steady_clock::now() < until) {
        }
    }
    void write(std::string line) const
    {
        line += '\n';
        if (::write(file_, line.data(), line.size()) != static_cast<::ssize_t>(line.size()))
            log(level::error, "the journal can't be written");
    }

    int file_ = -1;
    bool is_slow_ = false;
    std::chrono::microseconds work_{};
};

TINFOIL_PLUGIN(journal, info)
