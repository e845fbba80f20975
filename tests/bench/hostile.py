"""Documents of 64 KiB that ask for more than they hold: what compiling each costs."""
import os
import random
import tempfile

from processes import run_once
from world import DRIFTLESS

SIZE = 64 * 1024
TOP = "service: svc\nprovider: {name: aws, runtime: python3.12}\n"
ONE = TOP + "functions:\n  a:\n    handler: a.b\n"
RESOURCES = TOP + "resources:\n  Resources:\n"
VARIABLES = TOP + "custom:\n"
EVENTS = [
    "http: GET /a{i}", "http: {{method: get, path: a/{i}, cors: true}}", "httpApi: GET /a{i}", "websocket: r{i}",
    "schedule: rate({i} minutes)", "sns: t{i}", "sqs: 'arn:aws:sqs:eu-west-1:1:q{i}'", "s3: b{i}", "s3: {{bucket: b, rules: [{{prefix: p{i}}}]}}",
    "s3: {{bucket: b, existing: true, rules: [{{prefix: p{i}}}]}}", "stream: 'arn:aws:kinesis:eu-west-1:1:stream/s{i}'",
    "cloudwatchLog: /g{i}", "cloudwatchEvent: {{event: {{source: [s{i}]}}}}", "eventBridge: {{pattern: {{source: [s{i}]}}}}",
    "eventBridge: {{eventBus: b{i}, pattern: {{source: [s]}}}}", "iot: {{sql: select {i}}}", "alexaSkill: amzn1.ask.skill.{i}",
    "cognitoUserPool: {{pool: p{i}, trigger: PreSignUp}}", "cognitoUserPool: {{pool: p{i}, trigger: PreSignUp, existing: true}}",
    "alb: {{listenerArn: 'arn:aws:elasticloadbalancing:eu-west-1:1:listener/app/a/b/c', priority: {i}, conditions: {{path: /{i}}}}}",
    "cloudFront: {{eventType: viewer-request, origin: s3://b{i}.s3.amazonaws.com/f}}",
    "kafka: {{topic: t{i}, bootstrapServers: [a.b:9092], accessConfigurations: {{saslPlainAuth: 'arn:aws:secretsmanager:eu-west-1:1:secret:s'}}}}",
]


def filled(head, line, tail=""):
    """`head`, then line(0), line(1), … while they fit, then `tail`."""
    parts, size, i = [head], len(head) + len(tail), 0
    while size + len(line(i)) <= SIZE:
        parts.append(line(i))
        size += len(parts[-1])
        i += 1
    return "".join(parts) + tail


