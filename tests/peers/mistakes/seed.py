"""The mistakes: each kind is a function that puts one into a good template at random.

It takes a Random and a template that it may change, and gives the paths of which one has to be named (a
path is a list of keys and indices), or None where the template has no place for such a mistake."""

import copy

FUNCTIONS = ("Ref", "Condition")


def is_function(value):
    return isinstance(value, dict) and len(value) == 1 and (
        next(iter(value)) in FUNCTIONS or next(iter(value)).startswith("Fn::"))


def walk(value, path=()):
    yield list(path), value
    if isinstance(value, dict):
        for key, below in value.items():
            yield from walk(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from walk(below, (*path, index))


def get(tree, path):
    for segment in path:
        tree = tree[segment]
    return tree


def put(tree, path, value):
    get(tree, path[:-1])[path[-1]] = value


def rename(mapping, old, new):
    items = [(new if key == old else key, value) for key, value in mapping.items()]
    mapping.clear()
    mapping.update(items)


def misspell(random, word):
    at = random.randrange(1, len(word) - 1)
    way = random.choice(("drop", "swap", "double"))
    if way == "drop":
        return word[:at] + word[at + 1:]
    if way == "swap" and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2:]
    return word[:at] + word[at] + word[at:]


def resources(template, want=None):
    for name, resource in template["Resources"].items():
        if "Properties" in resource and (want is None or resource["Type"] == want):
            yield ["Resources", name], resource


# Objects below Properties that take no other keys than theirs.
CLOSED = {
    "AWS::Lambda::Function": ["Code", "TracingConfig", "EphemeralStorage", "DeadLetterConfig", "Environment"],
    "AWS::DynamoDB::Table": ["StreamSpecification", "SSESpecification"],
    "AWS::S3::Bucket": ["VersioningConfiguration", "PublicAccessBlockConfiguration", "OwnershipControls"],
    "AWS::CloudFront::Distribution": ["DistributionConfig"],
    "AWS::CloudFront::OriginAccessControl": ["OriginAccessControlConfig"],
    "AWS::Route53::RecordSet": ["AliasTarget"],
    "AWS::Scheduler::Schedule": ["FlexibleTimeWindow", "Target"],
    "AWS::Kinesis::Stream": ["StreamEncryption"],
    "AWS::Lambda::EventSourceMapping": ["ScalingConfig"],
    "AWS::ECR::Repository": ["ImageScanningConfiguration"],
}


def objects(template):
    """Properties, and closed objects below."""
    for path, resource in resources(template):
        yield [*path, "Properties"], resource["Properties"]
        for name in CLOSED.get(resource["Type"], []):
            value = resource["Properties"].get(name)
            if isinstance(value, dict) and not is_function(value):
                yield [*path, "Properties", name], value


def misspelt_property(random, template):
    places = [(path, key) for path, value in objects(template) for key in value if len(key) > 4]
    path, key = random.choice(places)
    wrong = misspell(random, key)
    rename(get(template, path), key, wrong)
    return [[*path, wrong]]


def unknown_property(random, template):
    path, value = random.choice(list(objects(template)))
    value[random.choice(("Colour", "Owner", "Purpose", "Comment"))] = "blue"
    return [[*path, next(reversed(value))]]


REQUIRED = {
    "AWS::DynamoDB::Table": [["KeySchema"], ["AttributeDefinitions", 0, "AttributeType"], ["KeySchema", 0, "KeyType"]],
    "AWS::IAM::Role": [["AssumeRolePolicyDocument"]],
    "AWS::Lambda::Function": [["Role"], ["Code"]],
    "AWS::Lambda::Permission": [["Principal"], ["Action"], ["FunctionName"]],
    "AWS::ApiGatewayV2::Integration": [["ApiId"], ["IntegrationType"]],
    "AWS::ApiGatewayV2::Route": [["RouteKey"]],
    "AWS::ApiGatewayV2::Stage": [["StageName"]],
    "AWS::CloudWatch::Alarm": [["ComparisonOperator"], ["EvaluationPeriods"], ["Dimensions", 0, "Value"]],
    "AWS::SQS::QueuePolicy": [["Queues"], ["PolicyDocument"]],
    "AWS::SNS::Subscription": [["TopicArn"], ["Protocol"]],
    "AWS::Lambda::EventSourceMapping": [["FunctionName"]],
    "AWS::S3::BucketPolicy": [["Bucket"]],
    "AWS::CloudFront::Distribution": [["DistributionConfig", "Enabled"], ["DistributionConfig", "DefaultCacheBehavior"]],
    "AWS::Route53::RecordSet": [["Name"], ["Type"], ["AliasTarget", "HostedZoneId"]],
    "AWS::KMS::Alias": [["TargetKeyId"]],
    "AWS::IAM::Policy": [["PolicyName"]],
    "AWS::StepFunctions::StateMachine": [["RoleArn"]],
    "AWS::Scheduler::Schedule": [["Target", "RoleArn"], ["FlexibleTimeWindow"]],
    "AWS::SSM::Parameter": [["Type"], ["Value"]],
    "AWS::EC2::SecurityGroup": [["GroupDescription"]],
    "AWS::EFS::MountTarget": [["SecurityGroups"], ["SubnetId"]],
    "AWS::Events::Rule": [["Targets", 0, "Id"]],
}


