#include <criterion/criterion.h>
#include <string.h>

#include "config/resource_types.h"

static Property property(const char *type, const char *path)
{
    const ResourceType *found = resource_type_find(type);
    Property result = {0};

    cr_assert(found, "%s", type);
    cr_assert(resource_type_property(found, path, &result), "%s %s", type, path);
    return result;
}

Test(resource_types, every_type_of_the_schemas_is_there_and_is_found_by_its_name)
{
    cr_expect_eq(resource_type_count(), 1854);
    cr_expect_null(resource_type_at(1854));
    for (size_t i = 0; i < resource_type_count(); i++) {
        const ResourceType *type = resource_type_at(i);

        cr_expect_eq(resource_type_find(resource_type_name(type)), type);
        if (i > 0)
            cr_expect_lt(
                strcmp(resource_type_name(resource_type_at(i - 1)), resource_type_name(type)), 0);
    }
    cr_expect_null(resource_type_find("AWS::S3::Bucke"));
    cr_expect_null(resource_type_find("Custom::Thing"));
    cr_expect_null(resource_type_find(""));
}

Test(resource_types, properties_have_the_flags_that_aws_publishes)
{
    static const struct {
        const char *type, *path;
        unsigned flags;
        PropertyKind kind;
    } rows[] = {
        {"AWS::S3::Bucket", "BucketName", PROPERTY_CREATE_ONLY | PROPERTY_PRIMARY_IDENTIFIER,
         PROPERTY_STRING},
        {"AWS::S3::Bucket", "Arn", PROPERTY_READ_ONLY, PROPERTY_STRING},
        {"AWS::S3::Bucket", "Tags", 0, PROPERTY_ARRAY},
        {"AWS::S3::Bucket", "Tags/*/Key", PROPERTY_REQUIRED, PROPERTY_STRING},
        {"AWS::S3::Bucket", "Tags/12/Key", PROPERTY_REQUIRED, PROPERTY_STRING},
        {"AWS::DynamoDB::Table", "TableName", PROPERTY_CREATE_ONLY | PROPERTY_PRIMARY_IDENTIFIER,
         PROPERTY_STRING},
        {"AWS::DynamoDB::Table", "BillingMode", 0, PROPERTY_STRING},
        {"AWS::Lambda::Function", "FunctionName",
         PROPERTY_CREATE_ONLY | PROPERTY_PRIMARY_IDENTIFIER, PROPERTY_STRING},
        {"AWS::Lambda::Function", "Code", PROPERTY_REQUIRED, PROPERTY_OBJECT},
        {"AWS::Lambda::Function", "Code/S3Key", PROPERTY_WRITE_ONLY, PROPERTY_STRING},
        {"AWS::Lambda::Function", "Role", PROPERTY_REQUIRED, PROPERTY_STRING},
        {"AWS::Lambda::Function", "Timeout", 0, PROPERTY_INTEGER},
        {"AWS::Lambda::Function", "Environment/Variables", 0, PROPERTY_OBJECT},
        {"AWS::Lambda::Function", "Environment/Variables/ANY_NAME", 0, PROPERTY_ANY},
        {"AWS::SQS::Queue", "FifoQueue", PROPERTY_CREATE_ONLY | PROPERTY_ATTRIBUTE,
         PROPERTY_BOOLEAN},
        {"AWS::SQS::Queue", "QueueUrl", PROPERTY_READ_ONLY | PROPERTY_PRIMARY_IDENTIFIER,
         PROPERTY_STRING},
        {"AWS::SQS::Queue", "", 0, PROPERTY_OBJECT},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Property found = property(rows[i].type, rows[i].path);

        cr_expect_eq(found.flags, rows[i].flags, "%s %s: 0x%x", rows[i].type, rows[i].path,
                     found.flags);
        cr_expect_eq(found.kind, rows[i].kind, "%s %s: %d", rows[i].type, rows[i].path, found.kind);
    }
}

Test(resource_types, a_flag_on_a_parent_holds_for_what_is_below)
{
    Property key = property("AWS::Lambda::Version", "ProvisionedConcurrencyConfig/"
                                                    "ProvisionedConcurrentExecutions");

    cr_expect(key.flags & PROPERTY_CREATE_ONLY);
}

Test(resource_types, what_the_schema_does_not_list_is_no_property)
{
    const ResourceType *queue = resource_type_find("AWS::SQS::Queue");
    Property found = {.name = "untouched"};

    cr_expect_not(resource_type_property(queue, "QueueNam", &found));
    cr_expect_not(resource_type_property(queue, "QueueNames", &found));
    cr_expect_not(resource_type_property(queue, "QueueName/x", &found));
    cr_expect_not(resource_type_property(queue, "Tags/x/Key", &found));
    cr_expect_not(resource_type_property(queue, "Tags/", &found));
    cr_expect_not(resource_type_property(queue, "/Tags", &found));
    cr_expect_str_eq(found.name, "untouched");
    cr_expect(property("AWS::SQS::Queue", "").closed);
}

