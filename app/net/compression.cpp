#include "net/compression.hpp"

#include "base/assert.hpp"

#include <zlib.h>

namespace tinfoil::net {
namespace {

constexpr std::size_t step = 64U << 10;
constexpr std::string_view end_of_payload("\x00\x00\xff\xff", 4);

Bytef* input(std::string_view bytes)
{
    // zlib does not write to its input, its type only looks so (z_const).
    return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

}  // namespace

struct inflater::impl {
    z_stream stream{};
    std::size_t max = 0;
    std::string out;
    std::string tail;
    std::size_t size = 0;
    bool whole = false;
    bool broken = false;
};

inflater::inflater(std::size_t payload_bytes_max) : impl_(std::make_unique<impl>())
{
    impl_->max = payload_bytes_max;
    TINFOIL_ASSERT(inflateInit(&impl_->stream) == Z_OK);
}

inflater::~inflater()
{
    inflateEnd(&impl_->stream);
}

result<std::optional<std::string_view>> inflater::add(std::string_view bytes)
{
    impl& own = *impl_;
    const auto fail = [&](errc code, const char* what) {
        own.broken = true;
        return error{code, what};
    };
    if (own.broken)
        return fail(errc::malformed, "the compressed stream was broken before");
    if (own.whole) {
        own.whole = false;
        own.size = 0;
    }
    own.stream.next_in = input(bytes);
    own.stream.avail_in = static_cast<uInt>(bytes.size());
    do {
        if (own.out.size() - own.size < step)
            own.out.resize(own.size + 2 * step);
        const std::size_t room = own.out.size() - own.size;
        own.stream.next_out = reinterpret_cast<Bytef*>(own.out.data() + own.size);
        own.stream.avail_out = static_cast<uInt>(room);
        const int done = inflate(&own.stream, Z_SYNC_FLUSH);
        own.size += room - own.stream.avail_out;
        if (done != Z_OK && done != Z_BUF_ERROR)
            return fail(errc::malformed, "the compressed stream is not valid zlib");
        if (own.size > own.max)
            return fail(errc::too_large, "a compressed payload inflates to more than is permitted");
    } while (own.stream.avail_in != 0 || own.stream.avail_out == 0);
    own.tail.append(bytes.substr(bytes.size() - std::min(bytes.size(), std::size_t{4})));
    own.tail.erase(0, own.tail.size() - std::min(own.tail.size(), std::size_t{4}));
    if (own.tail != end_of_payload)
        return std::nullopt;
    own.whole = true;
    own.tail.clear();
    return std::string_view(own.out.data(), own.size);
}

struct deflater::impl {
    z_stream stream{};
};

deflater::deflater() : impl_(std::make_unique<impl>())
{
    TINFOIL_ASSERT(deflateInit(&impl_->stream, Z_BEST_SPEED) == Z_OK);
}

deflater::~deflater()
{
    deflateEnd(&impl_->stream);
}

std::string deflater::add(std::string_view payload)
{
    std::string out;
    z_stream& stream = impl_->stream;
    stream.next_in = input(payload);
    stream.avail_in = static_cast<uInt>(payload.size());
    do {
        const std::size_t size = out.size();
        out.resize(size + step);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
        stream.avail_out = static_cast<uInt>(step);
        TINFOIL_ASSERT(deflate(&stream, Z_SYNC_FLUSH) != Z_STREAM_ERROR);
        out.resize(size + step - stream.avail_out);
    } while (stream.avail_out == 0);
    return out;
}

}  // namespace tinfoil::net
