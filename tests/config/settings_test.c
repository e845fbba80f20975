#include <criterion/criterion.h>
#include <string.h>

#include "config/settings.h"

#define SHOP "repositories:\n  shop: {url: https://git.example.com/shop.git}\n"
#define ORDERS "services:\n  orders: {repository: shop, stage: dev, region: eu-west-1"

/* Every problem of a file as file:line:column: message (hint). (transfer full) */
static char *problems_of(const char *text)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = settings_parse("driftless.yml", text, strlen(text), problems);
    GString *all = g_string_new(NULL);
    const Problem *problem;

    cr_expect_eq(settings == NULL, problems_have_errors(problems));
    for (size_t i = 0; (problem = problems_get(problems, i)); i++) {
        g_string_append_printf(all, "%s%s:%u:%u: %s", i > 0 ? "\n" : "", problem->file,
                               problem->line, problem->column, problem->message);
        if (problem->hint)
            g_string_append_printf(all, " (%s)", problem->hint);
    }
    return g_string_free(all, FALSE);
}

Test(settings, every_mistake_is_told_at_its_place_with_what_to_do)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", "driftless.yml:1:1: the file must be a map, but is nothing"},
        {"- a\n", "driftless.yml:1:1: the file must be a map, but is a list"},
        {"just text\n", "driftless.yml:1:1: the file must be a map, but is a text (write its "
                        "keys below it, indented, or in {})"},
        {"services: {}\n", "driftless.yml:1:1: \"repositories\" is missing"},
        {"repositories: {}\n", "driftless.yml:1:1: \"services\" is missing"},
        {"lisen: x\n" SHOP ORDERS "}\n",
         "driftless.yml:1:1: unknown key \"lisen\" (did you mean \"listen\"?)"},
        {"accounts: []\n" SHOP ORDERS "}\n",
         "driftless.yml:1:11: \"accounts\" must be a map, but is a list"},
        {SHOP "services: [a]\n", "driftless.yml:3:11: \"services\" must be a map, but is a list"},
        {SHOP "services:\n  orders:\n",
         "driftless.yml:4:10: \"orders\" must be a map, but is nothing"},
        {SHOP ORDERS ", build: yes please}\n",
         "driftless.yml:4:68: \"build\" must be a map, but is a text (write its keys below it, "
         "indented, or in {})"},
        {SHOP ORDERS ", build: {stepps: []}}\n",
         "driftless.yml:4:69: unknown key \"stepps\" (did you mean \"steps\"?)"},
        {SHOP ORDERS ", build: {steps: [{network: true}]}}\n",
         "driftless.yml:4:77: \"run\" is missing"},
        {SHOP ORDERS ", build: {steps: [{run: x, network: 1}]}}\n",
         "driftless.yml:4:95: \"network\" must be true, false or a list of hosts, but is a number "
         "(write true, or the hosts: [packages.example.com])"},
        {SHOP ORDERS ", build: {steps: [{run: x, network: ['https://a/b']}]}}\n",
         "driftless.yml:4:95: a host must be a name or an address, but item 1 is https://a/b "
         "(write "
         "it without https:// and port)"},
        {SHOP ORDERS ", build: {memory: 2GB}}\n",
         "driftless.yml:4:77: \"2GB\" is no size (write it like 512MiB or 2GiB, at least 16MiB)"},
        {SHOP ORDERS ", build: {folder: ../x}}\n",
         "driftless.yml:4:77: \"../x\" leads out of the repository (write it relative to the "
         "repository's root, with /)"},
        {"store: postgres://x\n" SHOP ORDERS "}\n",
         "driftless.yml:1:8: \"postgres://x\" is no store (write sqlite:PATH, like "
         "sqlite:driftless.db)"},
        {"store: sqlite:\n" SHOP ORDERS "}\n",
         "driftless.yml:1:14: a \":\" cannot start a value here (put quotes around a value that "
         "holds \": \", or start the key on a line of its own with the right indentation)"},
        {"listen: 8080\n" SHOP ORDERS "}\n",
         "driftless.yml:1:9: \"listen\" must be a text, but is a number (put quotes around it)"},
        {"listen: localhost\n" SHOP ORDERS "}\n",
         "driftless.yml:1:9: \"localhost\" is no valid listen (write HOST:PORT, like "
         "127.0.0.1:8080, [::1]:8080 or :8080)"},
        {"listen: \":99999\"\n" SHOP ORDERS "}\n",
         "driftless.yml:1:9: \":99999\" is no valid listen (write HOST:PORT, like 127.0.0.1:8080, "
         "[::1]:8080 or :8080)"},
        {"workers: 0\n" SHOP ORDERS "}\n",
         "driftless.yml:1:10: \"workers\" must be a number from 1 to 64"},
        {"inputs: 5s\n" SHOP ORDERS "}\n",
         "driftless.yml:1:9: \"inputs\" must be a map, but is a text (write its keys below it, "
         "indented, or in {})"},
        {"inputs: {every: 10ms}\n" SHOP ORDERS "}\n",
         "driftless.yml:1:17: \"every\" must be at least 1s"},
        {"node: node\n" SHOP ORDERS "}\n",
         "driftless.yml:1:7: \"node\" is no valid node (the absolute path of a Node.js program)"},
        {"workers: many\n" SHOP ORDERS "}\n",
         "driftless.yml:1:10: \"workers\" must be a number from 1 to 64"},
        {"token: s3cr3t\n" SHOP ORDERS "}\n",
         "driftless.yml:1:8: a token must not stand in the file itself (write token: {env: NAME} "
         "or token: {file: PATH})"},
        {"token: {ssm: /x}\n" SHOP ORDERS "}\n",
         "driftless.yml:1:8: the API's token cannot come from ssm (write token: {env: NAME} or "
         "token: {file: PATH})"},
        {"token: {env: A, file: B}\n" SHOP ORDERS "}\n",
         "driftless.yml:1:8: a source must be exactly one of env, file and ssm (write {env: NAME}, "
         "{file: PATH} or {ssm: NAME})"},
        {"token: {}\n" SHOP ORDERS "}\n",
         "driftless.yml:1:8: a source must be exactly one of env, file and ssm (write {env: NAME}, "
         "{file: PATH} or {ssm: NAME})"},
        {"token: {env: A-B}\n" SHOP ORDERS "}\n",
         "driftless.yml:1:14: \"A-B\" is no name of a variable (letters, digits and _, first no "
         "digit)"},
        {"token: {value: x}\n" SHOP ORDERS "}\n",
         "driftless.yml:1:9: unknown key \"value\" (known here: env, file, ssm)"},
        {"accounts:\n  prod: {role: driftless}\n" SHOP ORDERS "}\n",
         "driftless.yml:2:16: \"driftless\" is no valid role (write the role's ARN: "
         "arn:aws:iam::111122223333:role/NAME)"},
        {"accounts:\n  prod: {role: \"arn:aws:iam::123:role/x\"}\n" SHOP ORDERS "}\n",
         "driftless.yml:2:16: \"arn:aws:iam::123:role/x\" is no valid role (write the role's ARN: "
         "arn:aws:iam::111122223333:role/NAME)"},
        {"accounts:\n  prod: {executionRole: 12}\n" SHOP ORDERS "}\n",
         "driftless.yml:2:25: \"executionRole\" must be a text, but is a number (put quotes around "
         "it)"},
        {"accounts:\n  prod: {externalId: abc}\n" SHOP ORDERS "}\n",
         "driftless.yml:2:10: externalId is of no use without a role to assume (add role, or "
         "remove it)"},
        {"accounts:\n  prod: {roll: x}\n" SHOP ORDERS "}\n",
         "driftless.yml:2:10: unknown key \"roll\" (did you mean \"role\"?)"},
        {"accounts:\n  prod: {role: \"arn:aws:iam::111122223333:role/x\", externalId: "
         "123456789012}\n" SHOP ORDERS "}\n",
         "driftless.yml:2:64: \"externalId\" must be a text, but is a number (put quotes around "
         "it)"},
        {"accounts:\n  \"prod env\": {}\n" SHOP ORDERS "}\n",
         "driftless.yml:2:3: \"prod env\" is no valid name (letters, digits, ., _ and -, first a "
         "letter or digit, at most 64)"},
        {"repositories:\n  shop: {branch: main}\nservices: {}\n",
         "driftless.yml:2:3: \"url\" is missing"},
        {"repositories:\n  shop: {url: \"\"}\nservices: {}\n",
         "driftless.yml:2:15: \"url\" must be a text, but is empty"},
        {"repositories:\n  shop: {url: git://x/y}\nservices: {}\n",
         "driftless.yml:2:15: \"git://x/y\" is no url that can be fetched from (write a path, "
         "https://…, ssh://… or git@HOST:PATH)"},
        {"repositories:\n  shop: {url: http://git.example.com/x}\nservices: {}\n",
         "driftless.yml:2:15: http:// sends code and tokens unencrypted; it is allowed to this "
         "machine only (use https://)"},
        {"repositories:\n  shop: {url: \"https://me:secret@git.example.com/x\"}\nservices: {}\n",
         "driftless.yml:2:15: a url must not hold a user or password (write auth: {tokenFile: "
         "PATH} or auth: {tokenEnv: NAME})"},
        {"repositories:\n  shop: {url: \"ext::sh -c x\"}\nservices: {}\n",
         "driftless.yml:2:15: \"ext::sh -c x\" is no url that can be fetched from (write a path, "
         "https://…, ssh://… or git@HOST:PATH)"},
        {"repositories:\n  shop: {url: ssh://git@x/y}\nservices: {}\n",
         "driftless.yml:2:15: an ssh url needs a key (write auth: {sshKeyFile: PATH, "
         "knownHostsFile: PATH})"},
        {"repositories:\n  shop: {url: git@x:y, auth: {sshKeyFile: a}}\nservices: {}\n",
         "driftless.yml:2:31: sshKeyFile needs knownHostsFile: without it any server would be "
         "believed (add knownHostsFile, made with: ssh-keyscan HOST > FILE, and compare its "
         "fingerprint with the published one)"},
        {"repositories:\n  shop: {url: git@x:y, auth: {knownHostsFile: a}}\nservices: {}\n",
         "driftless.yml:2:31: knownHostsFile needs sshKeyFile (add sshKeyFile)"},
        {"repositories:\n  shop: {url: git@x:y, auth: {tokenFile: a}}\nservices: {}\n",
         "driftless.yml:2:31: a token serves https:// urls only (write sshKeyFile and "
         "knownHostsFile, or use a https:// url)"},
        {"repositories:\n  shop: {url: https://x/y, auth: {tokenFile: a, tokenEnv: B}}\nservices: "
         "{}\n",
         "driftless.yml:2:49: tokenFile and tokenEnv exclude each other (remove one of the two)"},
        {"repositories:\n  shop: {url: https://x/y, auth: {username: a}}\nservices: {}\n",
         "driftless.yml:2:35: username is of no use without a token (add tokenFile or tokenEnv, or "
         "remove it)"},
        {"repositories:\n  shop: {url: https://x/y, auth: {sshKeyFile: a, knownHostsFile: "
         "b}}\nservices: {}\n",
         "driftless.yml:2:35: an ssh key serves ssh:// urls only (write tokenFile or tokenEnv, or "
         "use an ssh:// url)"},
        {"repositories:\n  shop: {url: /srv/x.git, auth: {tokenEnv: X}}\nservices: {}\n",
         "driftless.yml:2:34: a token serves https:// urls only (remove it, or use a https:// "
         "url)"},
        {"repositories:\n  shop: {url: https://x/y, auth: token}\nservices: {}\n",
         "driftless.yml:2:34: \"auth\" must be a map, but is a text (write its keys below it, "
         "indented, or in {})"},
        {"repositories:\n  shop: {url: https://x/y, auth: {tokenfile: a}}\nservices: {}\n",
         "driftless.yml:2:35: unknown key \"tokenfile\" (did you mean \"tokenFile\"?)"},
        {"repositories:\n  shop: {url: /x, branch: \"a..b\"}\nservices: {}\n",
         "driftless.yml:2:27: \"a..b\" is no valid branch (the name of a branch, like main or "
         "release/2)"},
        {"repositories:\n  shop: {url: /x, branch: 1.0}\nservices: {}\n",
         "driftless.yml:2:27: \"branch\" must be a text, but is a number (put quotes around it)"},
        {"repositories:\n  shop: {url: /x, poll: 60}\nservices: {}\n",
         "driftless.yml:2:25: \"poll\" must be a duration, but is \"60\" (write a number with its "
         "unit: 500ms, 60s, 15m, 2h or 1d; at most 30d)"},
        {"repositories:\n  shop: {url: /x, poll: 1.5h}\nservices: {}\n",
         "driftless.yml:2:25: \"poll\" must be a duration, but is \"1.5h\" (write a number with "
         "its unit: 500ms, 60s, 15m, 2h or 1d; at most 30d)"},
        {"repositories:\n  shop: {url: /x, poll: 500ms}\nservices: {}\n",
         "driftless.yml:2:25: \"poll\" must be at least 1s"},
        {"repositories:\n  shop: {url: /x, poll: 31d}\nservices: {}\n",
         "driftless.yml:2:25: \"poll\" must be a duration, but is \"31d\" (write a number with its "
         "unit: 500ms, 60s, 15m, 2h or 1d; at most 30d)"},
        {"repositories:\n  shop: {url: /x, poll: [1]}\nservices: {}\n",
         "driftless.yml:2:25: \"poll\" must be a duration, but is a list (write a number with its "
         "unit: 500ms, 60s, 15m, 2h or 1d; at most 30d)"},
        {SHOP "services:\n  orders: {}\n",
         "driftless.yml:4:3: \"repository\" is missing (name one of those under repositories)\n"
         "driftless.yml:4:3: \"stage\" is missing\n"
         "driftless.yml:4:3: \"region\" is missing"},
        {SHOP "services:\n  orders: {repository: shp, stage: dev, region: eu-west-1}\n",
         "driftless.yml:4:24: no repository is called \"shp\" (did you mean \"shop\"?)"},
        {SHOP "services:\n  orders: {repository: billing, stage: dev, region: eu-west-1}\n",
         "driftless.yml:4:24: no repository is called \"billing\" (add it under repositories)"},
        {SHOP ORDERS ", account: prod}\n",
         "driftless.yml:4:70: no account is called \"prod\" (add it under accounts)"},
        {SHOP ORDERS ", path: /srv}\n", "driftless.yml:4:67: \"/srv\" leads out of the repository "
                                        "(write it relative to the repository's root, with /)"},
        {SHOP ORDERS ", path: a/../../b}\n",
         "driftless.yml:4:67: \"a/../../b\" leads out of the repository (write it relative to the "
         "repository's root, with /)"},
        {SHOP ORDERS ", template: ../x.yml}\n",
         "driftless.yml:4:71: \"../x.yml\" leads out of the repository (write it relative to the "
         "repository's root, with /)"},
        {SHOP ORDERS ", tag: v1, commit: abc}\n", "driftless.yml:4:70: tag and commit exclude each "
                                                  "other (keep one of branch, tag and commit)"},
        {SHOP ORDERS ", commit: abc}\n", "driftless.yml:4:69: \"abc\" is no valid commit (write "
                                         "the whole commit id: 40 hexadecimal digits)"},
        {SHOP ORDERS ", branch: \"-x\"}\n", "driftless.yml:4:69: \"-x\" is no valid branch (write "
                                            "a name as git takes it, like main or v1.2)"},
        {SHOP ORDERS ", stackName: 1x}\n", "driftless.yml:4:72: \"1x\" is no valid stackName "
                                           "(letters, digits and -, first a letter, at most 128)"},
        {SHOP ORDERS ", path: \"services/*\", stackName: x}\n",
         "driftless.yml:4:81: every service that the path matches would be the same stack (remove "
         "it, or write a path without *, ?, [ and {)"},
        {SHOP "services:\n  orders: {repository: shop, stage: dev_1, region: eu-west1}\n",
         "driftless.yml:4:37: \"dev_1\" is no valid stage (letters, digits and - only)\n"
         "driftless.yml:4:52: \"eu-west1\" is no valid region (write it like eu-west-1)"},
        {SHOP ORDERS ", params: {a: [1]}}\n",
         "driftless.yml:4:73: a parameter must be a text, but \"a\" is a list"},
        {SHOP ORDERS ", params: x}\n", "driftless.yml:4:69: \"params\" must be a map, but is a "
                                       "text (write its keys below it, indented, or in {})"},
        {SHOP ORDERS ", env: {A: ~}}\n", "driftless.yml:4:70: the variable \"A\" must be a text or "
                                         "a source, but is nothing (write a "
                                         "text, {env: NAME}, {file: PATH} or {ssm: NAME})"},
        {SHOP ORDERS ", env: {A: {value: x}}}\n",
         "driftless.yml:4:71: unknown key \"value\" (known here: env, file, ssm)"},
        {SHOP ORDERS ", env: {1A: x}}\n", "driftless.yml:4:67: \"1A\" is no name of a variable "
                                          "(letters, digits and _, first no digit)"},
        {SHOP ORDERS ", env: {A: {env: B, ssm: C}}}\n",
         "driftless.yml:4:70: a source must be exactly one of env, file and ssm (write {env: "
         "NAME}, {file: PATH} or {ssm: NAME})"},
        {SHOP ORDERS ", drift: correct}\n",
         "driftless.yml:4:68: \"drift\" must be a map, but is a text (write its keys below it, "
         "indented, or in {})"},
        {SHOP ORDERS ", drift: {mode: fix}}\n",
         "driftless.yml:4:75: \"mode\" must be one of off, report, correct, not \"fix\""},
        {SHOP ORDERS ", drift: {every: 5s}}\n",
         "driftless.yml:4:76: \"every\" must be at least 10s"},
        {SHOP ORDERS ", drift: {ignore: Table}}\n",
         "driftless.yml:4:77: \"ignore\" must be a list, but is a text"},
        {SHOP ORDERS ", drift: {ignore: [Table]}}\n",
         "driftless.yml:4:78: what is ignored must be a map, but this is a text (write "
         "{resource: Table, path: /Properties/Tags})"},
        {SHOP ORDERS ", drift: {ignore: [{path: /a}]}}\n",
         "driftless.yml:4:78: \"resource\" is missing"},
        {SHOP ORDERS ", drift: {ignore: [{resource: T, path: Properties}]}}\n",
         "driftless.yml:4:98: \"Properties\" is no JSON pointer (write it from the resource down: "
         "/Properties/Tags)"},
        {SHOP ORDERS ", approve: yes}\n",
         "driftless.yml:4:70: \"approve\" must be one of never, replacements, always, not \"yes\""},
        {SHOP ORDERS ", approve: true}\n", "driftless.yml:4:70: \"approve\" must be a text, but is "
                                           "true or false (put quotes around it)"},
        {SHOP ORDERS ", artifactBucket: My_Bucket}\n",
         "driftless.yml:4:77: \"My_Bucket\" is no valid artifactBucket (write account, stack or "
         "the name of an S3 bucket)"},
        {SHOP ORDERS ", keepArtifacts: 0}\n",
         "driftless.yml:4:76: \"keepArtifacts\" says of how many deployments artifacts are kept "
         "(write all, or a number from 1 to 100)"},
        {SHOP ORDERS ", keepArtifacts: none}\n",
         "driftless.yml:4:76: \"keepArtifacts\" says of how many deployments artifacts are kept "
         "(write all, or a number from 1 to 100)"},
        {SHOP ORDERS ", plugins: [x]}\n",
         "driftless.yml:4:70: \"plugins\" must be a map, but is a list"},
        {SHOP ORDERS ", plugins: {ignore: [1]}}\n",
         "driftless.yml:4:80: a plugin is ignored by its name, but this is a number"},
        {SHOP ORDERS ", plugin: {}}\n",
         "driftless.yml:4:61: unknown key \"plugin\" (did you mean \"plugins\"?)"},
        {SHOP "services:\n  a: {repository: shop, stage: dev, region: eu-west-1}\n  b: "
              "{repository: shop, path: ., stage: dev, region: eu-west-1}\n",
         "driftless.yml:5:3: services \"a\" and \"b\" are the same stack (give one of them another "
         "stage, region, account or stackName)"},
        {SHOP "services:\n  a: {repository: shop, path: x, stackName: s, stage: dev, region: "
              "eu-west-1}\n  b: {repository: shop, path: y, stackName: s, stage: prod, region: "
              "eu-west-1}\n",
         "driftless.yml:5:3: services \"a\" and \"b\" are the same stack (give one of them another "
         "stage, region, account or stackName)"},
        {SHOP "services:\n  a: {repository: shop, stage: dev, region: eu-west-1}\n  a: "
              "{repository: shop, stage: dev, region: eu-west-1}\n",
         "driftless.yml:5:3: duplicate key \"a\": it stands on line 4 already (remove or rename "
         "one of the two)"},
        {SHOP "services:\n  a: {repository: !Ref shop, stage: dev, region: eu-west-1}\n",
         "driftless.yml:4:19: \"repository\" must be a text, but is a map"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *found = problems_of(rows[i].text);

        cr_expect_str_eq(found, rows[i].expected, "%s\n%s", rows[i].text, found);
    }
}

