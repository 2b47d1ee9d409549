#pragma once

#include "discord/http.hpp"
#include "discord/route.hpp"
#include "discordsim/rest_scene.hpp"
#include "net/multipart.hpp"

#include <deque>
#include <set>
#include <string>
#include <tinfoil/interaction.hpp>
#include <utility>
#include <vector>

namespace tinfoil {

inline std::string joined(const net::encoded_body& body)
{
    std::string all;
    for (const std::string_view each : body.pieces)
        all += each;
    return all;
}

/// A host whose Discord is the sandbox's, in virtual time: what a plugin's calls meet, without
/// sockets. Each request comes six seconds after the last one, so that no limit is met.
class sandbox_desk {
public:
    sandbox_desk()
    {
        table_.size = sizeof table_;
        table_.context = reinterpret_cast<tinfoil_context*>(this);
        table_.log = [](tinfoil_context* self, int32_t, tinfoil_str text) {
            of(self).logged.emplace_back(text.ptr, text.len);
        };
        table_.rest = [](tinfoil_context* self, const tinfoil_rest* what, uint64_t tag) {
            return of(self).rest(*what, tag);
        };
        table_.cancel = [](tinfoil_context*, tinfoil_op) -> int32_t { return TINFOIL_OK; };
        own.set_application_id(scene.all.application.value);
    }

    /// Runs it to its end.
    void run(task<> work)
    {
        own.spawn(std::move(work), detail::core::part_of::nothing,
                  [] { return std::string("the story"); });
        while (!answers_.empty()) {
            const answer next = std::move(answers_.front());
            answers_.pop_front();
            tinfoil_result how{};
            how.size = sizeof how;
            how.tag = next.tag;
            how.kind = TINFOIL_KIND_REST;
            how.http_status = static_cast<std::uint32_t>(next.status);
            how.body = {next.body.data(), next.body.size()};
            own.complete(how);
        }
    }
    [[nodiscard]] rest_client rest() { return rest_client(own); }
    /// Whether the sandbox does anything for the operation.
    [[nodiscard]] bool simulates(const std::string& method, const std::string& path)
    {
        scene.now += std::chrono::seconds(6);
        return scene.send({1, method, path, "", "", "Bot sandbox"}).status != 501;
    }

    discordsim::rest_scene scene;
    detail::core own{table_};
    std::vector<std::string> logged;
    std::set<std::string> succeeded;  ///< Operations that were done.
    std::set<std::string> first;      ///< Those that said to be the first answer.
    std::vector<discord::rest_request> sent;

private:
    struct answer {
        std::uint64_t tag;
        int status;
        std::string body;
    };

    static sandbox_desk& of(tinfoil_context* context)
    {
        return *reinterpret_cast<sandbox_desk*>(context);
    }
    static std::string copy(tinfoil_str text) { return {text.ptr, text.len}; }

    tinfoil_op rest(const tinfoil_rest& what, std::uint64_t tag)
    {
        discord::rest_request got;
        got.method = copy(what.method);
        got.path = copy(what.path);
        got.body = copy(what.body);
        got.audit_log_reason = copy(what.audit_log_reason);
        got.timeout = std::chrono::milliseconds(what.timeout_ms);
        got.interaction = (what.flags & TINFOIL_REST_INTERACTION) != 0;
        for (std::uint32_t i = 0; i < what.part_count; ++i)
            got.files.push_back({copy(what.parts[i].name), copy(what.parts[i].filename),
                                 copy(what.parts[i].content_type), copy(what.parts[i].bytes)});
        const net::encoded_body body = net::encode_body(got, "boundary");
        const std::string bytes = joined(body);
        const bool needs_token = discord::route_of(got.method, got.path).bot_token;
        if (!got.interaction)
            scene.now += std::chrono::seconds(6);
        const auto told = scene.send(
            {1, got.method, got.path, bytes, body.content_type, needs_token ? "Bot sandbox" : ""});
        const auto parts =
            discordsim::path_parts(std::string_view(got.path).substr(0, got.path.find('?')));
        const auto found = discordsim::find_operation(
            got.method, std::vector<std::string>(parts.begin(), parts.end()));
        const std::string name = found.found == nullptr ? got.path : std::string(found.found->id);
        if (told.status >= 200 && told.status < 300)
            succeeded.insert(name);
        if (got.interaction)
            first.insert(name);
        sent.push_back(std::move(got));
        answers_.push_back({tag, told.status, told.text});
        return ++last_;
    }

    tinfoil_host table_{};
    std::deque<answer> answers_;
    tinfoil_op last_ = 0;
};

}  // namespace tinfoil
