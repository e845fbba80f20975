/* reconcile/compile/plugins/plugins.h
 *
 * Inside the room only: what the framework's plugins do to a service, done here without running
 * them. A plugin is a row of functions, one for each moment at which the real one is called; a
 * plugin that is not in the table (plugins.c) is for development only and passed over, or ignored
 * by the person who runs Driftless, or an error.
 *
 *     variables ─ load ─ schema ─ initialize ─ package ─▶ Service ─ parts ─ compile ─ resources ─
 * finish ─▶ Template
 *
 * At each moment the plugins take their turns in the order in which the service lists them, as in
 * the framework (its lifecycle hooks; osls 4.3.1, lib/classes/plugin-manager.js). */
#pragma once
#include "reconcile/compile/compilation.h"
#include "reconcile/compile/service.h"

typedef struct Plugin Plugin;

/* A plugin at work on the configuration. Everything is borrowed. */
typedef struct {
    const Plugin *plugin;
    Service *service;
    SourceTree *tree;
    const CompileOptions *options;
    Problems *problems;
    const char *pointer; /* the plugin's line, "/plugins/0" */
} PluginTurn;

typedef enum {
    PLUGIN_LOAD,       /* its constructor: variables are resolved, the schema is not applied */
    PLUGIN_INITIALIZE, /* before:package:initialize: may take functions out and change names */
    PLUGIN_PACKAGE, /* before anything is packaged or compiled; name, stage and region are known */
    PLUGIN_MOMENTS,
} PluginMoment;

struct Plugin {
    const char *name;
    /* What the service may say because of it: a map from chunks of the schema (schema/) to what is
     * merged into them, as JSON; or NULL. */
    const char *schema;
    void (*configure[PLUGIN_MOMENTS])(PluginTurn *turn);
    /* Beside the template: changes what CreateChangeSet gets. */
    void (*settings)(const Service *service, json_t *settings);
    void (*compile)(Compilation *compilation); /* before:package:finalize: all but `resources` */
    void (*finish)(Compilation *compilation);  /* after `resources` are merged */
};

/* One file each. */
extern const Plugin plugin_api_gateway_throttling;
extern const Plugin plugin_associate_waf;
extern const Plugin plugin_bundle;
extern const Plugin plugin_conditional_functions;
extern const Plugin plugin_dependson;
extern const Plugin plugin_deployment_bucket;
extern const Plugin plugin_dotenv;
extern const Plugin plugin_esbuild;
extern const Plugin plugin_iam_roles_per_function;
extern const Plugin plugin_ifelse;
extern const Plugin plugin_lambda_dead_letter;
extern const Plugin plugin_lambda_insights;
extern const Plugin plugin_log_retention;
extern const Plugin plugin_prune;
extern const Plugin plugin_pseudo_parameters;
extern const Plugin plugin_python_requirements;
extern const Plugin plugin_resource_tagging;
extern const Plugin plugin_stack_termination_protection;
extern const Plugin plugin_step_functions;
extern const Plugin plugin_tracing;
extern const Plugin plugin_typescript;
extern const Plugin plugin_webpack;

/* Reads `plugins` of the resolved configuration: fills service->plugins with those that are done
 * here; what is passed over is a notice, what cannot be done an error that says what it would do.
 */
void plugins_find(Service *service, const CompileOptions *options, Problems *problems);

/* What all of them add to the schema: chunk → what is merged into it. A new reference. */
json_t *plugins_schema(const Service *service);

void plugins_configure(Service *service, PluginMoment moment, SourceTree *tree,
                       const CompileOptions *options, Problems *problems);
void plugins_settings(const Service *service, json_t *settings);
void plugins_compile(Compilation *compilation);
void plugins_finish(Compilation *compilation);

/* What plugins ask. */

/* config.custom[key], borrowed; NULL where there is none. */
json_t *plugin_custom(const Service *service, const char *key);

/* Reports at `pointer` of the configuration, or at the plugin's own line where that is NULL. */
void plugin_problem(const PluginTurn *turn, ProblemSeverity severity, const char *pointer,
                    const char *hint, const char *format, ...) G_GNUC_PRINTF(5, 6);
