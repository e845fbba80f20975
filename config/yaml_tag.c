#include "config/yaml_tag.h"

#include <string.h>

#include "config/problem.h"

// clang-format off
static const struct {
    const char *tag, *function;
} functions[] = {
    {"!And",            "Fn::And"},
    {"!Base64",         "Fn::Base64"},
    {"!Cidr",           "Fn::Cidr"},
    {"!Condition",      "Condition"},
    {"!Equals",         "Fn::Equals"},
    {"!FindInMap",      "Fn::FindInMap"},
    {"!ForEach",        "Fn::ForEach"},
    {"!GetAtt",         "Fn::GetAtt"},
    {"!GetAZs",         "Fn::GetAZs"},
    {"!GetStackOutput", "Fn::GetStackOutput"},
    {"!If",             "Fn::If"},
    {"!ImportValue",    "Fn::ImportValue"},
    {"!Join",           "Fn::Join"},
    {"!Length",         "Fn::Length"},
    {"!Not",            "Fn::Not"},
    {"!Or",             "Fn::Or"},
    {"!Ref",            "Ref"},
    {"!Select",         "Fn::Select"},
    {"!Split",          "Fn::Split"},
    {"!Sub",            "Fn::Sub"},
    {"!ToJsonString",   "Fn::ToJsonString"},
    {"!Transform",      "Fn::Transform"},
};
// clang-format on

const char *yaml_tag_function(const char *tag)
{
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
        if (strcmp(functions[i].tag, tag) == 0)
            return functions[i].function;
    return NULL;
}

const char *yaml_tag_nearest(const char *tag)
{
    const char *tags[G_N_ELEMENTS(functions) + 1];

    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
        tags[i] = functions[i].tag;
    tags[G_N_ELEMENTS(functions)] = NULL;
    return nearest_word(tag, tags);
}