def missing_required(random, template):
    places = []
    for path, resource in resources(template):
        for below in REQUIRED.get(resource["Type"], []):
            try:
                get(resource["Properties"], below)
                places.append([*path, "Properties", *below])
            except (KeyError, IndexError, TypeError):
                pass
    path = random.choice(places)
    del get(template, path[:-1])[path[-1]]
    # Whose it is, or whose list it is in: there is no line of what is not there.
    parent = path[:-1]
    return [parent, parent[:-1]] if isinstance(parent[-1], int) or parent[-1] == "Properties" else [parent]


# Properties of one kind that are given as it.
SCALARS = ("FunctionName", "Handler", "MemorySize", "Timeout", "QueueName", "VisibilityTimeout", "TopicName", "DisplayName",
           "TableName", "BucketName", "RetentionInDays", "BatchSize", "CidrBlock", "GroupDescription", "ClusterName",
           "PolicyName", "Description", "EvaluationPeriods", "RawMessageDelivery", "EnableDnsSupport", "DelaySeconds",
           "Encrypted", "UserPoolName", "StateMachineName", "RetentionPeriodHours", "Namespace")
NUMBERS = ("MemorySize", "Timeout", "VisibilityTimeout", "RetentionInDays", "BatchSize", "EvaluationPeriods", "DelaySeconds",
           "MaximumConcurrency", "maxReceiveCount", "RefreshTokenValidity", "MaxAge", "MessageRetentionPeriod", "FromPort",
           "MinimumLength", "RetentionPeriodHours", "Period", "PendingWindowInDays", "PasswordLength")
BOOLEANS = ("RawMessageDelivery", "EnableDnsSupport", "Encrypted", "Compress", "AutoDeploy", "EnableKeyRotation", "SSEEnabled",
            "GenerateSecret", "ScanOnPush", "BlockPublicAcls", "MapPublicIpOnLaunch", "RequireNumbers")


def properties_named(template, names):
    for path, resource in resources(template):
        for below, value in walk(resource["Properties"], (*path, "Properties")):
            if below[-1] in names and not is_function(value) and not any(str(s).startswith("Fn::") for s in below):
                yield below, value


def wrong_kind(random, template):
    way = random.choice(("list", "map", "number", "boolean", "single"))
    if way in ("list", "map"):
        path, value = random.choice(list(properties_named(template, SCALARS)))
        put(template, path, [value] if way == "list" else {"Value": value})
    elif way == "number":
        path, _ = random.choice(list(properties_named(template, NUMBERS)) or list(properties_named(template, BOOLEANS)))
        put(template, path, random.choice(("many", "ten", "5m")))
    elif way == "boolean":
        path, _ = random.choice(list(properties_named(template, BOOLEANS)) or list(properties_named(template, NUMBERS)))
        put(template, path, random.choice(("maybe", "enabled")))
    else:
        lists = [(p, v) for p, v in properties_named(template, (
            "KeySchema", "AttributeDefinitions", "Policies", "Queues", "ManagedPolicyArns", "Targets", "Origins",
            "SecurityGroupIngress", "Roles", "Dimensions", "Architectures", "AutoVerifiedAttributes", "ExplicitAuthFlows",
            "SecurityGroups", "ClusterSettings", "AllowedMethods")) if isinstance(v, list)]
        path, value = random.choice(lists)
        put(template, path, value[0])
    return [path]


ENUMS = ("BillingMode", "KeyType", "AttributeType", "ProjectionType", "StreamViewType", "Mode", "ProtocolType", "IntegrationType",
         "Statistic", "ComparisonOperator", "Protocol", "State", "ObjectOwnership", "Status", "SSEAlgorithm", "PriceClass",
         "ViewerProtocolPolicy", "HttpVersion", "SigningBehavior", "SigningProtocol", "OriginAccessControlOriginType",
         "EncryptionType", "KeySpec", "StateMachineType", "Tier", "MfaConfiguration", "InstanceTenancy", "ImageTagMutability",
         "PerformanceMode", "ThroughputMode")


