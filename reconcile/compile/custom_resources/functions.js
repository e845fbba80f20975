'use strict';

/* The function that a bucket or a user pool is to call, and the permission for that. */

const { AddPermissionCommand, LambdaClient, RemovePermissionCommand } = require('@aws-sdk/client-lambda');

const ATTEMPTS = 8;
const STATEMENT_ID_CHARACTERS = 100;

const lambda = new LambdaClient({ maxAttempts: ATTEMPTS });

const isError = (error, name) => error.name === name || error.Code === name;

/* `error` is passed over where it bears one of the names. */
const unless = (...names) => (error) => {
  if (!names.some((name) => isError(error, name))) throw error;
};

/* Where this function runs is where the others do: arn:aws:lambda:eu-west-1:111122223333:function:name. */
function surroundings(context) {
  const [, partition, , region, account] = context.invokedFunctionArn.split(':');
  return { partition, region, account };
}

function functionArn(context, { FunctionName, FunctionQualifier }) {
  const { partition, region, account } = surroundings(context);
  const arn = `arn:${partition}:lambda:${region}:${account}:function:${FunctionName}`;
  return FunctionQualifier ? `${arn}:${FunctionQualifier}` : arn;
}

const named = ({ FunctionName, FunctionQualifier }) => ({
  FunctionName,
  ...(FunctionQualifier && { Qualifier: FunctionQualifier }),
});

const statementId = (functionName, source) => `${functionName}-${source}`.slice(0, STATEMENT_ID_CHARACTERS);

/* Both may be repeated: a statement that is there is replaced, one that is gone is no error. */
async function forbid(properties, id) {
  await lambda
    .send(new RemovePermissionCommand({ ...named(properties), StatementId: id }))
    .catch(unless('ResourceNotFoundException'));
}

async function permit(properties, id, caller) {
  const command = { ...named(properties), StatementId: id, Action: 'lambda:InvokeFunction', ...caller };

  try {
    await lambda.send(new AddPermissionCommand(command));
  } catch (error) {
    unless('ResourceConflictException')(error);
    await forbid(properties, id);
    await lambda.send(new AddPermissionCommand(command));
  }
}

module.exports = { ATTEMPTS, forbid, functionArn, isError, permit, statementId, surroundings, unless };
