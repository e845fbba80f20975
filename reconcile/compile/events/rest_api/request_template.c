#include "reconcile/compile/events/rest_api/request_template.h"
#include <glib.h>
#include <string.h>

/* Where the claims go in: in the framework's templates and in people's own. */
static const char claims_place[] = "extraCognitoPoolClaims";

static const char json_body[] = "\n"
                                "    #set( $body = $input.json(\"$\") )\n"
                                "\n"
                                "    ";

static const char form_body[] =
    "\n"
    "    #define( $body )\n"
    "      {\n"
    "      #foreach( $token in $input.path('$').split('&') )\n"
    "        #set( $keyVal = $token.split('=') )\n"
    "        #set( $keyValSize = $keyVal.size() )\n"
    "        #if( $keyValSize >= 1 )\n"
    "          #set( $key = $util.escapeJavaScript($util.urlDecode($keyVal[0])) )\n"
    "          #if( $keyValSize >= 2 )\n"
    "            #set($val = "
    "$util.escapeJavaScript($util.urlDecode($keyVal[1])).replaceAll(\"\\\\'\",\"'\"))\n"
    "          #else\n"
    "            #set( $val = '' )\n"
    "          #end\n"
    "          \"$key\": \"$val\"#if($foreach.hasNext),#end\n"
    "        #end\n"
    "      #end\n"
    "      }\n"
    "    #end\n"
    "\n"
    "    ";

/* What both have after $body is known; the white space is the framework's. */
static const char event_of_body[] =
    "\n"
    "  #define( $loop )\n"
    "    {\n"
    "    #foreach($key in $map.keySet())\n"
    "        #set( $k = $util.escapeJavaScript($key) )\n"
    "        #set( $v = $util.escapeJavaScript($map.get($key)).replaceAll(\"\\\\'\", \"'\") )\n"
    "        \"$k\":\n"
    "          \"$v\"\n"
    "          #if( $foreach.hasNext ) , #end\n"
    "    #end\n"
    "    }\n"
    "  #end\n"
    "\n"
    "  {\n"
    "    \"body\": $body,\n"
    "    \"method\": \"$context.httpMethod\",\n"
    "    \"principalId\": \"$context.authorizer.principalId\",\n"
    "    \"stage\": \"$context.stage\",\n"
    "\n"
    "    \"cognitoPoolClaims\" : {\n"
    "       extraCognitoPoolClaims\n"
    "       \"sub\": \"$context.authorizer.claims.sub\"\n"
    "    },\n"
    "\n"
    "    #set( $map = $context.authorizer )\n"
    "    \"enhancedAuthContext\": $loop,\n"
    "\n"
    "    #set( $map = $input.params().header )\n"
    "    \"headers\": $loop,\n"
    "\n"
    "    #set( $map = $input.params().querystring )\n"
    "    \"query\": $loop,\n"
    "\n"
    "    #set( $map = $input.params().path )\n"
    "    \"path\": $loop,\n"
    "\n"
    "    #set( $map = $context.identity )\n"
    "    \"identity\": $loop,\n"
    "\n"
    "    #set( $map = $stageVariables )\n"
    "    \"stageVariables\": $loop,\n"
    "\n"
    "    \"requestPath\": \"$context.resourcePath\"\n"
    "  }\n";

static const char end[] = "\n  ";

/* "sub": "$context.authorizer.claims.sub", for every claim, (transfer full). "custom:tenant" is
 * passed on as "tenant". */
static char *claims_text(json_t *claims)
{
    GString *text = g_string_new(NULL);
    json_t *item;
    size_t i;

    json_array_foreach(claims, i, item)
    {
        const char *claim = json_string_value(item);
        const char *colon = claim ? strchr(claim, ':') : NULL;

        if (colon)
            g_string_append_printf(text, "\"%s\": \"$context.authorizer.claims['%s']\",", colon + 1,
                                   claim);
        else if (claim)
            g_string_append_printf(text, "\"%s\": \"$context.authorizer.claims.%s\",", claim,
                                   claim);
    }
    return g_string_free(text, FALSE);
}

static json_t *with_claims(const char *template, const char *claims)
{
    const char *place = strstr(template, claims_place);

    if (!place)
        return json_string(template);
    return json_sprintf("%.*s%s%s", (int)(place - template), template, claims,
                        place + strlen(claims_place));
}

static json_t *default_template(const char *body)
{
    return json_sprintf("%s%s%s", body, event_of_body, end);
}

json_t *request_templates(bool defaults, json_t *own, json_t *claims)
{
    g_autofree char *text = claims_text(claims);
    json_t *templates = json_object();
    const char *type;
    json_t *template;

    if (defaults) {
        json_object_set_new(templates, "application/json", default_template(json_body));
        json_object_set_new(templates, "application/x-www-form-urlencoded",
                            default_template(form_body));
    }
    json_object_foreach(own, type, template)
    {
        if (json_is_null(template))
            json_object_del(templates, type);
        else
            json_object_set(templates, type, template);
    }
    json_object_foreach(templates, type, template)
    {
        if (json_is_string(template))
            json_object_set_new(templates, type, with_claims(json_string_value(template), text));
    }
    return templates;
}