def wrong_value(random, template):
    path, value = random.choice([(p, v) for p, v in properties_named(template, ENUMS) if isinstance(v, str)])
    put(template, path, random.choice((value.swapcase(), misspell(random, value + "xx"), "ON_DEMAND")))
    return [path]


RANGES = {"Timeout": 901, "MemorySize": 64, "DelaySeconds": 901, "VisibilityTimeout": 43201, "MessageRetentionPeriod": 30,
          "ReceiveMessageWaitTimeSeconds": 21, "MaxSessionDuration": 60, "PendingWindowInDays": 3, "RetentionPeriodHours": 12,
          "MaximumConcurrency": 1, "MinimumLength": 3, "Size": 100, "BatchSize": 20000}


def out_of_range(random, template):
    places = list(properties_named(template, RANGES))
    if not places:
        return None
    path, _ = random.choice(places)
    put(template, path, RANGES[path[-1]])
    return [path]


def references(template, name):
    return [path for path, value in walk(template) if is_function(value) and name in value]


def undefined_ref(random, template):
    path = random.choice([p for p in references(template, "Ref") if not get(template, p)["Ref"].startswith("AWS::")])
    get(template, path)["Ref"] = misspell(random, get(template, path)["Ref"])
    return [path, [*path, "Ref"]]


def undefined_get_att(random, template):
    path = random.choice(references(template, "Fn::GetAtt"))
    argument = get(template, path)["Fn::GetAtt"]
    argument[0] = misspell(random, argument[0])
    return [path, [*path, "Fn::GetAtt"], [*path, "Fn::GetAtt", 0]]


def unknown_get_att(random, template):
    path = random.choice(references(template, "Fn::GetAtt"))
    get(template, path)["Fn::GetAtt"][1] = random.choice(("Arnn", "Url", "Identifier"))
    return [path, [*path, "Fn::GetAtt"], [*path, "Fn::GetAtt", 1]]


def undefined_sub(random, template):
    texts = [p for p in references(template, "Fn::Sub") if "${" in str(get(template, p)["Fn::Sub"])]
    path = random.choice(texts)
    text = get(template, path)["Fn::Sub"]
    start = random.choice([i for i in range(len(text)) if text.startswith("${", i)]) + 2
    end = min(i for i in (text.find("}", start), text.find(".", start)) if i > 0)
    get(template, path)["Fn::Sub"] = text[:start] + misspell(random, text[start:end] + "zz") + text[end:]
    return [path, [*path, "Fn::Sub"]]


def undefined_depends_on(random, template):
    path, resource = random.choice(list(resources(template)))
    other = random.choice([n for n in template["Resources"] if n != path[-1] and len(n) > 2])
    resource["DependsOn"] = misspell(random, other)
    return [[*path, "DependsOn"]]


def circle(random, template):
    pairs = []
    for path in references(template, "Ref") + references(template, "Fn::GetAtt"):
        value = get(template, path)
        needed = value.get("Ref") or value.get("Fn::GetAtt", [None])[0]
        if path[0] == "Resources" and needed in template["Resources"] and needed != path[1]:
            pairs.append((path, needed))
    path, needed = random.choice(pairs)
    template["Resources"][needed]["DependsOn"] = path[1]
    other = ["Resources", needed]
    return [other, [*other, "DependsOn"], path[:2], path, [*path, "Ref"], [*path, "Fn::GetAtt", 0]]


LENGTHS = {"FunctionName": 64, "QueueName": 80, "RoleName": 64, "TopicName": 256, "TableName": 255, "BucketName": 63,
           "LogGroupName": 512, "Name": 256, "AlarmName": 255, "PolicyName": 128, "UserPoolName": 128, "StateMachineName": 80,
           "Description": 256}
NAMED = {("AWS::Events::Rule", "Name"): 64, ("AWS::Scheduler::Schedule", "Name"): 64, ("AWS::Kinesis::Stream", "Name"): 128,
         ("AWS::KMS::Key", "Description"): 8192}


def too_long(random, template):
    types = ("AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::IAM::Role", "AWS::SNS::Topic", "AWS::DynamoDB::Table",
             "AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::Events::Rule", "AWS::Scheduler::Schedule", "AWS::Kinesis::Stream",
             "AWS::IAM::Policy", "AWS::Cognito::UserPool", "AWS::StepFunctions::StateMachine", "AWS::CloudWatch::Alarm")
    places = [([*path, "Properties", key], NAMED.get((resource["Type"], key), LENGTHS[key]))
              for path, resource in resources(template) if resource["Type"] in types
              for key in resource["Properties"] if key in LENGTHS]
    if not places:
        return None
    path, most = random.choice(places)
    value = get(template, path)
    if is_function(value) and isinstance(value.get("Fn::Sub"), str):
        value["Fn::Sub"] += "-" + "x" * most
    else:
        put(template, path, "x" * (most + 1))
    return [path]


