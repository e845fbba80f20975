/* drift/correct.h
 *
 * How found drift is put right; pure, no calls. Two ways:
 *
 * drift-aware (CreateChangeSet DeploymentMode=REVERT_DRIFT): executed only when every change in the
 * change set is explained by a finding; a replacement only where a recreated resource of the same
 * explicit name causes it. CloudFormation puts changes of resources that are in sync into such
 * change sets (a method that refers to an AWS::ApiGateway::Resource, even as a replacement): a
 * change set with anything else in it is cleared away.
 *
 * two-step, where that is not offered or does more: the first template asks for what is already
 * there, so that CloudFormation's memory agrees with the world; the second is the desired one. A
 * deleted resource leaves the first template, every reference to it replaced by its last known
 * literal, so that nothing else is touched. */
#pragma once
#include "drift/finding.h"
#include "reconcile/aws/cloud_formation.h"

/* Judges a drift-aware change set. True: it may be executed. False with `ret_reason` (transfer
 * full): what in it no finding explains. */
bool correction_is_explained(const CloudFormationChangeSet *change_set, const GPtrArray *findings,
                             json_t *template, char **ret_reason);

typedef struct {
    json_t *adjusted;  /* step one's template, a new reference; NULL: held */
    char *held_reason; /* why no template could be made, or NULL */
} Correction;
void correction_clear(Correction *correction);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Correction, correction_clear)

/* Makes step one's template from the processed template that the stack has now and its findings
 * (ignored ones, CODE and UNKNOWN are passed over). `last_known` (last_known.h) is what references
 * to deleted resources gave. Held: a value under NoEcho or {{resolve:…}} would be copied, a literal
 * is unknown, or a drifted property is create-only. */
void correction_make(json_t *template, const GPtrArray *findings, json_t *last_known,
                     Correction *ret);

/* Whether putting the findings right changes what a REST API would serve: it has to be deployed
 * again (raise the deployment's nonce). */
bool correction_redeploys_rest_api(const GPtrArray *findings);
