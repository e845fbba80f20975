/* controller/loop/service_inputs.h
 *
 * Inside the loop: what a service read from outside git when it was last built, kept as digests, so
 * that a changed value is noticed and no value is stored. Kept as a list of {kind, address, region,
 * raw, noDecrypt, digest}; the digest is an HMAC with the store's key. The account's id is not
 * kept: it does not change. Thread-safe on different lists. */
#pragma once
#include "controller/store/store.h"
#include "reconcile/compile/compile.h"

/* What `inputs` answer of `requests` (InputRequest*), none twice. A new reference. */
json_t *kept_inputs_new(const Store *store, const GPtrArray *requests, const Inputs *inputs);

/* Appends the requests (InputRequest*, transfer full) that would answer what is kept. */
void kept_inputs_append_requests(json_t *kept, GPtrArray *requests);

/* Puts the digests of the values in `inputs` in the place of those kept; what `inputs` do not
 * answer stays. Returns whether one is another. */
bool kept_inputs_refresh(const Store *store, json_t *kept, const Inputs *inputs);
