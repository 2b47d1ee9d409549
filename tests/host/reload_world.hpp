#pragma once

#include "host/daemon.hpp"
#include "host/plugin_control.hpp"
#include "net/control_client.hpp"
#include "sandbox/client.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace tinfoil {

/// What people are told, to wait for.
class reload_people final : public host::watcher {
public:
    void note(const std::string& text) override { add(text); }
    void warn(const std::string& text) override { add("! " + text); }
    void plugin_examined(const link::plugin_outcome& what) override
    {
        add(what.refused ? "! " + what.file + ": " + what.refused->detail
                         : "plugin " + what.name + " " + what.version);
    }
    void plugin_logged(const std::string& plugin, int, const std::string& text) override
    {
        add(plugin + ": " + text);
    }
    void shard_moved(discord::slot, gateway::state to, const std::string&) override
    {
        if (to == gateway::state::active)
            add("ready");
    }
    void happened(const sandbox::happening&) override {}

    /// Waits until somebody says something with that in it, which nobody had waited for before.
    bool hears(const std::string& part)
    {
        std::unique_lock held(lock_);
        return said_.wait_for(held, std::chrono::seconds(60), [&] {
            for (std::size_t at = read_; at < lines_.size(); ++at)
                if (lines_[at].find(part) != std::string::npos) {
                    read_ = at + 1;
                    return true;
                }
            return false;
        });
    }
    [[nodiscard]] std::string all()
    {
        const std::lock_guard held(lock_);
        std::string text;
        for (const std::string& each : lines_)
            text += each + "\n";
        return text;
    }

private:
    void add(const std::string& line)
    {
        const std::lock_guard held(lock_);
        lines_.push_back(line);
        said_.notify_all();
    }

    std::mutex lock_;
    std::condition_variable said_;
    std::vector<std::string> lines_;
    std::size_t read_ = 0;
};

/// A host in a thread of its own, against a sandbox.
class reload_world {
public:
    explicit reload_world(double rate = 0, std::uint32_t collections = 1)
    {
        sandbox::options options;
        options.rules.recommended_shards = static_cast<int>(collections);
        discordsim::set_rate(options.rules, rate);
        server_ = std::move(*sandbox::server::start(options, [](const sandbox::happening&) {}));
        const auto where = server_->where();
        settings.api = where.api;
        settings.token = redacted(where.token);
        settings.authority_pem = where.authority_pem;
        settings.plugins = folder.path() / "plugins";
        settings.state = folder.path() / "state";
        settings.report = folder.path() / "report.json";
        settings.executable = TINFOIL_BUILD_DIR "/tinfoil";
        settings.collections = collections;
        settings.watch = host::plugin_watch::off;
        std::filesystem::create_directory(settings.plugins);
        ::setenv("TINFOIL_JOURNAL", journal().c_str(), 1);
    }
    ~reload_world()
    {
        stop();
        ::unsetenv("TINFOIL_JOURNAL");
    }