static Settings *read_well(const char *text)
{
    g_autoptr(Problems) problems = problems_new();
    Settings *settings = settings_parse("driftless.yml", text, strlen(text), problems);
    g_autofree char *told = problems_to_text(problems, false);

    cr_assert(settings, "%s", told);
    cr_expect_str_eq(told, "");
    return settings;
}

Test(settings, what_is_not_written_has_its_default)
{
    g_autoptr(Settings) settings = read_well(SHOP ORDERS "}\n");
    const RepositorySettings *shop = g_ptr_array_index(settings->repositories, 0);
    const ServiceSettings *orders = settings_service(settings, "orders");

    cr_expect_str_eq(settings->file, "driftless.yml");
    cr_expect_str_eq(settings->store, "driftless.db");
    cr_expect_str_eq(settings->listen, "127.0.0.1:8080");
    cr_expect_eq(settings->workers, 4);
    cr_expect_eq(settings->inputs_every_ms, 60000);
    cr_expect_null(settings->api_token);
    cr_expect_str_eq(shop->branch, "main");
    cr_expect_str_eq(shop->username, "x-access-token");
    cr_expect_eq(shop->poll_ms, 60000);
    cr_expect_null(shop->token_file);
    cr_expect_eq(orders->repository, shop);
    cr_expect_str_eq(orders->path, "");
    cr_expect_not(orders->path_is_glob);
    cr_expect_null(orders->template_file);
    cr_expect_str_eq(orders->revision, "main");
    cr_expect_eq(orders->revision_kind, REVISION_BRANCH);
    cr_expect_null(orders->account);
    cr_expect_null(orders->stack_name);
    cr_expect_eq(g_hash_table_size(orders->params), 0);
    cr_expect_eq(orders->drift_mode, DRIFT_REPORT);
    cr_expect_eq(orders->drift_every_ms, 15 * 60 * 1000);
    cr_expect_eq(orders->approve, APPROVE_REPLACEMENTS);
    cr_expect_str_eq(orders->artifact_bucket, "account");
    cr_expect_eq(orders->keep_artifacts, KEEP_ARTIFACTS_UNSET);
    cr_expect_eq(orders->at.line, 4);
    cr_expect_eq(orders->at.column, 3);
    cr_expect_null(settings_service(settings, "order"));
}

