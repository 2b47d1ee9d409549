#include "net/compression.hpp"

#include "base/assert.hpp"

#include <zlib.h>
#include <zstd.h>

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

namespace {

std::string deflate_all(z_stream& stream, std::string_view bytes, int flush)
{
    std::string out;
    stream.next_in = input(bytes);
    stream.avail_in = static_cast<uInt>(bytes.size());
    do {
        const std::size_t size = out.size();
        out.resize(size + step);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
        stream.avail_out = static_cast<uInt>(step);
        TINFOIL_ASSERT(deflate(&stream, flush) != Z_STREAM_ERROR);
        out.resize(size + step - stream.avail_out);
    } while (stream.avail_out == 0);
    return out;
}

}  // namespace

struct deflater::impl {
    explicit impl(format how) : how_(how)
    {
        if (how == format::zlib_stream)
            TINFOIL_ASSERT(deflateInit(&zlib_, Z_BEST_SPEED) == Z_OK);
        else
            TINFOIL_ASSERT((zstd_ = ZSTD_createCStream()) != nullptr);
    }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl()
    {
        if (how_ == format::zlib_stream)
            deflateEnd(&zlib_);
        ZSTD_freeCStream(zstd_);
    }

    std::string add_zstd(std::string_view payload)
    {
        std::string out;
        ZSTD_inBuffer from{payload.data(), payload.size(), 0};
        std::size_t left = 1;
        while (left != 0) {
            const std::size_t size = out.size();
            out.resize(size + step);
            ZSTD_outBuffer to{out.data(), out.size(), size};
            left = ZSTD_compressStream2(zstd_, &to, &from, ZSTD_e_flush);
            TINFOIL_ASSERT(ZSTD_isError(left) == 0);
            out.resize(to.pos);
        }
        return out;
    }

    format how_;
    z_stream zlib_{};
    ZSTD_CStream* zstd_ = nullptr;
};

deflater::deflater(format how) : impl_(std::make_unique<impl>(how)) {}

deflater::~deflater() = default;

std::string deflater::add(std::string_view payload)
{
    return impl_->how_ == format::zlib_stream ? deflate_all(impl_->zlib_, payload, Z_SYNC_FLUSH)
                                              : impl_->add_zstd(payload);
}

std::string compress(document how, std::string_view bytes)
{
    constexpr int window_bits = 15, gzip_header = 16, memory_level = 8;
    z_stream stream{};
    TINFOIL_ASSERT(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED,
                                window_bits + (how == document::gzip ? gzip_header : 0),
                                memory_level, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out = deflate_all(stream, bytes, Z_FINISH);
    deflateEnd(&stream);
    return out;
}

result<std::string> gunzip(std::string_view packed, std::size_t bytes_max)
{
    constexpr std::size_t piece_bytes = 16U << 10;
    constexpr int with_gzip_header = 15 + 16;
    z_stream state{};
    if (inflateInit2(&state, with_gzip_header) != Z_OK)
        return error{errc::io, "zlib can't begin; is memory used up?"};
    const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&state, inflateEnd);
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    state.avail_in = static_cast<uInt>(packed.size());
    std::string plain;
    for (int said = Z_OK; said != Z_STREAM_END;) {
        const std::size_t filled = plain.size();
        if (filled > bytes_max)
            return error{errc::too_large, "the answer unpacks to more than is accepted"};
        plain.resize(filled + piece_bytes);
        state.next_out = reinterpret_cast<Bytef*>(plain.data() + filled);
        state.avail_out = static_cast<uInt>(piece_bytes);
        said = ::inflate(&state, Z_NO_FLUSH);
        plain.resize(filled + piece_bytes - state.avail_out);
        if (said != Z_OK && said != Z_STREAM_END)
            return error{errc::malformed, "the answer is no whole gzip document"};
    }
    if (plain.size() > bytes_max)
        return error{errc::too_large, "the answer unpacks to more than is accepted"};
    return plain;
}

}  // namespace tinfoil::net