    /// In one step, as an install does.
    void install(const std::string& build, const std::string& as = "counter.so") const
    {
        const std::filesystem::path fresh = settings.plugins / ".fresh";
        std::filesystem::copy_file(TINFOIL_BUILD_DIR "/test_plugins/" + build + ".so", fresh,
                                   std::filesystem::copy_options::overwrite_existing);
        std::filesystem::rename(fresh, settings.plugins / as);
    }
    void start()
    {
        run_ = std::async(std::launch::async, [this] { return host::run(settings, seen); });
        REQUIRE(seen.hears("ready"));
    }
    void stop()
    {
        if (!run_.valid())
            return;
        (void)net::control_client(settings.state).call("POST", "/v1/stop");
        const auto ended = run_.get();
        INFO((ended ? "" : ended.error().detail));
        CHECK(ended);
    }
    host::plugin_answer change(const std::string& what, const std::string& name = "counter")
    {
        const auto answer = net::control_client(settings.state)
                                .call("POST", "/v1/plugins/" + what, R"({"name":")" + name + "\"}");
        if (!answer)
            return {name, "no answer", "", "", answer.error().detail, "", {}};
        return *host::parse_plugin_answer(answer->json);
    }
    void say(const std::string& text) { order("/sandbox/say", {{"text", text}}); }
    /// Of whoever stages the play; share/doc/sandbox.md.
    void order(const std::string& path, const boost::json::object& with)
    {
        const auto where = server_->where();
        const std::filesystem::path ca = folder.path() / "ca.pem",
                                    info = folder.path() / "info.json";
        std::ofstream(ca) << where.authority_pem;
        std::ofstream(info) << boost::json::serialize(
            boost::json::object{{"api", where.api},
                                {"gateway", where.gateway},
                                {"token", where.token},
                                {"ca_file", ca.string()}});
        const auto stage = sandbox::client::of(info);
        REQUIRE(stage);
        REQUIRE(stage->post(path, with));
    }
    [[nodiscard]] const sandbox::server& sandbox() const { return *server_; }
    host::plugin_line line(const std::string& name = "counter")
    {
        const auto answer = net::control_client(settings.state).call("GET", "/v1/plugins");
        for (const auto& each : *host::parse_plugins(answer->json))
            if (each.name == name || each.file == name)
                return each;
        return {};
    }
    /// Descriptors and mappings of the first collection.
    [[nodiscard]] std::pair<std::size_t, std::size_t> footprint() const
    {
        const auto answer = net::control_client(settings.state).call("GET", "/v1/collections");
        const auto all = boost::json::parse(answer->json).at("collections").as_array();
        const std::filesystem::path process =
            "/proc/" + std::to_string(all.at(0).at("pid").to_number<int>());
        std::size_t descriptors = 0, mappings = 0;
        for (const auto& each : std::filesystem::directory_iterator(process / "fd"))
            descriptors += each.path().empty() ? 0U : 1U;
        std::ifstream maps(process / "maps");
        for (std::string line; std::getline(maps, line);)
            ++mappings;
        return {descriptors, mappings};
    }
    [[nodiscard]] std::filesystem::path journal() const { return folder.path() / "journal"; }
    [[nodiscard]] std::vector<std::vector<std::string>> written() const
    {
        std::ifstream in(journal());
        std::vector<std::vector<std::string>> lines;
        for (std::string line; std::getline(in, line);) {
            std::istringstream words(line);
            lines.emplace_back(std::istream_iterator<std::string>(words),
                               std::istream_iterator<std::string>());
        }
        return lines;
    }

    support::temporary_folder folder;
    host::config settings;
    reload_people seen;

private:
    std::unique_ptr<sandbox::server> server_;
    std::future<result<void>> run_;
};

/// Every message begun once, in order a guild, by a count that no version lost; how many.
inline std::size_t check_journal(const reload_world& of)
{
    std::map<std::string, unsigned long long> last_of_guild;
    std::set<std::string> begun, ended;
    unsigned long long count = 0;
    for (const auto& words : of.written()) {
        if (words.at(0) == "end")
            CHECK(ended.insert(words.at(1)).second);
        if (words.at(0) != "begin")
            continue;
        const unsigned long long id = std::stoull(words.at(3));
        CHECK(begun.insert(words.at(3)).second);
        CHECK(last_of_guild[words.at(2)] < id);
        last_of_guild[words.at(2)] = id;
        REQUIRE(std::stoull(words.at(4)) == ++count);
    }
    CHECK(ended == begun);
    return begun.size();
}

inline std::size_t events_in_report(const reload_world& of)
{
    std::ifstream in(of.settings.report);
    const auto report =
        boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {})).as_object();
    CHECK(report.at("given_up") == 0);
    const auto* said = report.at("events").as_object().if_contains("MESSAGE_CREATE");
    return said == nullptr ? 0 : said->to_number<std::size_t>();
}

}  // namespace tinfoil
