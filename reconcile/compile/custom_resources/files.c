#include "reconcile/compile/custom_resources/files.h"

/* The symbols are made by the build (CMakeLists.txt) from the names of the files. */
// clang-format off
#define FILES(ROW)                                                                              \
    ROW(custom_answer_js,                               "answer.js")                            \
    ROW(custom_api_gateway_cloud_watch_role_handler_js, "api-gateway-cloud-watch-role/handler.js") \
    ROW(custom_cognito_user_pool_handler_js,            "cognito-user-pool/handler.js")         \
    ROW(custom_event_bridge_handler_js,                 "event-bridge/handler.js")              \
    ROW(custom_functions_js,                            "functions.js")                         \
    ROW(custom_s3_handler_js,                           "s3/handler.js")

#define DECLARE(symbol, path) extern const char symbol[], symbol##_end[];
#define LIST(symbol, path)    {path, symbol, symbol##_end},
// clang-format on

FILES(DECLARE)

const EmbeddedFile custom_resource_files[] = {FILES(LIST){NULL, NULL, NULL}};
