// Measures what plugins share, from within: as many messages as go to the other collection, replies
// at a steady pace, and changes of values. It logs a JSON object for each.
#include <algorithm>
#include <chrono>
#include <tinfoil/plugin.hpp>

using namespace tinfoil;
using namespace std::chrono_literals;

constexpr about info{.name = "talker", .version = "1.0.0", .description = "Measures messages"};

class talker : public plugin {
public:
    explicit talker(host& from) : plugin(from)
    {
        on_message("from", [](incoming_message said) -> task<std::string> {
            co_return std::to_string(said.from());
        });
        on_message("take", [](incoming_message) -> task<> { co_return; });
        on_message("echo",
                   [](incoming_message said) -> task<std::string> { co_return said.text(); });
        start("measuring", measure());
    }

private:
    static constexpr int lanes = 500, messages_each = 600, changes_each = 200;
    static constexpr int requests = 10'000;

    using clock = std::chrono::steady_clock;
    static double since(clock::time_point begin)
    {
        return std::chrono::duration<double>(clock::now() - begin).count();
    }

    task<> measure()
    {
        const auto led = co_await store().put_if("leader", 0, "");
        if (!led.is_made())
            co_return;
        std::string own;
        while (own.empty()) {
            const auto all = co_await to_all().request("from", "", 2s);
            if (all.size() == 2 && all.ok())
                own = all[0].text();
            else
                co_await sleep(50ms);
        }
        other_ = own == "0" ? 1 : 0;
        co_await many("messages", messages_each, [this](int count) { return send(count); });
        co_await ask();
        co_await many("changes", changes_each, [this](int count) { return change(count); });
        log("finished");
    }

    // So many lanes at a time, each with one under way.
    task<> many(std::string what, int each, std::function<task<>(int)> work)
    {
        const auto begin = clock::now();
        left_ = lanes;
        for (int i = 0; i < lanes; ++i)
            start("a lane", work(each));
        while (left_ != 0)
            co_await sleep(1ms);
        const double seconds = since(begin);
        log("{\"what\":\"" + what + "\",\"per_second\":" + std::to_string(lanes * each / seconds) +
            ",\"failed\":" + std::to_string(failed_) + "}");
    }
    task<> send(int count)
    {
        const std::string text(100, 'x');
        for (int i = 0; i < count; ++i) {
            const auto told = co_await to_collection(other_).send("take", text);
            failed_ += told.ok() ? 0 : 1;
        }
        --left_;
    }
    task<> change(int count)
    {
        const std::string key = "k" + std::to_string(left_);
        for (int i = 0; i < count; ++i)
            co_await store().put(key, std::to_string(i));
        --left_;
    }

    task<> ask()
    {
        const auto begin = clock::now();
        left_ = requests;
        int begun = 0;
        while (begun < requests) {
            for (const int due = static_cast<int>(since(begin) * 1000);
                 begun < std::min(due, requests); ++begun)
                start("a request", one());
            co_await sleep(1ms);
        }
        while (left_ != 0)
            co_await sleep(1ms);
        std::sort(took_.begin(), took_.end());
        log("{\"what\":\"requests\",\"p50_ms\":" + std::to_string(took_[took_.size() / 2] * 1000) +
            ",\"p99_ms\":" + std::to_string(took_[took_.size() * 99 / 100] * 1000) +
            ",\"failed\":" + std::to_string(failed_) + "}");
    }
    task<> one()
    {
        const auto begin = clock::now();
        const auto told = co_await to_collection(other_).request("echo", "x");
        took_.push_back(since(begin));
        failed_ += told.ok() ? 0 : 1;
        --left_;
    }

    std::uint32_t other_ = 0;
    int left_ = 0, failed_ = 0;
    std::vector<double> took_;
};

TINFOIL_PLUGIN(talker, info)
