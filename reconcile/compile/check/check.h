/* reconcile/compile/check/check.h
 *
 * What AWS would refuse of a finished template, told before anything is deployed, at the line of
 * what the person wrote: properties and their values against AWS's resource schemas
 * (config/resource_shape.h), references, intrinsic functions, circles of dependencies, the quotas
 * of CloudFormation. An error is what AWS surely refuses, a warning what it may let pass. What an
 * intrinsic function gives is not known and goes everywhere.
 *
 * Pure, thread-safe, one walk over the template; cost is linear in its size. */
#pragma once
#include "reconcile/compile/service.h"

/* Each problem once. */
void check_template(const Service *service, const Template *compiled, Problems *problems);

/* What can be said before there is a template, as other mistakes keep it from being made: of what
 * the person wrote below `resources`, or of their own template. */
void check_written(const Service *service, Problems *problems);
