#include "config/settings.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings =
        settings_parse("driftless.yml", (const char *)data, size, problems);
    G_GNUC_UNUSED g_autofree char *told = problems_to_text(problems, true);

    HOLDS(!settings == problems_have_errors(problems));
    for (guint i = 0; settings && i < settings->services->len; i++) {
        const ServiceSettings *service = g_ptr_array_index(settings->services, i);

        HOLDS(service->name && service->repository && service->stage && service->region);
        HOLDS(settings_service(settings, service->name));
    }
    return 0;
}