static const char everything[] =
    "store: sqlite:/var/lib/driftless/state.db\n"
    "listen: '[::1]:9000'\n"
    "workers: 16\n"
    "token: {env: DRIFTLESS_TOKEN}\n"
    "accounts:\n"
    "  production: {role: 'arn:aws:iam::111122223333:role/team/driftless', externalId: abc,\n"
    "               executionRole: 'arn:aws-us-gov:iam::111122223333:role/x', profile: p}\n"
    "repositories:\n"
    "  shop:\n"
    "    url: git@git.example.com:shop.git\n"
    "    branch: release/2\n"
    "    poll: 2h\n"
    "    auth: {sshKeyFile: /k, knownHostsFile: /h}\n"
    "  tools: {url: http://localhost:3000/x.git, javascript: allow,\n"
    "          auth: {tokenEnv: TOKEN, username: bot}}\n"
    "services:\n"
    "  orders:\n"
    "    repository: shop\n"
    "    path: ./services//*/\n"
    "    template: build/template.yml\n"
    "    tag: v1.2\n"
    "    stage: production\n"
    "    region: us-gov-west-1\n"
    "    account: production\n"
    "    params: {domain: shop.example.com, size: 1.50, on: true}\n"
    "    env: {API_KEY: {ssm: /shop/api-key}, LOG: debug, N: 1, F: {file: /f}, E: {env: HOST}}\n"
    "    drift:\n"
    "      mode: correct\n"
    "      every: 10s\n"
    "      ignore: [{resource: Table, path: /Properties/Tags}, {resource: 'AWS::SQS::*'}]\n"
    "    approve: never\n"
    "    artifactBucket: my-bucket\n"
    "    keepArtifacts: 7\n"
    "    plugins: {ignore: [serverless-foo]}\n"
    "  billing: {repository: tools, commit: 0123456789abcdef0123456789abcdef01234567, stage: dev,\n"
    "            region: eu-west-1, stackName: bill, drift: {mode: off}, approve: always, "
    "keepArtifacts: all}\n"
    "inputs: {every: 5m}\n"
    "node: /opt/node/bin/node\n";

