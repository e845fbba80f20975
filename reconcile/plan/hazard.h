/* reconcile/plan/hazard.h
 *
 * What in a plan a person should look at twice. A hazard says what may be lost or opened, on which
 * resource, in one line. Pure; thread-safe. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

// clang-format off
#define HAZARDS(ROW)                                                                          \
    /*  kind                   name                     */                                    \
    ROW(REPLACES,              "replaces")             /* a new resource takes its place */   \
    ROW(DESTROYS_DATA,         "destroys data")        /* a type that keeps its users' data */\
    ROW(WIDENS_PERMISSIONS,    "widens permissions")   /* IAM allows more than before */      \
    ROW(OPENS_TO_INTERNET,     "opens to the internet") /* reachable without authentication */
// clang-format on

typedef enum {
#define ROW(kind, name) HAZARD_##kind,
    HAZARDS(ROW)
#undef ROW
} HazardKind;

typedef struct {
    HazardKind kind;
    char *logical_id;
    bool blocks; /* data would be lost for good: `approve: replacements` asks a person first */
    char *text;  /* one line: "OrdersTable (AWS::DynamoDB::Table) is replaced because TableName
                    changes: its items are lost" */
} Hazard;

const char *hazard_name(HazardKind kind);
void hazard_free(Hazard *hazard);

/* What the replacement or removal of one resource amounts to, appended to `hazards`. `change` is a
 * ResourceChange*. */
struct ResourceChange;
void hazards_add_loss(const struct ResourceChange *change, GPtrArray *hazards);

/* What the changes of a plan amount to; used by plan_compare. `changes` are ResourceChange*, `live`
 * and `desired` the two Resources objects (live may be NULL). (transfer full) GPtrArray of Hazard*,
 * in the changes' order. */
GPtrArray *hazards_find(const GPtrArray *changes, json_t *live, json_t *desired);
