/* reconcile/package/search_pattern.h
 *
 * What the framework's search (fast-glob 3) reads off a pattern's text alone: where to start, what
 * need not be searched for, which folders to look into. Pure, thread-safe. */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* Whether the pattern has to be searched for; otherwise it is the name of one file. */
bool search_pattern_is_dynamic(const char *pattern);

/* The folder that a search for the pattern starts in, as it is written ("." for the root).
 * (transfer full) */
char *search_pattern_base(const char *pattern);

/* The pattern's segments (GPtrArray of char*, transfer full), where a '/' in brackets separates
 * none. At least one. */
GPtrArray *search_pattern_segments(const char *pattern);

/* Whether the pattern, as an exclusion, keeps the search out of folders that it matches. */
bool search_pattern_keeps_out(const char *pattern);
