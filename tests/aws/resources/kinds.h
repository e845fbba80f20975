/* tests/aws/resources/kinds.h
 *
 * What is special about a type: the functions that LIVE_KINDS (kinds.c) lists. */
#pragma once
#include "tests/aws/resources/live.h"

/* lambda_kinds.c */
bool function_create(Live *live, int64_t now_ms, GError **error);
bool function_update(Live *live, json_t *changed, int64_t now_ms, GError **error);
bool version_prepare(Live *live, int64_t now_ms, GError **error);
bool version_remove(Live *live, int64_t now_ms, GError **error);
bool layer_prepare(Live *live, int64_t now_ms, GError **error);
bool layer_create(Live *live, int64_t now_ms, GError **error);
bool of_function_prepare(Live *live, int64_t now_ms, GError **error);

/* Takes over code: {"ZipFile": text} of a template, {"S3Bucket","S3Key","S3ObjectVersion"} or
 * {"ImageUri"}; sets the blob and CodeSha256, CodeSize of hidden. */
G_GNUC_WARN_UNUSED_RESULT
bool function_take_code(Live *live, json_t *code, GError **error);
void function_set_code(Live *live, GBytes *zip);

/* Publishes a version of a function, or gives the last one when nothing changed since. The number.
 * `ret_published` says which. */
json_int_t function_publish(Live *function, bool *ret_published);

/* Notes that a function's configuration or code changed. */
void function_touch(Live *function, int64_t now_ms);
