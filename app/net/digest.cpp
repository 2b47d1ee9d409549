#include "net/digest.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <cstring>

namespace tinfoil::net {
namespace {

std::string base64(const unsigned char* bytes, std::size_t size)
{
    std::string text(4 * ((size + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes,
                                       static_cast<int>(size));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

}  // namespace

std::string websocket_key(std::uint64_t high, std::uint64_t low)
{
    unsigned char bytes[16];
    std::memcpy(bytes, &high, 8);
    std::memcpy(bytes + 8, &low, 8);
    return base64(bytes, sizeof bytes);
}

std::string websocket_accept(std::string_view key)
{
    // The fixed id that RFC 6455 appends to every key.
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    return base64(digest, sizeof digest);
}

std::string sha256_hex(std::string_view text)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : digest)
        hex += {digits[byte >> 4], digits[byte & 0x0F]};
    return hex;
}

}  // namespace tinfoil::net
