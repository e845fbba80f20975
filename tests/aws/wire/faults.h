/* tests/aws/wire/faults.h
 *
 * Scripted trouble: calls that fail, and resources that fail inside an operation of a stack.
 * README.md has the format. Guarded by the double's lock. */
#pragma once
#include "tests/aws/wire/api_call.h"

Faults *faults_new(void);
void faults_free(Faults *faults);
void faults_clear(Faults *faults);

/* Adds the faults of a list. False when one is malformed; then none is added. */
G_GNUC_WARN_UNUSED_RESULT
bool faults_add(Faults *faults, json_t *list, GError **error);

/* What is left of them. A new reference. */
json_t *faults_to_json(const Faults *faults);

typedef struct {
    unsigned status;            /* 0: the call goes through */
    const char *code, *message; /* owned by the fault */
    bool drop;                  /* the call is not carried out */
    bool drop_answer;           /* it is, but nobody hears of it */
    size_t truncate_bytes;      /* 0: whole */
    int64_t delay_ms;
} CallFault;

/* Counts the call, and says what strikes it. */
CallFault faults_take_call(Faults *faults, const ApiCall *call);

/* What strikes a resource: its failure's reason, borrowed, or NULL; and how long it takes longer.
 */
const char *faults_take_resource(Faults *faults, const char *stack_name, const char *logical_id,
                                 const char *type, const char *operation, int64_t *ret_delay_ms);