Test(settings, everything_that_can_be_written_is_read)
{
    g_autoptr(Settings) settings = read_well(everything);
    const AccountSettings *account = g_ptr_array_index(settings->accounts, 0);
    const RepositorySettings *shop = g_ptr_array_index(settings->repositories, 0);
    const RepositorySettings *tools = g_ptr_array_index(settings->repositories, 1);
    const ServiceSettings *orders = settings_service(settings, "orders");
    const ServiceSettings *billing = settings_service(settings, "billing");
    const DriftIgnore *first = g_ptr_array_index(orders->drift_ignore, 0);
    const DriftIgnore *second = g_ptr_array_index(orders->drift_ignore, 1);

    cr_expect_str_eq(settings->store, "/var/lib/driftless/state.db");
    cr_expect_str_eq(settings->listen, "[::1]:9000");
    cr_expect_eq(settings->workers, 16);
    cr_expect_eq(settings->inputs_every_ms, 300000);
    cr_expect_str_eq(settings->node, "/opt/node/bin/node");
    cr_expect_not(shop->javascript);
    cr_expect(tools->javascript);
    cr_expect_eq(settings->api_token->source, VALUE_ENV);
    cr_expect_str_eq(settings->api_token->text, "DRIFTLESS_TOKEN");
    cr_expect_str_eq(account->external_id, "abc");
    cr_expect_str_eq(account->execution_role, "arn:aws-us-gov:iam::111122223333:role/x");
    cr_expect_str_eq(account->profile, "p");
    cr_expect_eq(account->at.line, 6);
    cr_expect_eq(shop->poll_ms, 2 * 3600 * 1000);
    cr_expect_str_eq(shop->known_hosts_file, "/h");
    cr_expect_str_eq(tools->username, "bot");
    cr_expect_str_eq(tools->token_env, "TOKEN");
    cr_expect_str_eq(orders->path, "services/*");
    cr_expect(orders->path_is_glob);
    cr_expect_str_eq(orders->template_file, "build/template.yml");
    cr_expect_eq(orders->revision_kind, REVISION_TAG);
    cr_expect_str_eq(orders->revision, "v1.2");
    cr_expect_eq(orders->account, account);
    cr_expect_eq(orders->drift_mode, DRIFT_CORRECT);
    cr_expect_eq(orders->drift_every_ms, 10000);
    cr_expect_str_eq(first->path, "/Properties/Tags");
    cr_expect_str_eq(second->resource, "AWS::SQS::*");
    cr_expect_null(second->path);
    cr_expect_eq(orders->approve, APPROVE_NEVER);
    cr_expect_str_eq(orders->artifact_bucket, "my-bucket");
    cr_expect_eq(orders->keep_artifacts, 7);
    cr_expect_eq(billing->keep_artifacts, 0);
    cr_expect_str_eq(g_ptr_array_index(orders->plugins_ignored, 0), "serverless-foo");
    cr_expect_eq(billing->revision_kind, REVISION_COMMIT);
    cr_expect_str_eq(billing->stack_name, "bill");
    cr_expect_eq(billing->drift_mode, DRIFT_OFF);
    cr_expect_eq(billing->approve, APPROVE_ALWAYS);
}

