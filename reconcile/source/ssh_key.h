/* reconcile/source/ssh_key.h
 *
 * What kind of private key a file holds, read off its text without decrypting anything. */
#pragma once
#include <stddef.h>

typedef enum {
    SSH_KEY_UNKNOWN, /* not a private key, or of a kind nobody knows */
    SSH_KEY_ED25519,
    SSH_KEY_ECDSA,
    SSH_KEY_RSA,
    SSH_KEY_DSA,
    SSH_KEY_ENCRYPTED, /* behind a passphrase */
} SshKeyKind;

/* Pure. `text` is a PEM file (OpenSSH's own format, PKCS#1, SEC1, PKCS#8); anything else is
 * SSH_KEY_UNKNOWN. */
SshKeyKind ssh_key_kind(const char *text, size_t size);
