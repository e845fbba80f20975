// The framework as one process that compiles service after service.
//
//   node oracle.mjs NODE_MODULES/osls < requests > answers
//
// A request is a line of JSON: {"folder": PATH, "env": {NAME: VALUE}} compiles the service in PATH as
// `serverless package --stage dev --region us-east-1` would; {"schema": true} asks for the configuration's schema. Its answer
// is a line too: {"template"}, {"schema"}, {"refused": message} or, where the framework fell over its own feet, {"crashed"}.
//
// What starts the framework (scripts/serverless.js) is loaded anew for each service, the classes below it once. The stack is
// taken not to exist: nothing is asked of AWS.
import { createRequire } from 'node:module';
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import path from 'node:path';

const TEMPLATE = '.serverless/cloudformation-template-update-stack.json';
const root = path.resolve(process.argv[2]);
const require = createRequire(path.join(root, 'package.json'));
const tell = (answer) => {
  const bytes = Buffer.from(`${JSON.stringify(answer)}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
};
process.stdout.write = process.stderr.write = () => true;

const replace = (name, value) => {
  require(name);
  require.cache[require.resolve(name)].exports = value;
};
let finished;
replace('./lib/cli/handle-error', (error) => finished({ error }));
const deprecations = require('./lib/utils/log-deprecation');
deprecations.printSummary = async () => finished({});
const { CloudFormationClient } = require('@aws-sdk/client-cloudformation');
CloudFormationClient.prototype.send = async () => {
  throw Object.assign(new Error('Stack with id none does not exist'), { name: 'ValidationError', Code: 'ValidationError' });
};
const ServerlessError = require('./lib/serverless-error');
const script = require.resolve('./scripts/serverless.js');
const resolveInput = require('./lib/cli/resolve-input');
const own = new Set(Object.keys(process.env));

const compile = async ({ folder, env }) => {
  process.chdir(folder);
  for (const name of Object.keys(process.env)) if (!own.has(name)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv = [process.execPath, script, 'package', '--stage', 'dev', '--region', 'us-east-1'];
  deprecations.triggeredDeprecations.clear();
  resolveInput.clear();
  delete require.cache[script];
  const listeners = process.eventNames().map((name) => [name, process.listeners(name)]);
  const end = new Promise((resolve) => (finished = resolve));
  require(script);
  const { error } = await end;
  for (const name of process.eventNames()) {
    const before = listeners.find(([known]) => known === name)?.[1] ?? [];
    for (const listener of process.listeners(name)) if (!before.includes(listener)) process.removeListener(name, listener);
  }
  process.exitCode = 0;
  if (!error && !existsSync(TEMPLATE)) return { crashed: 'the framework ends well and writes no template' };
  if (!error) return { template: JSON.parse(readFileSync(TEMPLATE, 'utf8')) };
  return error instanceof ServerlessError || error.name === 'ServerlessError'
    ? { refused: error.message }
    : { crashed: String(error.stack ?? error).slice(0, 2000) };
};

const schema = async () => {
  const Serverless = require('./lib/serverless');
  const serverless = new Serverless({
    configuration: { service: 'schema', provider: { name: 'aws' } },
    serviceDir: process.cwd(),
    configurationFilename: 'serverless.yml',
    commands: ['package'],
    options: {},
  });
  await serverless.init();
  return { schema: serverless.configSchemaHandler.schema };
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  tell(await (request.schema ? schema() : compile(request)));
}
process.exit(0);
