#include "controller/cli/failure.h"

#include "config/json_text.h"
#include "controller/cli/terminal.h"
#include "reconcile/aws/aws_error.h"

#include <stdio.h>
#include <string.h>

void failure_print(const Problems *problems, const Arguments *arguments, bool failed)
{
    if (arguments->json && failed) {
        json_t *list = problems_to_json(problems);
        g_autofree char *text = json_text(list, JSON_TEXT_INDENT);

        puts(text);
        json_decref(list);
        return;
    }
    g_autofree char *text = problems_to_text(problems, terminal_has_colour(stderr));

    fputs(text, stderr);
}

static void print_text(const char *verb, const char *message, const char *hint)
{
    g_auto(GStrv) lines = g_strsplit(hint ? hint : "", "\n", -1);

    fprintf(stderr, "driftless%s%s: %s\n", verb ? " " : "", verb ? verb : "", message);
    for (char **line = lines; *line; line++)
        fprintf(stderr, "  %s\n", *line);
}

void failure_tell(const Arguments *arguments, const char *verb, const char *hint,
                  const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list words;

    va_start(words, format);
    message = g_strdup_vprintf(format, words);
    va_end(words);
    if (arguments->json) {
        g_autoptr(Problems) problems = problems_new();

        problems_add(problems, PROBLEM_ERROR, NULL, hint, "%s", message);
        failure_print(problems, arguments, true);
    } else {
        print_text(verb, message, hint);
    }
}

#define SIGN_IN_AGAIN \
    "the session has run out: sign in again (as with `aws sso login`), or set a new session token"
#define OTHER_KEYS                                                                           \
    "AWS does not know these keys: `aws sts get-caller-identity` shows whether they work;\n" \
    "--profile NAME or AWS_PROFILE names others"
#define ALLOW_IT \
    "allow the action to who asks; README.md, \"Two roles\", lists what Driftless needs"

/* By the code of the error, as AWS spells it in its different protocols. */
static const struct {
    const char *code, *hint;
} hints[] = {
    {"NoCredentials", "credentials are taken as by any AWS tool: --profile NAME, AWS_PROFILE, or "
                      "AWS_ACCESS_KEY_ID and\nAWS_SECRET_ACCESS_KEY"},
    {"Unreachable", "check the network, the proxy (HTTPS_PROXY), the region and AWS_ENDPOINT_URL"},
    {"ExpiredToken", SIGN_IN_AGAIN},
    {"ExpiredTokenException", SIGN_IN_AGAIN},
    {"InvalidClientTokenId", OTHER_KEYS},
    {"UnrecognizedClientException", OTHER_KEYS},
    {"InvalidAccessKeyId", OTHER_KEYS},
    {"SignatureDoesNotMatch", "the secret key is not the one of the access key, or this machine's "
                              "clock is wrong"},
    {"RequestTimeTooSkewed", "set this machine's clock"},
    {"AccessDenied", ALLOW_IT},
    {"AccessDeniedException", ALLOW_IT},
};

const char *failure_hint(const GError *error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(hints); i++)
        if (aws_error_is(error, hints[i].code))
            return strstr(error->message, "AWS_PROFILE") ? NULL : hints[i].hint;
    return NULL;
}

ExitStatus verb_fail(const Arguments *arguments, const char *verb, const GError *error)
{
    failure_tell(arguments, verb, failure_hint(error), "%s", error->message);
    return EXIT_FAILED;
}
