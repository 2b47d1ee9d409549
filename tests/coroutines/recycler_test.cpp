// Memory that is used again with each event, and events that somebody keeps meanwhile.
#include "support/catch.hpp"

#include <string>
#include <thread>
#include <tinfoil/event.hpp>
#include <vector>

namespace tinfoil {
namespace {

struct opened {
    opened() { detail::recycler::open(); }
    opened(const opened&) = delete;
    opened& operator=(const opened&) = delete;
    ~opened() { detail::recycler::close(); }
};

tinfoil_event event_of(const std::string& type, const std::string& data)
{
    tinfoil_event made{};
    made.size = sizeof made;
    made.type = {type.data(), type.size()};
    made.data = {data.data(), data.size()};
    return made;
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("sdk: memory of the home thread is used again, that of others is the heap's")
{
    const opened here;
    void* const first = detail::recycler::take(200);
    detail::recycler::give(first, 200);
    CHECK(detail::recycler::take(193) == first);  // Of the same 64.
    void* const second = detail::recycler::take(200);
    CHECK(second != first);
    detail::recycler::give(first, 200);
    std::thread([&] {
        void* const other = detail::recycler::take(200);
        CHECK(other != first);
        detail::recycler::give(other, 200);
        detail::recycler::give(second, 200);
    }).join();
    CHECK(detail::recycler::take(200) == first);
    detail::recycler::give(first, 200);
}
#endif

TEST_CASE("sdk: memory that lies ready has a bound, and large blocks never do")
{
    const opened here;
    const std::size_t bytes = 4096, many = 2 * detail::recycler::ready_max / bytes;
    std::vector<void*> all;
    for (std::size_t i = 0; i < many; ++i)
        all.push_back(detail::recycler::take(bytes));
    for (void* const each : all)
        detail::recycler::give(each, bytes);
    void* const large = detail::recycler::take(bytes + 1);
    detail::recycler::give(large, bytes + 1);
    detail::recycler::give(nullptr, 0);
}

TEST_CASE("sdk: an event that is kept has its own text, name and document when the next one comes")
{
    const opened here;
    detail::lender from;
    std::vector<event> kept;
    for (int i = 0; i < 3; ++i) {
        std::string type = "TYPE_" + std::to_string(i);
        std::string data = R"({"content":"text of )" + std::to_string(i) + "\"}";
        {
            const auto raw = event_of(type, data);
            const detail::lender::lent lent(from, raw, detail::view(raw.type), false);
            if (i == 1)
                CHECK(lent.what().string("content") == "text of 1");
            kept.push_back(lent.what());
        }
        type.assign(type.size(), '?');
        data.assign(data.size(), '?');
    }
    for (int i = 0; i < 3; ++i) {
        const event& one = kept[static_cast<std::size_t>(i)];
        CHECK(one.name() == "TYPE_" + std::to_string(i));
        CHECK(one.string("content") == "text of " + std::to_string(i));
        CHECK(one.text() == R"({"content":"text of )" + std::to_string(i) + "\"}");
    }
}

TEST_CASE("sdk: events that nobody keeps share the memory of their documents, and nothing else")
{
    const opened here;
    detail::lender from;
    const std::string type = "MESSAGE_CREATE";
    for (const std::size_t length : {10U, 100'000U, 20U, 0U, 3'000U}) {
        const std::string content(length, 'x');
        const std::string data = R"({"content":")" + content + R"(","id":"7"})";
        const auto raw = event_of(type, data);
        const detail::lender::lent lent(from, raw, type, true);
        CHECK(lent.what().string("content") == content);
        CHECK(lent.what().id() == 7);
    }
    const std::string broken = "{";
    const auto raw = event_of(type, broken);
    const detail::lender::lent lent(from, raw, type, true);
    CHECK(lent.what().id() == 0);
}

}  // namespace
}  // namespace tinfoil
