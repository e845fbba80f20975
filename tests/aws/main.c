#include "tests/aws/double.h"
#include "tests/aws/wire/faults.h"
#include "tests/aws/wire/server.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static bool parse_options(int *argc, char ***argv, Options *options)
{
    gint port = 0;
    gint64 resource_time_ms = 0, sqs_delete_wait_ms = 0;
    gboolean no_drift_aware = FALSE;
    GOptionEntry entries[] = {
        {"port", 0, 0, G_OPTION_ARG_INT, &port, "Port of 127.0.0.1 (default: a free one)", "N"},
        {"resource-time-ms", 0, 0, G_OPTION_ARG_INT64, &resource_time_ms,
         "How long each resource takes (default 0)", "N"},
        {"faults", 0, 0, G_OPTION_ARG_FILENAME, &options->faults_file, "Scripted faults", "FILE"},
        {"account", 0, 0, G_OPTION_ARG_STRING, &options->account, "Account id", "ID"},
        {"access-key", 0, 0, G_OPTION_ARG_STRING, &options->access_key, "Default: test", "KEY"},
        {"secret-key", 0, 0, G_OPTION_ARG_STRING, &options->secret_key, "Default: test", "KEY"},
        {"no-drift-aware", 0, 0, G_OPTION_ARG_NONE, &no_drift_aware,
         "Ignore DeploymentMode, as emulators do", NULL},
        {"sqs-delete-wait-ms", 0, 0, G_OPTION_ARG_INT64, &sqs_delete_wait_ms,
         "How long a deleted queue's name is refused (AWS: 60000; default 0)", "N"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new("- AWS as tests see it");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        fprintf(stderr, "aws-double: %s\n", error->message);
        return false;
    }
    options->port = (unsigned)port;
    options->resource_time_ms = resource_time_ms;
    options->sqs_delete_wait_ms = sqs_delete_wait_ms;
    options->drift_aware = !no_drift_aware;
    if (options->account == NULL)
        options->account = g_strdup("123456789012");
    if (options->access_key == NULL)
        options->access_key = g_strdup("test");
    if (options->secret_key == NULL)
        options->secret_key = g_strdup("test");
    return true;
}

static bool read_faults(Double *aws, const char *file)
{
    json_error_t where;
    json_auto_t *list = json_load_file(file, 0, &where);
    g_autoptr(GError) error = NULL;

    if (list == NULL) {
        fprintf(stderr, "aws-double: %s:%d:%d: %s\n", file, where.line, where.column, where.text);
        return false;
    }
    if (!faults_add(aws->faults, list, &error)) {
        fprintf(stderr, "aws-double: %s: %s\n", file, error->message);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    Options options = {0};
    Double *aws = NULL;
    Server *server = NULL;
    sigset_t ends;
    int signal_number = 0, status = EXIT_FAILURE;

    if (!parse_options(&argc, &argv, &options))
        return 2;
    /* Blocked before any thread starts, so that only sigwait sees them. */
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);

    aws = double_new(&options);
    if (options.faults_file == NULL || read_faults(aws, options.faults_file))
        server = server_start(aws, options.port);
    if (server != NULL) {
        aws->port = server_port(server);
        printf("listening 127.0.0.1:%u\n", aws->port);
        fflush(stdout);
        sigwait(&ends, &signal_number);
        server_stop(server);
        status = EXIT_SUCCESS;
    } else if (options.faults_file == NULL) {
        fprintf(stderr, "aws-double: cannot listen on 127.0.0.1:%u\n", options.port);
    }
    double_free(aws);
    g_free(options.faults_file);
    g_free(options.account);
    g_free(options.access_key);
    g_free(options.secret_key);
    return status;
}
