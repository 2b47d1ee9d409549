// Writes down when each message comes, for many a second: a line `MICROSECONDS GUILD ID MARKED` in
// a file of its own in the folder TINFOIL_ARRIVALS, in pieces. What a kill -9 does to that is not
// its business; the journal is for that.
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <tinfoil/plugin.hpp>
#include <unistd.h>

using namespace tinfoil;

constexpr about info{.name = "arrivals",
                     .version = "1.0.0",
                     .description = "Notes each message in the folder TINFOIL_ARRIVALS",
                     .events = {event::message_create}};

class arrivals : public plugin {
public:
    explicit arrivals(host& from) : plugin(from)
    {
        const char* folder = std::getenv("TINFOIL_ARRIVALS");
        if (folder == nullptr)
            throw std::runtime_error("TINFOIL_ARRIVALS names no folder");
        const std::string file = std::string(folder) + "/" + std::to_string(::getpid());
        file_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (file_ < 0)
            throw std::runtime_error(file + " can't be written");
        on(event::message_create, [this](event said) -> task<> {
            note(said);
            co_return;
        });
        start("writing", write_now_and_then());
    }
    ~arrivals() override
    {
        write();
        ::close(file_);
    }

private:
    static constexpr std::size_t piece = 64U << 10;

    void add(std::uint64_t number, char behind)
    {
        char digits[20];
        const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
        waiting_.append(digits, end) += behind;
    }
    void note(const event& said)
    {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        add(static_cast<std::uint64_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(now).count()),
            ' ');
        add(said.guild_id(), ' ');
        add(said.id(), ' ');
        add(said.is_redelivered() ? 1 : 0, '\n');
        if (waiting_.size() >= piece)
            write();
    }
    task<> write_now_and_then()
    {
        for (;;) {
            co_await sleep(std::chrono::milliseconds(200));
            write();
        }
    }
    void write()
    {
        std::string_view left = waiting_;
        while (!left.empty()) {
            const auto written = ::write(file_, left.data(), left.size());
            if (written <= 0) {
                log(level::error, "an arrival can't be written");
                break;
            }
            left.remove_prefix(static_cast<std::size_t>(written));
        }
        waiting_.clear();
    }

    int file_ = -1;
    std::string waiting_;
};

TINFOIL_PLUGIN(arrivals, info)
