/* reconcile/compile/events/custom_resource.h
 *
 * Inside the room only: what CloudFormation cannot say by itself is done by functions of the
 * framework's that the stack brings along and calls (Custom::S3, Custom::CognitoUserPool,
 * Custom::ApiGatewayAccountRole, Custom::EventBridge). Their code is ours (custom_resources/), an
 * artifact of the service. Rules: osls 4.3.1, lib/plugins/aws/custom-resources. */
#pragma once
#include "reconcile/compile/compilation.h"

typedef enum {
    CUSTOM_S3,
    CUSTOM_COGNITO_USER_POOL,
    CUSTOM_API_GATEWAY_ROLE,
    CUSTOM_EVENT_BRIDGE,
} CustomResourceKind;

/* Where the artifact is found under the service's artifacts (Service.spec_of). */
#define CUSTOM_RESOURCES_POINTER "custom resources"

/* Whether the resolved configuration leads to any custom resource, so that their code has to be
 * packaged. */
bool custom_resources_wanted(json_t *config);

/* Adds a resource of that kind: `properties_new` gets its ServiceToken. Returns the resource. */
json_t *custom_resource_add(Compilation *compilation, CustomResourceKind kind, const char *id,
                            json_t *properties_new);

/* As custom_resource_add for what one function's events ask for, under the id
 * `<Function><suffix>`: it waits for the function, and the properties name it. */
json_t *custom_resource_add_for(Compilation *compilation, CustomResourceKind kind,
                                const Function *function, const char *suffix,
                                json_t *properties_new);

/* Adds the function that answers for resources of that kind, and to the role of all of them the
 * `statements_new` (stolen) that are not there yet. */
void custom_resource_add_function(Compilation *compilation, CustomResourceKind kind,
                                  json_t *statements_new);

/* Resources that one function of ours answers for work one after another, so that none undoes
 * another's work: each waits for the one before. `ids_of` has their ids by what they change (a
 * bucket, a pool); osls 3 lets only those wait that change the same. */
void custom_resources_chain(Compilation *compilation, json_t *ids_of);
