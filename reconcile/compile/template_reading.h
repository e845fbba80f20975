/* reconcile/compile/template_reading.h
 *
 * Inside the room only: reading a SAM or CloudFormation template for the local code that it names,
 * in it and in the templates nested in it. */
#pragma once
#include "reconcile/compile/service.h"

#define MAX_NESTED_TEMPLATES 50
#define MAX_NESTING 8

typedef struct TemplateReading TemplateReading;
struct TemplateReading {
    Service *service; /* what the artifacts are added to */
    SourceTree *tree;
    Problems *problems;
    json_t *config;              /* the template (borrowed) */
    const Origins *origins;      /* of it (borrowed) */
    GPtrArray *references;       /* CodeReference*, of it (borrowed) */
    const char *file;            /* its path in the tree */
    const char *folder;          /* that paths are relative to: the file's */
    const TemplateReading *from; /* the template that names this one; NULL: the service's own */
};

/* Reports at a pointer of the template. */
void template_reading_report(const TemplateReading *reading, const char *pointer, const char *hint,
                             const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Adds all that the template names. */
void template_reading_collect(TemplateReading *reading);

/* An artifact under a name that no other has, from the resource `id` at `pointer`; borrowed. */
ArtifactSpec *template_reading_add_spec(TemplateReading *reading, ArtifactKind kind, const char *id,
                                        const char *suffix, const char *pointer);

/* The artifact of the template at `path`, which the resource at `pointer` nests, where it has to be
 * rewritten because it names local code of its own (template_nested.c). *ret is NULL where it can
 * be uploaded as it is. False with a problem. */
bool template_nested_read(TemplateReading *reading, const char *id, const char *path,
                          const char *pointer, ArtifactSpec **ret);
