'use strict';

/* Custom::S3: a bucket that another stack owns calls a function of this one. What else the bucket announces, to whom,
 * stays as it is; ours are known by their ids: the function's name and a digest. */

const { createHash } = require('crypto');
const {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  S3Client,
} = require('@aws-sdk/client-s3');
const { answering, sleep } = require('../answer');
const { ATTEMPTS, forbid, functionArn, isError, permit, statementId, surroundings, unless } = require('../functions');

const VALIDATION_ATTEMPTS = 10;
const VALIDATION_WAIT_MS = 3000;

const s3 = new S3Client({ maxAttempts: ATTEMPTS });

const permissionId = ({ FunctionName, BucketName }) => statementId(FunctionName, BucketName.replace(/[.:*]/g, ''));

const isOf = (functionName) => (configuration) =>
  (configuration.Id || '').startsWith(`${functionName}-`) &&
  /^[0-9a-f]{32}$/.test(configuration.Id.slice(functionName.length + 1));

function configurationOf(arn, functionName, config) {
  const digest = createHash('md5').update(JSON.stringify(config)).digest('hex');
  const rules = (config.Rules || []).flatMap((rule) =>
    Object.entries(rule).map(([name, value]) => ({ Name: name.toLowerCase(), Value: value }))
  );
  return {
    Id: `${functionName}-${digest}`,
    LambdaFunctionArn: arn,
    Events: [config.Event],
    ...(rules.length > 0 && { Filter: { Key: { FilterRules: rules } } }),
  };
}

/* The bucket's notifications without those of `functionNames`, and with `added`. */
async function change(bucket, functionNames, added, settings) {
  const { $metadata, ...notifications } = await s3.send(
    new GetBucketNotificationConfigurationCommand({ Bucket: bucket })
  );
  const others = (notifications.LambdaFunctionConfigurations || []).filter(
    (configuration) => !functionNames.some((name) => isOf(name)(configuration))
  );

  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: { ...notifications, LambdaFunctionConfigurations: [...others, ...added] },
      ...settings,
    })
  );
}

/* S3 tries whether it may call the function, and a new permission takes some seconds to be known everywhere. */
async function changeWhenPermitted(bucket, functionNames, added) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await change(bucket, functionNames, added);
      return;
    } catch (error) {
      if (!isError(error, 'InvalidArgument') || attempt === VALIDATION_ATTEMPTS) throw error;
      await sleep(VALIDATION_WAIT_MS);
    }
  }
}

/* A bucket that this stack no longer names is out of its role's reach: what is left there is told in the log. Somebody
 * else's dead destination must not keep ours from going. */
async function leave({ BucketName, FunctionName }) {
  await change(BucketName, [FunctionName], [], { SkipDestinationValidation: true })
    .catch(unless('NoSuchBucket'))
    .catch((error) => {
      unless('AccessDenied')(error);
      console.warn(`bucket ${BucketName}: may not be changed any more, notifications of ${FunctionName} stay there`);
    });
}

async function set(properties, context, formerNames = []) {
  const { BucketName, FunctionName, BucketConfigs } = properties;
  const { partition, account } = surroundings(context);
  const arn = functionArn(context, properties);

  await permit(properties, permissionId(properties), {
    Principal: 's3.amazonaws.com',
    SourceArn: `arn:${partition}:s3:::${BucketName}`,
    SourceAccount: account,
  });
  await changeWhenPermitted(
    BucketName,
    [FunctionName, ...formerNames],
    BucketConfigs.map((config) => configurationOf(arn, FunctionName, config))
  );
}

const create = (properties, context) => set(properties, context);

async function update(properties, context, old) {
  const sameBucket = old.BucketName === properties.BucketName;
  const samePermission =
    old.FunctionName === properties.FunctionName &&
    old.FunctionQualifier === properties.FunctionQualifier &&
    permissionId(old) === permissionId(properties);

  await set(properties, context, sameBucket ? [old.FunctionName] : []);
  if (!sameBucket) await leave(old);
  if (!samePermission) await forbid(old, permissionId(old));
}

async function remove(properties) {
  await leave(properties);
  await forbid(properties, permissionId(properties));
}

module.exports = { handler: answering('CustomResourceExistingS3', { create, update, remove }) };
