/* tests/aws/cloudformation/request.h
 *
 * What the calls of CloudFormation have in common. Each sets the call's error when it fails. */
#pragma once
#include "tests/aws/cloudformation/stack.h"
#include "tests/aws/wire/api_call.h"

enum { PAGE_STACKS = 100, PAGE_EVENTS = 100, PAGE_RESOURCES = 100, CHANGE_SETS_LIMIT = 1000 };

/* The template of a call: TemplateBody, TemplateURL or UsePreviousTemplate (`previous` may be
 * NULL). */
G_GNUC_WARN_UNUSED_RESULT
Template *request_template(ApiCall *call, const Stack *previous);

/* Template, parameters, tags, capabilities and notification ARNs; what is left out stays as it was
 * where CloudFormation has it so. */
G_GNUC_WARN_UNUSED_RESULT
bool request_deployment(ApiCall *call, const Stack *previous, Deployment *ret);

/* The stack that StackName names. NULL with ValidationError in CloudFormation's words: `format` has
 * one %s. */
G_GNUC_WARN_UNUSED_RESULT
Stack *request_stack(ApiCall *call, bool deleted_too, const char *format);
#define STACK_WITH_ID_MISSING "Stack with id %s does not exist"
#define STACK_MISSING "Stack [%s] does not exist"

/* Checks StackName's form, for calls that make a stack. */
G_GNUC_WARN_UNUSED_RESULT
bool request_name_is_valid(ApiCall *call, const char *member, const char *spelled, bool arn_allowed,
                           size_t limit);

/* Whether the stack may be updated now. */
G_GNUC_WARN_UNUSED_RESULT
bool request_may_update(ApiCall *call, const Stack *stack);

/* The first item of a page: NextToken holds it. */
uint64_t request_page_start(const ApiCall *call);
void request_set_next_token(json_t *answer, uint64_t next);
