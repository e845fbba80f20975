#include "reconcile/aws/throttle.h"
#include <criterion/criterion.h>
#include <pthread.h>

Test(throttle, what_was_never_refused_is_not_limited)
{
    g_autoptr(Throttle) throttle = throttle_new();

    for (int i = 0; i < 1000; i++)
        cr_expect_eq(throttle_take(throttle, "k", 0), 0);
    throttle_succeeded(throttle, "k", 0);
    cr_expect_eq(throttle_rate(throttle, "k", 0), 0);
}

Test(throttle, a_refusal_limits_and_each_further_one_halves)
{
    g_autoptr(Throttle) throttle = throttle_new();

    throttle_refused(throttle, "k", 0);
    cr_expect_eq(throttle_rate(throttle, "k", 0), 5.0);
    throttle_refused(throttle, "k", 100);
    cr_expect_eq(throttle_rate(throttle, "k", 100), 5.0, "those under way together count once");
    throttle_refused(throttle, "k", 1000);
    cr_expect_eq(throttle_rate(throttle, "k", 1000), 2.5);
    for (int i = 2; i < 20; i++)
        throttle_refused(throttle, "k", i * 1000);
    cr_expect_eq(throttle_rate(throttle, "k", 20000), THROTTLE_MIN_RATE);
    cr_expect_eq(throttle_rate(throttle, "other", 20000), 0);
}

Test(throttle, calls_are_spaced_by_the_rate_and_turned_away_when_the_wait_is_long)
{
    g_autoptr(Throttle) throttle = throttle_new();

    throttle_refused(throttle, "k", 0);
    for (unsigned i = 1; i <= 10; i++)
        cr_expect_eq(throttle_take(throttle, "k", 0), i * 200);
    cr_expect_eq(throttle_take(throttle, "k", 0), THROTTLE_TOO_LONG);
    cr_expect_eq(throttle_take(throttle, "k", 200), 2000, "what was turned away took no token");
}

Test(throttle, successes_raise_the_rate_until_it_limits_no_more)
{
    g_autoptr(Throttle) throttle = throttle_new();

    throttle_refused(throttle, "k", 0);
    throttle_succeeded(throttle, "k", 0);
    cr_expect_float_eq(throttle_rate(throttle, "k", 0), 5.1, 1e-9);
    for (int i = 0; i < 500; i++)
        throttle_succeeded(throttle, "k", 0);
    cr_expect_eq(throttle_rate(throttle, "k", 0), 0);
}

Test(throttle, the_number_of_keys_is_bounded)
{
    g_autoptr(Throttle) throttle = throttle_new();
    char key[16];

    for (int i = 0; i < THROTTLE_MAX_KEYS + 10; i++) {
        g_snprintf(key, sizeof key, "k%d", i);
        throttle_refused(throttle, key, 0);
    }
    cr_expect_eq(throttle_rate(throttle, key, 0), 0);
    throttle_refused(throttle, "later", 10 * 60 * 1000);
    cr_expect_eq(throttle_rate(throttle, "later", 10 * 60 * 1000), 5.0);
}

static void *hammer(void *throttle)
{
    for (int i = 0; i < 2000; i++) {
        if (throttle_take(throttle, "k", i) == 0)
            throttle_succeeded(throttle, "k", i);
        else
            throttle_refused(throttle, "k", i);
    }
    return NULL;
}

Test(throttle, many_threads_share_it)
{
    g_autoptr(Throttle) throttle = throttle_new();
    pthread_t threads[4];

    throttle_refused(throttle, "k", 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, hammer, throttle), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    cr_expect_geq(throttle_rate(throttle, "k", 2000), 0);
}
