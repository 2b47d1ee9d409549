#include "sandbox/client.hpp"

#include "discord/url.hpp"
#include "net/clock.hpp"
#include "net/http_client.hpp"
#include "net/tls.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fstream>
#include <sstream>

namespace tinfoil::sandbox {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
namespace fs = std::filesystem;

result<std::string> read_file(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in)
        return error{errc::unreachable,
                     file.string() + " can't be read, so no sandbox is known; start one with "
                                     "tinfoil sandbox, or say its --info FILE"};
    return text.str();
}

std::string text(const json::object& from, const char* key)
{
    const auto* found = from.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

std::int64_t number(const json::object& from, const char* key)
{
    const auto* found = from.if_contains(key);
    json::error_code failed;
    return found != nullptr && found->is_number() ? found->to_number<std::int64_t>(failed) : -1;
}

// For a query.
discordsim::happening to_happening(const json::object& from)
{
    using kind = discordsim::happening::kind;
    discordsim::happening made;
    for (const kind each : {kind::said, kind::called, kind::answered, kind::joined, kind::other})
        if (text(from, "what") == discordsim::name(each))
            made.what = each;
    made.guild = text(from, "guild");
    made.channel = text(from, "channel");
    made.who = text(from, "who");
    made.text = text(from, "text");
    made.after_ms = static_cast<int>(number(from, "after_ms"));
    made.id = discord::parse_snowflake(text(from, "id")).value_or(discord::snowflake{});
    made.place = discord::parse_snowflake(text(from, "channel_id")).value_or(discord::snowflake{});
    return made;
}

}  // namespace

result<client> client::of(const fs::path& info)
{
    const auto written = read_file(info);
    if (!written)
        return written.error();
    json::error_code failed;
    const json::value all = json::parse(*written, failed);
    const auto* object = failed ? nullptr : all.if_object();
    const std::string api = object == nullptr ? "" : text(*object, "api");
    if (api.find("/api/") == std::string::npos)
        return error{errc::malformed, info.string() + " is not the info file of a sandbox"};
    const auto authority = read_file(text(*object, "ca_file"));
    if (!authority)
        return authority.error();
    return client(api.substr(0, api.find("/api/")), *authority);
}

result<json::object> client::get(const std::string& path) const
{
    return call("GET", path, "");
}

result<json::object> client::post(const std::string& path, const json::object& body) const
{
    return call("POST", path, json::serialize(body));
}

result<std::vector<discordsim::happening>> client::watch(std::uint64_t& behind, instant until,
                                                         const std::string& channel) const
{
    constexpr duration look_interval = std::chrono::milliseconds(100);
    std::vector<discordsim::happening> all;
    for (;;) {
        auto got = get("/sandbox/watch?after=" + std::to_string(behind) +
                       (channel.empty() ? "" : "&channel=" + discord::percent_encoded(channel)));
        if (!got)
            return got.error();
        if (const auto* seen = got->if_contains("seen"); seen != nullptr && seen->is_array())
            for (const auto& each : seen->get_array())
                if (each.is_object())
                    all.push_back(to_happening(each.get_object()));
        behind = static_cast<std::uint64_t>(std::max<std::int64_t>(number(*got, "last"), 0));
        const duration left = until - net::now();
        if (!all.empty() || left <= duration::zero())
            return all;
        asio::io_context loop{1};
        asio::steady_timer pause(loop, std::min(left, look_interval));
        pause.wait();
    }
}

result<json::object> client::call(const std::string& method, const std::string& path,
                                  const std::string& body) const
{
    const auto base = discord::parse_url(base_);
    if (!base)
        return error{errc::malformed, "the info file of the sandbox has no usable address"};
    auto tls = net::tls_context::client(authority_pem_);
    if (!tls)
        return tls.error();
    asio::io_context loop{1};
    net::http_client http(loop, **tls, *base);
    std::optional<net::http_outcome> came;
    http.send({method, path, {{"Content-Type", "application/json"}}, body}, net::now() + patience,
              {[&](net::http_outcome outcome) {
                  came = std::move(outcome);
                  loop.stop();
              }});
    loop.run();
    if (!came)
        return error{errc::timed_out, "the sandbox at " + base_ + " does not answer"};
    if (!came->response)
        return came->response.error();
    json::error_code failed;
    const json::value got = json::parse(came->response->body, failed);
    if (failed || !got.is_object())
        return error{errc::malformed, "the sandbox at " + base_ + " answers no JSON object"};
    if (came->response->status != 200)
        return error{came->response->status < 500 ? errc::invalid_argument : errc::http_status,
                     text(got.get_object(), "message")};
    return got.get_object();
}

}  // namespace tinfoil::sandbox
