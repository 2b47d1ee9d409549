// Whole runs whose collections come up by the operator's commands.
#include "host/network_manager.hpp"
#include "host/reload_world.hpp"
#include "net/join_socket.hpp"

#include <csignal>

using namespace tinfoil;

namespace {

void write(const std::filesystem::path& file, const std::string& text)
{
    std::ofstream(file) << text;
}

std::string read(const std::filesystem::path& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Two commands that keep a list of what they did.
struct commands {
    explicit commands(const std::filesystem::path& in) : folder(in)
    {
        const std::string log = (folder / "done").string();
        write(folder / "up.sh",
              "echo up $TINFOIL_COLLECTION >>" + log + "\necho $TINFOIL_KEY >" +
                  (folder / "key").string() +
                  "\nsetsid \"$TINFOIL_EXECUTABLE\" collection --join \"$TINFOIL_SOCKET\" &\n"
                  "echo $! >" +
                  (folder / "pid").string() + "$TINFOIL_COLLECTION\n");
        write(folder / "down.sh", "echo down $TINFOIL_COLLECTION >>" + log + "\n");
        how.manager = host::network_settings::kind::exec;
        how.up = "sh " + (folder / "up.sh").string();
        how.down = "sh " + (folder / "down.sh").string();
    }
    [[nodiscard]] std::string done() const { return read(folder / "done"); }

    std::filesystem::path folder;
    host::network_settings how;
};

// A manager by itself, with one collection that it is to bring up.
struct lone {
    explicit lone(const host::network_settings& how)
    {
        auto made = host::network_manager::exec(
            {loop, folder.path(), -1, [this](const std::string& text) { warned += text; }}, how);
        REQUIRE(made);
        manager = std::move(*made);
    }
    void start(std::uint32_t number = 0)
    {
        auto made = manager->start({"node", number, ++epoch}, TINFOIL_BUILD_DIR "/tinfoil",
                                   {[](link::message) {},
                                    [this](std::string how) {
                                        ended = std::move(how);
                                        collection.reset();
                                    }});
        REQUIRE(made);
        collection = std::move(*made);
    }
    template <class Ready>
    bool until(Ready ready)
    {
        const auto most = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!ready() && std::chrono::steady_clock::now() < most)
            loop.run_one_for(std::chrono::milliseconds(10));
        return ready();
    }

    support::temporary_folder folder;
    boost::asio::io_context loop;
    std::string warned, ended;
    std::uint64_t epoch = 69;
    std::unique_ptr<host::network_manager> manager;
    std::unique_ptr<host::peer> collection;
};

}  // namespace

TEST_CASE("network: collections that the operator's commands bring up serve, die, come back and go")
{
    reload_world it(0, 2);
    it.settings.shards = 2;
    it.install("mover", "mover.so");
    const commands by(it.folder.path());
    it.settings.network = by.how;
    it.start();
    REQUIRE(it.seen.hears("ready"));
    const auto ups = [&] { return by.done(); };
    CHECK(ups().find("up 0") != std::string::npos);
    CHECK(ups().find("up 1") != std::string::npos);
    CHECK(ups().find("down") == std::string::npos);
    // Others are not let in, which both sides hear.
    const auto socket = it.settings.state / "run" / "link.sock";
    std::string key = read(it.folder.path() / "key");
    key.pop_back();
    const auto again = net::join_host(socket, key);
    REQUIRE_FALSE(again);
    CHECK(again.error().detail.find("has joined already") != std::string::npos);
    REQUIRE(it.seen.hears("wants to join as a collection is refused: "));
    const auto other = net::join_host(socket, "guessed");
    REQUIRE_FALSE(other);
    CHECK(other.error().detail.find("TINFOIL_KEY as it was given to up") != std::string::npos);
    const int victim = std::stoi(read(it.folder.path() / "pid1"));
    REQUIRE(::kill(victim, SIGKILL) == 0);
    REQUIRE(it.seen.hears("collection 1 ended"));
    REQUIRE(it.seen.hears("ready"));
    CHECK(ups().find("down 1\nup 1") != std::string::npos);
    CHECK(it.sandbox().so_far().resumes == 1);
    CHECK(it.sandbox().so_far().sessions == 2);
    const auto asked =
        net::control_client(it.settings.state).call("POST", "/v1/collections/restart", "{}");
    REQUIRE(asked);
    REQUIRE(it.seen.hears("restarted 2 of 2 collections, without an IDENTIFY"));
    CHECK(it.sandbox().so_far().resumes == 3);
    CHECK(it.sandbox().so_far().sessions == 2);
    CHECK(it.sandbox().so_far().breaches == 0);
    it.stop();
    CHECK(ups().find("down 0") != std::string::npos);
    CHECK(ups().rfind("down 1") > ups().rfind("up 1"));
}

