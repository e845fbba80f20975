// Holds services with state machines, made up from a seed, against the framework with the real serverless-step-functions.
//
//   node step_functions.mjs DRIFTLESS NODE_MODULES SEED COUNT [FOLDER]
//
// COUNT services of six machines each; with FOLDER, those that differ are kept there. Exit status 1 when a template differs.
// Left out, because the plugin breaks on it (README.md beside this folder): see `broken` there.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileByDriftless, compileByFramework, differences, requireFramework } from './framework.mjs';

const [driftless, modules, seed, count, kept] = process.argv.slice(2);
const machinesEach = 6;

// mulberry32: the same services for the same seed everywhere
let state = Number(seed);
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const below = (limit) => Math.floor(random() * limit);
const pick = (list) => list[below(list.length)];
const often = (share) => random() < share;
const some = (list, share = 0.5) => list.filter(() => often(share));
const maybe = (object, key, make, share = 0.4) => {
  if (often(share)) object[key] = make();
};
const lists = (make, least, most) => Array.from({ length: least + below(most - least + 1) }, make);

let validating = false; // the plugin's validator knows fewer forms of definitions
const account = '123456789012';
const arn = (service, rest, region = 'us-east-1') => `arn:aws:${service}:${region}:${account}:${rest}`;
const reference = (id, attribute = 'Arn') => pick([{ 'Fn::GetAtt': [id, attribute] }, { Ref: id }]);
const name = () => pick(['orders', 'my-flow', 'Big_one', 'pay', 'x1', 'nightly-run', 'A-b_C']);

const lambdaTask = () =>
  pick([
    () => ({ Resource: { 'Fn::GetAtt': [pick(['hello-world', 'second', 'layered']), 'Arn'] } }),
    () => ({ Resource: { Ref: pick(['hello-world', 'second', 'HelloDashworldLambdaFunction']) } }),
    () => ({ Resource: arn('lambda', `function:other${pick(['', ':live', ':7'])}`) }),
    () => ({ Resource: { 'Fn::Sub': 'arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:z' } }),
    () => ({ Resource: { 'Fn::ImportValue': 'some-function' } }),
    () => ({ Resource: { 'Fn::Join': [':', ['arn:aws:lambda', { Ref: 'AWS::Region' }, 'function:j']] } }),
    () => ({
      Resource: pick(['arn:aws:states:::lambda:invoke', ...(validating ? [] : ['arn:${AWS::Partition}:states:::lambda:invoke']), 'arn:aws:states:::lambda:invoke.waitForTaskToken']),
      Parameters: {
        FunctionName: pick([
          'plain', '${self:service}-name', `${account}:function:q`, arn('lambda', 'function:w'), { Ref: 'hello-world' }, { Ref: 'Elsewhere' },
          { 'Fn::GetAtt': ['second', 'Arn'] }, { 'Fn::ImportValue': 'imported' }, { 'Fn::Sub': '${AWS::StackName}-f' },
        ]),
        'Payload.$': '$',
      },
    }),
    () => ({ Resource: 'arn:aws:states:::lambda:invoke', Parameters: { 'FunctionName.$': '$.f', ...(often(0.5) ? { AllowedFunctions: [arn('lambda', 'function:p')] } : {}) } }),
    () => ({ Resource: 'arn:aws:states:::lambda:invoke', QueryLanguage: 'JSONata', Arguments: { FunctionName: pick(['{% $f %}', 'plain', { 'Fn::GetAtt': ['hello-world', 'Arn'] }]) } }),
  ])();

