"""A service at random: the files of a folder and the environment that it is compiled in.

Values come from the framework's schema (values.py); here is what makes them a service: names that refer to each other,
combinations that exclude each other, overrides of generated resources, and the same service said in another way
(variables, numbers as texts, one-element lists, nulls, lists of maps)."""
import copy
import json
import random
import re

from values import KEYS, LOGICAL_IDS, Values

FUNCTIONS = ["hello", "my-fn_x", "A", "b2b", "1st", "two-words", "under_score", "lambda", "fooBar", "Http", "constructor", "x9-y_Z"]
ARNS = [
    "arn:aws:sqs:us-east-1:123456789012:que-ue", "arn:aws:sns:eu-west-1:123456789012:top_ic",
    "arn:aws:dynamodb:us-east-1:123456789012:table/tb-l/stream/2020-01-01T00:00:00.000",
    "arn:aws:kinesis:us-east-1:123456789012:stream/st-r", "arn:aws:kafka:us-east-1:123456789012:cluster/clu-s/0a-1",
    "arn:aws:lambda:us-east-1:123456789012:function:other-fn", "arn:aws:lambda:us-east-1:123456789012:layer:lay:3",
    "arn:aws:iam::123456789012:role/r-x", "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_ZZ",
    "arn:aws-cn:s3:::buck-et", "arn:aws:events:us-east-1:123456789012:event-bus/bu-s",
]
ALL_KMS = "arn:aws:kms:us-east-1:123456789012:key/0a-1"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:se-c"
BROKER = "arn:aws:mq:us-east-1:123456789012:broker:br:b-0a"
LISTENERS = [f"arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/{name}/50dc6c495c0c9188/f2f7dc8efc52{name[-2:]}"
             for name in ("alb-ab", "other-cd")]
PATHS = ["/", "users", "/users/{id}", "/users/{id}/posts", "a-b/c_d", "/v1/{proxy+}", "x.y/{id_x}", "/{any}", "A/b", "users/{id}/"]
METHODS = ["get", "POST", "Put", "delete", "any", "options", "head", "patch"]


