#include "sandbox/run.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <fstream>

namespace tinfoil::sandbox {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
namespace fs = std::filesystem;

// Replaces the file in one step, so that nobody ever reads half of it.
result<void> write_file(const char* option, const fs::path& file, const std::string& text)
{
    fs::path fresh = file;
    fresh += ".new";
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    std::error_code failed;
    if (out)
        fs::rename(fresh, file, failed);
    if (!out || failed)
        return error{errc::io, std::string(option) + ": " + file.string() +
                                   " can't be written; does its folder exist, and is there space?"};
    return {};
}

// What is written at the end only is not to fail there.
result<void> check_writable(const char* option, const fs::path& file)
{
    std::error_code ignored;
    fs::path fresh = file;
    fresh += ".new";
    const bool is_possible =
        !fs::is_directory(file, ignored) && std::ofstream(fresh, std::ios::binary).is_open();
    fs::remove(fresh, ignored);
    if (is_possible)
        return {};
    return error{errc::io, std::string(option) + ": " + file.string() +
                               " can't be written; does its folder exist, and is there space?"};
}

result<fs::path> write_authority(const fs::path& info, const std::string& pem)
{
    // A script that reads the info file may be in another folder.
    std::error_code failed;
    fs::path file = fs::absolute(info, failed);
    file += ".ca.pem";
    if (auto written = write_file("--info", file, pem); !written)
        return written.error();
    return file;
}

}  // namespace

std::string info_json(const endpoint& where, const fs::path& ca_file)
{
    json::object all{{"api", where.api},
                     {"gateway", where.gateway},
                     {"token", where.token},
                     {"ca_file", ca_file.string()}};
    if (!where.plain_api.empty())
        all["plain"] = {{"api", where.plain_api}, {"gateway", where.plain_gateway}};
    json::array guilds;
    for (const discordsim::guild& each : where.guilds) {
        json::array channels;
        for (const discordsim::channel& one : each.channels)
            channels.push_back(json::object{{"id", to_string(one.id)}, {"name", one.name}});
        guilds.push_back(json::object{
            {"id", to_string(each.id)}, {"name", each.name}, {"channels", std::move(channels)}});
    }
    all["guilds"] = std::move(guilds);
    return json::serialize(all) + "\n";
}

result<void> run(const run_settings& settings, const onlooker& people)
{
    if (!settings.report.empty())
        if (auto possible = check_writable("--report", settings.report); !possible)
            return possible;
    asio::io_context loop;
    // From the first moment, so that a signal right after the start ends it in order.
    asio::signal_set signals(loop, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code, int) { loop.stop(); });
    asio::steady_timer time_over(loop);
    if (settings.run_for) {
        time_over.expires_after(*settings.run_for);
        time_over.async_wait([&](boost::system::error_code) { loop.stop(); });
    }
    std::error_code ignored;
    fs::remove(settings.info, ignored);
    options how = settings.how;
    how.on_session = [&](const session_news& what) {
        asio::post(loop, [&people, what] { people.session(what); });
    };
    auto server = server::start(how, [](const happening&) {});
    if (!server)
        return server.error();
    const endpoint where = (*server)->where();
    const auto ca_file = write_authority(settings.info, where.authority_pem);
    if (!ca_file)
        return ca_file.error();
    if (auto written = write_file("--info", settings.info, info_json(where, *ca_file)); !written)
        return written;
    people.ready(where, *ca_file);
    loop.run();
    auto ended = (*server)->end();
    if (!settings.report.empty())
        if (auto written = write_file("--report", settings.report,
                                      json::serialize(to_json((*server)->so_far())) + "\n");
            !written)
            return written;
    return ended;
}

}  // namespace tinfoil::sandbox