const queue = () => pick([`https://sqs.us-east-1.amazonaws.com/${account}/q`, 'https://sqs.cn-north-1.amazonaws.com/1/z', 'https://sqs.us-gov-west-1.amazonaws.com/1/g', { Ref: 'Queue' }, { 'Fn::ImportValue': 'q' }]);
const table = () => pick(['orders', { Ref: 'Table' }, { 'Fn::ImportValue': 'table' }]);
const machine = () => pick([arn('states', 'stateMachine:other'), { 'Fn::Sub': 'arn:aws:states:${AWS::Region}:1:stateMachine:s' }, { 'Fn::Sub': ['arn:aws:states:${r}:1:stateMachine:s', { r: 'eu-west-1' }] }, { Ref: 'Other' }, { 'Fn::GetAtt': ['Other', 'Arn'] }]);
const bucket = () => pick(['files', { Ref: 'Bucket' }, { 'Fn::ImportValue': 'bucket' }]);

const task = (resource, parameters = {}, language) => {
  const partition = pick(validating ? ['aws', 'aws-cn'] : ['aws', 'aws', 'aws', 'aws-cn', 'aws-us-gov', '${AWS::Partition}']);
  return {
    Resource: `arn:${partition}:states:::${resource}`,
    ...(language ? { QueryLanguage: 'JSONata', Arguments: parameters } : { Parameters: parameters }),
  };
};
const either = (key, written, dynamic = '$.x') => (often(0.75) ? { [key]: written } : { [`${key}.$`]: dynamic });

const redshift = () => ({
  ...pick([{ Database: 'db' }, {}]),
  ...pick([{ WorkgroupName: 'wg' }, { WorkgroupName: arn('redshift-serverless', 'workgroup/x') }, { 'WorkgroupName.$': '$.w' }, { ClusterIdentifier: 'cluster' }, {}]),
  ...pick([{ SecretArn: 'name' }, { SecretArn: arn('secretsmanager', 'secret:s') }, { 'SecretArn.$': '$.s' }, { DbUser: 'me' }, { 'DbUser.$': '$.u' }, {}]),
});

