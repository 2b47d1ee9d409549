// The two steps between inflating and routing: cutting frames, and finding op, s, t and d.
#include "discord/envelope.hpp"
#include "gateway/frame.hpp"
#include "harness.hpp"

#include <cstring>
#include <string>

namespace {

using namespace tinfoil;

const std::string& payload()
{
    static const std::string text = [] {
        std::string made =
            R"({"t":"MESSAGE_CREATE","s":4711,"op":0,"d":{"id":"1","channel_id":"2","guild_id":"3","content":")";
        made += std::string(300, 'x');
        made += R"(","author":{"id":"4","username":"a"},"mentions":[],"embeds":[)";
        for (int i = 0; i < 8; ++i)
            made += std::string(i == 0 ? "" : ",") +
                    R"({"title":"one \"two\"","fields":[{"name":"a","value":"b"}]})";
        return made + "]}}";
    }();
    return text;
}

// 64 KiB of frames, as one TLS read brings them.
const std::string& wire()
{
    static const std::string bytes = [] {
        std::string made;
        while (made.size() < 60'000)
            gateway::write_frame(made, gateway::message_kind::text, payload(), std::nullopt);
        return made;
    }();
    return bytes;
}

std::uint64_t read_frames()
{
    static gateway::frame_reader reader(gateway::role::client, 1U << 20);
    std::memcpy(reader.space(wire().size()).data(), wire().data(), wire().size());
    reader.filled(wire().size());
    std::uint64_t bytes = 0;
    while (const auto next = *reader.next())
        bytes += next->bytes.size();
    return bytes;
}

std::uint64_t copy_bytes()
{
    static std::string to(wire().size(), '\0');
    std::memcpy(to.data(), wire().data(), wire().size());
    return static_cast<unsigned char>(to.back());
}

const bool envelope = bench::add({"envelope", "payload", 1,
                                  [] { return discord::scan_envelope(payload())->data.size(); },
                                  [] { return std::string_view(payload()).find('\x01'); }});
const bool frame = bench::add(
    {"frame", "KiB", static_cast<double>(wire().size()) / 1024, read_frames, copy_bytes});

}  // namespace
