#include "config/json_text.h"
#include "reconcile/plan/plan.h"
#include "reconcile/plan/redact.h"
#include <string.h>

#define VALUE_TEXT_MAX 120 /* characters of one value in a line */

typedef struct {
    const Plan *plan;
    const GPtrArray *secrets;
    bool colour;
    GString *text;
    unsigned versions, deployments; /* left out, told in one line */
} Printer;

typedef enum {
    PAINT_ADD,
    PAINT_CHANGE,
    PAINT_REMOVE,
    PAINT_REPLACE,
    PAINT_HAZARD,
    PAINT_FAINT
} Paint;

static void paint(Printer *printer, Paint colour, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void paint(Printer *printer, Paint colour, const char *format, ...)
{
    static const char *const codes[] = {"\033[32m", "\033[33m",   "\033[31m",
                                        "\033[35m", "\033[1;31m", "\033[2m"};
    va_list arguments;

    if (printer->colour)
        g_string_append(printer->text, codes[colour]);
    va_start(arguments, format);
    g_string_append_vprintf(printer->text, format, arguments);
    va_end(arguments);
    if (printer->colour)
        g_string_append(printer->text, "\033[0m");
}

/* Resources whose ids change with every deploy. */
static bool changes_by_nature(const ResourceChange *change)
{
    return change->action != CHANGE_MODIFY &&
           (strcmp(change->type, "AWS::Lambda::Version") == 0 ||
            strcmp(change->type, "AWS::ApiGateway::Deployment") == 0);
}

static bool refers_to_such(const Printer *printer, json_t *value)
{
    const char *id =
        json_object_size(value) == 1 ? json_string_value(json_object_get(value, "Ref")) : NULL;
    const ResourceChange *change = id ? plan_resource(printer->plan, id) : NULL;

    return change && changes_by_nature(change);
}

static char *value_text(const Printer *printer, json_t *value)
{
    if (!value)
        return g_strdup("(none)");
    json_t *safe = redact_json(value, printer->secrets);
    g_autofree char *text = json_is_string(safe) ? g_strdup(json_string_value(safe))
                                                 : json_text(safe, JSON_TEXT_COMPACT);
    json_decref(safe);
    if (text[0] == '\0')
        return g_strdup("\"\"");
    g_autofree char *line = g_strescape(text, NULL);
    /* g_strescape turns every byte above ASCII into octal; only line breaks and other controls are
     * meant. */
    const char *shown = strpbrk(text, "\n\r\t\033\b\f\v") ? line : text;
    if (g_utf8_strlen(shown, -1) <= VALUE_TEXT_MAX)
        return g_strdup(shown);
    g_autofree char *start = g_utf8_substring(shown, 0, VALUE_TEXT_MAX);
    return g_strconcat(start, "…", NULL);
}

/* "/Properties/Environment/Variables/LOG" as "Environment.Variables.LOG"; attributes beside
 * Properties keep their name. */
static char *path_text(const char *pointer)
{
    const char *path =
        g_str_has_prefix(pointer, "/Properties/") ? pointer + strlen("/Properties/") : pointer + 1;
    g_auto(GStrv) segments = g_strsplit(path, "/", -1);
    GString *text = g_string_new(NULL);

    for (guint i = 0; segments[i]; i++) {
        g_auto(GStrv) slashes = g_strsplit(segments[i], "~1", -1);
        g_autofree char *segment = g_strjoinv("/", slashes);
        g_string_append_printf(text, "%s%s", i > 0 ? "." : "", segment);
    }
    return g_string_free(text, FALSE);
}

static void print_property(Printer *printer, const ResourceChange *change,
                           const PropertyChange *property)
{
    g_autofree char *path = path_text(property->path);
    const char *effect = property->replacement == REPLACEMENT_ALWAYS        ? " (replaces)"
                         : property->replacement == REPLACEMENT_CONDITIONAL ? " (may replace)"
                                                                            : "";

    if (property->follows) {
        g_string_append_printf(printer->text, "    %s: follows %s%s\n", path, property->follows,
                               effect);
        return;
    }
    if (refers_to_such(printer, property->before) && refers_to_such(printer, property->after)) {
        g_string_append_printf(printer->text, "    %s: the new one\n", path);
        return;
    }
    if (strcmp(change->type, "AWS::Lambda::Function") == 0 &&
        strcmp(property->path, "/Properties/Code/S3Key") == 0) {
        g_string_append(printer->text, "    Code: changes\n");
        return;
    }
    json_t *shown = redact_before(property->before, property->after, printer->secrets);
    g_autofree char *before = value_text(printer, shown);
    g_autofree char *after = value_text(printer, property->after);
    json_decref(shown);
    g_string_append_printf(printer->text, "    %s: %s → %s%s\n", path, before, after, effect);
}

static void print_resource(Printer *printer, const ResourceChange *change)
{
    if (changes_by_nature(change)) {
        bool version = strcmp(change->type, "AWS::Lambda::Version") == 0;
        if (change->action == CHANGE_ADD)
            *(version ? &printer->versions : &printer->deployments) += 1;
        return;
    }
    switch (change->action) {
    case CHANGE_ADD:
        paint(printer, PAINT_ADD, "+ %s", change->logical_id);
        break;
    case CHANGE_REMOVE:
        paint(printer, PAINT_REMOVE, "- %s", change->logical_id);
        break;
    case CHANGE_RETAIN:
        paint(printer, PAINT_REMOVE, "- %s", change->logical_id);
        break;
    case CHANGE_MODIFY:
        if (change->replacement == REPLACEMENT_ALWAYS)
            paint(printer, PAINT_REPLACE, "± %s", change->logical_id);
        else
            paint(printer, PAINT_CHANGE, "~ %s", change->logical_id);
        break;
    }
    paint(printer, PAINT_FAINT, " %s", change->type);
    g_string_append(printer->text,
                    change->action == CHANGE_RETAIN ? " (kept outside the stack)\n" : "\n");
    for (guint i = 0; i < change->properties->len; i++)
        print_property(printer, change, change->properties->pdata[i]);
}

static void print_deployments(Printer *printer)
{
    if (printer->versions > 0)
        paint(printer, PAINT_FAINT, "+ %u new Lambda version%s\n", printer->versions,
              printer->versions == 1 ? "" : "s");
    if (printer->deployments > 0)
        paint(printer, PAINT_FAINT, "+ %u new REST API deployment%s\n", printer->deployments,
              printer->deployments == 1 ? "" : "s");
}

static void print_section(Printer *printer, const SectionChange *change)
{
    if (refers_to_such(printer, json_object_get(change->before, "Value")) &&
        refers_to_such(printer, json_object_get(change->after, "Value")))
        return;
    g_autofree char *before = change->secret && change->before ? g_strdup(REDACTED) : NULL;
    g_autofree char *after = change->secret && change->after ? g_strdup(REDACTED) : NULL;
    if (!before)
        before = value_text(printer, change->before);
    if (!after)
        after = value_text(printer, change->after);
    paint(printer,
          !change->before  ? PAINT_ADD
          : !change->after ? PAINT_REMOVE
                           : PAINT_CHANGE,
          "%s %s%s%s",
          !change->before  ? "+"
          : !change->after ? "-"
                           : "~",
          change->section, change->name[0] ? "." : "", change->name);
    if (!change->before)
        g_string_append_printf(printer->text, ": %s\n", after);
    else if (!change->after)
        g_string_append_c(printer->text, '\n');
    else
        g_string_append_printf(printer->text, ": %s → %s\n", before, after);
}

char *plan_to_text(const Plan *plan, const GPtrArray *secrets, bool colour)
{
    Printer printer = {plan, secrets, colour, g_string_new(NULL), 0, 0};

    for (guint i = 0; i < plan->hazards->len; i++) {
        const Hazard *hazard = plan->hazards->pdata[i];
        g_autofree char *safe = redact_text(hazard->text, secrets);
        paint(&printer, PAINT_HAZARD, "! %s:", hazard_name(hazard->kind));
        g_string_append_printf(printer.text, " %s\n", safe);
    }
    for (guint i = 0; i < plan->resources->len; i++)
        print_resource(&printer, plan->resources->pdata[i]);
    print_deployments(&printer);
    for (guint i = 0; i < plan->sections->len; i++)
        print_section(&printer, plan->sections->pdata[i]);
    if (!plan_is_empty(plan)) {
        g_autofree char *summary = plan_summary(plan);
        g_string_append_printf(printer.text, "%s\n", summary);
    }
    return g_string_free(printer.text, FALSE);
}
