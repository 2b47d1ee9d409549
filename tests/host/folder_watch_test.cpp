#include "host/folder_watch.hpp"
#include "support/catch.hpp"

#include <deque>

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;

namespace {

// A folder, and what somebody does to it.
struct world {
    explicit world(std::map<std::string, file_mark> there = {})
        : files(std::move(there)),
          it(files, now)
    {
    }
    void write(const std::string& name)
    {
        files[name] = {1, files[name].inode + 1, 10, ++stamp, stamp};
        tell(name_stirred{name});
    }
    void tell(const watch_input& what)
    {
        std::deque<watch_input> waiting{what};
        while (!waiting.empty()) {
            std::vector<watch_action> todo;
            it.on(waiting.front(), now, todo);
            waiting.pop_front();
            for (const auto& each : todo)
                perform(each, waiting);
        }
    }
    void perform(const watch_action& each, std::deque<watch_input>& answers)
    {
        const std::string at =
            "@" +
            std::to_string(
                std::chrono::duration_cast<std::chrono::milliseconds>(now - instant{}).count()) +
            " ";
        if (std::holds_alternative<read_folder>(each)) {
            if (folder_is_there)
                answers.emplace_back(folder_read{files});
        } else if (const auto* look = std::get_if<look_at>(&each)) {
            const auto found = files.find(look->name);
            answers.emplace_back(
                file_stat{look->name, found == files.end() ? file_mark{} : found->second});
        } else if (const auto* next = std::get_if<examine>(&each)) {
            seen += at + "examine " + next->name + "; ";
            answers.emplace_back(file_judged{next->name, incomplete});
        } else if (const auto* gone = std::get_if<file_gone>(&each)) {
            seen += at + "gone " + gone->name + "; ";
        } else {
            seen += at + "give up " + std::get<give_up_file>(each).name + "; ";
        }
    }
    std::string run_until(duration end)
    {
        while (it.deadline() <= instant{} + end) {
            now = std::max(now, it.deadline());
            tell(watch_elapsed{});
        }
        now = instant{} + end;
        return std::exchange(seen, "");
    }

    std::map<std::string, file_mark> files;
    instant now{};
    folder_watch it;
    std::string seen;
    std::int64_t stamp = 0;
    bool incomplete = false, folder_is_there = true;
};

const std::map<std::string, file_mark> one{{"x.so", {1, 1, 10, 1, 1}}};

}  // namespace

TEST_CASE("folder watch: a file is looked into once, when it has been quiet and stays the same",
          "[plugins/83]")
{
    world it;
    it.write("x.so");
    it.now += 200ms;
    it.write("x.so");
    it.now += 200ms;
    it.write("x.so");
    CHECK(it.run_until(3s) == "@900 examine x.so; ");
}

TEST_CASE("folder watch: a writer that the kernel does not tell of is seen by looking twice",
          "[plugins/83]")
{
    world it;
    it.write("x.so");
    it.run_until(300ms);
    it.files["x.so"].bytes = 20;
    CHECK(it.run_until(3s) == "@750 examine x.so; ");
}

TEST_CASE("folder watch: what leaves the file as it is does nothing")
{
    world it(one);
    it.tell(name_stirred{"x.so"});
    CHECK(it.run_until(20s) == "");
}

TEST_CASE("folder watch: an incomplete file is tried four times more, then given up until it "
          "changes",
          "[plugins/5]")
{
    world it;
    it.incomplete = true;
    it.write("x.so");
    CHECK(it.run_until(30s) == "@500 examine x.so; @1000 examine x.so; @2000 examine x.so; "
                               "@4000 examine x.so; @8000 examine x.so; @8000 give up x.so; ");
    it.incomplete = false;
    it.write("x.so");
    CHECK(it.run_until(60s) == "@30500 examine x.so; ");
}

TEST_CASE("folder watch: a file that is completed after a second is looked into until it is whole",
          "[plugins/5]")
{
    world it;
    it.incomplete = true;
    it.write("x.so");
    CHECK(it.run_until(1s) == "@500 examine x.so; @1000 examine x.so; ");
    it.incomplete = false;
    it.write("x.so");
    CHECK(it.run_until(20s) == "@1500 examine x.so; ");
}

TEST_CASE("folder watch: a deleted file is gone after two seconds, not when it is made anew",
          "[plugins/82]")
{
    world it(one);
    it.files.clear();
    it.tell(name_stirred{"x.so"});
    CHECK(it.run_until(3s) == "@2250 gone x.so; ");
    world other(one);
    other.files.clear();
    other.tell(name_stirred{"x.so"});
    other.run_until(1s);
    other.files["x.so"] = {1, 7, 10, 9, 9};
    other.tell(name_stirred{"x.so"});
    CHECK(other.run_until(4s) == "@1500 examine x.so; ");
}

TEST_CASE("folder watch: the folder is read every five seconds, and at once when events were lost")
{
    world it(one);
    it.files["y.so"] = {1, 2, 3, 4, 5};
    CHECK(it.run_until(5600ms) == "@5500 examine y.so; ");
    it.files["z.so"] = {1, 3, 3, 4, 5};
    it.tell(events_lost{});
    CHECK(it.run_until(6300ms) == "@6100 examine z.so; ");
    it.files.erase("y.so");
    CHECK(it.run_until(20s) == "@12850 gone y.so; ");
}

TEST_CASE("folder watch: a folder that is gone takes no plugin along", "[plugins/82]")
{
    world it(one);
    it.folder_is_there = false;
    CHECK(it.run_until(30s) == "");
    it.folder_is_there = true;
    it.files["x.so"] = {1, 9, 10, 9, 9};
    CHECK(it.run_until(40s).find("examine x.so") != std::string::npos);
}
