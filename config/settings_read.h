/* config/settings_read.h
 *
 * How driftless.yml is walked: a reader knows where it stands, tells every mistake at its place and
 * goes on, so that one run shows them all. What was wrong is left NULL; settings_parse hands
 * nothing out when there was an error. */
#pragma once
#include "config/settings.h"

typedef struct {
    const Document *document;
    Problems *problems;
    Settings *settings;
    GString *pointer; /* where it stands */
} SettingsReader;

/* Goes to `key` below; the answer brings settings_leave back. */
size_t settings_enter(SettingsReader *reader, const char *key);
size_t settings_enter_index(SettingsReader *reader, size_t index);
void settings_leave(SettingsReader *reader, size_t mark);

/* The place where the reader stands (its key), with a file name that the Settings own. */
Position settings_position(const SettingsReader *reader);

/* A mistake in the value of `key` below (NULL: in the value where the reader stands). */
void settings_complain(SettingsReader *reader, const char *key, const char *hint,
                       const char *format, ...) G_GNUC_PRINTF(4, 5);
/* The same, at the key instead of the value. */
void settings_complain_of_key(SettingsReader *reader, const char *key, const char *hint,
                              const char *format, ...) G_GNUC_PRINTF(4, 5);

/* The same as settings_complain for a line that holds a secret: it is not quoted. */
void settings_complain_of_secret(SettingsReader *reader, const char *key, const char *hint,
                                 const char *message);

/* The value of `key` when it is a mapping whose keys are all among `keys` (NULL: any); else NULL.
 * What is missing is no mistake. */
json_t *settings_mapping(SettingsReader *reader, json_t *parent, const char *key,
                         const char *const *keys);

/* The same for the value where the reader stands; NULL is a mistake already told. */
bool settings_is_mapping(SettingsReader *reader, json_t *value, const char *const *keys);

/* The value of `key` when it is a list, else NULL. */
json_t *settings_list(SettingsReader *reader, json_t *parent, const char *key);

/* The text of `key`, borrowed; NULL when it is missing, or was no text or empty (a mistake). */
const char *settings_text(SettingsReader *reader, json_t *parent, const char *key);

/* The same, which must be there. */
const char *settings_required_text(SettingsReader *reader, json_t *parent, const char *key);

/* A text that `is_valid` accepts, (transfer full); `expected` says what it should be: "a role ARN:
 * arn:aws:iam::…". */
char *settings_valid_text(SettingsReader *reader, json_t *parent, const char *key,
                          bool (*is_valid)(const char *text), const char *expected);

/* The index of the text among `words` (NULL-terminated), or `missing`. */
unsigned settings_word(SettingsReader *reader, json_t *parent, const char *key,
                       const char *const *words, unsigned missing);

/* In milliseconds, at least `least_ms`, or `missing_ms`. */
unsigned settings_duration(SettingsReader *reader, json_t *parent, const char *key,
                           unsigned least_ms, unsigned missing_ms);

/* A text, number or boolean as text, as it would stand in an environment. (transfer full), NULL for
 * anything else. */
char *settings_scalar_text(const json_t *value);

/* A path inside the repository without a slash or "." at its ends, (transfer full); NULL when it is
 * missing or leads elsewhere (a mistake). */
char *settings_inner_path(SettingsReader *reader, json_t *parent, const char *key);

/* `build:` below `parent`; (transfer full), NULL when builds are off. */
BuildSettings *settings_read_build(SettingsReader *reader, json_t *parent);

/* The sections. Each item is added to its list of the Settings. */
void settings_read_account(SettingsReader *reader, const char *name, json_t *value);
void settings_read_repository(SettingsReader *reader, const char *name, json_t *value);
void settings_read_service(SettingsReader *reader, const char *name, json_t *value);

void account_settings_free(AccountSettings *account);
void repository_settings_free(RepositorySettings *repository);
void service_settings_free(ServiceSettings *service);
void value_setting_free(ValueSetting *value);

/* {env: X}, {file: X} or {ssm: X} where the reader stands. (transfer full), NULL for a mistake. */
ValueSetting *settings_read_source(SettingsReader *reader, json_t *value);

/* No two services may mean the same stack. */
void settings_check_stacks(SettingsReader *reader);
