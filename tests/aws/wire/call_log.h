/* tests/aws/wire/call_log.h
 *
 * Which calls came since the start or the last reset. Guarded by the double's lock. */
#pragma once
#include "tests/aws/wire/api_call.h"

CallLog *call_log_new(void);
void call_log_free(CallLog *log);
void call_log_clear(CallLog *log);
void call_log_add(CallLog *log, const ApiCall *call, unsigned status);

/* {"total":…,"counts":{"service:action":…}} and, `with_list`, the last 10,000 calls. A new
 * reference. */
json_t *call_log_to_json(const CallLog *log, bool with_list);
