#include "reconcile/aws/credentials.h"
#include "scripted_transport.h"
#include <glib/gstdio.h>
#include <unistd.h>

/* A world of a test's own: environment, clock, transport, folder. */
typedef struct {
    const char *const *environment; /* name, value, …, NULL */
    ScriptedTransport transport;
    int64_t now_ms;
    char *folder, *config, *keys;
} World;

static const char *world_environment(const char *name, void *data)
{
    const World *world = data;

    if (world->config && g_str_equal(name, "AWS_CONFIG_FILE"))
        return world->config;
    if (world->keys && g_str_equal(name, "AWS_SHARED_CREDENTIALS_FILE"))
        return world->keys;
    for (const char *const *at = world->environment; at && *at; at += 2) {
        if (g_str_equal(*at, name))
            return at[1];
    }
    return NULL;
}

static int64_t world_now(void *data)
{
    return ((World *)data)->now_ms;
}

static CredentialsContext world_init(World *world, const char *const *environment,
                                     const ScriptedAnswer *answers, size_t count)
{
    *world = (World){.environment = environment, .now_ms = INT64_C(1440938160000)};
    scripted_init(&world->transport, answers, count);
    world->folder = g_dir_make_tmp("driftless-credentials-XXXXXX", NULL);
    world->config = g_build_filename(world->folder, "config", NULL);
    world->keys = g_build_filename(world->folder, "credentials", NULL);
    return (CredentialsContext){.environment = world_environment,
                                .transport = &world->transport.base,
                                .now_ms = world_now,
                                .data = world};
}

static void world_clear(World *world)
{
    scripted_clear(&world->transport);
    g_unlink(world->config);
    g_unlink(world->keys);
    g_rmdir(world->folder);
    g_free(world->folder);
    g_free(world->config);
    g_free(world->keys);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static void write_text(const char *file, const char *text)
{
    cr_assert(g_file_set_contents(file, text, -1, NULL));
}

static void expect_keys(CredentialsProvider *provider, const char *id, const char *token)
{
    g_autoptr(Credentials) keys = NULL;
    g_autoptr(GError) error = NULL;

    cr_assert(credentials_get(provider, &keys, &error), "%s", error ? error->message : "");
    cr_expect_str_eq(keys->access_key_id, id);
    cr_expect_eq(g_strcmp0(keys->session_token, token), 0);
}

static void expect_failure(CredentialsProvider *provider, CredentialsError code, const char *part)
{
    g_autoptr(Credentials) keys = NULL;
    g_autoptr(GError) error = NULL;

    cr_assert_not(credentials_get(provider, &keys, &error));
    cr_expect(g_error_matches(error, CREDENTIALS_ERROR, (gint)code), "%d: %s", error->code,
              error->message);
    cr_expect(strstr(error->message, part), "%s", error->message);
    cr_expect_null(keys);
}

#define ASSUMED(id, expiration)                                                                 \
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>" id "</AccessKeyId>"      \
    "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>" expiration \
    "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"

Test(credentials, the_environment_gives_all_three_or_says_what_is_missing)
{
    const char *all[] = {
        "AWS_ACCESS_KEY_ID", "A", "AWS_SECRET_ACCESS_KEY", "S", "AWS_SESSION_TOKEN", "T", NULL};
    const char *half[] = {"AWS_ACCESS_KEY_ID", "A", "AWS_SECRET_ACCESS_KEY", "", NULL};
    g_auto(World) first, second, third;
    CredentialsContext with = world_init(&first, all, NULL, 0),
                       without = world_init(&second, half, NULL, 0),
                       none = world_init(&third, NULL, NULL, 0);
    g_autoptr(CredentialsProvider) good = credentials_environment_new(&with);
    g_autoptr(CredentialsProvider) bad = credentials_environment_new(&without);
    g_autoptr(CredentialsProvider) empty = credentials_environment_new(&none);

    expect_keys(good, "A", "T");
    expect_failure(bad, CREDENTIALS_ERROR_INVALID,
                   "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not");
    expect_failure(empty, CREDENTIALS_ERROR_NOT_FOUND, "AWS_ACCESS_KEY_ID is not set");
}

Test(credentials, a_profile_has_static_keys_in_either_file_and_changes_are_seen)
{
    g_auto(World) world;
    CredentialsContext context = world_init(&world, NULL, NULL, 0);
    g_autoptr(CredentialsProvider) dev = credentials_profile_new(&context, "dev");
    g_autoptr(CredentialsProvider) fallback = credentials_profile_new(&context, NULL);

    write_text(world.config,
               "# a comment\r\n[default]\naws_access_key_id = D\naws_secret_access_key=s\n"
               "[profile  dev]\nregion = eu-west-1\ns3 =\n  aws_access_key_id = nested\n"
               "aws_access_key_id = FROM_CONFIG\n[dev]\naws_access_key_id = WRONG\n");
    write_text(world.keys, "[dev]\naws_access_key_id = K1\naws_secret_access_key = "
                           "s=/+\naws_session_token=\n[other]\nx=y\n");
    expect_keys(dev, "K1", NULL);
    expect_keys(fallback, "D", NULL);
    write_text(world.keys, "[dev]\naws_access_key_id = K2-longer\naws_secret_access_key = s\n");
    expect_keys(dev, "K2-longer", NULL);
}

Test(credentials, a_profile_that_cannot_be_used_says_why)
{
    g_auto(World) world;
    CredentialsContext context = world_init(&world, NULL, NULL, 0);
    const struct {
        const char *profile;
        CredentialsError code;
        const char *part;
    } rows[] = {
        {"absent", CREDENTIALS_ERROR_INVALID, "there is no such profile"},
        {"half", CREDENTIALS_ERROR_INVALID, "aws_access_key_id has no aws_secret_access_key"},
        {"process", CREDENTIALS_ERROR_UNSUPPORTED, "credential_process is not supported"},
        {"sso", CREDENTIALS_ERROR_UNSUPPORTED, "SSO is not supported"},
        {"mfa", CREDENTIALS_ERROR_UNSUPPORTED, "mfa_serial"},
        {"orphan", CREDENTIALS_ERROR_INVALID, "role_arn needs source_profile or credential_source"},
        {"dangling", CREDENTIALS_ERROR_INVALID, "profile nobody of"},
        {"a", CREDENTIALS_ERROR_INVALID, "source_profile leads in a circle"},
    };

    write_text(
        world.config,
        "[profile half]\naws_access_key_id = K\n[profile process]\ncredential_process = /bin/x\n"
        "[profile sso]\nsso_session = s\n[profile mfa]\nrole_arn=r\nmfa_serial=m\n"
        "[profile orphan]\nrole_arn=r\n[profile dangling]\nrole_arn=r\nsource_profile=nobody\n"
        "[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\nrole_arn=r\nsource_profile=a\n");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CredentialsProvider) provider =
            credentials_profile_new(&context, rows[i].profile);
        expect_failure(provider, rows[i].code, rows[i].part);
    }
}