const serviceTask = () =>
  pick([
    () => task(`sqs:sendMessage${pick(['', '.waitForTaskToken'])}`, either('QueueUrl', queue())),
    () => task(`sns:publish${pick(['', '.waitForTaskToken'])}`, either('TopicArn', pick([arn('sns', 't'), { Ref: 'Topic' }]))),
    () => task(pick(['dynamodb:updateItem', 'aws-sdk:dynamodb:updateItem', 'aws-sdk:dynamodb:updateItem.waitForTaskToken', 'dynamodb:putItem', 'aws-sdk:dynamodb:putItem', 'aws-sdk:dynamodb:putItem.waitForTaskToken', 'dynamodb:getItem', 'dynamodb:deleteItem', 'aws-sdk:dynamodb:updateTable']), either('TableName', table())),
    () => task(pick(['aws-sdk:dynamodb:query', 'aws-sdk:dynamodb:scan']), { TableName: 'orders', ...either('IndexName', 'by-date') }),
    () => task(pick(['aws-sdk:dynamodb:query', 'dynamodb:getItem']), { TableName: pick(['{% $t %}', 'orders']), ...pick([{ IndexName: '{% $i %}' }, { IndexName: 'by-date' }, {}]) }, true),
    () => task(pick(['aws-sdk:dynamodb:batchGetItem', 'aws-sdk:dynamodb:batchWriteItem']), either('RequestItems', pick([{ one: {} }, { one: {}, 'two.$': '$.x' }]))),
    () => task(pick(['executeStatement', 'batchExecuteStatement', 'listStatements', 'describeStatement', 'getStatementResult', 'cancelStatement'].map((x) => `aws-sdk:redshiftdata:${x}`)), redshift()),
    () => task(pick(['batch:submitJob', 'batch:submitJob.sync', 'glue:startJobRun', 'glue:startJobRun.sync', 'ecs:runTask', 'ecs:runTask.sync', 'ecs:runTask.waitForTaskToken'])),
    () => task(pick(['states:startExecution', 'states:startExecution.sync', 'states:startExecution.sync:2', 'states:startExecution.waitForTaskToken', 'aws-sdk:sfn:startSyncExecution']), either('StateMachineArn', machine())),
    () => task(pick(['states:startExecution', 'states:startExecution.sync:2']), { StateMachineArn: pick(['{% $m %}', machine()]) }, true),
    () => task(pick(['codebuild:startBuild', 'codebuild:startBuild.sync']), { ProjectName: pick(['project', 'other']) }),
    () => task(`elasticmapreduce:${pick(['createCluster', 'createCluster.sync', 'runJobFlow', 'terminateCluster', 'terminateCluster.sync', 'addStep', 'addStep.sync', 'cancelStep', 'setClusterTerminationProtection', 'modifyInstanceFleetByName', 'modifyInstanceGroupByName'])}`),
    () => task('sagemaker:createTransformJob.sync', pick([{ TransformJobName: 'job' }, {}])),
    () => task('bedrock:invokeModel', { ModelId: pick(['anthropic.claude-v2', 'arn:aws:bedrock:us-east-1::foundation-model/m']) }),
    () => task(`events:putEvents${pick(['', '.waitForTaskToken'])}`, { Entries: lists(() => pick([{}, { EventBusName: 'bus' }, { EventBusName: { Ref: 'Bus' } }]), 1, 3) }),
    () => task(`aws-sdk:eventbridge:putTargets${pick(['', '.waitForTaskToken'])}`, { ...either('Rule', pick(['rule', { Ref: 'Rule' }])), ...pick([{}, { EventBusName: 'bus' }]) }),
    () => task(pick(['aws-sdk:scheduler:createSchedule', 'aws-sdk:scheduler:deleteSchedule']), { ...pick([{}, { GroupName: 'group' }, { GroupName: { Ref: 'Group' } }]), ...pick([{}, { Target: { RoleArn: arn('iam', 'role/r', '') } }]) }),
    () => task('http:invoke', pick([{}, { Authentication: { ConnectionArn: pick([arn('events', 'connection/c'), { 'Fn::GetAtt': ['Connection', 'Arn'] }]) } }])),
    () => task(pick(['s3:getObject', 'aws-sdk:s3:getObject', 's3:putObject', 'aws-sdk:s3:putObject']), { ...pick([{ Bucket: bucket() }, { 'Bucket.$': '$.b' }]), ...pick([{ Key: 'k' }, { 'Key.$': '$.k' }]), ...pick([{}, {}, { Prefix: 'pre' }]) }),
    () => task(pick(['s3:listObjectsV2', 'aws-sdk:s3:listObjectsV2']), pick([{ Bucket: bucket() }, { 'Bucket.$': '$.b' }])),
    () => task('aws-sdk:sesv2:sendEmail'),
    () => task(`athena:startQueryExecution${pick(['', '.sync'])}`, pick([{}, { WorkGroup: 'wg' }, { 'WorkGroup.$': '$.w' }, { WorkGroup: { Ref: 'WorkGroup' } }])),
    () => task(`athena:${pick(['stopQueryExecution', 'getQueryExecution', 'getQueryResults'])}`, { QueryExecutionId: 'x' }),
    () => task(pick(['aws-sdk:ec2:stopInstances', 'apigateway:invoke', 'eks:runJob.sync'])),
  ])();

