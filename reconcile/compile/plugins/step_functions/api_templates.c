/* The templates (VTL) by which a request becomes the input of a state machine. They are part of
 * what is deployed and equal to the plugin's, byte by byte. */
#include "reconcile/compile/plugins/step_functions/api.h"

#include "reconcile/compile/javascript.h"

/* The body of a request, as $body. */
static const char json_body[] = "\n"
                                "  #set( $body = $input.body )\n"
                                "  ";

static const char form_body[] =
    "\n"
    "  #define( $body )\n"
    "    {\n"
    "    #foreach( $token in $input.path('$').split('&') )\n"
    "      #set( $keyVal = $token.split('=') )\n"
    "      #set( $keyValSize = $keyVal.size() )\n"
    "      #if( $keyValSize >= 1 )\n"
    "        #set( $key = $util.escapeJavaScript($util.urlDecode($keyVal[0])) )\n"
    "        #if( $keyValSize >= 2 )\n"
    "          #set($val = "
    "$util.escapeJavaScript($util.urlDecode($keyVal[1])).replaceAll(\"\\\\'\",\"'\"))\n"
    "        #else\n"
    "          #set( $val = '' )\n"
    "        #end\n"
    "        \"$key\": \"$val\"#if($foreach.hasNext),#end\n"
    "      #end\n"
    "    #end\n"
    "    }\n"
    "  #end\n"
    "  ";

/* What both have after $body is known. */
static const char request_of_body[] =
    "\n"
    "  #define( $loop )\n"
    "  {\n"
    "    #foreach($key in $map.keySet())\n"
    "      #set( $k = $util.escapeJavaScript($key) )\n"
    "      #set( $v = $util.escapeJavaScript($map.get($key)).replaceAll(\"\\\\'\", \"'\") )\n"
    "      \"$k\":\n"
    "        #if (\"$v\" == \"\")\n"
    "          null\n"
    "        #else\n"
    "          \"$v\"\n"
    "        #end\n"
    "        #if( $foreach.hasNext ) , #end\n"
    "    #end\n"
    "  }\n"
    "  #end\n"
    "  #define( $smInput )\n"
    "  {\n"
    "    \"resource\": \"$context.resourcePath\",\n"
    "    \"path\": \"$context.path\",\n"
    "    \"httpMethod\": \"$context.httpMethod\",\n"
    "    #set( $map = $input.params().header )\n"
    "    \"headers\": $loop,\n"
    "\n"
    "    #if ($input.params().querystring.size() == 0)\n"
    "    \"queryStringParameters\": null,\n"
    "    #else\n"
    "    #set( $map = $input.params().querystring )\n"
    "    \"queryStringParameters\": $loop,\n"
    "    #end\n"
    "\n"
    "    #if ($input.params().path.size() == 0)\n"
    "    \"pathParameters\": null,\n"
    "    #else\n"
    "    #set( $map = $input.params().path )\n"
    "    \"pathParameters\": $loop,\n"
    "    #end\n"
    "\n"
    "    #if ($stageVariables.size() == 0)\n"
    "    \"stageVariables\": null,\n"
    "    #else\n"
    "    #set( $map = $stageVariables )\n"
    "    \"stageVariables\": $loop,\n"
    "    #end\n"
    "\n"
    "    \"requestContext\": {\n"
    "      \"resourceId\": \"$context.resourceId\",\n"
    "      \"resourcePath\": \"$context.resourcePath\",\n"
    "      \"httpMethod\": \"$context.httpMethod\",\n"
    "      \"extendedRequestId\": \"$context.extendedRequestId\",\n"
    "      \"requestTime\": \"$context.requestTime\",\n"
    "      \"path\": \"$context.path\",\n"
    "      \"accountId\": \"${AccountId}\",\n"
    "      \"protocol\": \"$context.protocol\",\n"
    "      \"stage\": \"$context.stage\",\n"
    "      \"domainPrefix\": \"$context.domainPrefix\",\n"
    "      \"requestTimeEpoch\": $context.requestTimeEpoch,\n"
    "      \"requestId\": \"$context.requestId\",\n"
    "      #set( $map = $context.identity )\n"
    "      \"identity\": $loop,\n"
    "      \"domainName\": \"$context.domainName\",\n"
    "      #set( $map = $context.authorizer )\n"
    "      \"authorizer\": $loop,\n"
    "      \"apiId\": \"$context.apiId\"\n"
    "    },\n"
    "    \"body\": \"$util.escapeJavaScript(\"$body\").replaceAll(\"\\\\'\", \"'\")\",\n"
    "    \"isBase64Encoded\": false\n"
    "  }\n"
    "  #end\n"
    "  {\n"
    "    \"input\": \"$util.escapeJavaScript(\"$smInput\").replaceAll(\"\\\\'\", \"'\")\",\n"
    "    \"name\":\"$context.requestId\",\n"
    "    \"stateMachineArn\":\"${StateMachineArn}\"\n"
    "  }";

/* The body is the input. */
static const char whole_body[] =
    "\n"
    "#set( $body = $util.escapeJavaScript($input.json('$')).replaceAll(\"\\\\'\", \"'\") )\n"
    "{\"input\": \"$body\", \"name\": \"$context.requestId\", "
    "\"stateMachineArn\":\"${StateMachineArn}\"}";

static json_t *substituted(const StateMachine *machine, const char *text, bool with_account)
{
    json_t *parameters = json_pack("{s:{s:s}}", "StateMachineArn", "Ref", machine->id);

    if (with_account)
        json_object_set_new(parameters, "AccountId", json_ref("AWS::AccountId"));
    return json_pack("{s:[s,o]}", "Fn::Sub", text, parameters);
}

static json_t *proxy(const StateMachine *machine, const char *body)
{
    g_autofree char *text = g_strconcat(body, request_of_body, NULL);

    return substituted(machine, text, true);
}

json_t *api_request_templates(const StateMachine *machine, json_t *http)
{
    static const char json_type[] = "application/json",
                      form_type[] = "application/x-www-form-urlencoded";
    json_t *request = json_object_get(http, "request"),
           *template = json_object_get(request, "template"), *templates;

    if (json_is_string(template))
        return json_pack("{s:o,s:o}", json_type, proxy(machine, json_body), form_type,
                         proxy(machine, form_body));
    if (!template && json_object_get(http, "action"))
        return json_object();
    templates = json_pack("{s:o,s:o}", json_type, substituted(machine, whole_body, false),
                          form_type, substituted(machine, whole_body, false));
    if (json_is_object(template))
        json_object_update(templates, template);
    return templates;
}
