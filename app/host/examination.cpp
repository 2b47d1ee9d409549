#include "host/examination.hpp"

#include "net/child_process.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace tinfoil::host {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

// Of the report; a manifest has 64 KiB, which JSON may make six times as long.
constexpr std::size_t report_bytes_max = 1U << 20;

class running final : public examination {
public:
    running(asio::io_context& loop, std::function<void(examined)> then)
        : loop_(loop),
          then_(std::move(then)),
          patience_(loop)
    {
    }
    ~running() override
    {
        if (report_ >= 0)
            ::close(report_);
    }

    void begin(const what& of)
    {
        // A file without a name: a process that dies leaves in it what it has said.
        report_ = ::memfd_create("report", MFD_CLOEXEC);
        if (report_ < 0)
            return later(std::string("no report can be made: ") + std::strerror(errno));
        net::child_process::how how;
        how.executable = of.executable;
        how.arguments = {"probe", "--folder=" + of.folder.string(), "--name=" + of.name,
                         "--builds=" + of.builds.string(), "--report=3"};
        how.descriptors = {report_};
        how.withheld = {"DISCORD_TOKEN", "CREDENTIALS_DIRECTORY"};
        auto child = net::child_process::start(loop_, how, [this](std::string end) {
            ended_ = std::move(end);
            finish();
        });
        if (!child)
            return later(child.error().detail);
        child_ = std::move(*child);
        patience_.expires_after(reading_patience);
        patience_.async_wait([this](boost::system::error_code failed) {
            if (failed)
                return;
            is_late_ = true;
            child_->kill();
        });
    }

private:
    void later(std::string why)
    {
        found_.refused = std::move(why);
        asio::post(loop_, [this, alive = std::weak_ptr(alive_)] {
            if (!alive.expired())
                finish();
        });
    }

    void finish()
    {
        read_report();
        if (!found_.refused && step_ != "done")
            found_.refused = fault();
        const auto then = std::exchange(then_, nullptr);
        then(std::move(found_));
    }

    void read_report()
    {
        std::string all(report_bytes_max, '\0');
        const ssize_t size = report_ < 0 ? 0 : ::pread(report_, all.data(), all.size(), 0);
        all.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        std::string_view left = all;
        for (std::size_t end = left.find('\n'); end != left.npos; end = left.find('\n')) {
            take(left.substr(0, end));
            left.remove_prefix(end + 1);
        }
    }

    void take(std::string_view line)
    {
        boost::system::error_code failed;
        const json::value whole = json::parse({line.data(), line.size()}, failed);
        const auto* told = failed ? nullptr : whole.if_object();
        if (told == nullptr)
            return;
        const auto text = [](const json::object& in, const char* key) {
            const auto* found = in.if_contains(key);
            return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
        };
        if (std::string step = text(*told, "step"); !step.empty())
            step_ = std::move(step);
        if (std::string why = text(*told, "refused"); !why.empty()) {
            found_.refused = std::move(why);
            const auto* part = told->if_contains("incomplete");
            found_.incomplete = part != nullptr && part->is_bool() && part->get_bool();
        }
        const auto* checked = told->if_contains("checked");
        if (checked == nullptr || !checked->is_object() || !found_.sha256.empty())
            return;
        found_.manifest = text(checked->get_object(), "manifest");
        if (auto about = plugin::parse_manifest(found_.manifest)) {
            found_.about = std::move(*about);
            found_.sha256 = text(checked->get_object(), "sha256");
        }
    }

    [[nodiscard]] std::string fault() const
    {
        const std::string doing = step_ == "load"     ? "being loaded"
                                  : step_ == "create" ? "being created"
                                  : step_ == "unload" ? "being unloaded"
                                                      : "being read";
        const bool hung = is_late_ || ended_ == "killed by signal " + std::to_string(SIGALRM);
        return (hung ? "it hung while " : "it ended the process (" + ended_ + ") while ") + doing +
               " for the first time, in a process of its own";
    }

    asio::io_context& loop_;
    std::function<void(examined)> then_;
    int report_ = -1;
    asio::steady_timer patience_;
    examined found_;
    std::string step_, ended_;
    bool is_late_ = false;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    std::unique_ptr<net::child_process> child_;
};

}  // namespace

std::unique_ptr<examination> examination::begin(asio::io_context& loop, const what& of,
                                                std::function<void(examined)> then)
{
    auto made = std::make_unique<running>(loop, std::move(then));
    made->begin(of);
    return made;
}

}  // namespace tinfoil::host