Test(credentials, a_profile_with_a_role_assumes_it_with_its_source)
{
    const ScriptedAnswer answers[] = {
        {.status = 200, .body = ASSUMED("ROLE", "2015-08-30T13:36:00Z")}};
    g_auto(World) world;
    CredentialsContext context = world_init(&world, NULL, answers, G_N_ELEMENTS(answers));
    g_autoptr(CredentialsProvider) provider = credentials_profile_new(&context, "prod");
    const ScriptedRequest *request;

    write_text(
        world.config,
        "[profile prod]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n"
        "external_id = x y\nrole_session_name = me\nduration_seconds = 900\nregion = eu-north-1\n");
    write_text(world.keys, "[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n");
    expect_keys(provider, "ROLE", "t");
    expect_keys(provider, "ROLE", "t");
    request = scripted_request(&world.transport, 0);
    cr_expect_str_eq(request->url, "https://sts.eu-north-1.amazonaws.com/");
    cr_expect_str_eq(
        request->body,
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"
        "&RoleSessionName=me&ExternalId=x%20y&DurationSeconds=900");
    cr_expect(strstr(http_headers_get(request->headers, "Authorization"), "Credential=BASE/"));
}

static CredentialsProvider *assume(const CredentialsContext *context)
{
    g_autoptr(Credentials) keys = credentials_new("BASE", "s", NULL, 0);
    g_autoptr(CredentialsProvider) source = credentials_static_new(keys);
    const AssumeRoleOptions options = {.role_arn = "arn:aws:iam::1:role/r", .region = "eu-west-1"};

    return credentials_assume_role_new(context, &options, source);
}

