/* controller/scripts/run.h
 *
 * Inside this folder: one run of Node over several scripts. */
#pragma once
#include "controller/scripts/scripts.h"

/* `asked`: json_t* addresses of INPUT_SCRIPTs that see the same files and environment. *ret_answers
 * is a new array beside it. */
G_GNUC_WARN_UNUSED_RESULT
bool scripts_run(Scripts *scripts, const GPtrArray *asked, json_t **ret_answers, GError **error);
