#include "config/problem.h"

#include <string.h>

#define MAX_WORD 64

/* Edit distance with neighbours swapped counted as one, as typing errors are made; letter case
 * costs nothing. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][MAX_WORD + 1];
    size_t *before = rows[0], *previous = rows[1], *current = rows[2];

    for (size_t j = 0; j <= b_length; j++)
        previous[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *oldest = before;

        current[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            char ca = g_ascii_tolower(a[i - 1]), cb = g_ascii_tolower(b[j - 1]);
            size_t best = MIN(previous[j], current[j - 1]) + 1;

            best = MIN(best, previous[j - 1] + (ca != cb));
            if (i > 1 && j > 1 && ca == g_ascii_tolower(b[j - 2]) &&
                cb == g_ascii_tolower(a[i - 2]))
                best = MIN(best, before[j - 2] + 1);
            current[j] = best;
        }
        before = previous;
        previous = current;
        current = oldest;
    }
    return previous[b_length];
}

/* How many slips a word of this length may hold and still be meant: in short ones, one letter makes
 * another word. */
static size_t tolerated(size_t length)
{
    if (length < 3)
        return 0;
    return length < 5 ? 1 : length < 8 ? 2 : 3;
}

const char *nearest_word(const char *word, const char *const *words)
{
    size_t length = strlen(word);
    const char *nearest = NULL;
    size_t least = tolerated(length) + 1;

    if (length > MAX_WORD)
        return NULL;
    for (; *words; words++) {
        size_t other_length = strlen(*words), distance;

        if (other_length > MAX_WORD)
            continue;
        distance = edit_distance(word, length, *words, other_length);
        if (distance < least) {
            nearest = *words;
            least = distance;
        }
    }
    return nearest;
}
