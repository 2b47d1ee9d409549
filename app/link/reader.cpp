#include "link/reader.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <cstring>

namespace tinfoil::link {
namespace {

constexpr std::size_t usual_bytes = 64U << 10;
constexpr std::size_t length_bytes = 4;

}  // namespace

std::span<char> frame_reader::space()
{
    if (begin_ == end_) {
        begin_ = end_ = 0;
        // A large message is rare; its buffer is not kept for the next one.
        if (buffer_.size() > 16 * usual_bytes && wanted_ <= usual_bytes)
            buffer_ = std::vector<char>(usual_bytes);
    }
    if (begin_ != 0 && buffer_.size() - end_ < usual_bytes / 2) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    const std::size_t needed = std::max(end_ + usual_bytes / 2, begin_ + wanted_);
    if (buffer_.size() < needed)
        buffer_.resize(std::max(needed, usual_bytes));
    return {buffer_.data() + end_, buffer_.size() - end_};
}

void frame_reader::filled(std::size_t bytes)
{
    TINFOIL_ASSERT(bytes <= buffer_.size() - end_);
    end_ += bytes;
}

result<std::optional<std::string_view>> frame_reader::next()
{
    const std::size_t have = end_ - begin_;
    wanted_ = 0;
    if (have < length_bytes)
        return std::nullopt;
    std::size_t length = 0;
    for (std::size_t i = length_bytes; i-- > 0;)
        length = (length << 8) | static_cast<unsigned char>(buffer_[begin_ + i]);
    if (length > frame_bytes_max)
        return error{errc::malformed, "a frame on the link is larger than 64 MiB, or no frame"};
    if (have < length_bytes + length) {
        wanted_ = length_bytes + length;
        return std::nullopt;
    }
    const std::string_view body(buffer_.data() + begin_ + length_bytes, length);
    begin_ += length_bytes + length;
    return body;
}

}  // namespace tinfoil::link
