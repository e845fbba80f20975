'use strict';

/* Custom::ApiGatewayAccountRole: lets API Gateway write logs. The role is one setting of the whole account and region,
 * so it outlives the stack, and one that somebody else has set is used. */

const { APIGatewayClient, GetAccountCommand, UpdateAccountCommand } = require('@aws-sdk/client-api-gateway');
const {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
} = require('@aws-sdk/client-iam');
const { answering, sleep } = require('../answer');
const { ATTEMPTS, isError, surroundings, unless } = require('../functions');

const ROLE_NAME = 'serverlessApiGatewayCloudWatchRole';
const NEW_ROLE_ATTEMPTS = 12;
const NEW_ROLE_WAIT_MS = 10000;

const apiGateway = new APIGatewayClient({ maxAttempts: ATTEMPTS });
const iam = new IAMClient({ maxAttempts: ATTEMPTS });

/* The policies attached to a role, or null where there is no such role. */
async function policiesOf(roleArn) {
  const RoleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);

  try {
    return (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies;
  } catch (error) {
    if (isError(error, 'NoSuchEntity') || isError(error, 'NoSuchEntityException')) return null;
    throw error;
  }
}

async function ensureOwnRole(roleArn, partition) {
  const PolicyArn = `arn:${partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs`;
  const policies = await policiesOf(roleArn);

  if (!policies) {
    const statement = {
      Effect: 'Allow',
      Principal: { Service: ['apigateway.amazonaws.com'] },
      Action: ['sts:AssumeRole'],
    };
    await iam
      .send(
        new CreateRoleCommand({
          RoleName: ROLE_NAME,
          Path: '/',
          AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
        })
      )
      .catch(unless('EntityAlreadyExists', 'EntityAlreadyExistsException')); // another stack, at the same time
  }
  if (!(policies || []).some((policy) => policy.PolicyArn === PolicyArn)) {
    await iam.send(new AttachRolePolicyCommand({ RoleName: ROLE_NAME, PolicyArn }));
  }
}

/* API Gateway refuses a role that it cannot assume yet, which a new one is for some seconds. */
async function assign(roleArn) {
  const patchOperations = [{ op: 'replace', path: '/cloudwatchRoleArn', value: roleArn }];

  for (let attempt = 1; ; attempt += 1) {
    try {
      await apiGateway.send(new UpdateAccountCommand({ patchOperations }));
      return;
    } catch (error) {
      if (!isError(error, 'BadRequestException') || attempt === NEW_ROLE_ATTEMPTS) throw error;
      await sleep(NEW_ROLE_WAIT_MS);
    }
  }
}

async function set({ RoleArn }, context) {
  const { partition, account } = surroundings(context);
  const own = `arn:${partition}:iam::${account}:role/${ROLE_NAME}`;
  const { cloudwatchRoleArn: assigned } = await apiGateway.send(new GetAccountCommand({}));

  if (RoleArn) {
    if (RoleArn !== assigned) await assign(RoleArn);
    return;
  }
  if (assigned && assigned !== own && (await policiesOf(assigned))) return;
  await ensureOwnRole(own, partition);
  if (assigned !== own) await assign(own);
}

const remove = async () => {};

module.exports = {
  handler: answering('CustomResourceApiGatewayAccountCloudWatchRole', { create: set, update: set, remove }),
};