let states = 0;
const statesOf = (depth) => {
  const names = lists(() => `S${states++}`, 1, depth ? 3 : 6);
  const result = {};
  names.forEach((own, i) => {
    const last = i === names.length - 1;
    const kind = depth < 2 && often(0.25) ? pick(['Parallel', 'Map', 'Distributed']) : pick(['Task', 'Task', 'Service', 'Service', 'Service', 'Wait', 'Pass']);
    const one = {
      Task: () => ({ Type: 'Task', ...lambdaTask(), ...(often(0.2) ? { TimeoutSeconds: pick([3, 30]) } : {}) }),
      Service: () => ({ Type: 'Task', ...serviceTask() }),
      Wait: () => ({ Type: 'Wait', Seconds: validating ? 5 : pick([5, { Ref: 'Seconds' }]) }),
      Pass: () => ({ Type: 'Pass', Result: pick([1, 'in #{AWS::Region}', { a: [true, null] }, validating ? 'x' : { a: { Ref: 'Topic' } }]) }),
      Parallel: () => ({ Type: 'Parallel', Branches: lists(() => statesOf(depth + 1), 1, 2) }),
      Map: () => ({ Type: 'Map', [pick(['Iterator', 'ItemProcessor'])]: statesOf(depth + 1) }),
      Distributed: () => ({
        Type: 'Map',
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' }, ...statesOf(depth + 1) },
        ...(often(0.5) ? { ItemReader: task('s3:getObject', { Bucket: bucket(), Key: 'list.csv' }) } : {}),
        ...(often(0.5) ? { ItemReader: task('s3:listObjectsV2', { Bucket: bucket() }) } : {}),
        ...(often(0.5) ? { ResultWriter: task('s3:putObject', { Bucket: bucket(), Prefix: 'out' }) } : {}),
      }),
    }[kind]();
    result[own] = { ...one, ...(last ? { End: true } : { Next: names[i + 1] }) };
  });
  return { StartAt: names[0], States: result };
};

const input = () => pick([{}, {}, { input: { a: 'b', n: 1 } }, { input: 'text' }, { inputPath: '$.x' }, { inputTransformer: { inputPathsMap: { a: '$.a' }, inputTemplate: '{"a": <a>, "b": "c"}' } }]);
const retry = () => pick([{}, { retryPolicy: pick([{ maximumEventAgeInSeconds: 60 }, { maximumRetryAttempts: 0 }, { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 3 }]) }]);

const schedule = () =>
  pick([
    () => pick(['rate(1 hour)', 'cron(0 12 * * ? *)']),
    () => ({ rate: 'rate(2 hours)', ...pick([{}, { enabled: false }, { enabled: true }]), ...pick([{}, { name: 'noon', description: 'At noon' }]), ...input(), ...retry(), ...pick([{}, { role: pick([arn('iam', 'role/s', ''), { 'Fn::GetAtt': ['Role', 'Arn'] }]) }]), ...pick([{}, { method: 'eventBus' }]) }),
    () => ({ rate: 'rate(3 hours)', method: 'scheduler', ...pick([{}, { timezone: 'Europe/Zurich' }]), ...pick([{}, { name: 'third', description: 'third' }]), ...pick([{}, { input: 'text' }, { input: { a: 1 } }]), ...pick([{}, { enabled: false }]) }),
  ])();

const rule = () => ({
  event: pick([{ source: ['aws.ec2'] }, { source: ['shop'], 'detail-type': ['a b'], detail: { n: [{ numeric: ['>', 1] }] } }]),
  ...input(),
  ...retry(),
  ...pick([{}, { name: 'rule', description: 'a rule' }]),
  ...pick([{}, { enabled: false }]),
  ...pick([{}, { eventBusName: pick(['bus', { Ref: 'Bus' }]) }]),
  ...pick([{}, { iamRole: pick([arn('iam', 'role/e', ''), { 'Fn::GetAtt': ['Role', 'Arn'] }]) }]),
  ...pick([{}, { deadLetterConfig: pick([arn('sqs', 'dead'), { 'Fn::GetAtt': ['Queue', 'Arn'] }]) }]),
});

const cors = () =>
  pick([
    () => true,
    () => ({ origin: 'https://a.example', headers: ['X-One', 'Content-Type'], allowCredentials: often(0.5) }),
    () => ({ origins: ['https://a.example', 'https://b.example'], maxAge: 60 }),
    () => ({ origin: '*', methods: ['GET', 'PUT'] }),
  ])();
