#include "config/settings_read.h"
#include "config/settings_syntax.h"

static const char *const keys[] = {"role", "externalId", "executionRole", "profile", NULL};
static const char role_form[] = "write the role's ARN: arn:aws:iam::111122223333:role/NAME";

void account_settings_free(AccountSettings *account)
{
    if (!account)
        return;
    g_free(account->name);
    g_free(account->role);
    g_free(account->external_id);
    g_free(account->execution_role);
    g_free(account->profile);
    g_free(account);
}

void settings_read_account(SettingsReader *reader, const char *name, json_t *value)
{
    AccountSettings *account = g_new0(AccountSettings, 1);

    account->name = g_strdup(name);
    account->at = settings_position(reader);
    g_ptr_array_add(reader->settings->accounts, account);
    if (!settings_is_mapping(reader, value, keys))
        return;
    account->role = settings_valid_text(reader, value, "role", syntax_is_role, role_form);
    account->external_id = g_strdup(settings_text(reader, value, "externalId"));
    account->execution_role =
        settings_valid_text(reader, value, "executionRole", syntax_is_role, role_form);
    account->profile = g_strdup(settings_text(reader, value, "profile"));
    if (account->external_id && !json_object_get(value, "role"))
        settings_complain_of_key(reader, "externalId", "add role, or remove it",
                                 "externalId is of no use without a role to assume");
}
