/* reconcile/compile/events/rest_api/request_template.h
 *
 * Inside rest_api/ only: the templates (VTL) by which a request becomes the event of a function
 * behind integration "lambda". They are part of what is deployed and equal to the framework's, byte
 * by byte. Pure. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

/* {content type: template}: with `defaults` those for JSON and forms; `own` (or NULL) over them,
 * where null takes one out. `claims` (or NULL) are passed on under cognitoPoolClaims. A new
 * reference. */
json_t *request_templates(bool defaults, json_t *own, json_t *claims);