const authorizer = () =>
  pick([
    () => 'hello-world',
    () => 'aws_iam',
    () => arn('lambda', 'function:shop-dev-auth'),
    () => arn('cognito-idp', 'userpool/us-east-1_x'),
    () => ({ name: 'second', resultTtlInSeconds: pick([0, 60, '120']), identitySource: 'method.request.header.X-Auth', identityValidationExpression: 'a.*', type: pick(['token', 'request']) }),
    () => ({ arn: arn('cognito-idp', 'userpool/p'), name: 'Pool', scopes: ['a/b'] }),
    () => ({ arn: { 'Fn::GetAtt': ['UserPool', 'Arn'] }, name: 'Pool2', type: 'COGNITO_USER_POOLS' }),
    () => ({ type: pick(['CUSTOM', 'COGNITO_USER_POOLS']), authorizerId: { Ref: 'Shared' }, scopes: ['s'] }),
    () => ({ type: 'AWS_IAM' }),
  ])();
const path = () => pick(['start', '/start/now', 'jobs/{id}', '/jobs/{id}/run', 'a-b/c_d', '/']);
const http = () => {
  const one = { path: path(), method: pick(['GET', 'post', 'any', 'put', 'delete']) };
  maybe(one, 'cors', cors);
  maybe(one, 'private', () => often(0.7), 0.3);
  maybe(one, 'authorizer', authorizer, 0.3);
  maybe(one, 'iamRole', () => pick([arn('iam', 'role/http', ''), { 'Fn::GetAtt': ['Role', 'Arn'] }]), 0.2);
  maybe(one, 'action', () => pick(['StartSyncExecution', 'DescribeExecution', 'StopExecution']), 0.25);
  maybe(one, 'timeoutInMillis', () => 5000, 0.2);
  if (often(0.25)) one.request = { template: pick(['lambda_proxy', { 'application/json': 'own' }, { 'text/plain': 'x', 'application/json': '$input' }]) };
  if (often(0.25)) one.request = { ...one.request, schemas: pick([{ 'application/json': 'shared' }, { 'application/json': { type: 'object' } }, { 'application/json': { schema: { type: 'object' }, name: 'Named', description: 'd' } }]) };
  if (often(0.2)) one.response = { headers: { 'Content-Type': "'application/json'", 'X-Id': 'integration.response.header.x' }, ...(often(0.5) ? { template: { 'application/json': 't' } } : {}) };
  if (often(0.15)) one.responses = { 201: { responseTemplates: { 'application/json': 'c' } }, 400: { selectionPattern: '4..', responseParameters: { 'method.response.header.E': "'e'" } }, 200: { statusCode: 202, selectionPattern: '' } };
  return often(0.2) ? `${pick(['GET', 'post'])} ${path()}` : one;
};

const event = () =>
  pick([() => ({ schedule: schedule() }), () => ({ [pick(['cloudwatchEvent', 'eventBridge'])]: rule() }), () => ({ http: http() })])();

const topic = () => pick([arn('sns', 'alerts'), { Ref: 'Topic' }]);
const alarms = () => {
  const topics = Object.fromEntries(some(['ok', 'alarm', 'insufficientData'], 0.6).map((x) => [x, pick([topic(), { 'Fn::Sub': 'arn:aws:sns:${AWS::Region}:1:t' }, { 'Fn::ImportValue': 'topic' }])]));
  const one = { topics: Object.keys(topics).length ? topics : { alarm: topic() } };
  one.metrics = lists(
    () =>
      pick([
        () => pick(['executionsTimedOut', 'executionsFailed', 'executionsAborted', 'executionThrottled', 'executionsSucceeded', 'unheardOf']),
        () => ({ metric: pick(['executionsFailed', 'executionsAborted']), ...pick([{}, { logicalId: 'OwnAlarm' }]), ...pick([{}, { treatMissingData: 'ignore' }]), ...pick([{}, { period: 300 }]), ...pick([{}, { alarmName: 'own-name' }]) }),
      ])(),
    1,
    4,
  );
  maybe(one, 'treatMissingData', () => pick(['missing', 'breaching', 'notBreaching']));
  maybe(one, 'period', () => 120);
  maybe(one, 'nameTemplate', () => pick(['$[stateMachineName]-$[metricName]-alarm', '$[cloudWatchMetricName]', 'x-$[wrong]']));
  if (often(0.1)) one.unknown = 1;
  return one;
};

