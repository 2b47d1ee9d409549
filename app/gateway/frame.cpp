#include "gateway/frame.hpp"

#include "base/assert.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace tinfoil::gateway {
namespace {

// RFC 6455, 5.2.
constexpr int continuation = 0x0, text = 0x1, binary = 0x2, closing = 0x8, ping = 0x9, pong = 0xA;
constexpr std::size_t control_bytes_max = 125;
constexpr int no_code = 1005;

std::uint64_t big_endian(const char* at, int bytes)
{
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i)
        value = (value << 8) | static_cast<unsigned char>(at[i]);
    return value;
}

void apply_mask(char* bytes, std::size_t count, const char (&key)[4])
{
    for (std::size_t i = 0; i < count; ++i)
        bytes[i] = static_cast<char>(bytes[i] ^ key[i % 4]);
}

// The codes that may stand in a close frame (RFC 6455, 7.4).
bool may_be_sent(int code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

}  // namespace

std::span<char> frame_reader::space(std::size_t least)
{
    const std::size_t unread = end_ - begin_;
    if (unread == 0)
        begin_ = end_ = 0;
    const bool is_far_too_large = unread == 0 && room_ > 2 * least;
    if (room_ - unread < least || is_far_too_large) {
        room_ = is_far_too_large ? least : std::max(unread + least, 2 * room_);
        std::unique_ptr<char[]> made(new char[room_]);
        if (unread != 0)
            std::memcpy(made.get(), buffer_.get() + begin_, unread);
        buffer_ = std::move(made);
        begin_ = 0;
    } else if (room_ - end_ < least) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, unread);
        begin_ = 0;
    }
    end_ = begin_ + unread;
    return {buffer_.get() + end_, room_ - end_};
}

void frame_reader::filled(std::size_t bytes)
{
    TINFOIL_ASSERT(bytes <= room_ - end_);
    end_ += bytes;
}

result<std::optional<message>> frame_reader::next()
{
    for (;;) {
        if (broken_)
            return error{errc::malformed, "the WebSocket stream was broken before"};
        const auto head = read_header();
        if (!head)
            return head.error();
        if (!*head)
            return std::nullopt;
        if (end_ - begin_ < (*head)->bytes + (*head)->length)
            return std::nullopt;
        auto taken = take(**head);
        if (!taken || *taken)
            return taken;
    }
}