Test(credentials, assumed_keys_are_kept_and_refreshed_before_they_expire)
{
    const ScriptedAnswer answers[] = {
        {.status = 200, .body = ASSUMED("FIRST", "2015-08-30T13:36:00Z")},
        {.status = 200, .body = ASSUMED("SECOND", "2015-08-30T14:36:00Z")},
        {.status = 200, .body = ASSUMED("THIRD", "2015-08-30T14:36:00Z")},
    };
    g_auto(World) world;
    CredentialsContext context = world_init(&world, NULL, answers, G_N_ELEMENTS(answers));
    g_autoptr(CredentialsProvider) provider = assume(&context);

    expect_keys(provider, "FIRST", "t");
    world.now_ms += 54 * 60 * 1000;
    expect_keys(provider, "FIRST", "t");
    world.now_ms += 2 * 60 * 1000;
    expect_keys(provider, "SECOND", "t");
    credentials_forget(provider);
    expect_keys(provider, "THIRD", "t");
}

Test(credentials, kept_keys_serve_while_sts_does_not_answer)
{
    const ScriptedAnswer down = {.failure = HTTP_ERROR_NOT_SENT};
    const ScriptedAnswer answers[] = {
        {.status = 200, .body = ASSUMED("FIRST", "2015-08-30T13:36:00Z")},
        down,
        down,
        down,
        down,
        down,
        down,
        down,
        down};
    g_auto(World) world;
    CredentialsContext context = world_init(&world, NULL, answers, G_N_ELEMENTS(answers));
    g_autoptr(CredentialsProvider) provider = assume(&context);

    expect_keys(provider, "FIRST", "t");
    world.now_ms += 56 * 60 * 1000;
    expect_keys(provider, "FIRST", "t");
    world.now_ms += 10 * 60 * 1000;
    expect_failure(provider, CREDENTIALS_ERROR_FAILED,
                   "assume role arn:aws:iam::1:role/r: Unreachable");
}

Test(credentials, a_role_that_may_not_be_assumed_needs_a_person)
{
    const ScriptedAnswer answers[] = {
        {.status = 403,
         .body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not "
                 "authorized</Message></Error></ErrorResponse>"}};
    g_auto(World) world;
    CredentialsContext context = world_init(&world, NULL, answers, G_N_ELEMENTS(answers));
    g_autoptr(CredentialsProvider) provider = assume(&context);

    expect_failure(provider, CREDENTIALS_ERROR_INVALID, "AccessDenied: not authorized");
}

Test(credentials, a_container_is_asked_with_its_token)
{
    const char *environment[] = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x",
                                 "AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret", NULL};
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = "{\"AccessKeyId\":\"ECS\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
                 "\"Expiration\":\"2015-08-30T18:36:00Z\"}"}};
    g_auto(World) world;
    CredentialsContext context = world_init(&world, environment, answers, G_N_ELEMENTS(answers));
    g_autoptr(CredentialsProvider) provider = credentials_container_new(&context);

    expect_keys(provider, "ECS", "t");
    cr_expect_str_eq(scripted_request(&world.transport, 0)->url, "http://169.254.170.2/v2/x");
    cr_expect_str_eq(
        http_headers_get(scripted_request(&world.transport, 0)->headers, "Authorization"),
        "secret");
}