Test(settings, builds_are_off_unless_a_service_or_its_repository_says_so)
{
    g_autoptr(Settings) settings = read_well(
        "repositories:\n"
        "  shop: {url: /srv/shop, build: {steps: [make, {run: npm ci, network: true}], timeout: "
        "5m}}\n"
        "  tools: {url: /srv/tools}\n"
        "services:\n"
        "  a: {repository: shop, stage: dev, region: eu-west-1, path: a}\n"
        "  b: {repository: shop, stage: dev, region: eu-west-1, path: b, build: false}\n"
        "  c: {repository: tools, stage: dev, region: eu-west-1, path: c}\n"
        "  d: {repository: tools, stage: dev, region: eu-west-1, path: d, build: true}\n"
        "  f: {repository: tools, stage: dev, region: eu-west-1, path: f,\n"
        "      build: {network: [pypi.example.com, files.example.com]}}\n"
        "  e: {repository: shop, stage: dev, region: eu-west-1, path: e,\n"
        "      build: {folder: ., memory: 512MiB, disk: 1GiB,\n"
        "              steps: [{run: x, network: [a.example.com], env: {CGO_ENABLED: 0}}]}}\n");
    const BuildSettings *shared = settings_service(settings, "a")->build;
    const BuildSettings *own = settings_service(settings, "e")->build;
    const BuildStep *second = g_ptr_array_index(shared->steps, 1);
    const BuildStep *only = g_ptr_array_index(own->steps, 0);

    cr_expect_eq(shared->timeout_ms, 300000);
    cr_expect_eq(shared->memory_bytes, (uint64_t)2 << 30);
    cr_expect_null(((const BuildStep *)g_ptr_array_index(shared->steps, 0))->network);
    cr_expect_str_eq(second->run, "npm ci");
    cr_expect_str_eq(second->network[0], "*");
    cr_expect_null(settings_service(settings, "b")->build);
    cr_expect_null(settings_service(settings, "c")->build);
    cr_expect_eq(settings_service(settings, "d")->build->steps->len, 0);
    cr_expect_null(settings_service(settings, "d")->build->network);
    cr_expect_null(own->network);
    cr_expect_str_eq(settings_service(settings, "f")->build->network[1], "files.example.com");
    cr_expect_str_eq(own->folder, "");
    cr_expect_eq(own->memory_bytes, (uint64_t)512 << 20);
    cr_expect_eq(own->disk_bytes, (uint64_t)1 << 30);
    cr_expect_str_eq(only->network[0], "a.example.com");
    cr_expect_str_eq(only->environment[0], "CGO_ENABLED=0");
}