TEST_CASE("network: an up command that fails is a start that failed, and is taken back")
{
    support::temporary_folder folder;
    const std::string done = (folder.path() / "done").string();
    lone at({host::network_settings::kind::exec, "exit 7",
             "echo down $TINFOIL_COLLECTION >>" + done, ""});
    at.start(4);
    REQUIRE(at.until([&] { return !at.ended.empty(); }));
    CHECK(at.ended == "the up command of [network]: exit code 7");
    REQUIRE(at.until([&] { return read(done) == "down 4\n"; }));
}

TEST_CASE("network: one that never joins is taken back when its owner has waited long enough")
{
    support::temporary_folder folder;
    const std::string done = (folder.path() / "done").string();
    lone at({host::network_settings::kind::exec, "true", "echo down >>" + done, ""});
    at.start();
    at.collection->send(link::stop{false});  // It waits for a link.
    REQUIRE(at.until([&] { return at.loop.poll() == 0; }));
    CHECK(at.ended.empty());
    at.collection->kill();
    CHECK(at.ended.empty());  // Not inside of a call.
    REQUIRE(at.until([&] { return !at.ended.empty(); }));
    CHECK(at.ended == "it never joined");
    REQUIRE(at.until([&] { return read(done) == "down\n"; }));
}

TEST_CASE("network: the next up of a number waits for the down before it")
{
    support::temporary_folder folder;
    const std::string done = (folder.path() / "done").string();
    const std::string gate = (folder.path() / "gate").string();
    lone at({host::network_settings::kind::exec, "echo up >>" + done,
             "until [ -e " + gate + " ]; do sleep 0.02; done; echo down >>" + done, ""});
    at.start();
    REQUIRE(at.until([&] { return read(done) == "up\n"; }));
    at.collection.reset();
    at.start();
    REQUIRE(at.until([&] { return at.loop.poll() == 0; }));
    CHECK(read(done) == "up\n");
    write(gate, "");
    REQUIRE(at.until([&] { return read(done) == "up\ndown\nup\n"; }));
    // The end of the manager brings down what is up.
    at.collection.reset();
    at.manager.reset();
    CHECK(read(done) == "up\ndown\nup\ndown\n");
}

TEST_CASE("network: the settings say what is missing")
{
    const auto why = [](const std::string& json) {
        const auto made = host::parse_network_settings(json);
        return made ? std::string() : made.error().detail;
    };
    CHECK(why("{}").empty());
    CHECK(why(R"({"manager":"local"})").empty());
    CHECK(why(R"({"manager":"exec","up":"a","down":"b"})").empty());
    CHECK(why(R"({"manager":"exec","up":"a"})").find("up and down") != std::string::npos);
    CHECK(why(R"({"manager":"docker"})").find("\"local\", \"exec\" or \"plugin\"") !=
          std::string::npos);
    CHECK(why(R"({"manager":"local","up":"a","down":"b"})").empty());
    CHECK(why(R"({"up":"a"})").find("are for manager") != std::string::npos);
    CHECK(why(R"({"mannager":"exec"})").find("did you mean manager") != std::string::npos);
    CHECK(why(R"({"manager":"plugin","plugin":"pool"})").empty());
    CHECK(why(R"({"manager":"plugin"})").find("needs plugin = \"NAME\"") != std::string::npos);
    CHECK(why(R"({"plugin":"pool"})").find("is for manager = \"plugin\"") != std::string::npos);
    CHECK(host::parse_network_settings(R"({"manager":"local","plugin":"pool"})")->plugin.empty());
    CHECK(why(R"({"up":5})").find("needs a text") != std::string::npos);
}