Test(credentials, container_keys_are_not_fetched_in_clear_from_strangers)
{
    const char *environment[] = {"AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                 "http://169.254.170.2.example.com/x", NULL};
    g_auto(World) world;
    CredentialsContext context = world_init(&world, environment, NULL, 0);
    g_autoptr(CredentialsProvider) provider = credentials_container_new(&context);

    expect_failure(provider, CREDENTIALS_ERROR_INVALID,
                   "neither https nor a container's own address");
}

Test(credentials, an_instance_is_asked_with_a_session_token)
{
    const ScriptedAnswer answers[] = {
        {.status = 200, .body = "TOKEN"},
        {.status = 200, .body = "role-name\n"},
        {.status = 200,
         .body = "{\"Code\":\"Success\",\"AccessKeyId\":\"EC2\",\"SecretAccessKey\":\"s\","
                 "\"Token\":\"t\","
                 "\"Expiration\":\"2015-08-30T18:36:00Z\"}"},
    };
    g_auto(World) world;
    CredentialsContext context = world_init(&world, NULL, answers, G_N_ELEMENTS(answers));
    g_autoptr(CredentialsProvider) provider = credentials_instance_new(&context);

    expect_keys(provider, "EC2", "t");
    cr_expect_str_eq(scripted_request(&world.transport, 0)->method, "PUT");
    cr_expect_str_eq(scripted_request(&world.transport, 2)->url,
                     "http://169.254.169.254/latest/meta-data/iam/security-credentials/role-name");
    cr_expect_str_eq(http_headers_get(scripted_request(&world.transport, 2)->headers,
                                      "X-aws-ec2-metadata-token"),
                     "TOKEN");
}

Test(credentials, a_web_identity_is_exchanged_without_a_signature)
{
    g_autofree char *file = NULL;
    int fd = g_file_open_tmp("driftless-token-XXXXXX", &file, NULL);
    const char *environment[] = {"AWS_WEB_IDENTITY_TOKEN_FILE",
                                 file,
                                 "AWS_ROLE_ARN",
                                 "arn:r",
                                 "AWS_REGION",
                                 "us-west-2",
                                 NULL};
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
                 "<AccessKeyId>WEB"
                 "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</"
                 "SessionToken><Expiration>"
                 "2015-08-30T18:36:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
                 "</AssumeRoleWithWebIdentityResponse>"}};
    g_auto(World) world;
    CredentialsContext context = world_init(&world, environment, answers, G_N_ELEMENTS(answers));
    g_autoptr(CredentialsProvider) provider = credentials_web_identity_new(&context);

    close(fd);
    write_text(file, "a.b.c\n");
    expect_keys(provider, "WEB", "t");
    cr_expect_null(
        http_headers_get(scripted_request(&world.transport, 0)->headers, "Authorization"));
    cr_expect(strstr(scripted_request(&world.transport, 0)->body, "&WebIdentityToken=a.b.c"));
    unlink(file);
}

Test(credentials, the_chain_takes_the_first_that_is_set_up_and_stays_with_it)
{
    const char *environment[] = {"AWS_ACCESS_KEY_ID", "ENV", "AWS_SECRET_ACCESS_KEY", "S", NULL};
    g_auto(World) world;
    CredentialsContext context = world_init(&world, environment, NULL, 0);
    g_autoptr(CredentialsProvider) chain = credentials_default_chain_new(&context);

    write_text(world.keys, "[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n");
    expect_keys(chain, "ENV", NULL);
    world.environment = NULL;
    expect_failure(chain, CREDENTIALS_ERROR_NOT_FOUND, "AWS_ACCESS_KEY_ID is not set");
}

Test(credentials, the_chain_does_not_pass_over_what_is_set_up_wrongly)
{
    const char *environment[] = {"AWS_PROFILE", "absent", NULL};
    g_auto(World) world;
    CredentialsContext context = world_init(&world, environment, NULL, 0);
    g_autoptr(CredentialsProvider) chain = credentials_default_chain_new(&context);

    expect_failure(chain, CREDENTIALS_ERROR_INVALID, "profile absent of");
}

Test(credentials, a_chain_that_finds_nothing_says_what_to_do)
{
    const char *environment[] = {"AWS_EC2_METADATA_DISABLED", "true", NULL};
    g_auto(World) world;
    CredentialsContext context = world_init(&world, environment, NULL, 0);
    g_autoptr(CredentialsProvider) chain = credentials_default_chain_new(&context);

    expect_failure(chain, CREDENTIALS_ERROR_NOT_FOUND,
                   "no AWS credentials are set up; set AWS_ACCESS_KEY_ID and "
                   "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE");
}

Test(credentials, the_region_comes_from_the_environment_or_the_profile)
{
    const char *environment[] = {"AWS_DEFAULT_REGION", "eu-west-3", NULL};
    g_auto(World) world;
    CredentialsContext context = world_init(&world, environment, NULL, 0);
    g_autofree char *first = credentials_default_region(&context, NULL), *second = NULL,
                    *third = NULL;

    cr_expect_str_eq(first, "eu-west-3");
    world.environment = NULL;
    second = credentials_default_region(&context, NULL);
    cr_expect_null(second);
    write_text(world.config, "[default]\nregion = sa-east-1\n");
    third = credentials_default_region(&context, NULL);
    cr_expect_str_eq(third, "sa-east-1");
}
