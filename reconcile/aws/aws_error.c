#include "reconcile/aws/aws_error.h"

typedef struct {
    char *code, *message, *request_id;
    unsigned status;
    bool retryable, throttled;
} AwsErrorPrivate;

static void aws_error_private_init(AwsErrorPrivate *private)
{
    g_assert(private);
    *private = (AwsErrorPrivate){0};
}

static void aws_error_private_copy(const AwsErrorPrivate *from, AwsErrorPrivate *to)
{
    g_assert(from && to);
    *to = *from;
    to->code = g_strdup(from->code);
    to->message = g_strdup(from->message);
    to->request_id = g_strdup(from->request_id);
}

static void aws_error_private_clear(AwsErrorPrivate *private)
{
    g_assert(private);
    g_free(private->code);
    g_free(private->message);
    g_free(private->request_id);
}

G_DEFINE_EXTENDED_ERROR(AwsError, aws_error)

static AwsErrorPrivate *private_of(const GError *error)
{
    return error && error->domain == AWS_ERROR ? aws_error_get_private(error) : NULL;
}

const char *aws_error_code(const GError *error)
{
    const AwsErrorPrivate *private = private_of(error);

    return private ? private->code : NULL;
}

unsigned aws_error_status(const GError *error)
{
    const AwsErrorPrivate *private = private_of(error);

    return private ? private->status : 0;
}

const char *aws_error_message(const GError *error)
{
    const AwsErrorPrivate *private = private_of(error);

    return private && private->message ? private->message : "";
}

const char *aws_error_request_id(const GError *error)
{
    const AwsErrorPrivate *private = private_of(error);

    return private ? private->request_id : NULL;
}

bool aws_error_is_retryable(const GError *error)
{
    const AwsErrorPrivate *private = private_of(error);

    return private && private->retryable;
}

bool aws_error_is_throttled(const GError *error)
{
    const AwsErrorPrivate *private = private_of(error);

    return private && private->throttled;
}

bool aws_error_is(const GError *error, const char *code)
{
    return g_strcmp0(aws_error_code(error), code) == 0 && code;
}

#define SIGN_IN_AGAIN \
    "the session has run out: sign in again (as with `aws sso login`), or set a new session token"
#define OTHER_KEYS "AWS does not know these keys: `aws sts get-caller-identity` shows who they are"
#define ALLOW_IT \
    "allow the action to who asks; README.md, \"Two roles\", lists what Driftless needs"

static char *request_text(const char *request_id)
{
    return g_strdup_printf(" (request %s)", request_id);
}

/* By the code of the error, as AWS spells it in its different protocols. */
static const struct {
    const char *code, *hint;
} hints[] = {
    {"NoCredentials", "as any AWS tool it takes AWS_PROFILE (for a folder: --profile NAME), or "
                      "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"},
    {"Unreachable", "check the network, the proxy (HTTPS_PROXY), the region and AWS_ENDPOINT_URL"},
    {"ExpiredToken", SIGN_IN_AGAIN},
    {"ExpiredTokenException", SIGN_IN_AGAIN},
    {"InvalidClientTokenId", OTHER_KEYS},
    {"UnrecognizedClientException", OTHER_KEYS},
    {"InvalidAccessKeyId", OTHER_KEYS},
    {"SignatureDoesNotMatch",
     "the secret key is not the one of the access key, or this machine's clock is wrong"},
    {"RequestTimeTooSkewed", "set this machine's clock"},
    {"AccessDenied", ALLOW_IT},
    {"AccessDeniedException", ALLOW_IT},
};

const char *aws_error_hint(const GError *error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(hints); i++)
        if (aws_error_is(error, hints[i].code))
            return hints[i].hint;
    return NULL;
}

char *aws_error_lasting_text(const GError *error)
{
    const char *request_id = aws_error_request_id(error);
    GString *text = g_string_new(error->message);

    if (request_id && *request_id) {
        g_autofree char *told = request_text(request_id);

        g_string_replace(text, told, "", 0);
    }
    return g_string_free(text, FALSE);
}

void aws_error_set(GError **error, AwsError kind, const char *code, unsigned status,
                   const char *request_id, bool retryable, bool throttled, const char *message)
{
    g_autoptr(GString) text = NULL;
    AwsErrorPrivate *private;

    if (!error)
        return;
    text = g_string_new(code);
    if (message && *message)
        g_string_append_printf(text, ": %s", message);
    if (request_id && *request_id) {
        g_autofree char *told = request_text(request_id);

        g_string_append(text, told);
    }
    *error = g_error_new_literal(AWS_ERROR, (gint)kind, text->str);
    private = aws_error_get_private(*error);
    g_assert(private);
    private->code = g_strdup(code);
    private->message = g_strdup(message);
    private->request_id = g_strdup(request_id);
    private->status = status;
    private->retryable = retryable;
    private->throttled = throttled;
}
