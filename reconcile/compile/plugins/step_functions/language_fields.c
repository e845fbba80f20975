/* The fields of states, by type and query language
 * (https://states-language.net/spec.html#state-types, as asl-validator has them: no others are
 * allowed). */
#include "reconcile/compile/plugins/step_functions/language.h"

#include <string.h>

enum {
    TASK = 1,
    PASS = 2,
    CHOICE = 4,
    WAIT = 8,
    SUCCEED = 16,
    FAIL = 32,
    MAP = 64,
    PARALLEL = 128,
    GOING_ON = TASK | PASS | WAIT | MAP | PARALLEL,
    TRYING = TASK | MAP | PARALLEL,
    ALL = 255
};

static const struct {
    const char *name;
    unsigned bit;
} types[] = {{"Task", TASK},       {"Pass", PASS}, {"Choice", CHOICE}, {"Wait", WAIT},
             {"Succeed", SUCCEED}, {"Fail", FAIL}, {"Map", MAP},       {"Parallel", PARALLEL}};

typedef struct {
    const char *name;
    unsigned path, jsonata; /* states that may have it, by query language */
    LanguageValue value;
} Field;

static void item_reader(LanguageCheck *check, json_t *value);
static void item_batcher(LanguageCheck *check, json_t *value);
static void result_writer(LanguageCheck *check, json_t *value);
static void item_processor(LanguageCheck *check, json_t *value);

// clang-format off
/* Machines in ItemProcessor, Iterator and Branches: language.c. */
static const Field fields[] = {
    {"Type",                           ALL,                ALL,                language_anything},
    {"QueryLanguage",                  ALL,                ALL,                language_anything},
    {"Comment",                        ALL,                ALL,                language_text},
    {"Next",                           GOING_ON,           GOING_ON,           language_text},
    {"End",                            GOING_ON | CHOICE,  GOING_ON | CHOICE,  language_true},
    {"InputPath",                      ALL & ~FAIL,        0,                  language_path},
    {"OutputPath",                     ALL & ~FAIL,        0,                  language_path},
    {"ResultPath",                     TRYING | PASS,      0,                  language_result_path},
    {"Parameters",                     TRYING | PASS,      0,                  language_template},
    {"ResultSelector",                 TRYING,             0,                  language_template},
    {"Assign",                         GOING_ON | CHOICE,  GOING_ON | CHOICE,  language_assign},
    {"Output",                         0,                  ALL & ~FAIL,        language_output},
    {"Arguments",                      0,                  TASK | PARALLEL,    language_output},
    {"Result",                         PASS,               PASS,               language_anything},
    {"Retry",                          TRYING,             TRYING,             language_retry},
    {"Catch",                          TRYING,             TRYING,             language_catch},
    {"Resource",                       TASK,               TASK,               language_resource},
    {"Credentials",                    TASK,               TASK,               language_credentials},
    {"TimeoutSeconds",                 TASK,               TASK,               language_positive},
    {"TimeoutSecondsPath",             TASK,               0,                  language_reference_path},
    {"HeartbeatSeconds",               TASK,               TASK,               language_positive},
    {"HeartbeatSecondsPath",           TASK,               0,                  language_reference_path},
    {"Seconds",                        WAIT,               WAIT,               language_number},
    {"SecondsPath",                    WAIT,               0,                  language_reference_path},
    {"Timestamp",                      WAIT,               WAIT,               language_timestamp},
    {"TimestampPath",                  WAIT,               0,                  language_reference_path},
    {"Choices",                        CHOICE,             CHOICE,             language_choices},
    {"Default",                        CHOICE,             CHOICE,             language_text},
    {"Cause",                          FAIL,               FAIL,               language_failure_text},
    {"CausePath",                      FAIL,               0,                  language_text},
    {"Error",                          FAIL,               FAIL,               language_failure_text},
    {"ErrorPath",                      FAIL,               0,                  language_text},
    {"Branches",                       PARALLEL,           PARALLEL,           language_anything},
    {"ItemProcessor",                  MAP,                MAP,                item_processor},
    {"Iterator",                       MAP,                MAP,                language_anything},
    {"Items",                          0,                  MAP,                language_items},
    {"ItemsPath",                      MAP,                0,                  language_reference_path},
    {"ItemReader",                     MAP,                MAP,                item_reader},
    {"ItemSelector",                   MAP,                MAP,                language_item_selector},
    {"ItemBatcher",                    MAP,                MAP,                item_batcher},
    {"ResultWriter",                   MAP,                MAP,                result_writer},
    {"Label",                          MAP,                MAP,                language_text},
    {"MaxConcurrency",                 MAP,                MAP,                language_number},
    {"MaxConcurrencyPath",             MAP,                0,                  language_reference_path},
    {"ToleratedFailureCount",          MAP,                MAP,                language_count},
    {"ToleratedFailureCountPath",      MAP,                0,                  language_reference_path},
    {"ToleratedFailurePercentage",     MAP,                MAP,                language_percentage},
    {"ToleratedFailurePercentagePath", MAP,                0,                  language_reference_path},
};

