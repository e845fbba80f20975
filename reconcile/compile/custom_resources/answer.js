'use strict';

/* What CloudFormation and a custom resource say to each other
 * (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html). A stack waits an hour for an answer that
 * never comes: whatever happens here, one is sent before Lambda stops the function. */

const http = require('http');
const https = require('https');

const ANSWER_MARGIN_MS = 10000;
const ATTEMPTS = 5;
const ATTEMPT_MS = 3000;
const REASON_CHARACTERS = 1000; // an answer may have 4096 bytes

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const put = (address, body) =>
  new Promise((resolve, reject) => {
    const url = new URL(address);
    const request = (url.protocol === 'http:' ? http : https).request(
      url,
      // The address is signed for an empty content type.
      { method: 'PUT', headers: { 'content-type': '', 'content-length': body.length }, timeout: ATTEMPT_MS },
      (response) => {
        response.resume();
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode < 300) resolve();
          else reject(new Error(`HTTP status ${response.statusCode}`));
        });
      }
    );
    request.on('timeout', () => request.destroy(new Error(`no answer within ${ATTEMPT_MS} ms`)));
    request.on('error', reject);
    request.end(body);
  });

async function send(event, answer) {
  const { StackId, RequestId, LogicalResourceId } = event;
  const body = Buffer.from(JSON.stringify({ StackId, RequestId, LogicalResourceId, ...answer }));

  for (let attempt = 1; ; attempt += 1) {
    try {
      await put(event.ResponseURL, body);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      console.warn(`answer not delivered (${error.message}), attempt ${attempt} of ${ATTEMPTS}`);
      await sleep(200 * attempt);
    }
  }
}

/* Rejects shortly before Lambda ends the function. */
function deadline(context) {
  const left = Math.max(context.getRemainingTimeInMillis() - ANSWER_MARGIN_MS, 0);
  let timer;
  const passed = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${Math.round(left / 1000)} s`)), left);
  });
  return { passed, clear: () => clearTimeout(timer) };
}

/* A Lambda handler from `actions`: {create, update, remove}, each (properties, target, oldProperties). The physical id
 * never changes, because another one would make CloudFormation delete what it takes for the resource before. */
const answering = (physicalId, actions) => async (event, context) => {
  const action = { Create: actions.create, Update: actions.update, Delete: actions.remove }[event.RequestType];
  const { passed, clear } = deadline(context);
  const answer = { PhysicalResourceId: event.PhysicalResourceId || physicalId, Status: 'SUCCESS' };

  try {
    if (!action) throw new Error(`CloudFormation asks for ${event.RequestType}, which is not known here`);
    await Promise.race([action(event.ResourceProperties, context, event.OldResourceProperties), passed]);
  } catch (error) {
    console.error(error);
    answer.Status = 'FAILED';
    answer.Reason = `${String(error.message || error).slice(0, REASON_CHARACTERS)} (log stream ${context.logStreamName})`;
  } finally {
    clear();
  }
  await send(event, answer);
};

module.exports = { answering, sleep };