Test(resource_types, enums_list_their_values)
{
    const ResourceType *table = resource_type_find("AWS::DynamoDB::Table");
    const char *path = "KeySchema/*/KeyType";
    Property found;

    cr_assert(resource_type_property(table, path, &found) ||
              resource_type_property(table, "StreamSpecification/StreamViewType", &found));
    found = property("AWS::S3::Bucket", "BucketEncryption/ServerSideEncryptionConfiguration/*/"
                                        "ServerSideEncryptionByDefault/SSEAlgorithm");
    cr_expect_geq(found.enum_count, 3);
    cr_expect_str_eq(resource_type_enum_value(resource_type_find("AWS::S3::Bucket"),
                                              "BucketEncryption/ServerSideEncryptionConfiguration/"
                                              "0/ServerSideEncryptionByDefault/SSEAlgorithm",
                                              0),
                     "aws:kms");
    cr_expect_null(resource_type_enum_value(table, "TableName", 0));
    cr_expect_null(resource_type_enum_value(table, "NoSuch", 0));
}

Test(resource_types, identifiers_name_every_part_in_order)
{
    g_autofree const char **bucket =
        resource_type_identifier(resource_type_find("AWS::S3::Bucket"));
    g_autofree const char **stage =
        resource_type_identifier(resource_type_find("AWS::ApiGateway::Stage"));

    cr_expect_str_eq(bucket[0], "BucketName");
    cr_expect_null(bucket[1]);
    cr_expect_str_eq(stage[0], "RestApiId");
    cr_expect_str_eq(stage[1], "StageName");
    cr_expect_null(stage[2]);
}

/* Reads all that is below `path`, to a depth that recursive schemas do not make endless. */
static size_t visit(const ResourceType *type, const char *path, unsigned depth)
{
    g_autofree const char **names = resource_type_property_names(type, path);
    g_autofree char *any = g_strconcat(path, *path ? "/*" : "*", NULL);
    size_t count = 0;
    Property found;

    cr_assert(resource_type_property(type, path, &found), "%s %s", resource_type_name(type), path);
    for (unsigned i = 0; i < found.enum_count; i++)
        cr_assert(resource_type_enum_value(type, path, i));
    for (const char **name = names; depth > 0 && *name; name++) {
        g_autofree char *below = *path ? g_strconcat(path, "/", *name, NULL) : g_strdup(*name);

        count += 1 + visit(type, below, depth - 1);
    }
    if (depth > 0 && resource_type_property(type, any, &found))
        count += visit(type, any, depth - 1);
    return count;
}

Test(resource_types, every_table_can_be_read)
{
    size_t count = 0;

    for (size_t i = 0; i < resource_type_count(); i++) {
        const ResourceType *type = resource_type_at(i);
        g_autofree const char **identifier = resource_type_identifier(type);

        count += visit(type, "", 4);
        cr_expect(identifier[0], "%s", resource_type_name(type));
        for (const char **name = identifier; *name; name++) {
            Property found;

            cr_expect(resource_type_property(type, *name, &found), "%s %s",
                      resource_type_name(type), *name);
            cr_expect(found.flags & PROPERTY_PRIMARY_IDENTIFIER);
        }
    }
    cr_expect_gt(count, 40000);
}

Test(resource_types, a_recursive_definition_goes_on_as_deep_as_it_is_asked)
{
    Property found =
        property("AWS::WAFv2::WebACL", "Rules/*/Statement/AndStatement/Statements/*/"
                                       "NotStatement/Statement/OrStatement/Statements");

    cr_expect_eq(found.kind, PROPERTY_ARRAY);
}

Test(resource_types, what_holds_data_is_told_apart)
{
    static const char *const holding[] = {"AWS::DynamoDB::Table", "AWS::S3::Bucket",
                                          "AWS::RDS::DBInstance", "AWS::SQS::Queue",
                                          "AWS::Logs::LogGroup",  "AWS::Cognito::UserPool",
                                          "AWS::Kinesis::Stream", "AWS::EFS::FileSystem",
                                          "AWS::APS::Workspace",  "AWS::WorkSpaces::Workspace"};
    static const char *const empty[] = {"AWS::Lambda::Function",
                                        "AWS::IAM::Role",
                                        "AWS::SNS::Topic",
                                        "AWS::ApiGateway::RestApi",
                                        "",
                                        "Custom::Table"};

    for (size_t i = 0; i < G_N_ELEMENTS(holding); i++) {
        cr_expect(resource_type_holds_data(holding[i]), "%s", holding[i]);
        cr_expect(resource_type_find(holding[i]), "%s", holding[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(empty); i++)
        cr_expect_not(resource_type_holds_data(empty[i]), "%s", empty[i]);
}