/* Below them anything else is allowed. */
static void reader_config(LanguageCheck *check, json_t *value);
static const Field reader_fields[] = {
    {"Resource",                       MAP, MAP, language_text},
    {"Parameters",                     MAP, 0,   language_template},
    {"Arguments",                      0,   MAP, language_output},
    {"ReaderConfig",                   MAP, MAP, reader_config},
};
static const Field reader_config_fields[] = {
    {"MaxItems",                       MAP, MAP, language_positive},
    {"MaxItemsPath",                   MAP, 0,   language_reference_path},
    {"Parameters",                     MAP, 0,   language_template},
    {"Arguments",                      0,   MAP, language_output},
};
static const Field writer_fields[] = {
    {"Resource",                       MAP, MAP, language_text},
    {"Parameters",                     MAP, 0,   language_template},
    {"Arguments",                      0,   MAP, language_output},
};
static const Field batcher_fields[] = {
    {"MaxItemsPerBatch",               MAP, MAP, language_count},
    {"MaxItemsPerBatchPath",           MAP, 0,   language_reference_path},
    {"MaxInputBytesPerBatch",          MAP, MAP, language_bytes},
    {"MaxInputBytesPerBatchPath",      MAP, 0,   language_reference_path},
    {"BatchInput",                     MAP, MAP, language_batch_input},
};
// clang-format on

static const Field *field_of(const char *name, const Field *of, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(of[i].name, name) == 0)
            return &of[i];
    return NULL;
}

static bool is_allowed(const LanguageCheck *check, const Field *field, unsigned type)
{
    return field && ((check->jsonata ? field->jsonata : field->path) & type);
}

/* The name that was perhaps meant. */
static const char *nearest_field(const LanguageCheck *check, const char *name, unsigned type)
{
    const char *names[G_N_ELEMENTS(fields) + 1];
    size_t count = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        if (is_allowed(check, &fields[i], type))
            names[count++] = fields[i].name;
    names[count] = NULL;
    return nearest_word(name, names);
}

static void stranger(LanguageCheck *check, const char *name, const char *type, unsigned bit)
{
    const char *nearest = nearest_field(check, name, bit);
    const Field *field = field_of(name, fields, G_N_ELEMENTS(fields));
    g_autofree char *hint = nearest ? g_strdup_printf("did you mean %s?", nearest) : NULL;

    if (field && ((check->jsonata ? field->path : field->jsonata) & bit))
        language_complain(check, NULL, "%s is for states whose QueryLanguage is %s", name,
                          check->jsonata ? "JSONPath" : "JSONata");
    else
        language_complain(check, hint, "a %s state has no %s", type, name);
}

static void check_member(LanguageCheck *check, const Field *field, json_t *value)
{
    gsize mark = language_enter(check, field->name);

    field->value(check, value);
    language_leave(check, mark);
}

static void require(LanguageCheck *check, json_t *object, const char *name)
{
    if (!json_object_get(object, name))
        language_complain(check, NULL, "%s is missing", name);
}

void language_check_fields(LanguageCheck *check, const char *type, json_t *state)
{
    unsigned bit = 0;
    const char *name;
    json_t *value;

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (strcmp(types[i].name, type) == 0)
            bit = types[i].bit;
    json_object_foreach(state, name, value)
    {
        const Field *field = field_of(name, fields, G_N_ELEMENTS(fields));

        if (is_allowed(check, field, bit)) {
            check_member(check, field, value);
        } else {
            gsize mark = language_enter(check, name);

            stranger(check, name, type, bit);
            language_leave(check, mark);
        }
    }
    if (bit == TASK)
        require(check, state, "Resource");
    else if (bit == PARALLEL)
        require(check, state, "Branches");
    else if (bit == CHOICE)
        require(check, state, "Choices");
}

/* Those that are known; others may be there. */
static bool check_map(LanguageCheck *check, json_t *map, const Field *of, size_t count)
{
    const char *name;
    json_t *value;

    if (!language_expect(check, json_is_object(map), "a map"))
        return false;
    json_object_foreach(map, name, value)
    {
        const Field *field = field_of(name, of, count);

        if (is_allowed(check, field, MAP))
            check_member(check, field, value);
    }
    return true;
}

static void reader_config(LanguageCheck *check, json_t *value)
{
    check_map(check, value, reader_config_fields, G_N_ELEMENTS(reader_config_fields));
}

static void item_reader(LanguageCheck *check, json_t *value)
{
    if (check_map(check, value, reader_fields, G_N_ELEMENTS(reader_fields)))
        require(check, value, "Resource");
}

static void result_writer(LanguageCheck *check, json_t *value)
{
    if (check_map(check, value, writer_fields, G_N_ELEMENTS(writer_fields)))
        require(check, value, "Resource");
}

static void item_batcher(LanguageCheck *check, json_t *value)
{
    check_map(check, value, batcher_fields, G_N_ELEMENTS(batcher_fields));
}

/* Its states: language.c. */
static void item_processor(LanguageCheck *check, json_t *value)
{
    json_t *config = json_object_get(value, "ProcessorConfig");
    const char *mode = json_string_value(json_object_get(config, "Mode")),
               *execution = json_string_value(json_object_get(config, "ExecutionType"));
    const bool distributed =
        g_strcmp0(mode, "DISTRIBUTED") == 0 &&
        (g_strcmp0(execution, "EXPRESS") == 0 || g_strcmp0(execution, "STANDARD") == 0);
    gsize mark;

    if (!config)
        return;
    mark = language_enter(check, "ProcessorConfig");
    language_expect(check, g_strcmp0(mode, "INLINE") == 0 || distributed,
                    "Mode: INLINE, or Mode: DISTRIBUTED with ExecutionType: EXPRESS or STANDARD");
    language_leave(check, mark);
}