Test(settings, params_and_variables_become_texts_and_sources)
{
    static const struct {
        const char *name;
        ValueSource source;
        const char *text;
    } rows[] = {{"API_KEY", VALUE_SSM, "/shop/api-key"},
                {"LOG", VALUE_LITERAL, "debug"},
                {"N", VALUE_LITERAL, "1"},
                {"F", VALUE_FILE, "/f"},
                {"E", VALUE_ENV, "HOST"}};
    g_autoptr(Settings) settings = read_well(everything);
    const ServiceSettings *orders = settings_service(settings, "orders");

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const ValueSetting *value = g_hash_table_lookup(orders->env, rows[i].name);

        cr_assert(value, "%s", rows[i].name);
        cr_expect_eq(value->source, rows[i].source, "%s", rows[i].name);
        cr_expect_str_eq(value->text, rows[i].text);
    }
    cr_expect_str_eq(g_hash_table_lookup(orders->params, "size"), "1.5");
    cr_expect_str_eq(g_hash_table_lookup(orders->params, "on"), "true");
}

Test(settings, a_secret_in_the_wrong_place_is_not_shown)
{
    static const char *const texts[] = {
        "token: s3cr3t\n" SHOP ORDERS "}\n",
        "repositories:\n  shop: {url: https://me:s3cr3t@git.example.com/x}\nservices: {}\n",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Settings) settings =
            settings_parse("driftless.yml", texts[i], strlen(texts[i]), problems);
        g_autofree char *told = problems_to_text(problems, false);

        cr_expect_null(settings);
        cr_expect_null(strstr(told, "s3cr3t"), "%s", told);
    }
}

Test(settings, ten_thousand_services_are_read_at_once, .timeout = 30)
{
    g_autoptr(GString) text = g_string_new(SHOP "services:\n");
    g_autoptr(Settings) settings = NULL;

    for (int i = 0; i < 10000; i++)
        g_string_append_printf(
            text, "  s%d: {repository: shop, path: services/%d, stage: dev, region: eu-west-1}\n",
            i, i);
    settings = read_well(text->str);
    cr_expect_eq(settings->services->len, 10000);
    cr_expect_eq(settings_service(settings, "s9999")->at.line, 4 + 9999);
}
