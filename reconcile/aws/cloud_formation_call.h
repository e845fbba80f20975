/* reconcile/aws/cloud_formation_call.h
 *
 * What the files of CloudFormation share: for this room's own use. */
#pragma once
#include "reconcile/aws/cloud_formation.h"
#include "reconcile/aws/query_call.h"

/* Pages of one list: a peer that gives tokens for ever is not followed for ever. */
#define CLOUD_FORMATION_MAX_PAGES 1000

QueryForm *cloud_formation_form(const char *action);

/* Sends it; ret may be NULL. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_call(AwsClient *client, const QueryForm *form, XmlDocument **ret,
                          GError **error);

/* Makes an item of a list's element. */
typedef void *(*CloudFormationReader)(const XmlNode *node);

/* All pages of a call: the items of `list` below the result, read by `read`. `fill` adds the call's
 * own members to each page's form. ret (transfer full) frees its items with `item_free`. */
typedef struct {
    const char *action, *list;
    void (*fill)(QueryForm *form, const void *data);
    const void *data;
    CloudFormationReader read;
    GDestroyNotify item_free;
    /* Whether to go on after this item, which is then left out when not; or NULL: all. */
    bool (*keep)(const void *item, const void *data);
    unsigned
        max_pages; /* 0: CLOUD_FORMATION_MAX_PAGES, and more is an error; else it just ends there */
} CloudFormationPages;
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_pages(AwsClient *client, const CloudFormationPages *pages, GPtrArray **ret,
                           GError **error);

/* The text at `path`, copied; NULL when there is none or it is empty. */
char *cloud_formation_text(const XmlNode *node, const char *path);
bool cloud_formation_bool(const XmlNode *node, const char *path);
int64_t cloud_formation_time(const XmlNode *node, const char *path);

/* {key: value} of a list of structures, a new reference. */
json_t *cloud_formation_pairs(const XmlNode *list, const char *key, const char *value);

/* Texts of a list. */
json_t *cloud_formation_texts(const XmlNode *list);

/* {key: {"value", "resolved"}} of `Parameters`. */
json_t *cloud_formation_parameters(const XmlNode *list);

/* JSON text as a value, a new reference; NULL when it is none. */
json_t *cloud_formation_json(const char *text);
