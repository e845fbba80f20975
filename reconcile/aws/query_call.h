/* reconcile/aws/query_call.h
 *
 * The Query protocol: a form up, XML down. For this room's own use. */
#pragma once
#include "reconcile/aws/aws_call.h"
#include "reconcile/aws/query_form.h"
#include "reconcile/aws/xml.h"

/* A page of 100 stacks with long outputs, or a change set with property values, is larger than
 * most. */
#define QUERY_ANSWER_MAX_BYTES (32u << 20)

/* True with the answer, whose root is "<Action>Response"; else AWS_ERROR. */
G_GNUC_WARN_UNUSED_RESULT
bool query_call(AwsClient *client, AwsService service, const QueryForm *form, XmlDocument **ret,
                GError **error);

/* The same without a signature. */
G_GNUC_WARN_UNUSED_RESULT
bool query_call_unsigned(AwsClient *client, AwsService service, const QueryForm *form,
                         XmlDocument **ret, GError **error);

/* "<Action>Result" of an answer; NULL when it has none. */
const XmlNode *query_result(const XmlDocument *answer);
