#include "net/compression.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <cstring>
#include <span>
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

namespace {

// Where payloads are inflated to. A large one leaves it large for a while only.
class room {
public:
    // At least so many bytes; what lies in the first `kept` stays.
    std::span<char> get(std::size_t bytes, std::size_t kept)
    {
        if (bytes > size_)
            become(std::max(bytes, 2 * size_), kept);
        return {bytes_.get(), size_};
    }
    // Between two payloads.
    void settle(std::size_t last_payload)
    {
        constexpr int patience = 256;
        quiet_ = last_payload > usual ? 0 : quiet_ + 1;
        if (size_ > usual && quiet_ > patience)
            become(usual, 0);
    }

private:
    static constexpr std::size_t usual = 256U << 10;

    void become(std::size_t bytes, std::size_t kept)
    {
        std::unique_ptr<char[]> made(new char[std::max(bytes, usual)]);
        if (kept != 0)
            std::memcpy(made.get(), bytes_.get(), kept);
        bytes_ = std::move(made);
        size_ = std::max(bytes, usual);
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    int quiet_ = 0;
};

thread_local room shared_room;

// Larger windows than every decoder of RFC 8878 has to support are refused.
constexpr int zstd_window_log_max = 23;

}  // namespace

struct inflater::impl {
    impl(gateway::compression which, std::size_t payload_bytes_max)
        : how(which),
          max(payload_bytes_max)
    {
        if (how == gateway::compression::zlib_stream) {
            TINFOIL_ASSERT(inflateInit(&zlib) == Z_OK);
        } else {
            TINFOIL_ASSERT((zstd = ZSTD_createDCtx()) != nullptr);
            TINFOIL_ASSERT(ZSTD_isError(ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax,
                                                               zstd_window_log_max)) == 0);
        }
    }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl()
    {
        if (how == gateway::compression::zlib_stream)
            inflateEnd(&zlib);
        ZSTD_freeDCtx(zstd);
    }

    // Inflates all of `bytes` behind the first `size` bytes of the room.
    result<void> inflate_all(std::string_view bytes);
    result<bool> step_zlib(std::span<char> to);
    result<bool> step_zstd(std::span<char> to);

    gateway::compression how;
    std::size_t max;
    z_stream zlib{};
    ZSTD_DCtx* zstd = nullptr;
    ZSTD_inBuffer zstd_in{};
    std::size_t size = 0;
    std::string partial;  // Of a payload whose end has not come.
    std::string tail;
    bool broken = false;
};

// True when all that was given has come out.
result<bool> inflater::impl::step_zlib(std::span<char> to)
{
    zlib.next_out = reinterpret_cast<Bytef*>(to.data());
    zlib.avail_out = static_cast<uInt>(to.size());
    const int done = inflate(&zlib, Z_SYNC_FLUSH);
    size += to.size() - zlib.avail_out;
    if (done != Z_OK && done != Z_BUF_ERROR)
        return error{errc::malformed, "the compressed stream is not valid zlib"};
    return zlib.avail_in == 0 && zlib.avail_out != 0;
}

result<bool> inflater::impl::step_zstd(std::span<char> to)
{
    ZSTD_outBuffer out{to.data(), to.size(), 0};
    const std::size_t before = zstd_in.pos;
    const std::size_t done = ZSTD_decompressStream(zstd, &out, &zstd_in);
    size += out.pos;
    if (ZSTD_isError(done) != 0)
        return error{errc::malformed, std::string("the compressed stream is not valid zstd: ") +
                                          ZSTD_getErrorName(done)};
    if (zstd_in.pos == before && out.pos == 0 && zstd_in.pos != zstd_in.size)
        return error{errc::malformed, "the compressed stream does not go on"};
    return zstd_in.pos == zstd_in.size && out.pos != out.size;
}

result<void> inflater::impl::inflate_all(std::string_view bytes)
{
    zlib.next_in = input(bytes);
    zlib.avail_in = static_cast<uInt>(bytes.size());
    zstd_in = {bytes.data(), bytes.size(), 0};
    for (;;) {
        const auto all = shared_room.get(size + step, size);
        const auto rest = all.subspan(size);
        const auto ended =
            how == gateway::compression::zlib_stream ? step_zlib(rest) : step_zstd(rest);
        if (!ended)
            return ended.error();
        if (size > max)
            return error{errc::too_large,
                         "a compressed payload inflates to more than is permitted"};
        if (*ended)
            return {};
    }
}

inflater::inflater(gateway::compression how, std::size_t payload_bytes_max)
    : impl_(std::make_unique<impl>(how, payload_bytes_max))
{
}

inflater::~inflater() = default;

result<std::optional<std::string_view>> inflater::add(std::string_view bytes)
{
    impl& own = *impl_;
    if (own.broken)
        return error{errc::malformed, "the compressed stream was broken before"};
    shared_room.settle(own.size);
    own.size = own.partial.size();
    if (own.size != 0) {
        std::memcpy(shared_room.get(own.size, 0).data(), own.partial.data(), own.size);
        own.partial = std::string();
    }
    if (auto done = own.inflate_all(bytes); !done) {
        own.broken = true;
        return done.error();
    }
    const std::string_view payload(shared_room.get(0, 0).data(), own.size);
    if (own.how == gateway::compression::zlib_stream) {
        own.tail.append(bytes.substr(bytes.size() - std::min(bytes.size(), std::size_t{4})));
        own.tail.erase(0, own.tail.size() - std::min(own.tail.size(), std::size_t{4}));
        if (own.tail != end_of_payload) {
            own.partial = payload;
            return std::nullopt;
        }
        own.tail.clear();
    }
    return payload;
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
    explicit impl(gateway::compression how) : how_(how)
    {
        TINFOIL_ASSERT(how != gateway::compression::none);
        if (how == gateway::compression::zlib_stream)
            TINFOIL_ASSERT(deflateInit(&zlib_, Z_BEST_SPEED) == Z_OK);
        else
            TINFOIL_ASSERT((zstd_ = ZSTD_createCStream()) != nullptr);
    }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl()
    {
        if (how_ == gateway::compression::zlib_stream)
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

    gateway::compression how_;
    z_stream zlib_{};
    ZSTD_CStream* zstd_ = nullptr;
};

deflater::deflater(gateway::compression how) : impl_(std::make_unique<impl>(how)) {}

deflater::~deflater() = default;

std::string deflater::add(std::string_view payload)
{
    return impl_->how_ == gateway::compression::zlib_stream
               ? deflate_all(impl_->zlib_, payload, Z_SYNC_FLUSH)
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
