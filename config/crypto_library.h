/* config/crypto_library.h
 *
 * OpenSSL's libcrypto, loaded at the first call of crypto(), which gives its functions:
 * crypto()->EVP_Digest(). Thread-safe. */
#pragma once
#include "config/late_library.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

// clang-format off
#define CRYPTO_FUNCTIONS(F) \
    F(, BIO_free) \
    F(, BIO_new_mem_buf) \
    F(, CRYPTO_memcmp) \
    F(, EVP_Digest) \
    F(, EVP_DigestFinal_ex) \
    F(, EVP_DigestInit_ex) \
    F(, EVP_DigestUpdate) \
    F(, EVP_MD_CTX_free) \
    F(, EVP_MD_CTX_new) \
    F(, EVP_MD_fetch) \
    F(, EVP_MD_free) \
    F(, EVP_PKEY_free) \
    F(, EVP_PKEY_get_base_id) \
    F(, EVP_sha256) \
    F(, HMAC) \
    F(, OPENSSL_cleanse) \
    F(, PEM_read_bio_PrivateKey) \
    F(, RAND_bytes)
// clang-format on

LATE_LIBRARY(CryptoLibrary, crypto, CRYPTO_FUNCTIONS);
