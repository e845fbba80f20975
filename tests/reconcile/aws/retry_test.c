#include "reconcile/aws/retry.h"
#include <criterion/criterion.h>

static RetryKind judge(unsigned status, const char *code, int64_t skew_ms)
{
    const ErrorAnswer answer = {.code = (char *)code};

    return retry_judge_answer(status, &answer, skew_ms);
}

Test(retry, answers_are_judged_by_code_before_status)
{
    const struct {
        unsigned status;
        const char *code;
        int64_t skew_ms;
        RetryKind kind;
    } rows[] = {
        {400, "Throttling", 0, RETRY_THROTTLED},
        {400, "ThrottlingException", 0, RETRY_THROTTLED},
        {503, "SlowDown", 0, RETRY_THROTTLED},
        {429, "TooManyRequests", 0, RETRY_THROTTLED},
        {500, "InternalFailure", 0, RETRY_TRANSIENT},
        {400, "RequestTimeout", 0, RETRY_TRANSIENT},
        {502, "BadGateway", 0, RETRY_TRANSIENT},
        {501, "NotImplemented", 0, RETRY_NEVER},
        {400, "ValidationError", 0, RETRY_NEVER},
        {400, "LimitExceededException", 0, RETRY_NEVER},
        {403, "AccessDenied", 600000, RETRY_NEVER},
        {403, "SignatureDoesNotMatch", 0, RETRY_NEVER},
        {403, "SignatureDoesNotMatch", -600000, RETRY_CLOCK},
        {403, "RequestTimeTooSkewed", 600000, RETRY_CLOCK},
        {403, "ExpiredToken", 0, RETRY_CREDENTIALS},
        {400, "ExpiredTokenException", 0, RETRY_CREDENTIALS},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        cr_expect_eq(judge(rows[i].status, rows[i].code, rows[i].skew_ms), rows[i].kind, "%u %s",
                     rows[i].status, rows[i].code);
}

Test(retry, a_delay_is_jittered_below_a_ceiling_that_doubles)
{
    for (unsigned attempt = 1; attempt <= 10; attempt++) {
        unsigned ceiling_ms = attempt == 1 ? 250 : attempt == 2 ? 500 : 1000;

        cr_expect_eq(retry_delay_ms(RETRY_THROTTLED, attempt, ceiling_ms), ceiling_ms);
        cr_expect_eq(retry_delay_ms(RETRY_THROTTLED, attempt, ceiling_ms + 1), 0);
        cr_expect_leq(retry_delay_ms(RETRY_TRANSIENT, attempt, UINT32_MAX), 200);
    }
    cr_expect_eq(retry_delay_ms(RETRY_CLOCK, 1, 12345), 0);
}