const target = () => ({
  ...pick([
    () => ({ sns: topic() }),
    () => ({ sqs: pick([arn('sqs', 'told'), { 'Fn::GetAtt': ['Queue', 'Arn'] }, { arn: { 'Fn::GetAtt': ['Fifo', 'Arn'] }, messageGroupId: 'g' }]) }),
    () => ({ kinesis: pick([arn('kinesis', 'stream/s'), { arn: { 'Fn::GetAtt': ['Stream', 'Arn'] }, partitionKeyPath: '$.id' }, { arn: arn('kinesis', 'stream/t') }]) }),
    () => ({ firehose: pick([arn('firehose', 'deliverystream/f'), { 'Fn::GetAtt': ['Firehose', 'Arn'] }]) }),
    () => ({ lambda: pick([arn('lambda', 'function:l'), reference('hello-world'), { 'Fn::GetAtt': ['second', 'Arn'] }]) }),
    () => ({ stepFunctions: pick([arn('states', 'stateMachine:n'), { Ref: 'Other' }]) }),
    () => ({ sns: { 'Fn::Join': [':', ['arn:aws:sns', { Ref: 'AWS::Region' }, 't']] } }),
  ])(),
  ...pick([{}, {}, { inputPath: '$.detail' }, { inputTransformer: { inputPathsMap: { s: '$.detail.status' }, inputTemplate: '"<s>"' } }]),
});
const notifications = () => Object.fromEntries(some(['ABORTED', 'FAILED', 'RUNNING', 'SUCCEEDED', 'TIMED_OUT', often(0.03) ? 'FAILURE' : 'FAILED']).map((x) => [x, lists(target, 0, 3)]));

const machineOf = () => {
  const one = { definition: !validating && often(0.05) ? '{"StartAt": "A",\n "States": {}}' : statesOf(0) };
  maybe(one, 'id', () => `${name()}${below(1000)}`, 0.2);
  maybe(one, 'name', () => `${name()}-${below(1000)}`, 0.3);
  if (often(0.2)) one.role = pick([arn('iam', 'role/m', ''), { 'Fn::GetAtt': ['Role', 'Arn'] }, { 'Fn::ImportValue': 'role' }]);
  else if (typeof one.definition === 'object') maybe(one, 'iamRoleStatements', () => [{ Effect: 'Allow', Action: 'x:Y', Resource: '*' }], 0.2);
  maybe(one, 'type', () => pick(['STANDARD', 'EXPRESS']), 0.3);
  maybe(one, 'retain', () => often(0.7), 0.2);
  maybe(one, 'dependsOn', () => pick(['Table', ['Table', 'Queue']]), 0.2);
  maybe(one, 'tags', () => ({ own: 'a', number: 3, none: '' }), 0.3);
  maybe(one, 'inheritGlobalTags', () => often(0.3), 0.3);
  maybe(one, 'loggingConfig', () => ({ ...pick([{}, { level: 'ERROR' }]), ...pick([{}, { includeExecutionData: true }]), ...pick([{}, { destinations: [pick([arn('logs', 'log-group:x:*'), { 'Fn::GetAtt': ['Group', 'Arn'] }])] }]) }), 0.3);
  maybe(one, 'tracingConfig', () => pick([{ enabled: true }, {}]), 0.2);
  maybe(one, 'kmsKeyArns', () => [pick([arn('kms', 'key/a'), { 'Fn::GetAtt': ['Key', 'Arn'] }])], 0.2);
  maybe(one, 'encryptionConfig', () => pick([{}, { KmsKeyId: arn('kms', 'key/b'), Type: 'CUSTOMER_MANAGED_KMS_KEY' }, { KmsKeyId: 'k', KmsDataKeyReusePeriodSeconds: 60 }]), 0.2);
  maybe(one, 'useExactVersion', () => often(0.8), 0.3);
  maybe(one, 'configureTaskTimeouts', () => often(0.8), 0.3);
  maybe(one, 'events', () => lists(event, 1, 4), 0.7);
  maybe(one, 'alarms', alarms);
  maybe(one, 'notifications', notifications);
  return one;
};

