'use strict';

/* Custom::EventBridge: a rule, and a bus where it names one of its own, for a function of this stack; of services that
 * keep `provider.eventBridge.useCloudFormation: false`. Each step may be repeated. */

const { createHash } = require('crypto');
const {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} = require('@aws-sdk/client-eventbridge');
const { answering } = require('../answer');
const { ATTEMPTS, forbid, functionArn, permit, statementId, surroundings, unless } = require('../functions');

const NAME_CHARACTERS = 64;
const TARGET = 'target';

const events = new EventBridgeClient({ maxAttempts: ATTEMPTS });

const isArn = (bus) => bus.startsWith('arn');
const busName = (bus) => (bus && isArn(bus) ? bus.slice(bus.indexOf('/') + 1) : bus);
const isOurs = (bus) => Boolean(bus) && !isArn(bus) && bus !== 'default';

function targetId(rule) {
  const id = `${rule}-${TARGET}`;
  if (id.length <= NAME_CHARACTERS) return id;
  return `${id.slice(0, 31 - TARGET.length)}${createHash('md5').update(id).digest('hex')}-${TARGET}`;
}

const permissionId = ({ FunctionName, EventBridgeConfig }) =>
  statementId(FunctionName, EventBridgeConfig.RuleName.toLowerCase().replace(/[.:*]/g, ''));

/* CloudFormation makes texts of all numbers and booleans on their way here. */
const targetOf = (arn, { RuleName, Input, InputPath, InputTransformer }) => ({
  Arn: arn,
  Id: targetId(RuleName),
  ...(Input && { Input: JSON.stringify(Input) }),
  ...(InputPath && { InputPath }),
  ...(InputTransformer && { InputTransformer }),
});

async function create(properties, context) {
  const { EventBus, Pattern, RuleName, Schedule, State } = properties.EventBridgeConfig;
  const { partition, region, account } = surroundings(context);
  const EventBusName = busName(EventBus);
  const path = EventBusName ? `${EventBusName}/${RuleName}` : RuleName;

  await permit(properties, permissionId(properties), {
    Principal: 'events.amazonaws.com',
    SourceArn: `arn:${partition}:events:${region}:${account}:rule/${path}`,
  });
  if (isOurs(EventBus)) {
    await events.send(new CreateEventBusCommand({ Name: EventBus })).catch(unless('ResourceAlreadyExistsException'));
  }
  await events.send(
    new PutRuleCommand({
      Name: RuleName,
      EventBusName,
      EventPattern: Pattern && JSON.stringify(Pattern),
      ScheduleExpression: Schedule,
      State,
    })
  );
  await events.send(
    new PutTargetsCommand({
      Rule: RuleName,
      EventBusName,
      Targets: [targetOf(functionArn(context, properties), properties.EventBridgeConfig)],
    })
  );
}

async function removeRule(properties) {
  const { EventBus, RuleName } = properties.EventBridgeConfig;
  const rule = { EventBusName: busName(EventBus) };
  const gone = unless('ResourceNotFoundException');

  await forbid(properties, permissionId(properties));
  await events.send(new RemoveTargetsCommand({ ...rule, Rule: RuleName, Ids: [targetId(RuleName)] })).catch(gone);
  await events.send(new DeleteRuleCommand({ ...rule, Name: RuleName })).catch(gone);
}

/* A bus that another rule is on stays: AWS refuses to delete it. */
async function removeBus({ EventBridgeConfig: { EventBus } }) {
  if (!isOurs(EventBus)) return;
  await events
    .send(new DeleteEventBusCommand({ Name: EventBus }))
    .catch(unless('ResourceNotFoundException', 'ConcurrentModificationException', 'ValidationException'));
}

async function remove(properties) {
  await removeRule(properties);
  await removeBus(properties);
}

/* A rule of another name or on another bus is another rule: the former one goes first, because both may have one
 * permission. */
async function update(properties, context, old) {
  const before = old.EventBridgeConfig;
  const now = properties.EventBridgeConfig;

  if (before.RuleName !== now.RuleName || before.EventBus !== now.EventBus) await removeRule(old);
  await create(properties, context);
  if (before.EventBus !== now.EventBus) await removeBus(old);
  if (old.FunctionName !== properties.FunctionName) await forbid(old, permissionId(old));
}

module.exports = { handler: answering('CustomResourceEventBridge', { create, update, remove }) };
