#include "link/reader.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <cstring>

namespace tinfoil::link {
namespace {

constexpr std::size_t usual_bytes = 64U << 10;
// A larger buffer is given back as soon as it is not needed.
constexpr std::size_t kept_bytes = 1U << 20;
constexpr std::size_t length_bytes = 4;

}  // namespace

std::span<char> frame_reader::space()
{
    const std::size_t have = end_ - begin_;
    // Twice what is here, so that a large frame is moved only a few times.
    const std::size_t needed = std::max({usual_bytes, have + 1, std::min(wanted_, 2 * have)});
    if (buffer_.size() < needed || (buffer_.size() > kept_bytes && needed <= kept_bytes)) {
        std::vector<char> other(needed);
        std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), have, other.begin());
        buffer_.swap(other);
        begin_ = 0;
        end_ = have;
    } else if (begin_ != 0 && (have == 0 || buffer_.size() - end_ < usual_bytes / 2)) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, have);
        begin_ = 0;
        end_ = have;
    }
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
        return error{errc::malformed, "what comes over the link is no frame, or one above 64 MiB; "
                                      "run the same tinfoil on both sides"};
    if (have < length_bytes + length) {
        wanted_ = length_bytes + length;
        return std::nullopt;
    }
    const std::string_view body(buffer_.data() + begin_ + length_bytes, length);
    begin_ += length_bytes + length;
    return body;
}

}  // namespace tinfoil::link
