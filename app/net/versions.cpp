#include "net/versions.hpp"

#include <boost/version.hpp>

#include <openssl/crypto.h>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

namespace tinfoil::net {

std::vector<std::pair<std::string, std::string>> library_versions()
{
    return {{"Boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1'000,
                                  BOOST_VERSION % 100)},
            {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
            {"zlib", zlibVersion()},
            {"zstd", ZSTD_versionString()}};
}

}  // namespace tinfoil::net