const service = () => {
  validating = often(0.25);
  const apiGateway = {
    ...pick([{}, { timeoutInMillis: 7000 }]),
    ...pick([{}, { apiKeys: ['one', { name: 'two', value: 'v'.repeat(20) }] }]),
    ...pick([{}, { usagePlan: pick([{ quota: { limit: 5, offset: 1, period: 'DAY' }, throttle: { burstLimit: 3, rateLimit: 2 } }, { quota: { limit: 9, period: 'WEEK' } }]) }]),
    ...pick([{}, { resourcePolicy: [{ Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: ['execute-api:/*'] }] }]),
    ...pick([{}, {}, {}, { restApiId: 'abc', restApiRootResourceId: 'root', restApiResources: { start: 'r1' } }]),
    request: { schemas: { shared: pick([{ type: 'object' }, { schema: { type: 'array' }, name: 'Shared', description: 's' }]) } },
  };
  if (apiGateway.restApiId) { delete apiGateway.apiKeys; delete apiGateway.usagePlan; }
  return {
    service: 'machines',
    plugins: ['serverless-step-functions'],
    configValidationMode: 'warn',
    provider: {
      name: 'aws',
      runtime: 'nodejs20.x',
      apiGateway,
      ...pick([{}, { timeout: 20 }]),
      ...pick([{}, { tags: { team: 'shop', size: 3 } }]),
      ...pick([{}, { iam: { role: { path: '/shop/' } } }]),
      ...pick([{}, { rolePermissionsBoundary: `arn:aws:iam::${account}:policy/boundary` }]),
      ...pick([{}, { endpointType: pick(['REGIONAL', 'edge']) }]),
    },
    package: { artifact: 'code.zip' },
    functions: {
      'hello-world': { handler: 'a.b', timeout: 10, ...(often(0.5) ? { events: [{ http: { path: 'start', method: 'patch', ...pick([{}, { cors: true }]), ...pick([{}, { authorizer: 'second' }]) } }] } : {}) },
      second: { handler: 'a.b', name: 'second-of-all' },
      layered: { handler: 'a.b', layers: [arn('lambda', 'layer:l:1'), { Ref: 'Layer' }] },
    },
    stepFunctions: {
      ...pick([{}, { noOutput: true }]),
      ...(validating ? { validate: true } : {}),
      activities: pick([[], ['wait-for-it', 'other']]),
      stateMachines: Object.fromEntries(Array.from({ length: machinesEach }, (_, i) => [`${name()}${i}`, machineOf()])),
    },
    resources: { Parameters: { Seconds: { Type: 'Number', Default: 5 } } },
  };
};

requireFramework(modules);
let different = 0;
const artifact = new URL('../../reconcile/compile/plugins_golden/step-functions/code.zip', import.meta.url);
for (let i = 0; i < Number(count); i++) {
  const folder = mkdtempSync(join(tmpdir(), 'machines-'));
  const written = service();
  cpSync(artifact, join(folder, 'code.zip'));
  writeFileSync(join(folder, 'serverless.json'), JSON.stringify(written, null, 1));
  let lines;
  try {
    lines = differences(compileByDriftless(folder, driftless), compileByFramework(folder, modules));
  } catch (error) {
    lines = String(error.stderr || error.message).split('\n').filter((line) => !/^ +at /.test(line));
  }
  if (lines.length > 0) {
    different++;
    console.log(`DIFFERENT service ${i} of seed ${seed}`);
    for (const line of lines.slice(0, 12)) console.log(`          ${line}`);
    if (kept) cpSync(folder, join(kept, String(i)), { recursive: true });
  }
  rmSync(folder, { recursive: true });
}
console.log(`${count - different} of ${count} services equal, with ${count * machinesEach} state machines`);
process.exitCode = different > 0 || Number(count) === 0 ? 1 : 0;
