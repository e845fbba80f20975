/* Tasks that query data: Athena, which reads with the caller's own permissions, and Redshift. */
#include "reconcile/compile/plugins/step_functions/tasks.h"

#include <string.h>

#define HERE(service) "arn:${AWS::Partition}:" service ":${AWS::Region}:${AWS::AccountId}:"
#define BUCKETS                                                                      \
    "s3:GetBucketLocation,s3:GetObject,s3:ListBucket,s3:ListBucketMultipartUploads," \
    "s3:ListMultipartUploadParts,s3:AbortMultipartUpload,s3:CreateBucket,s3:PutObject"
#define CATALOG                                                                              \
    "glue:CreateDatabase,glue:GetDatabase,glue:GetDatabases,glue:UpdateDatabase,"            \
    "glue:DeleteDatabase,glue:CreateTable,glue:UpdateTable,glue:GetTable,glue:GetTables,"    \
    "glue:DeleteTable,glue:BatchDeleteTable,glue:BatchCreatePartition,glue:CreatePartition," \
    "glue:UpdatePartition,glue:GetPartition,glue:GetPartitions,glue:BatchGetPartition,"      \
    "glue:DeletePartition,glue:BatchDeletePartition"

static json_t *parameters_of(json_t *state)
{
    return json_object_get(state, "Parameters");
}

static json_t *work_group(json_t *state)
{
    const char *name = json_string_value(json_object_get(parameters_of(state), "WorkGroup"));
    g_autofree char *arn =
        g_strconcat(HERE("athena") "workgroup/", name && *name ? name : "*", NULL);

    return task_sub_alone(arn);
}

void task_start_query(Tasks *tasks, json_t *state, const char *action)
{
    static const char *const catalog[] = {"catalog", "database/*", "table/*",
                                          "userDefinedFunction/*"};
    json_t *resources = json_array();

    task_allow(
        tasks, action,
        json_pack("[o,o]", work_group(state), task_sub_alone(HERE("athena") "datacatalog/*")));
    task_allow(tasks, BUCKETS, json_string("arn:aws:s3:::*"));
    for (size_t i = 0; i < G_N_ELEMENTS(catalog); i++) {
        g_autofree char *arn = g_strconcat(HERE("glue"), catalog[i], NULL);

        json_array_append_new(resources, task_sub_alone(arn));
    }
    task_allow(tasks, CATALOG, resources);
    task_allow(tasks, "lakeformation:GetDataAccess", task_everything());
}

/* What looks at a query, or stops it, knows only its id. */
void task_use_query(Tasks *tasks, json_t *state, const char *action)
{
    (void)state;
    task_allow(tasks, action, work_group(NULL));
    if (strcmp(action, "athena:getQueryResults") == 0)
        task_allow(tasks, "s3:GetObject", json_string("arn:aws:s3:::*"));
}

/* A text, or "*" for what is known only to CloudFormation. */
static const char *text_or_all(json_t *value)
{
    return json_is_string(value) ? json_string_value(value) : "*";
}

/* The serverless workgroup that runs a statement; NULL: a cluster does. A new reference. */
static json_t *redshift_work_group(json_t *parameters)
{
    json_t *name = json_object_get(parameters, "WorkgroupName");

    if (!name && !json_object_get(parameters, "WorkgroupName.$"))
        return NULL;
    if (json_is_object(name) || g_str_has_prefix(text_or_all(name), "arn:"))
        return json_incref(name);
    return task_sub(HERE("redshift-serverless") "workgroup/*");
}

static json_t *redshift_arn(const char *kind, const char *cluster, const char *name)
{
    g_autofree char *arn = g_strdup_printf(HERE("redshift") "%s:%s%s%s", kind, cluster,
                                           name ? "/" : "", name ? name : "");

    return task_sub(arn);
}

/* NULL where the parameters name no secret. A new reference. */
static json_t *secret_arn(json_t *parameters)
{
    json_t *secret = json_object_get(parameters, "SecretArn");
    g_autofree char *arn = NULL;

    if (!secret && !json_object_get(parameters, "SecretArn.$"))
        return NULL;
    if (json_is_object(secret) || g_str_has_prefix(text_or_all(secret), "arn:"))
        return json_incref(secret);
    arn = g_strdup_printf(HERE("secretsmanager") "secret:%s*",
                          json_is_string(secret) ? json_string_value(secret) : "");
    return task_sub(arn);
}

/* Who runs the statement: a secret tells it, a user of the database, or the role itself. */
void task_run_statement(Tasks *tasks, json_t *state, const char *action)
{
    json_t *parameters = parameters_of(state), *work = redshift_work_group(parameters),
           *secret = secret_arn(parameters),
           *identifier = json_object_get(parameters, "ClusterIdentifier"),
           *database = json_object_get(parameters, "Database"),
           *user = json_object_get(parameters, "DbUser");
    const char *cluster = work ? "undefined" : text_or_all(identifier);
    const char *base = text_or_all(database);

    task_allow(tasks, action, work ? json_incref(work) : redshift_arn("cluster", cluster, NULL));
    if (secret)
        task_allow(tasks, "secretsmanager:GetSecretValue", secret);
    else if (user || json_object_get(parameters, "DbUser.$"))
        task_allow(tasks, "redshift:GetClusterCredentials",
                   json_pack("[o,o]", redshift_arn("dbuser", cluster, text_or_all(user)),
                             redshift_arn("dbname", cluster, base)));
    else if (work)
        task_allow(tasks, "redshift-serverless:GetCredentials", json_incref(work));
    else
        task_allow(tasks, "redshift:GetClusterCredentialsWithIAM",
                   redshift_arn("dbname", cluster, base));
    json_decref(work);
}
