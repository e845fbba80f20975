/* config/settings_syntax.h
 *
 * The spelling of the values in driftless.yml, each as AWS or git has it. Pure, thread-safe. */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* Names of accounts, repositories and services: letters, digits, ., _ and -, at most 64, first a
 * letter or digit. */
bool syntax_is_name(const char *text);

/* What the framework takes as provider.stage. */
bool syntax_is_stage(const char *text);

/* The form of a region's name (eu-west-1, us-gov-west-1); AWS adds new ones, so there is no list.
 */
bool syntax_is_region(const char *text);

/* arn:PARTITION:iam::ACCOUNT:role/NAME */
bool syntax_is_role(const char *text);

/* [a-zA-Z][-a-zA-Z0-9]*, at most 128 (CloudFormation API, CreateStack). */
bool syntax_is_stack_name(const char *text);

/* 3 to 63 of a-z, 0-9, . and - (S3 User Guide, bucket naming rules). */
bool syntax_is_bucket(const char *text);

/* [A-Za-z_][A-Za-z0-9_]* */
bool syntax_is_variable(const char *text);

/* A branch or tag as `git check-ref-format --branch` takes it. */
bool syntax_is_ref(const char *text);

/* 40 hexadecimal digits. */
bool syntax_is_commit(const char *text);

/* HOST:PORT, [IPV6]:PORT or :PORT. */
bool syntax_is_listen(const char *text);

/* 500ms, 60s, 15m, 2h, 1d; at most 30 days. */
bool syntax_read_duration(const char *text, unsigned *ret_ms);

/* 512MiB, 2GiB, 100KiB: bytes in powers of 1024; at most 1 TiB. */
bool syntax_read_size(const char *text, guint64 *ret_bytes);

#define SYNTAX_HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:"

typedef enum {
    URL_INVALID,
    URL_PATH,
    URL_HTTPS, /* also http to this machine */
    URL_SSH,
    URL_HTTP_ELSEWHERE,
    URL_WITH_PASSWORD,
} UrlKind;

/* Where a repository is fetched from. */
UrlKind syntax_url_kind(const char *text);