class Service:
    def __init__(self, seed, schema, events):
        self.rng = random.Random(seed)
        self.schema, self.events = schema, events
        self.files, self.env = {}, {}
        self.values = Values(self.rng, schema, self.hints())
        self.chance, self.pick = self.values.chance, self.rng.choice
        self.names = self.rng.sample(FUNCTIONS, self.pick([1, 1, 2, 2, 3, 4]))
        self.configuration = self.make()

    # Names that refer to each other

    def hints(self):
        pick = lambda *choices: lambda: self.rng.choice(choices)
        function = lambda: self.rng.choice(self.names)
        reference = lambda: self.values.reference()
        mostly = lambda usual, other: lambda: usual() if self.chance(0.8) else other()
        get_att = lambda: {"Fn::GetAtt": [self.rng.choice(LOGICAL_IDS), "Arn"]}
        arn = pick(*ARNS)
        layer = lambda: {"Ref": f"{self.rng.choice(self.layers)}LambdaLayer"} if self.layers else arn()
        statement = "provider.iam.*|provider.apiGateway.resourcePolicy.*"
        return [
            (r"functions\.\*\.events\.http", lambda: f"{self.rng.choice(METHODS)} /{self.rng.choice(PATHS).strip('/')}" if self.chance(0.25) else self.http()),
            (r"functions\.\*\.events\.httpApi", lambda: self.rng.choice(["*", f"{self.rng.choice(METHODS)} /{self.rng.choice(PATHS).strip('/')}"])
             if self.chance(0.25) else self.values.make(self.events["httpApi"]["anyOf"][1], "functions.*.events.httpApi.")),
            (r"provider\.iam\.role\.path", pick("/", "/a/b/")),
            (r".*layers\[\]#awsArn", mostly(lambda: layer(), arn)),
            (r".*\.fileSystemConfig\.arn", mostly(
                pick("arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0"), get_att)),
            (r"functions\.\*\.handler", pick("src/handler.main", "index.handler", "h")),
            (r"functions\.\*\.name", lambda: self.rng.choice(["named-fn", "other_name", "Xyz"]) + str(self.rng.randrange(1000))),
            (r"functions\.\*\.image\.name|functions\.\*\.image", lambda: self.image()),
            (r"functions\.\*\.package", lambda: {"artifact": "artifact.zip"}),
            (r"functions\.\*\.condition", pick("IsProd")),
            (r"functions\.\*\.destinations\.\w+", lambda: self.destination()),
            (r"functions.*\.http\.\.?path", pick(*PATHS)),
            (r"functions.*\.http\.\.?method", pick(*METHODS)),
            (r"functions.*\.httpApi\.\.?method", pick(*METHODS, "*")),
            (r"functions.*\.http\.\.?request\.method", pick(*METHODS)),
            (r"functions.*\.httpApi\.\.?path", lambda: "/" + self.rng.choice(PATHS).strip("/") if self.chance(0.9) else "*"),
            (r"functions.*\.http\.\.?authorizer", lambda: self.http_authorizer()),
            (r"functions.*\.httpApi\.\.?authorizer", lambda: self.http_api_authorizer()),
            (r"functions.*\.websocket\.route|functions.*\.websocket", pick("$connect", "$disconnect", "$default", "message", "my-route", "route_3")),
            (r".*\.websocket\.authorizer(\.name)?#functionName", function),
            (r".*\.websocket\.authorizer\.arn", mostly(pick(ARNS[5]), get_att)),
            (r".*\.websocket\.authorizer#awsArnString", pick(ARNS[5])),
            (r"functions.*\.http\.\.?request\.uri", pick("https://example.com/x", {"Fn::Sub": "https://${AWS::Region}.example.com"})),
            (r"functions.*\.http\.\.?request\.schemas\.\*", lambda: self.request_schema()),
            (r"functions.*\.http\.\.?request\.schemas", lambda: self.by_content_type(self.request_schema)),
            (r"functions.*\.http\.\.?request\.template", lambda: self.by_content_type(self.values.word)),
            (r".*\.statusCodes\.\*\.template", mostly(self.values_word, lambda: self.by_content_type(self.values.word))),
            (r".*untimeManagement", lambda: self.rng.choice(["auto", "onFunctionUpdate", {"mode": "manual", "arn": ARNS[5]}, {"mode": "auto"}])),
            (r".*\.ForwardedValues\.QueryString", lambda: self.chance(0.5)),
            (r".*behavior\.AllowedMethods", lambda: self.rng.choice([["GET", "HEAD"], ["GET", "HEAD", "OPTIONS"]])),
            (r".*\.cors\.origins?(\[\])?|.*allowedOrigins\[\]", pick("*", "https://a.example", "http://b.example")),
            (r".*\.schedule\.rate\[\]", pick("rate(1 minute)", "rate(15 hours)", "cron(0 12 * * ? *)", {"Ref": "Rate"})),
            (r".*\.schedule", pick("rate(1 day)", "cron(0 0 ? * MON-FRI *)")),
            (r".*\.sns\.topicName|.*\.sns", pick("topic-a", "topic_b", "Topic1")),
            (r".*\.sns#awsArnString|.*\.sns\.arn", pick(ARNS[1], "arn:aws:sns:us-east-1:123456789012:here", ARNS[1])),
            (r".*\.deadLetterTargetRef", pick("Dlq")),
            (r".*\.sqs(\.arn)?#.*|.*\.deadLetter\w*Arn.*", mostly(pick(ARNS[0]), get_att)),
            (r".*\.stream(\.arn)?#awsArnString", pick(ARNS[2], ARNS[3])),
            (r"functions.*\.s3\.bucket|functions.*\.s3", pick("buck-et.x", "other", "bucket-3")),
            (r".*\.s3\.event", pick("s3:ObjectCreated:*", "s3:ObjectRemoved:Delete", "s3:ObjectCreated:Put")),
            (r".*\.(prefix|suffix)", pick("in/", ".png", {"Ref": "Prefix"})),
            (r".*\.msk\.arn", pick(ARNS[4], ARNS[4].replace("clu-s", "other_1"), {"Ref": "Cluster"}, {"Fn::ImportValue": "other-cluster"})),
            (r".*\.stream\.arn#awsCfFunction", mostly(get_att, pick({"Ref": "Stream"}, {"Fn::ImportValue": "a-stream"}, {"Fn::Join": [
                ":", ["arn", "aws", "kinesis", {"Ref": "AWS::Region"}, {"Ref": "AWS::AccountId"}, "stream/my-Stream"]]}))),
            (r".*\.(activemq|rabbitmq)\.arn", pick(BROKER, {"Ref": "Broker"})),
            (r".*\.cloudwatchLog(\.logGroup)?#.*", lambda: f"/aws/lambda/log-{self.rng.randrange(10**6)}"),
            (r".*\.cognitoUserPool\.pool", pick("My Pool", "pool")),
            (r".*\.eventBridge\.eventBus", pick("default", "cust-bus", ARNS[10], {"Ref": "Bus"}, {"Fn::GetAtt": ["Bus", "Name"]})),
            (r".*\.cloudFront\.cachePolicy\.name", lambda: "cached"),
            (r".*\.cloudFront\.behavior\.\w*TTL", lambda: self.rng.randrange(100)),
            (r".*\.alb\.authorizer\[\]", pick("oidc1", "cog1")),
            (r".*\.alb\.conditions\.ip\[\]", pick("10.0.0.0/8", "fe80:0000:0000:0000:0204:61ff:fe9d:f156/6", "192.168.0.1/1")),
            (r".*\.alb\.priority", lambda: self.rng.randint(1, 50000)),
            (r"provider\.alb\.authorizers", lambda: self.some({"oidc1": self.alb_authorizer(0), "cog1": self.alb_authorizer(1)})),
            (r"provider\.httpApi\.authorizers", lambda: self.http_api_authorizers()),
            (r"provider\.httpApi\.id", pick("abc123")),
            (r"provider\.cloudFront", lambda: {"cachePolicies": {"cached": self.cache_policy()}}),
            (r"provider\.stackName", lambda: "stack-" + str(self.rng.randrange(100))),
            (r"provider\.deploymentPrefix", pick("pre", "a/b")),
            (r"provider\.tracing\.lambda", pick(True, False, "Active", "PassThrough")),
            (r"provider\.s3", lambda: self.provider_buckets()),
            (r"provider\.vpc\.(securityGroupIds|subnetIds)|.*\.vpc#awsLambdaVpcConfig\.(securityGroupIds|subnetIds)",
             lambda: [self.rng.choice(["id-1", {"Ref": "Net"}, {"Fn::If": ["IsProd", "a", "b"]}]) for _ in range(self.rng.randint(1, 3))]),
            (r"provider\.apiGateway\.usagePlan", lambda: self.usage_plan()),
            (r"deprecationNotificationMode", pick("warn", "warn:summary")),
            (r"provider\.apiGateway\.restApiResources", lambda: self.rng.choice([
                [{"path": path, "resourceId": f"id{at}"} for at, path in enumerate(["users", "/users/{id}", "a-b"][: self.rng.randint(1, 3)])],
                {"/users": "id0", "a-b": "id1"}])),
            (r"provider\.apiGateway\.restApiId", pick("rest123", {"Ref": "OtherApi"})),
            (r"provider\.apiGateway\.apiKeys|.*#awsApiGatewayApiKeys", lambda: self.api_keys()),
            (r"provider\.apiGateway\.request\.schemas", lambda: {name: {"schema": self.request_schema(), **self.some({"name": "Named", "description": "d"})}
                                                               for name in self.rng.sample(["model-a", "b"], self.rng.randint(1, 2))}),
            (r"provider\.apiName|provider\.httpApi\.name|provider\.websocketsApiName", pick("api-name", "My Api")),
            (r"provider\.(apiGateway\.)?stage", pick("dev", "live")),
            (r"provider\.endpointType", pick("REGIONAL", "edge", "PRIVATE", "Regional")),
            (r"provider\.stackPolicy", lambda: [{"Effect": "Allow", "Principal": "*", "Action": ["Update:*"], "Resource": "*"}]),
            (r".*replicationConfiguration.*Destination\.Account", lambda: "123456789012"),
            (r".*\.durableConfig\.executionTimeout", lambda: self.rng.choice([1, 300, 900, 86400])),
            (r"layers\.\*\.allowedAccounts\[\]", pick("123456789012", "*", "000000000001")),
            (r"provider\.alb\.targetGroupPrefix", pick("pre", "a-b")),
            (r"layers\.\*\.retain", lambda: False),
            (r"layers\.\*\.package", lambda: {"artifact": "artifact.zip"}),
            (r"layers\.\*\.name", pick("lay-er", "Named_layer")),
            (r".*#awsArnString", arn),
            (r".*#awsCfFunction", reference),
            (r".*#awsCfRef", lambda: {"Ref": self.rng.choice(LOGICAL_IDS)}),
            (r".*#awsCfGetAtt", get_att),
            (r".*#awsCfInstruction", mostly(pick("text", "a-b", "${AWS::Region}", "x y"), reference)),
            (r".*#awsLogicalResourceId", pick("Table", "a/*")),
            (r".*#awsSecretsManagerArnString", pick(SECRET)),
            (r".*#awsAlbListenerArn", pick(*LISTENERS)),
            (r".*#awsKmsArn", mostly(pick(ALL_KMS), reference)),
            (r".*#awsIamPolicyAction", lambda: self.rng.sample(["s3:GetObject", "sqs:*", "dynamodb:Query", "*"], self.rng.randint(1, 3))),
            (r".*#awsResourceCondition", pick("IsProd")),
            (r".*#awsResourceDependsOn", lambda: self.rng.sample(LOGICAL_IDS, self.rng.randint(1, 2))),
            (r".*#awsCfFindInMap", pick({"Fn::FindInMap": ["Map", "a", "b"]})),
            (r".*#awsCfSub", pick({"Fn::Sub": "${AWS::StackName}-x"}, {"Fn::Sub": ["${a}-x", {"a": "b"}]})),
            (r".*#ecrImageUri", pick("123456789012.dkr.ecr.us-east-1.amazonaws.com/im-g@sha256:" + "0a" * 32)),
        ]

    def some(self, values, probability=0.5):
        return {name: value for name, value in values.items() if self.rng.random() < probability}

    def values_word(self):
        return self.values.word()

    def by_content_type(self, make):
        return {name: make() for name in self.rng.sample(["application/json", "text/plain", "application/x-www-form-urlencoded"], self.rng.randint(1, 2))}

    def request_schema(self):
        return {"type": "object", "title": self.rng.choice(["T", "My Title"]), "properties": {self.rng.choice(KEYS): {"type": "string"}},
                **self.some({"$schema": "http://json-schema.org/draft-04/schema", "required": ["a"]})}

    def image(self):
        return self.rng.choice(["123456789012.dkr.ecr.us-east-1.amazonaws.com/im-g@sha256:" + "0a" * 32,
                                {"uri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/i2@sha256:" + "1b" * 32,
                                 **self.some({"command": ["a", "b"], "entryPoint": ["/bin/x"], "workingDirectory": "/w"})}])

    def destination(self):
        return self.rng.choice([self.rng.choice(self.names), ARNS[0], ARNS[1], ARNS[5], ARNS[10],
                                {"type": self.rng.choice(["function", "sns", "sqs", "eventBus"]), "arn": self.values.reference()}])

    def http(self):
        return self.values.make(self.events["http"]["anyOf"][1], "functions.*.events.http.")

    def http_authorizer(self):
        kind = self.rng.randrange(7)
        settings = self.some({"resultTtlInSeconds": self.rng.choice([0, 300, 3600]), "identitySource": self.rng.choice(
            ["method.request.header.Auth", "method.request.header.A, method.request.querystring.b"]),
            "identityValidationExpression": "[a-z]+", "type": self.rng.choice(["token", "request", "REQUEST", "Token"]),
            "managedExternally": self.chance(0.5)}, 0.35)
        if kind < 2:
            return self.rng.choice([self.rng.choice(self.names), "aws_iam", "AWS_IAM", ARNS[5]])
        if kind == 2:
            return {"name": self.rng.choice(self.names), **settings}
        if kind == 3:
            return {"arn": self.rng.choice([ARNS[5], {"Fn::GetAtt": ["Auth", "Arn"]}]), **settings, **self.some({"name": "auth-x"}, 0.8)}
        if kind == 4:
            return {"arn": ARNS[8], **self.some({"name": "pool", "scopes": ["s/read", "w"], "claims": ["email", "cognito:sub"]}),
                    **{key: value for key, value in settings.items() if key != "type"}}
        if kind == 5:
            return {"type": self.rng.choice(["COGNITO_USER_POOLS", "custom", "CUSTOM"]), "authorizerId": self.rng.choice([{"Ref": "Auth"}, "abc"]),
                    **self.some({"scopes": ["s"]})}
        return {"name": "pool", "type": "COGNITO_USER_POOLS", "arn": {"Fn::GetAtt": ["Pool", "Arn"]}, **self.some({"scopes": ["s"]})}

    def http_api_authorizer(self):
        self.needs_authorizers = True
        return self.rng.choice([lambda: self.rng.choice(["jwt1", "req1", "aws_iam"]), lambda: {"name": "jwt1", **self.some({"scopes": ["a", "b"]})},
                                lambda: {"name": "req1", **self.some({"type": "request"})}, lambda: {"type": "aws_iam"},
                                lambda: {"type": "jwt", "id": self.rng.choice(["auth-id", {"Ref": "Auth"}]), **self.some({"scopes": ["a"]})},
                                lambda: {"id": "auth-id", "type": "request"}])()

    def http_api_authorizers(self):
        request = self.rng.choice([{"functionName": self.rng.choice(self.names)}, {"functionArn": ARNS[5]},
                                   {"functionArn": {"Fn::GetAtt": ["Auth", "Arn"]}, "managedExternally": True}])
        cached = self.chance(0.5)
        return {
            "jwt1": {"identitySource": "$request.header.Authorization", "issuerUrl": "https://issuer.example", "audience": self.rng.choice(
                ["a", ["a", "b"], ["only"], {"Ref": "Client"}]), **self.some({"type": "jwt", "name": "named"})},
            "req1": {"type": "request", **request, **self.some({"name": "named-r", "enableSimpleResponses": self.chance(0.5),
                     "payloadVersion": self.rng.choice(["1.0", "2.0"])}),
                     **({"resultTtlInSeconds": 10, "identitySource": self.rng.choice(["$request.header.A", ["$request.header.A", "$context.routeKey"]])} if cached else {})},
        }

    def alb_authorizer(self, which):
        schema = self.schema["properties"]["provider"]["properties"]["alb"]["properties"]["authorizers"]["additionalProperties"]
        return self.values.make(schema["anyOf"][which], "alb-authorizer")

    def cache_policy(self):
        schema = self.schema["properties"]["provider"]["properties"]["cloudFront"]["properties"]["cachePolicies"]["additionalProperties"]
        return self.values.make(schema, "cache-policy")

    def provider_buckets(self):
        schema = self.schema["properties"]["provider"]["properties"]["s3"]["additionalProperties"]
        return {name: {**self.values.make(schema, "bucket"), **self.some({"name": f"real-{name}"})}
                for name in self.rng.sample(["other", "bucket-3"], self.rng.randint(1, 2))}

    def api_keys(self):
        key = lambda: self.rng.choice([f"key-{self.rng.randrange(10**4)}", {"name": f"n-{self.rng.randrange(10**4)}", **self.some(
            {"value": "v" * 20, "description": "d", "customerId": "c", "enabled": self.chance(0.5)})}, {"value": "w" * 20 + str(self.rng.randrange(99))}])
        self.plans = self.rng.choice([None, ["free", "paid"]])
        if not self.plans:
            return [key() for _ in range(self.rng.randint(1, 3))]
        return [{plan: [key() for _ in range(self.rng.randint(1, 2))]} for plan in self.plans]

    def usage_plan(self):
        schema = self.schema["properties"]["provider"]["properties"]["apiGateway"]["properties"]["usagePlan"]["anyOf"][0]
        plan = lambda: self.values.make(schema, "usage-plan")
        return plan() if self.chance(0.6) else [{name: plan()} for name in self.rng.sample(["free", "paid", "default", "Big1"], self.rng.randint(1, 3))]

    # The parts of a service

    def make(self):
        self.layers, self.needs_authorizers, self.plans = [], False, None
        self.needs_policy = self.needs_alb = False
        self.event_ids = []
        properties = self.schema["properties"]
        configuration = {"service": self.pick(["svc", "my-service", "Svc-9x"]), "package": {"artifact": "artifact.zip"}}
        layers = {name: {**self.values.make(properties["layers"]["additionalProperties"], "layers.*"), "package": {"artifact": "artifact.zip"}}
                  for name in self.rng.sample(["base", "my-layer", "third_x"], self.pick([0, 0, 0, 1, 2]))}
        self.layers = [name[0].upper() + name[1:].replace("-", "Dash").replace("_", "Underscore") for name in layers]
        functions = {name: self.function() for name in self.names}
        configuration["provider"] = self.provider()
        configuration["functions"] = functions
        if layers:
            configuration["layers"] = layers
        if self.chance(0.6):
            configuration["resources"] = self.resources()
        for name in ("configValidationMode", "useDotenv", "disabledDeprecations", "deprecationNotificationMode"):
            if self.chance(0.04):
                configuration[name] = self.values.make(properties[name], name)
        if self.chance(0.1):
            configuration["frameworkVersion"] = self.pick(["4", "^4.0.0", ">=4.3.0 <5.0.0", "4.3.1", "4.x", "~4.3"])
        return configuration

    def provider(self):
        properties = dict(self.schema["properties"]["provider"]["properties"])
        for name in ("name", "region", "ecr", "profile", "credentials", "kubeconfig"):
            properties.pop(name, None)
        keen = self.pick([0.03, 0.1, 0.25])
        provider = {"name": "aws"}
        for name, part in properties.items():
            if self.chance(keen):
                provider[name] = self.values.make(part, f"provider.{name}")
        http_api = provider.get("httpApi", {})
        if "id" in http_api and self.chance(0.9):
            http_api = provider["httpApi"] = {"id": http_api["id"]}
        if self.needs_authorizers and "id" not in http_api:
            http_api = provider.setdefault("httpApi", http_api)
            http_api.setdefault("authorizers", self.http_api_authorizers())
        if self.needs_policy:
            provider["cloudFront"] = {"cachePolicies": {"cached": self.cache_policy()}}
        if self.needs_alb:
            provider["alb"] = {**self.some({"targetGroupPrefix": "pre"}), "authorizers": {"oidc1": self.alb_authorizer(0), "cog1": self.alb_authorizer(1)}}
        gateway = provider.get("apiGateway", {})
        if self.plans:
            gateway["usagePlan"] = [{plan: {"quota": {"limit": self.rng.randrange(100), "period": "DAY"},
                                            **self.some({"throttle": {"burstLimit": 5, "rateLimit": 7}})}} for plan in self.plans]
        elif isinstance(gateway.get("usagePlan"), list) and "apiKeys" in gateway:
            del gateway["usagePlan"]
        if provider.get("logs", {}).get("restApi") is False:
            del provider["logs"]["restApi"]
        if "restApiId" in gateway:
            gateway["restApiRootResourceId"] = "root1"
            if self.chance(0.9):
                provider.get("logs", {}).pop("restApi", None)
                provider.get("tracing", {}).pop("apiGateway", None)
        return provider

    def function(self):
        properties = dict(self.schema["properties"]["functions"]["patternProperties"]["^[a-zA-Z0-9-_]+$"]["properties"])
        del properties["events"], properties["image"], properties["handler"]
        keen = self.pick([0.03, 0.1, 0.3])
        function = {}
        for name, part in properties.items():
            if self.chance(keen):
                function[name] = self.values.make(part, f"functions.*.{name}")
        if self.chance(0.05):
            function["image"] = self.image()
            function.pop("layers", None)
            function.pop("runtime", None)
        else:
            function["handler"] = self.pick(["src/handler.main", "index.handler", "h"])
        if "durableConfig" in function:
            function["runtime"] = self.pick(["nodejs22.x", "nodejs24.x", "python3.13", "java21"])
            for name in ("destinations", "maximumRetryAttempts", "snapStart", "image"):
                if self.chance(0.9):
                    function.pop(name, None)
            function["handler"] = "h"
        if "provisionedConcurrency" in function and self.chance(0.9):
            function.pop("snapStart", None)
            function.pop("versionFunction", None)
        if "snapStart" in function and self.chance(0.9):
            function.pop("versionFunction", None)
        if "fileSystemConfig" in function and self.chance(0.95):
            function["vpc"] = self.values.make(self.schema["definitions"]["awsLambdaVpcConfig"], "functions.*.vpc#awsLambdaVpcConfig")
        names = list(function)
        self.rng.shuffle(names)
        function = {name: function[name] for name in names}
        count = self.pick([0, 1, 1, 2, 3])
        if count:
            function["events"] = [self.event() for _ in range(count)]
        return function

    def event(self):
        name = self.pick(list(self.events))
        event = self.values.make(self.events[name], f"functions.*.events.{name}")
        if isinstance(event, dict) and self.chance(0.95):
            self.settle(name, event)
        self.event_ids += self.ids_of_event(name, event)
        return {name: event}

    def only_one(self, event, *names):
        present = [name for name in names if name in event]
        for name in self.rng.sample(present, max(0, len(present) - 1)):
            del event[name]

    def settle(self, name, event):
        """What the schema lets pass and the framework refuses."""
        self.only_one(event, "input", "inputPath", "inputTransformer")
        if name == "cloudwatchEvent":
            event.setdefault("event", {"source": ["aws.ec2"], "detail-type": [self.values.word()]})
        if name == "cognitoUserPool" and event["trigger"] in ("CustomSMSSender", "CustomEmailSender"):
            event["kmsKeyId"] = ALL_KMS
        if name == "cloudFront" and "cachePolicy" in event and self.chance(0.95):
            event.get("behavior", {}).pop("CachePolicyId", None)
            self.needs_policy = self.needs_policy or "name" in event["cachePolicy"]
            for key in ("MinTTL", "MaxTTL", "DefaultTTL", "ForwardedValues"):
                event.get("behavior", {}).pop(key, None)
        if name == "alb" and self.chance(0.95):
            event.pop("targetGroupName", None)
        if name == "alb" and "authorizer" in event:
            self.needs_alb = True
        if name == "cloudFront":
            event.setdefault("origin", self.pick(["https://app.acme.com/p", "s3://buck-et.s3.amazonaws.com/a", "http://x.example"]))
        if name == "kafka" and self.chance(0.9):
            if event.get("provisionedPollerConfig") == {}:
                event["provisionedPollerConfig"] = {"minimumPollers": 2}
            access = event["accessConfigurations"]
            if "vpcSubnet" in access or "vpcSecurityGroup" in access:
                access["vpcSubnet"], access["vpcSecurityGroup"] = ["subnet-0a", "subnet-1b"], ["sg-2c"]
        if name == "alb" and not event["conditions"]:
            event["conditions"] = {"path": ["/a*"]}
        if name == "http":
            kind = str(event.get("integration", "")).upper()
            if kind.startswith("HTTP"):
                event.setdefault("request", {}).setdefault("uri", "https://example.com/x")
        if name == "httpApi" and event.get("path") != "*":
            event.setdefault("method", self.pick(METHODS))
        if name == "eventBridge":
            self.only_one(event, "schedule", "pattern") if self.chance(0.1) else None
        if name == "schedule":
            if event.get("method") == "scheduler":
                event.pop("inputPath", None), event.pop("inputTransformer", None)
            else:
                event.pop("timezone", None), event.pop("groupName", None), event.pop("roleArn", None)
            if len(event["rate"]) > 1 and self.chance(0.9):
                event.pop("name", None)
        if name in ("stream", "msk", "kafka"):
            if event.get("startingPosition") == "AT_TIMESTAMP":
                event.setdefault("startingPositionTimestamp", 1700000000)
        if name == "stream" and not isinstance(event["arn"], str):
            event["type"] = self.pick(["dynamodb", "kinesis"])
        if name == "sns" and "arn" in event:
            if not isinstance(event["arn"], str) or self.chance(0.3):
                event["topicName"] = "topic-a"
            event.pop("displayName", None) if self.chance(0.9) else None

    # What is merged over the template

    def normalized(self, name):
        name = name.replace("-", "Dash").replace("_", "Underscore")
        return name[0].upper() + name[1:]

    def generated_ids(self):
        ids = ["ServerlessDeploymentBucket", "IamRoleLambdaExecution"]
        for name in self.names:
            ids += [f"{self.normalized(name)}LambdaFunction", f"{self.normalized(name)}LogGroup"]
        return ids + self.event_ids

    def ids_of_event(self, name, event):
        alphanumeric = lambda text: re.sub(r"[^A-Za-z0-9]", "", text[:1].upper() + text[1:])
        ids = {"http": ["ApiGatewayRestApi"], "httpApi": ["HttpApi", "HttpApiStage"], "cloudFront": ["CloudFrontDistribution"],
               "websocket": ["WebsocketsApi", "WebsocketsDeploymentStage"], "schedule": [f"{self.normalized(self.names[0])}EventsRuleSchedule1"],
               "iot": [f"{self.normalized(self.names[0])}IotTopicRule1"]}.get(name, [])
        if name == "s3":
            bucket = event if isinstance(event, str) else event["bucket"]
            ids = ["S3Bucket" + alphanumeric(bucket)] if isinstance(bucket, str) else []
        if name == "cognitoUserPool":
            ids = ["CognitoUserPool" + alphanumeric(event["pool"])]
        if name == "sns":
            topic = event if isinstance(event, str) else event.get("topicName")
            ids = ["SNSTopic" + alphanumeric(topic)] if isinstance(topic, str) and not topic.startswith("arn:") else []
        return ids

    def resource(self):
        resource = {"Type": self.pick(["AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SNS::Topic", "Custom::Thing"])}
        resource.update(self.some({"Properties": self.values.map_of_anything(), "DependsOn": self.pick(["Table", ["Queue"], ["Queue", "Table"]]),
                                   "DeletionPolicy": "Retain", "Condition": "IsProd", "Metadata": self.values.map_of_anything(),
                                   "UpdateReplacePolicy": "Delete"}))
        return resource

    def override(self, name):
        properties = self.values.map_of_anything()
        if name == "IamRoleLambdaExecution":
            kind = "AWS::IAM::Role"
            properties.update(self.some({"RoleName": "own", "Policies": [{"PolicyName": "x"}], "Tags": [{"Key": "a", "Value": "b"}]}))
        elif name == "ServerlessDeploymentBucket":
            kind = "AWS::S3::Bucket"
            properties.update(self.some({"BucketEncryption": {"a": None}, "BucketName": "x-y"}))
        elif name.endswith("LogGroup"):
            kind = "AWS::Logs::LogGroup"
            properties.update(self.some({"RetentionInDays": self.pick(["30", 7])}))
        elif name in self.event_ids:
            kind = "AWS::Own::Type"
            properties.update(self.some({"Name": "own", "Tags": {"a": "b"}, "LambdaConfig": {"PreSignUp": "x", "Own": 1}, "Targets": [{"Id": "y"}, {"Id": "z"}],
                                         "NotificationConfiguration": {"LambdaConfigurations": [{"Own": True}]}, "Subscription": [{"Own": None}]}))
        else:
            kind = "AWS::Lambda::Function"
            properties.update(self.some({"Timeout": "29", "Layers": [{"Ref": "L"}], "Environment": {"Variables": {"A": "b", "10": 1}}, "Role": None}))
        return {"Type": kind, **self.some({"Properties": properties, "DependsOn": ["Table"], "DeletionPolicy": "Retain"}, 0.7)}

    def extension(self):
        return self.some({"Properties": self.values.map_of_anything(), "DependsOn": self.pick([["Table"], ["Queue", "Table"], "Table"]),
                          "Condition": "IsProd", "DeletionPolicy": "Retain", "Metadata": self.values.map_of_anything(),
                          "UpdateReplacePolicy": "Retain", "CreationPolicy": {"a": 1}, "UpdatePolicy": {"b": [1]}}, 0.35)

    def resources(self):
        sections = self.some({
            "Conditions": {"IsProd": {"Fn::Equals": ["a", "a"]}},
            "Parameters": {"Rate": {"Type": "String", "Default": "rate(1 minute)"}},
            "Mappings": {"Map": {"a": {"b": "c", "10": "x"}}},
            "Outputs": {name: {"Value": self.values.anything(), **self.some({"Description": "d", "Export": {"Name": "exp"}, "Condition": "IsProd"}, 0.3)}
                        for name in self.rng.sample(["Out", "Out2", "ServerlessDeploymentBucketName"], self.rng.randint(1, 3))},
            "Description": "Own", "Transform": self.pick([["AWS::Serverless-2016-10-31"], "AWS::LanguageExtensions", ["a", "b"]]),
            "Metadata": self.values.map_of_anything()}, 0.3)
        resources = {name: self.resource() for name in self.rng.sample(LOGICAL_IDS, self.rng.randint(0, 3))}
        for name in self.generated_ids():
            if self.chance(0.12):
                resources[name] = self.override(name)
        if resources or self.chance(0.5):
            sections["Resources"] = resources
        if self.chance(0.25):
            sections["extensions"] = {name: self.extension() for name in self.rng.sample(self.generated_ids(), self.rng.randint(1, 2))}
        if self.chance(0.25):
            return [{name: value} for name, value in sections.items()] + self.pick([[], [{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}], [None]])
        return sections