def unknown_type(random, template):
    path, resource = random.choice(list(resources(template)))
    resource["Type"] = "AWS::" + misspell(random, resource["Type"][5:])
    return [[*path, "Type"]]


def unknown_attribute(random, template):
    path, resource = random.choice(list(resources(template)))
    wrong = random.choice(("DeletePolicy", "DependOn", "Conditions", "Metdata", "UpdatePolcy"))
    resource[wrong] = {} if wrong == "Metdata" else "Retain"
    return [[*path, wrong]]


def misplaced_key(random, template):
    path, resource = random.choice(list(resources(template)))
    key = random.choice(list(resource["Properties"]))
    resource[key] = resource["Properties"].pop(key) if len(resource["Properties"]) > 1 else "x"
    return [[*path, key], [*path, "Properties"]]


def wrong_nesting(random, template):
    places = [(path, value) for path, value in objects(template) if path[-1] != "Properties"]
    path, value = random.choice(places)
    if random.random() < 0.5:  # a level left out
        parent = get(template, path[:-1])
        del parent[path[-1]]
        parent.update((k, v) for k, v in value.items() if k not in parent)
        return [[*path[:-1], key] for key in value] + [path[:-1]]
    put(template, path, {path[-1]: value})  # a level too many
    return [path, [*path, path[-1]]]


def undefined_condition(random, template):
    path, resource = random.choice(list(resources(template)))
    resource["Condition"] = random.choice(("IsLve", "Bakup", "IsStaging"))
    return [[*path, "Condition"]]


def bad_function(random, template):
    path, _ = random.choice([(p, v) for p, v in properties_named(template, SCALARS) if isinstance(v, str)])
    name, argument = random.choice((
        ("Fn::Join", ["-", "a", "b"]), ("Fn::Join", "a"), ("Fn::If", ["a", "b"]), ("Fn::Select", ["first", ["a", "b"]]),
        ("Fn::Split", [","]), ("Fn::Sub", ["a"]), ("Fn::Jion", ["", ["a"]]), ("Fn::GetAtt", ["a"]), ("Fn::FindInMap", ["a", "b"])))
    put(template, path, {name: argument})
    return [path, [*path, name], [*path, name, 0]]


def no_value(random, template):
    places = [(path, key) for path, value in objects(template) for key in value]
    path, key = random.choice(places)
    get(template, path)[key] = None
    return [[*path, key]]


READ_ONLY = {"AWS::DynamoDB::Table": "Arn", "AWS::Lambda::Function": "Arn", "AWS::SQS::Queue": "Arn", "AWS::IAM::Role": "Arn",
             "AWS::S3::Bucket": "Arn", "AWS::KMS::Key": "KeyId", "AWS::Kinesis::Stream": "Arn", "AWS::ECS::Cluster": "Arn",
             "AWS::EC2::VPC": "VpcId", "AWS::EFS::FileSystem": "FileSystemId", "AWS::CloudFront::Distribution": "DomainName",
             "AWS::Events::Rule": "Arn", "AWS::Cognito::UserPool": "Arn", "AWS::SNS::Topic": "TopicArn"}


def read_only(random, template):
    places = [(path, resource) for path, resource in resources(template) if resource["Type"] in READ_ONLY]
    path, resource = random.choice(places)
    key = READ_ONLY[resource["Type"]]
    resource["Properties"][key] = "arn:aws:x:us-east-1:111122223333:y"
    return [[*path, "Properties", key]]


KINDS = [misspelt_property, unknown_property, missing_required, wrong_kind, wrong_value, out_of_range, undefined_ref,
         undefined_get_att, unknown_get_att, undefined_sub, undefined_depends_on, circle, too_long, unknown_type,
         unknown_attribute, misplaced_key, wrong_nesting, undefined_condition, bad_function, no_value, read_only]


def seed(random, kind, templates):
    """(name, template with one mistake, paths) of a template that has a place for it."""
    for _ in range(100):
        name = random.choice(sorted(templates))
        template = copy.deepcopy(templates[name])
        try:
            paths = kind(random, template)
        except IndexError:  # nothing to choose from
            continue
        if paths and template != templates[name]:
            return name, template, paths
    raise RuntimeError(f"no template has a place for {kind.__name__}")
