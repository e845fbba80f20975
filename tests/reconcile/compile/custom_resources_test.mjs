// The code of the custom resources against an AWS and a CloudFormation in memory: what a stack asks of it, and what is
// left of other people's settings afterwards.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import Module from 'node:module';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../../reconcile/compile/custom_resources/', import.meta.url));
const require = createRequire(import.meta.url);

let cloud; // what AWS holds, and what it was asked
const fail = (name) => {
  throw Object.assign(new Error(name), { name });
};

const operations = {
  AddPermission({ FunctionName, StatementId, ...rest }) {
    const id = `${FunctionName}/${rest.Qualifier ?? ''}/${StatementId}`;
    if (cloud.permissions[id]) fail('ResourceConflictException');
    cloud.permissions[id] = rest;
  },
  RemovePermission({ FunctionName, Qualifier, StatementId }) {
    const id = `${FunctionName}/${Qualifier ?? ''}/${StatementId}`;
    if (!cloud.permissions[id]) fail('ResourceNotFoundException');
    delete cloud.permissions[id];
  },
  GetBucketNotificationConfiguration({ Bucket }) {
    if (cloud.denied.has(Bucket)) fail('AccessDenied');
    if (!cloud.buckets[Bucket]) fail('NoSuchBucket');
    return { $metadata: {}, ...structuredClone(cloud.buckets[Bucket]) };
  },
  PutBucketNotificationConfiguration({ Bucket, NotificationConfiguration }) {
    assert.ok(!('$metadata' in NotificationConfiguration));
    if (cloud.refusals > 0) {
      cloud.refusals -= 1;
      fail('InvalidArgument');
    }
    cloud.buckets[Bucket] = structuredClone(NotificationConfiguration);
  },
  ListUserPools({ NextToken }) {
    const at = Number(NextToken ?? 0);
    return {
      UserPools: cloud.pools.slice(at, at + 1).map(({ Id, Name }) => ({ Id, Name })),
      NextToken: at + 1 < cloud.pools.length ? String(at + 1) : undefined,
    };
  },
  DescribeUserPool({ UserPoolId }) {
    return { UserPool: structuredClone(cloud.pools.find(({ Id }) => Id === UserPoolId)) };
  },
  UpdateUserPool({ UserPoolId, ...rest }) {
    cloud.updates.push(rest);
    Object.assign(cloud.pools.find(({ Id }) => Id === UserPoolId), rest);
  },
  GetAccount: () => ({ cloudwatchRoleArn: cloud.accountRole }),
  UpdateAccount({ patchOperations: [{ value }] }) {
    if (cloud.refusals > 0) {
      cloud.refusals -= 1;
      fail('BadRequestException');
    }
    cloud.accountRole = value;
  },
  ListAttachedRolePolicies({ RoleName }) {
    if (!cloud.roles[RoleName]) fail('NoSuchEntityException');
    return { AttachedPolicies: cloud.roles[RoleName].map((PolicyArn) => ({ PolicyArn })) };
  },
  CreateRole({ RoleName }) {
    cloud.roles[RoleName] = [];
  },
  AttachRolePolicy({ RoleName, PolicyArn }) {
    cloud.roles[RoleName].push(PolicyArn);
  },
};

const busOf = ({ EventBusName = 'default' }) => cloud.buses[EventBusName] ?? fail('ResourceNotFoundException');
Object.assign(operations, {
  CreateEventBus({ Name }) {
    if (cloud.buses[Name]) fail('ResourceAlreadyExistsException');
    cloud.buses[Name] = {};
  },
  DeleteEventBus({ Name }) {
    if (Object.keys(busOf({ EventBusName: Name })).length > 0) fail('ValidationException');
    delete cloud.buses[Name];
  },
  PutRule({ Name, ...rest }) {
    const bus = busOf(rest);
    bus[Name] = { ...rest, Targets: bus[Name]?.Targets ?? [] };
  },
  PutTargets({ Rule, Targets, ...rest }) {
    const rule = busOf(rest)[Rule];
    rule.Targets = [...rule.Targets.filter(({ Id }) => Id !== Targets[0].Id), ...Targets];
  },
  RemoveTargets({ Rule, Ids, ...rest }) {
    const rule = busOf(rest)[Rule] ?? fail('ResourceNotFoundException');
    rule.Targets = rule.Targets.filter(({ Id }) => !Ids.includes(Id));
  },
  DeleteRule({ Name, ...rest }) {
    const bus = busOf(rest);
    if (bus[Name]?.Targets.length > 0) fail('ValidationException');
    delete bus[Name];
  },
});