def documents():
    yield "functions", filled(TOP + "functions:\n", lambda i: f" a{i}: {{handler: a.b}}\n")
    yield "functions with an event", filled(TOP + "functions:\n", lambda i: f" a{i}: {{handler: a.b, events: [http: GET /a{i}]}}\n")
    yield "environment", filled(ONE + "    environment:\n", lambda i: f"      K{i}: v\n")
    for event in EVENTS:
        yield f"events {event}", filled(ONE + "    events:\n", lambda i, event=event: f"    - {event.format(i=i + 1)}\n")
    yield "one path", filled(ONE + "    events:\n    - http: GET ", lambda i: "/a", "\n")
    yield "unknown properties", filled(ONE, lambda i: f"    zz{i}: 1\n")
    yield "layers", filled(TOP + "layers:\n", lambda i: f" l{i}: {{path: .}}\n")
    yield "statements", filled(TOP.replace("}\n", ", iam: {role: {statements: ["),
                               lambda i: f"{{Effect: Allow, Action: a:b, Resource: r{i}}}, ", "]}}}\nfunctions: {a: {handler: a.b}}\n")
    yield "patterns", filled(TOP + "package:\n patterns:\n", lambda i: f" - '**/*a{i}*{{a,b}}*'\n", "functions: {a: {handler: a.b}}\n")
    yield "pattern of stars", TOP + "package: {patterns: ['" + "*a" * 30000 + "']}\nfunctions: {a: {handler: a.b}}\n"
    yield "pattern of braces", TOP + "package: {patterns: ['" + "{a,b}" * 13000 + "']}\nfunctions: {a: {handler: a.b}}\n"
    yield "resources", filled(RESOURCES, lambda i: f"  R{i}: {{Type: AWS::SQS::Queue}}\n")
    yield "resources in lists", filled(TOP + "resources:\n", lambda i: f" - {{Resources: {{R{i}: {{Type: AWS::SQS::Queue}}}}}}\n")
    yield "DependsOn the next", filled(RESOURCES, lambda i: f"  R{i}: {{Type: AWS::SQS::Queue, DependsOn: R{i + 1}}}\n")
    yield "DependsOn all others", RESOURCES + "".join(
        f"  R{i}: {{Type: AWS::SNS::Topic, DependsOn: [{','.join(f'R{j}' for j in range(115) if j != i)}]}}\n" for i in range(115))
    yield "unknown members", filled(RESOURCES + "   Q:\n    Type: AWS::SQS::Queue\n    Properties:\n", lambda i: f"     Queuename{i}: 1\n")
    yield "unknown names in one Sub", filled(RESOURCES + "   Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub \"", lambda i: f"${{A{i}}}", "\"}}\n")
    yield "extensions", filled(ONE + "resources:\n extensions:\n", lambda i: f"  X{i}: {{Properties: {{}}}}\n")
    yield "outputs", filled(TOP + "resources:\n Outputs:\n", lambda i: f"  O{i}: {{Value: !Ref R{i}}}\n")
    yield "aliases of aliases", VARIABLES + " a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f" a{i}: &a{i} [{','.join(['*a' + (str(i - 1) if i else '')] * 9)}]\n" for i in range(200))
    yield "merges", filled(VARIABLES + " b: &b {" + ",".join(f"k{i}: 1" for i in range(500)) + "}\n", lambda i: f" m{i}: {{<<: *b}}\n")
    yield "variables in a chain", filled(VARIABLES + " k0: x\n", lambda i: f" k{i + 1}: ${{self:custom.k{i}}}\n")
    yield "variables in one text", filled(VARIABLES + " k: x\n v: \"", lambda i: "${self:custom.k}", "\"\n")
    yield "text doubled", VARIABLES + " k0: xxxxxxxx\n" + "".join(f" k{i + 1}: ${{self:custom.k{i}}}${{self:custom.k{i}}}\n" for i in range(60))
    yield "maps doubled", VARIABLES + " k0: {a: x}\n" + "".join(
        f" k{i + 1}: {{a: \"${{self:custom.k{i}}}\", b: \"${{self:custom.k{i}}}\"}}\n" for i in range(60))
    yield "variables in variables", filled(VARIABLES + " v: \"", lambda i: "${self:", "\"\n")
    yield "fallbacks in fallbacks", VARIABLES + " v: \"" + "${opt:a, " * 6000 + "}" * 6000 + "\"\n"
    yield "the file in itself", filled(VARIABLES, lambda i: f" v{i}: ${{file(./serverless.yml)}}\n")
    yield "a key of the file in itself", filled(VARIABLES, lambda i: f" v{i}: ${{file(./serverless.yml):custom.v{i + 1}}}\n")
    yield "brackets", "[" * SIZE
    yield "dashes", "- " * (SIZE // 2)
    yield "levels", VARIABLES + "".join(" " * (i + 1) + "a:\n" for i in range(340))
    yield "the same key", filled(VARIABLES, lambda i: f" a: {i}\n")
    yield "noise", random.Random(1).randbytes(SIZE)


def bench_hostile():
    rows = []
    for name, text in documents():
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "serverless.yml"), "wb") as file:
                file.write((text if isinstance(text, bytes) else text.encode())[:SIZE])
            with open(os.path.join(folder, "a.py"), "w", encoding="utf-8") as file:
                file.write("x")
            took = run_once([DRIFTLESS, "compile"], folder, statuses=(0, 1, 2))
            rows.append((took, name))
    print("hostile: documents of 64 KiB: the slowest, then the largest")
    for took, name in sorted(rows, key=lambda row: -row[0].cpu)[:5] + sorted(rows, key=lambda row: -row[0].peak_mib)[:3]:
        print(f"  {took.cpu * 1000:6.0f} ms of CPU  {took.peak_mib:4.0f} MiB  {name}", flush=True)
