#include "reconcile/source/ssh_key.h"
#include "config/crypto_library.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* One string of the SSH wire format: four bytes of length, then as many bytes. */
static bool take_string(const unsigned char **at, size_t *left, const unsigned char **ret,
                        size_t *ret_size)
{
    size_t size;

    if (*left < 4)
        return false;
    size = (size_t)(*at)[0] << 24 | (size_t)(*at)[1] << 16 | (size_t)(*at)[2] << 8 | (*at)[3];
    if (size > *left - 4)
        return false;
    *ret = *at + 4;
    *ret_size = size;
    *at += 4 + size;
    *left -= 4 + size;
    return true;
}

static bool equals(const unsigned char *data, size_t size, const char *text)
{
    return size == strlen(text) && memcmp(data, text, size) == 0;
}

static SshKeyKind kind_of_name(const unsigned char *name, size_t size)
{
    if (equals(name, size, "ssh-ed25519"))
        return SSH_KEY_ED25519;
    if (size >= 11 && memcmp(name, "ecdsa-sha2-", 11) == 0)
        return SSH_KEY_ECDSA;
    if (equals(name, size, "ssh-rsa"))
        return SSH_KEY_RSA;
    return equals(name, size, "ssh-dss") ? SSH_KEY_DSA : SSH_KEY_UNKNOWN;
}

/* openssh/PROTOCOL.key: magic, cipher, kdf, its options, number of keys, the first public key
 * (which starts with its type). */
static SshKeyKind openssh_kind(const unsigned char *data, size_t size)
{
    static const char magic[] = "openssh-key-v1";
    const unsigned char *at, *part, *key;
    size_t left, part_size, key_size;
    bool encrypted;

    if (size < sizeof(magic) || memcmp(data, magic, sizeof(magic)) != 0)
        return SSH_KEY_UNKNOWN;
    at = data + sizeof(magic);
    left = size - sizeof(magic);
    if (!take_string(&at, &left, &part, &part_size))
        return SSH_KEY_UNKNOWN;
    encrypted = !equals(part, part_size, "none");
    for (int skipped = 0; skipped < 2; skipped++)
        if (!take_string(&at, &left, &part, &part_size))
            return SSH_KEY_UNKNOWN;
    if (left < 4)
        return SSH_KEY_UNKNOWN;
    at += 4;
    left -= 4;
    if (!take_string(&at, &left, &key, &key_size) ||
        !take_string(&key, &key_size, &part, &part_size))
        return SSH_KEY_UNKNOWN;
    const SshKeyKind kind = kind_of_name(part, part_size);

    return encrypted && kind != SSH_KEY_RSA && kind != SSH_KEY_DSA ? SSH_KEY_ENCRYPTED : kind;
}

static int no_passphrase(char *buffer, int size, int writing, void *data)
{
    (void)buffer, (void)size, (void)writing, (void)data;
    return -1;
}

static SshKeyKind pkcs8_kind(const char *text, size_t size)
{
    BIO *memory = crypto()->BIO_new_mem_buf(text, (int)size);
    EVP_PKEY *key = crypto()->PEM_read_bio_PrivateKey(memory, NULL, no_passphrase, NULL);
    SshKeyKind kind = SSH_KEY_UNKNOWN;

    if (key) {
        int id = crypto()->EVP_PKEY_get_base_id(key);

        kind = id == EVP_PKEY_RSA       ? SSH_KEY_RSA
               : id == EVP_PKEY_EC      ? SSH_KEY_ECDSA
               : id == EVP_PKEY_ED25519 ? SSH_KEY_ED25519
               : id == EVP_PKEY_DSA     ? SSH_KEY_DSA
                                        : SSH_KEY_UNKNOWN;
    }
    crypto()->EVP_PKEY_free(key);
    crypto()->BIO_free(memory);
    return kind;
}

static SshKeyKind openssh_text_kind(const char *body, size_t size)
{
    const char *end = g_strstr_len(body, (gssize)size, "-----END");
    g_autofree char *base64 = end ? g_strndup(body, (gsize)(end - body)) : NULL;
    g_autofree guchar *data = NULL;
    gsize decoded = 0;

    if (!base64)
        return SSH_KEY_UNKNOWN;
    data = g_base64_decode(base64, &decoded);
    return openssh_kind(data, decoded);
}

SshKeyKind ssh_key_kind(const char *text, size_t size)
{
    static const struct {
        const char *header;
        SshKeyKind kind;
    } pem[] = {
        {"-----BEGIN RSA PRIVATE KEY-----", SSH_KEY_RSA},
        {"-----BEGIN DSA PRIVATE KEY-----", SSH_KEY_DSA},
        {"-----BEGIN EC PRIVATE KEY-----", SSH_KEY_ECDSA},
        {"-----BEGIN ENCRYPTED PRIVATE KEY-----", SSH_KEY_ENCRYPTED},
    };
    static const char openssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
    const char *body;

    body = g_strstr_len(text, (gssize)size, openssh);
    if (body) {
        body += strlen(openssh);
        return openssh_text_kind(body, size - (size_t)(body - text));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(pem); i++) {
        if (!g_strstr_len(text, (gssize)size, pem[i].header))
            continue;
        return pem[i].kind == SSH_KEY_ECDSA && g_strstr_len(text, (gssize)size, "ENCRYPTED")
                   ? SSH_KEY_ENCRYPTED
                   : pem[i].kind;
    }
    return g_strstr_len(text, (gssize)size, "-----BEGIN PRIVATE KEY-----") ? pkcs8_kind(text, size)
                                                                           : SSH_KEY_UNKNOWN;
}