class Client {
  async send({ operation, input }) {
    cloud.calls.push(operation);
    return operations[operation](input);
  }
}
const sdk = new Proxy(
  {},
  {
    get: (_, name) =>
      name.endsWith('Client')
        ? Client
        : function command(input) {
            return { operation: name.replace(/Command$/, ''), input };
          },
  }
);
const load = Module._load;
Module._load = (request, ...rest) => (request.startsWith('@aws-sdk/') ? sdk : load(request, ...rest));
require(`${SOURCES}answer.js`).sleep = async () => {};
const s3 = require(`${SOURCES}s3/handler.js`).handler;
const cognito = require(`${SOURCES}cognito-user-pool/handler.js`).handler;
const rules = require(`${SOURCES}event-bridge/handler.js`).handler;
const role = require(`${SOURCES}api-gateway-cloud-watch-role/handler.js`).handler;

let server;
let answers;
let losses; // answers that get lost on their way

beforeEach(async () => {
  cloud = {
    calls: [], permissions: {}, buckets: {}, denied: new Set(), refusals: 0, pools: [], updates: [], roles: {}, accountRole: undefined,
    buses: { default: {} },
  };
  answers = [];
  losses = 0;
  server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      assert.equal(request.headers['content-type'], '');
      if (losses > 0) {
        losses -= 1;
        response.writeHead(503).end();
        return;
      }
      answers.push(JSON.parse(Buffer.concat(chunks)));
      response.end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function ask(handler, RequestType, ResourceProperties, more = {}, remaining = 180000) {
  await handler(
    {
      RequestType, ResourceProperties, StackId: 'stack', RequestId: 'request', LogicalResourceId: 'resource',
      ResponseURL: `http://127.0.0.1:${server.address().port}/answer?a=b`, ...more,
    },
    {
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-custom-resource',
      logStreamName: 'stream',
      getRemainingTimeInMillis: () => remaining,
    }
  );
  assert.equal(answers.length, 1, 'CloudFormation gets one answer');
  return answers.pop();
}

const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-thumb';
const upload = {
  FunctionName: 'shop-dev-thumb', BucketName: 'pictures.example',
  BucketConfigs: [{ Event: 's3:ObjectCreated:*', Rules: [{ Prefix: 'in/' }, { Suffix: '.png' }] }],
};
const foreign = () => ({
  LambdaFunctionConfigurations: [{ Id: 'billing', LambdaFunctionArn: 'arn:other', Events: ['s3:ObjectRemoved:*'] }],
  QueueConfigurations: [{ Id: 'queue', QueueArn: 'arn:queue', Events: ['s3:ObjectCreated:*'] }],
  EventBridgeConfiguration: {},
});

test('a bucket calls the function, and goes on with what it did before', async () => {
  cloud.buckets['pictures.example'] = foreign();
  const answer = await ask(s3, 'Create', upload);
  assert.deepEqual(answer, {
    StackId: 'stack', RequestId: 'request', LogicalResourceId: 'resource',
    PhysicalResourceId: 'CustomResourceExistingS3', Status: 'SUCCESS',
  });
  const { LambdaFunctionConfigurations: [other, own], ...rest } = cloud.buckets['pictures.example'];
  const { LambdaFunctionConfigurations: [before], ...restBefore } = foreign();
  assert.deepEqual([other, rest], [before, restBefore]);
  assert.match(own.Id, /^shop-dev-thumb-[0-9a-f]{32}$/);
  assert.equal(own.LambdaFunctionArn, ARN);
  assert.deepEqual(own.Filter, { Key: { FilterRules: [{ Name: 'prefix', Value: 'in/' }, { Name: 'suffix', Value: '.png' }] } });
  assert.deepEqual(cloud.permissions, {
    'shop-dev-thumb//shop-dev-thumb-picturesexample': {
      Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com', SourceArn: 'arn:aws:s3:::pictures.example',
      SourceAccount: '111122223333',
    },
  });
});

test('creating and deleting a notification may be repeated, and leave nothing behind', async () => {
  cloud.buckets['pictures.example'] = foreign();
  for (let i = 0; i < 2; i += 1) assert.equal((await ask(s3, 'Create', upload)).Status, 'SUCCESS');
  assert.equal(cloud.buckets['pictures.example'].LambdaFunctionConfigurations.length, 2);
  for (let i = 0; i < 2; i += 1) assert.equal((await ask(s3, 'Delete', upload)).Status, 'SUCCESS');
  assert.deepEqual(cloud.buckets['pictures.example'], foreign());
  assert.deepEqual(cloud.permissions, {});
});

test('another bucket and another function take the place of those before', async () => {
  cloud.buckets['pictures.example'] = foreign();
  cloud.buckets.films = {};
  await ask(s3, 'Create', upload);
  const moved = { ...upload, FunctionName: 'shop-dev-small', FunctionQualifier: 'live', BucketName: 'films' };
  const answer = await ask(s3, 'Update', moved, {
    PhysicalResourceId: 'as-it-was', OldResourceProperties: upload,
  });
  assert.equal(answer.PhysicalResourceId, 'as-it-was');
  assert.deepEqual(cloud.buckets['pictures.example'], foreign());
  assert.deepEqual(cloud.buckets.films.LambdaFunctionConfigurations.map(({ LambdaFunctionArn }) => LambdaFunctionArn), [
    'arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-small:live',
  ]);
  assert.deepEqual(Object.keys(cloud.permissions), ['shop-dev-small/live/shop-dev-small-films']);
});

test('a function that was renamed leaves no notification of its old name in the bucket', async () => {
  cloud.buckets['pictures.example'] = foreign();
  await ask(s3, 'Create', upload);
  await ask(s3, 'Update', { ...upload, FunctionName: 'renamed' }, { OldResourceProperties: upload });
  const ids = cloud.buckets['pictures.example'].LambdaFunctionConfigurations.map(({ Id }) => Id.split('-')[0]);
  assert.deepEqual(ids, ['billing', 'renamed']);
});

test('S3 is asked again until it knows the permission', async () => {
  cloud.buckets['pictures.example'] = {};
  cloud.refusals = 3;
  assert.equal((await ask(s3, 'Create', upload)).Status, 'SUCCESS');
  assert.equal(cloud.calls.filter((call) => call.startsWith('Put')).length, 4);
});

test('a bucket that is gone or out of reach does not keep a stack from being deleted', async () => {
  assert.equal((await ask(s3, 'Delete', upload)).Status, 'SUCCESS');
  cloud.denied.add('pictures.example');
  assert.equal((await ask(s3, 'Delete', upload)).Status, 'SUCCESS');
});

test('a bucket that does not exist fails the stack with the reason', async () => {
  const answer = await ask(s3, 'Create', upload);
  assert.equal(answer.Status, 'FAILED');
  assert.equal(answer.Reason, 'NoSuchBucket (log stream stream)');
});

test('an answer that got lost is sent again', async () => {
  losses = 3;
  assert.equal((await ask(s3, 'Delete', upload)).Status, 'SUCCESS');
});

test('what is not done in time is answered before Lambda ends the function', async () => {
  const get = operations.GetAccount;
  operations.GetAccount = () => new Promise(() => {});
  const answer = await ask(role, 'Create', {}, {}, 10050);
  operations.GetAccount = get;
  assert.equal(answer.Status, 'FAILED');
  assert.match(answer.Reason, /^not done within 0 s/);
});

test('a request of a kind unknown to us fails by its name', async () => {
  assert.match((await ask(s3, 'Adopt', upload)).Reason, /^CloudFormation asks for Adopt/);
});

const pool = () => ({
  Id: 'eu-west-1_b', Name: 'people', Arn: 'arn:pool', Status: 'Enabled', EstimatedNumberOfUsers: 7, SchemaAttributes: [],
  MfaConfiguration: 'OPTIONAL', DeletionProtection: 'ACTIVE', UserPoolTags: { team: 'shop' }, TierOfTomorrow: 'PLUS',
  AdminCreateUserConfig: { AllowAdminCreateUserOnly: true, UnusedAccountValidityDays: 7 },
  Policies: { PasswordPolicy: { MinimumLength: 8 } },
  LambdaConfig: { PostConfirmation: 'arn:other', PreTokenGenerationConfig: { LambdaArn: 'arn:tokens', LambdaVersion: 'V2_0' } },
});
const signUp = {
  FunctionName: 'shop-dev-thumb', UserPoolName: 'people',
  UserPoolConfigs: [{ Trigger: 'PreSignUp' }, { Trigger: 'CustomEmailSender', LambdaVersion: 'V1_0', KMSKeyID: 'arn:key' }],
};

test('a pool keeps all its settings when it learns of a function', async () => {
  cloud.pools = [{ ...pool(), Id: 'eu-west-1_a', Name: 'others' }, pool()];
  assert.equal((await ask(cognito, 'Create', signUp)).Status, 'SUCCESS');
  assert.deepEqual(cloud.updates[0], {
    MfaConfiguration: 'OPTIONAL', DeletionProtection: 'ACTIVE', UserPoolTags: { team: 'shop' }, TierOfTomorrow: 'PLUS',
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    Policies: { PasswordPolicy: { MinimumLength: 8, TemporaryPasswordValidityDays: 7 } },
    LambdaConfig: {
      ...pool().LambdaConfig, PreSignUp: ARN, CustomEmailSender: { LambdaArn: ARN, LambdaVersion: 'V1_0' }, KMSKeyID: 'arn:key',
    },
  });
  assert.equal(
    cloud.permissions['shop-dev-thumb//shop-dev-thumb-people'].SourceArn,
    'arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_b'
  );
});

test('a deleted trigger takes nothing of others with it', async () => {
  cloud.pools = [pool()];
  await ask(cognito, 'Create', signUp);
  for (let i = 0; i < 2; i += 1) assert.equal((await ask(cognito, 'Delete', signUp)).Status, 'SUCCESS');
  assert.deepEqual(cloud.pools[0].LambdaConfig, pool().LambdaConfig);
  assert.deepEqual(cloud.permissions, {});
  cloud.pools = [];
  assert.equal((await ask(cognito, 'Delete', signUp)).Status, 'SUCCESS');
});

test('a trigger for tokens replaces both of its spellings', async () => {
  cloud.pools = [pool()];
  await ask(cognito, 'Create', { ...signUp, UserPoolConfigs: [{ Trigger: 'PreTokenGeneration' }] });
  assert.deepEqual(cloud.pools[0].LambdaConfig, { PostConfirmation: 'arn:other', PreTokenGeneration: ARN });
  await ask(cognito, 'Create', { ...signUp, UserPoolConfigs: [{ Trigger: 'PreTokenGeneration', LambdaVersion: 'V2_0' }] });
  assert.deepEqual(cloud.pools[0].LambdaConfig, {
    PostConfirmation: 'arn:other', PreTokenGenerationConfig: { LambdaArn: ARN, LambdaVersion: 'V2_0' },
  });
});

test('another pool, and a function with an alias, take the place of those before', async () => {
  cloud.pools = [pool(), { ...pool(), Id: 'eu-west-1_c', Name: 'staff' }];
  await ask(cognito, 'Create', signUp);
  const moved = { ...signUp, UserPoolName: 'staff', FunctionQualifier: 'live' };
  assert.equal((await ask(cognito, 'Update', moved, { OldResourceProperties: signUp })).Status, 'SUCCESS');
  assert.deepEqual(cloud.pools[0].LambdaConfig, pool().LambdaConfig);
  assert.equal(cloud.pools[1].LambdaConfig.PreSignUp, `${ARN}:live`);
  assert.deepEqual(Object.keys(cloud.permissions), ['shop-dev-thumb/live/shop-dev-thumb-staff']);
});

test('two pools of one name are not guessed between', async () => {
  cloud.pools = [pool(), { ...pool(), Id: 'eu-west-1_c' }];
  assert.match((await ask(cognito, 'Create', signUp)).Reason, /^2 user pools are called "people" \(eu-west-1_b, eu-west-1_c\)/);
  cloud.pools[1].LambdaConfig.PreSignUp = ARN;
  assert.equal((await ask(cognito, 'Update', signUp, { OldResourceProperties: signUp })).Status, 'SUCCESS');
  assert.ok(!('PreSignUp' in cloud.pools[0].LambdaConfig));
});

test('a pool that does not exist fails the stack with the reason', async () => {
  assert.match((await ask(cognito, 'Create', signUp)).Reason, /^no user pool of eu-west-1 is called "people"/);
});

const OWN_ROLE = 'arn:aws:iam::111122223333:role/serverlessApiGatewayCloudWatchRole';
const LOGS_POLICY = 'arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs';

test('an account without a role for logs gets one, once API Gateway can assume it', async () => {
  cloud.refusals = 2;
  assert.equal((await ask(role, 'Create', {})).Status, 'SUCCESS');
  assert.equal(cloud.accountRole, OWN_ROLE);
  assert.deepEqual(cloud.roles, { serverlessApiGatewayCloudWatchRole: [LOGS_POLICY] });
  cloud.calls = [];
  assert.equal((await ask(role, 'Update', {})).Status, 'SUCCESS');
  assert.deepEqual(cloud.calls, ['GetAccount', 'ListAttachedRolePolicies']);
});

test("somebody else's role for logs is used as long as it exists", async () => {
  cloud.accountRole = 'arn:aws:iam::111122223333:role/platform/logs';
  cloud.roles.logs = [];
  await ask(role, 'Create', {});
  assert.equal(cloud.accountRole, 'arn:aws:iam::111122223333:role/platform/logs');
  delete cloud.roles.logs;
  await ask(role, 'Update', {});
  assert.equal(cloud.accountRole, OWN_ROLE);
});

test('a role that is asked for is set, changed, and left when the stack goes', async () => {
  await ask(role, 'Create', { RoleArn: 'arn:one' });
  assert.equal(cloud.accountRole, 'arn:one');
  await ask(role, 'Update', { RoleArn: 'arn:two' }, { OldResourceProperties: { RoleArn: 'arn:one' } });
  assert.equal(cloud.accountRole, 'arn:two');
  assert.equal((await ask(role, 'Delete', { RoleArn: 'arn:two' })).Status, 'SUCCESS');
  assert.equal(cloud.accountRole, 'arn:two');
});

const rule = (config = {}) => ({
  FunctionName: 'shop-dev-thumb',
  EventBridgeConfig: { RuleName: 'shop-dev-thumb-rule-1', State: 'ENABLED', EventBus: 'mine', Pattern: { source: ['aws.s3'] }, ...config },
});

test('a rule calls the function on a bus of its own, however often it is made', async () => {
  for (let i = 0; i < 2; i += 1) assert.equal((await ask(rules, 'Create', rule())).Status, 'SUCCESS');
  assert.deepEqual(cloud.buses.mine, {
    'shop-dev-thumb-rule-1': {
      EventBusName: 'mine', EventPattern: '{"source":["aws.s3"]}', ScheduleExpression: undefined, State: 'ENABLED',
      Targets: [{ Arn: ARN, Id: 'shop-dev-thumb-rule-1-target' }],
    },
  });
  assert.deepEqual(cloud.permissions, {
    'shop-dev-thumb//shop-dev-thumb-shop-dev-thumb-rule-1': {
      Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com',
      SourceArn: 'arn:aws:events:eu-west-1:111122223333:rule/mine/shop-dev-thumb-rule-1',
    },
  });
});

test('a rule that goes leaves nothing, and a bus only where others are on it', async () => {
  await ask(rules, 'Create', rule());
  await ask(rules, 'Create', rule({ RuleName: 'other' }));
  for (let i = 0; i < 2; i += 1) assert.equal((await ask(rules, 'Delete', rule())).Status, 'SUCCESS');
  assert.deepEqual(Object.keys(cloud.buses.mine), ['other']);
  assert.equal((await ask(rules, 'Delete', rule({ RuleName: 'other' }))).Status, 'SUCCESS');
  assert.deepEqual(cloud.buses, { default: {} });
  assert.deepEqual(cloud.permissions, {});
});

test('a rule on another bus keeps its permission, and the former bus goes', async () => {
  await ask(rules, 'Create', rule());
  const moved = rule({ EventBus: 'arn:aws:events:eu-west-1:111122223333:event-bus/default', Input: { a: '1' } });
  assert.equal((await ask(rules, 'Update', moved, { OldResourceProperties: rule() })).Status, 'SUCCESS');
  assert.deepEqual(Object.keys(cloud.buses), ['default']);
  assert.equal(cloud.buses.default['shop-dev-thumb-rule-1'].Targets[0].Input, '{"a":"1"}');
  assert.match(Object.values(cloud.permissions)[0].SourceArn, /rule\/default\/shop-dev-thumb-rule-1$/);
});
