#include "net/certificate_authority.hpp"

#include "base/assert.hpp"
#include "net/clock.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace tinfoil::net {
namespace {

struct freer {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using owned = std::unique_ptr<T, freer>;

owned<EVP_PKEY> make_key()
{
    owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
    TINFOIL_ASSERT(key != nullptr);
    return key;
}

std::string text_of(BIO* bio)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate)
{
    owned<BIO> bio(BIO_new(BIO_s_mem()));
    TINFOIL_ASSERT(PEM_write_bio_X509(bio.get(), certificate) == 1);
    return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key)
{
    owned<BIO> bio(BIO_new(BIO_s_mem()));
    TINFOIL_ASSERT(
        PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(bio.get());
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    TINFOIL_ASSERT(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

owned<X509> blank(EVP_PKEY* key, const std::string& name, std::chrono::seconds lifetime)
{
    owned<X509> made(X509_new());
    TINFOIL_ASSERT(made != nullptr);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), entropy() >> 1);
    // An expired one has to begin before it ends.
    const long ends = static_cast<long>(lifetime.count());
    X509_gmtime_adj(X509_getm_notBefore(made.get()), std::min(-3600L, ends - 3600));
    X509_gmtime_adj(X509_getm_notAfter(made.get()), ends);
    X509_set_pubkey(made.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return made;
}

}  // namespace

struct certificate_authority::keys {
    owned<EVP_PKEY> key = make_key();
    owned<X509> certificate;
};

certificate_authority::certificate_authority() : keys_(std::make_unique<keys>())
{
    keys_->certificate =
        blank(keys_->key.get(), "tinfoil sandbox authority", std::chrono::hours(24 * 3650));
    X509* own = keys_->certificate.get();
    X509_set_issuer_name(own, X509_get_subject_name(own));
    extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
    extend(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(own, own, NID_subject_key_identifier, "hash");
    TINFOIL_ASSERT(X509_sign(own, keys_->key.get(), EVP_sha256()) != 0);
    pem_ = pem_of(own);
}

certificate_authority::~certificate_authority() = default;

certificate_authority::identity certificate_authority::issue(const std::string& host,
                                                             std::chrono::hours lifetime) const
{
    const owned<EVP_PKEY> key = make_key();
    const owned<X509> made = blank(key.get(), host, lifetime);
    X509* authority = keys_->certificate.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(authority));
    const bool is_address = std::all_of(host.begin(), host.end(), [](char c) {
        return c == '.' || c == ':' || (c >= '0' && c <= '9');
    });
    extend(made.get(), authority, NID_subject_alt_name, (is_address ? "IP:" : "DNS:") + host);
    extend(made.get(), authority, NID_basic_constraints, "critical,CA:FALSE");
    extend(made.get(), authority, NID_ext_key_usage, "serverAuth");
    TINFOIL_ASSERT(X509_sign(made.get(), keys_->key.get(), EVP_sha256()) != 0);
    return {pem_of(made.get()), pem_of(key.get())};
}

}  // namespace tinfoil::net
