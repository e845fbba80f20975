'use strict';

/* Custom::CognitoUserPool: a user pool that another stack owns calls a function of this one. UpdateUserPool sets
 * whatever it is not told to its default, so the pool's whole description is sent back with it. */

const {
  CognitoIdentityProviderClient,
  DescribeUserPoolCommand,
  ListUserPoolsCommand,
  UpdateUserPoolCommand,
} = require('@aws-sdk/client-cognito-identity-provider');
const { answering } = require('../answer');
const { ATTEMPTS, forbid, functionArn, permit, statementId, surroundings } = require('../functions');

const PAGE = 60;
const SENDERS = ['CustomSMSSender', 'CustomEmailSender'];
const TOKENS = ['PreTokenGeneration', 'PreTokenGenerationConfig']; // one trigger, two spellings

// What DescribeUserPool tells and UpdateUserPool does not take.
const READ_ONLY = [
  'Id',
  'Arn',
  'Name',
  'Status',
  'CreationDate',
  'LastModifiedDate',
  'EstimatedNumberOfUsers',
  'SchemaAttributes',
  'AliasAttributes',
  'UsernameAttributes',
  'UsernameConfiguration',
  'Domain',
  'CustomDomain',
  'SmsConfigurationFailure',
  'EmailConfigurationFailure',
];

const cognito = new CognitoIdentityProviderClient({ maxAttempts: ATTEMPTS });

const permissionId = ({ FunctionName, UserPoolName }) =>
  statementId(FunctionName, UserPoolName.toLowerCase().replace(/[.:*\s]/g, ''));

/* All pools of that name: names are not unique. */
async function poolsNamed(name) {
  const found = [];
  let NextToken;

  do {
    const page = await cognito.send(new ListUserPoolsCommand({ MaxResults: PAGE, NextToken }));
    found.push(...page.UserPools.filter((pool) => pool.Name === name));
    NextToken = page.NextToken;
  } while (NextToken);
  return Promise.all(
    found.map(async ({ Id }) => (await cognito.send(new DescribeUserPoolCommand({ UserPoolId: Id }))).UserPool)
  );
}

const arnOf = (trigger) => (trigger && trigger.LambdaArn) || trigger;

const calls = (pool, arns) => Object.values(pool.LambdaConfig || {}).some((trigger) => arns.includes(arnOf(trigger)));

/* The pool that calls the function already, else the only one of that name; null where there is none. */
async function findPool(name, arns) {
  const pools = await poolsNamed(name);
  const pool = pools.find((one) => calls(one, arns)) || pools[0] || null;

  if (pools.length > 1 && !calls(pool, arns)) {
    throw new Error(
      `${pools.length} user pools are called "${name}" (${pools.map(({ Id }) => Id).join(', ')}): give this one a name of its own`
    );
  }
  return pool;
}

function withoutTriggersOf(arns, config = {}) {
  return Object.fromEntries(Object.entries(config).filter(([, trigger]) => !arns.includes(arnOf(trigger))));
}

function setTrigger(config, arn, { Trigger, LambdaVersion, KMSKeyID }) {
  if (TOKENS.includes(Trigger)) TOKENS.forEach((name) => delete config[name]);
  if (SENDERS.includes(Trigger)) {
    config[Trigger] = { LambdaArn: arn, LambdaVersion };
    config.KMSKeyID = KMSKeyID;
  } else if (Trigger === 'PreTokenGeneration' && LambdaVersion) {
    config.PreTokenGenerationConfig = { LambdaArn: arn, LambdaVersion };
  } else {
    config[Trigger] = arn;
  }
}

function descriptionForUpdate(pool) {
  const description = { ...pool, UserPoolId: pool.Id };
  const { UnusedAccountValidityDays, ...invitation } = pool.AdminCreateUserConfig || {};
  const password = pool.Policies && pool.Policies.PasswordPolicy;

  READ_ONLY.forEach((name) => delete description[name]);
  // The older spelling of a temporary password's life is refused beside the newer one.
  if (pool.AdminCreateUserConfig) description.AdminCreateUserConfig = invitation;
  if (password && password.TemporaryPasswordValidityDays === undefined && UnusedAccountValidityDays !== undefined) {
    description.Policies = {
      ...pool.Policies,
      PasswordPolicy: { ...password, TemporaryPasswordValidityDays: UnusedAccountValidityDays },
    };
  }
  return description;
}

async function change(pool, arns, arn, configs) {
  const LambdaConfig = withoutTriggersOf(arns, pool.LambdaConfig);

  configs.forEach((config) => setTrigger(LambdaConfig, arn, config));
  if (!SENDERS.some((sender) => LambdaConfig[sender])) delete LambdaConfig.KMSKeyID;
  await cognito.send(new UpdateUserPoolCommand({ ...descriptionForUpdate(pool), LambdaConfig }));
}

async function set(properties, context, formerArns = []) {
  const { partition, region, account } = surroundings(context);
  const arn = functionArn(context, properties);
  const arns = [arn, ...formerArns];
  const pool = await findPool(properties.UserPoolName, arns);

  if (!pool) throw new Error(`no user pool of ${region} is called "${properties.UserPoolName}"`);
  await permit(properties, permissionId(properties), {
    Principal: 'cognito-idp.amazonaws.com',
    SourceArn: `arn:${partition}:cognito-idp:${region}:${account}:userpool/${pool.Id}`,
  });
  await change(pool, arns, arn, properties.UserPoolConfigs);
}

async function leave(properties, context) {
  const arns = [functionArn(context, properties)];
  const pool = (await poolsNamed(properties.UserPoolName)).find((one) => calls(one, arns));

  if (pool) await change(pool, arns, null, []);
}

const create = (properties, context) => set(properties, context);

async function update(properties, context, old) {
  const samePool = old.UserPoolName === properties.UserPoolName;
  const samePermission =
    old.FunctionName === properties.FunctionName &&
    old.FunctionQualifier === properties.FunctionQualifier &&
    permissionId(old) === permissionId(properties);

  await set(properties, context, samePool ? [functionArn(context, old)] : []);
  if (!samePool) await leave(old, context);
  if (!samePermission) await forbid(old, permissionId(old));
}

async function remove(properties, context) {
  await leave(properties, context);
  await forbid(properties, permissionId(properties));
}

module.exports = { handler: answering('CustomResourceExistingCognitoUserPool', { create, update, remove }) };
