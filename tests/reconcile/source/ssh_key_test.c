#include "reconcile/source/ssh_key.h"
#include "tests/reconcile/source/temporary_folder.h"

Test(ssh_key, tells_the_kinds_of_keys_apart)
{
    static const struct {
        const char *command;
        SshKeyKind kind;
    } rows[] = {
        {"ssh-keygen -q -t ed25519 -N '' -f key", SSH_KEY_ED25519},
        {"ssh-keygen -q -t ecdsa -N '' -f key", SSH_KEY_ECDSA},
        {"ssh-keygen -q -t rsa -b 2048 -N '' -f key", SSH_KEY_RSA},
        {"ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f key", SSH_KEY_RSA},
        {"ssh-keygen -q -t ecdsa -m PEM -N '' -f key", SSH_KEY_ECDSA},
        {"ssh-keygen -q -t ecdsa -m PKCS8 -N '' -f key", SSH_KEY_ECDSA},
        {"ssh-keygen -q -t rsa -b 2048 -m PKCS8 -N '' -f key", SSH_KEY_RSA},
        {"ssh-keygen -q -t ed25519 -N secret -f key", SSH_KEY_ENCRYPTED},
        {"ssh-keygen -q -t ecdsa -m PEM -N secret -f key", SSH_KEY_ENCRYPTED},
        {"ssh-keygen -q -t rsa -b 2048 -N secret -f key", SSH_KEY_RSA},
        {"openssl genpkey -quiet -algorithm ed25519 -out key 2>/dev/null || openssl genpkey "
         "-algorithm ed25519 -out key",
         SSH_KEY_ED25519},
        {"ssh-keygen -q -t ed25519 -N '' -f k; mv k.pub key", SSH_KEY_UNKNOWN},
        {"ssh-keygen -q -t ed25519 -N '' -f k; head -c 120 k >key", SSH_KEY_UNKNOWN},
        {": >key", SSH_KEY_UNKNOWN},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *folder = temporary_folder_make();
        g_autofree char *file = g_build_filename(folder, "key", NULL), *text = NULL;
        gsize size;

        temporary_run(folder, rows[i].command);
        cr_assert(g_file_get_contents(file, &text, &size, NULL));
        cr_expect_eq(ssh_key_kind(text, size), rows[i].kind, "%s", rows[i].command);
        temporary_folder_remove(folder);
    }
}
