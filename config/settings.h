/* config/settings.h
 *
 * driftless.yml, read strictly: an unknown key, a wrong type, a missing or dangling name is a
 * problem with file:line:column, and all are reported at once. What the file says stays as written;
 * nothing here looks at a disk, an environment or a network.
 *
 * Settings are immutable after reading and may be shared by threads. All strings are owned by the
 * Settings. */
#pragma once
#include "config/document.h"

#include <stdint.h>

/* Where a secret or a value comes from: `value`, {env: X}, {file: X}, {ssm: X}. */
typedef enum { VALUE_LITERAL, VALUE_ENV, VALUE_FILE, VALUE_SSM } ValueSource;
typedef struct {
    ValueSource source;
    char *text; /* the literal, or the name of the variable, file or parameter */
} ValueSetting;

typedef struct {
    char *name;
    char *role;           /* ARN to assume, or NULL: the controller's own credentials */
    char *external_id;    /* or NULL */
    char *execution_role; /* ARN that CloudFormation gets as RoleARN, or NULL */
    char *profile;        /* of ~/.aws/config, or NULL */
    Position at;
} AccountSettings;

typedef struct {
    char *run;          /* for a shell */
    char **network;     /* hosts that may be reached, "*": all with a public address; NULL: none */
    char **environment; /* "NAME=value"; or NULL */
} BuildStep;

/* That builds are run at all: `build: true`, or `build: {steps: […]}`. */
typedef struct {
    GPtrArray *steps;    /* BuildStep*; none: what the service's plugins run, and nothing else */
    char **network;      /* as a step's: hosts that what installs packages for a plugin may reach */
    char *folder;        /* of the repository, which a build sees; NULL: the service's */
    unsigned timeout_ms; /* of each step; its CPU time may be four times that */
    uint64_t memory_bytes, disk_bytes;
    Position at;
} BuildSettings;

/* As `build: true` has it; for verbs on a folder. */
BuildSettings *build_settings_new(void);
/* A step without network and variables; owned by `build`. */
BuildStep *build_settings_add_step(BuildSettings *build, const char *run);
void build_settings_free(BuildSettings *build);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BuildSettings, build_settings_free)

typedef struct {
    char *name;
    char *url;    /* file path, https:// or ssh:// (also git@host:path) */
    char *branch; /* "main" unless given */
    unsigned poll_ms;
    char *token_file, *token_env;          /* https; at most one */
    char *ssh_key_file, *known_hosts_file; /* ssh; both or none */
    char *username;                        /* with a token; "x-access-token" unless given */
    bool javascript;      /* `javascript: allow`: programs of it may be run in the sandbox */
    BuildSettings *build; /* of its services that say nothing of builds themselves; or NULL */
    Position at;
} RepositorySettings;

typedef enum { DRIFT_OFF, DRIFT_REPORT, DRIFT_CORRECT } DriftMode;
typedef struct {
    char *resource; /* logical id, or a type (AWS::…), or "*"; glob characters allowed */
    char *path; /* JSON pointer below the resource, "/Properties/Tags"; NULL: everything of it */
} DriftIgnore;

#define KEEP_ARTIFACTS_UNSET (-1)

typedef enum { APPROVE_NEVER, APPROVE_REPLACEMENTS, APPROVE_ALWAYS } ApprovePolicy;

typedef struct {
    char *name;
    const RepositorySettings *repository;
    char *path; /* folder in the repository, "" for its root; may hold a glob (path_is_glob) */
    bool path_is_glob;   /* one service a match, named NAME-{matched folder} as the design says */
    char *template_file; /* `template:` a SAM or CloudFormation file below path; NULL: looked for */
    char *revision;      /* branch (`branch:`), `tag:` or `commit:`; see revision_kind */
    enum { REVISION_BRANCH, REVISION_TAG, REVISION_COMMIT } revision_kind;
    char *stage, *region;
    const AccountSettings *account; /* NULL: the controller's own credentials */
    char *stack_name;   /* `stackName:`, or NULL: the service's own rule (service-stage) */
    GHashTable *params; /* char* → char* */
    GHashTable *env;    /* char* → ValueSetting*: all that ${env:…} can see */
    DriftMode drift_mode;
    unsigned drift_every_ms;
    GPtrArray *drift_ignore; /* DriftIgnore* */
    ApprovePolicy approve;
    char *artifact_bucket; /* "account", "stack" or a bucket's name */
    int keep_artifacts; /* `keepArtifacts: 5`: of so many deployments; 0 (`all`): none is deleted;
                           KEEP_ARTIFACTS_UNSET: 5 in the account's own bucket, all elsewhere */
    GPtrArray *plugins_ignored; /* char*, `plugins: ignore: […]` */
    const BuildSettings *build; /* the service's or its repository's; NULL: nothing is run */
    BuildSettings *own_build;
    Position at;
} ServiceSettings;

typedef struct {
    char *file;
    char *store;  /* path of the SQLite file (`store: sqlite:PATH`), relative to the settings file's
                     folder */
    char *listen; /* "127.0.0.1:8080" unless given */
    unsigned workers;         /* 4 unless given */
    char *node;               /* path of the Node that runs JavaScript, or NULL: `node` in PATH */
    unsigned inputs_every_ms; /* `inputs: {every: 60s}`: how often what services read from outside
                                 git is read again */
    ValueSetting *api_token;  /* `token:`, NULL: reading on loopback only */
    GPtrArray *accounts, *repositories,
        *services; /* AccountSettings*, RepositorySettings*, ServiceSettings* */
} Settings;

/* Reads driftless.yml's text. Returns (transfer full) NULL when problems got an error. Durations
 * are written 500ms, 60s, 15m, 2h, 1d; poll and inputs at least 1s, drift at least 10s. Required:
 * repositories, services, a repository's url, a service's repository, stage and region. Defaults:
 * store sqlite:driftless.db, poll 60s, inputs every 60s, drift report every 15m, approve
 * replacements, artifactBucket account. */
G_GNUC_WARN_UNUSED_RESULT
Settings *settings_parse(const char *file, const char *text, size_t size, Problems *problems);

void settings_free(Settings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Settings, settings_free)

/* NULL when there is none of that name. */
const ServiceSettings *settings_service(const Settings *settings, const char *name);