result<std::optional<frame_reader::header>> frame_reader::read_header()
{
    const std::size_t have = end_ - begin_;
    if (have < 2)
        return std::nullopt;
    const char* at = buffer_.get() + begin_;
    const auto first = static_cast<unsigned char>(at[0]),
               second = static_cast<unsigned char>(at[1]);
    header head{.final = (first & 0x80) != 0,
                .opcode = first & 0x0F,
                .length = second & 0x7FU,
                .bytes = 2,
                .masked = (second & 0x80) != 0};
    if ((first & 0x70) != 0)
        return fail(1002, errc::malformed,
                    "a WebSocket frame uses an extension that was not agreed on");
    if (head.masked != (own_ == role::server))
        return fail(1002, errc::malformed, "a WebSocket frame is masked by the wrong side");
    const int extra = head.length == 126 ? 2 : head.length == 127 ? 8 : 0;
    const std::size_t mask_bytes = head.masked ? 4 : 0;
    if (head.opcode >= closing && (!head.final || head.length > control_bytes_max))
        return fail(1002, errc::malformed, "a WebSocket control frame is fragmented or too long");
    if (have < 2 + static_cast<std::size_t>(extra))
        return std::nullopt;
    if (extra != 0)
        head.length = big_endian(at + 2, extra);
    if ((extra == 2 && head.length < 126) ||
        (extra == 8 && (head.length < 65'536 || head.length >> 63 != 0)))
        return fail(1002, errc::malformed, "a WebSocket frame writes its length the wrong way");
    head.bytes = 2 + static_cast<std::size_t>(extra) + mask_bytes;
    const bool known = head.opcode == continuation || head.opcode == text ||
                       head.opcode == binary || head.opcode == closing || head.opcode == ping ||
                       head.opcode == pong;
    if (!known)
        return fail(1002, errc::malformed, "a WebSocket frame has an unknown opcode");
    if (head.opcode < closing) {
        if ((head.opcode == continuation) != fragmented_.has_value())
            return fail(1002, errc::malformed, "WebSocket fragments come in the wrong order");
        if (head.length > max_ - (fragmented_ ? fragments_.size() : 0))
            return fail(1009, errc::too_large, "a WebSocket message is too large");
    }
    if (have < head.bytes)
        return std::nullopt;
    return head;
}

result<std::optional<message>> frame_reader::take(const header& head)
{
    const auto length = static_cast<std::size_t>(head.length);
    char* body = buffer_.get() + begin_ + head.bytes;
    if (head.masked) {
        char key[4];
        std::memcpy(key, body - 4, 4);
        apply_mask(body, length, key);
    }
    begin_ += head.bytes + length;
    const std::string_view bytes(body, length);
    if (head.opcode >= closing)
        return control(head, bytes);
    if (head.final && !fragmented_)
        return message{head.opcode == text ? message_kind::text : message_kind::binary, bytes, 0};
    if (!fragmented_) {
        fragmented_ = head.opcode == text ? message_kind::text : message_kind::binary;
        fragments_.clear();
    }
    fragments_.append(bytes);
    if (!head.final)
        return std::nullopt;
    const message whole{*fragmented_, fragments_, 0};
    fragmented_.reset();
    return whole;
}

result<std::optional<message>> frame_reader::control(const header& head, std::string_view body)
{
    if (head.opcode == ping)
        return message{message_kind::ping, body, 0};
    if (head.opcode == pong)
        return message{message_kind::pong, body, 0};
    if (body.empty())
        return message{message_kind::close, body, no_code};
    if (body.size() == 1)
        return fail(1002, errc::malformed, "a WebSocket close frame has half a code");
    const int code = static_cast<int>(big_endian(body.data(), 2));
    if (!may_be_sent(code))
        return fail(1002, errc::malformed,
                    "a WebSocket close frame has a code that may not be sent");
    if (!is_utf8(body.substr(2)))
        return fail(1007, errc::malformed, "the reason of a WebSocket close frame is no UTF-8");
    return message{message_kind::close, body.substr(2), code};
}

error frame_reader::fail(int close_code, errc code, const char* what)
{
    broken_ = true;
    close_code_ = close_code;
    return {code, what};
}

namespace {

void put_header(std::string& to, int opcode, bool final, std::size_t length, bool masked)
{
    const auto put = [&](std::uint64_t byte) { to.push_back(static_cast<char>(byte & 0xFF)); };
    const unsigned mask_bit = masked ? 0x80 : 0;
    put((final ? 0x80U : 0U) | static_cast<unsigned>(opcode));
    if (length < 126)
        return put(mask_bit | length);
    const int bytes = length <= 0xFFFF ? 2 : 8;
    put(mask_bit | (bytes == 2 ? 126U : 127U));
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        put(length >> shift);
}

int opcode_of(message_kind kind)
{
    constexpr int opcodes[] = {text, binary, ping, pong, closing};
    return opcodes[static_cast<int>(kind)];
}

}  // namespace

void write_frame(std::string& to, message_kind kind, std::string_view body,
                 std::optional<std::uint32_t> mask)
{
    const int opcode = opcode_of(kind);
    TINFOIL_ASSERT(opcode < closing || body.size() <= control_bytes_max);
    put_header(to, opcode, true, body.size(), mask.has_value());
    if (!mask) {
        to.append(body);
        return;
    }
    char key[4];
    for (int i = 0; i < 4; ++i)
        key[i] = static_cast<char>((*mask >> (8 * i)) & 0xFF);
    to.append(key, 4);
    const std::size_t from = to.size();
    to.append(body);
    apply_mask(to.data() + from, body.size(), key);
}

void write_in_two(std::string& to, message_kind kind, std::string_view body, std::size_t first)
{
    TINFOIL_ASSERT(opcode_of(kind) < closing && first <= body.size());
    put_header(to, opcode_of(kind), false, first, false);
    to.append(body.substr(0, first));
    put_header(to, continuation, true, body.size() - first, false);
    to.append(body.substr(first));
}

void write_close(std::string& to, int code, std::string_view reason,
                 std::optional<std::uint32_t> mask)
{
    std::string body{static_cast<char>((code >> 8) & 0xFF), static_cast<char>(code & 0xFF)};
    body.append(reason.substr(0, control_bytes_max - 2));
    write_frame(to, message_kind::close, body, mask);
}

}  // namespace tinfoil::gateway
