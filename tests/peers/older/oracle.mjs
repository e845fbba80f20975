// osls 3 as one process: reads lines {"folder": …} on standard input and answers each with {"template": …} or
// {"error": …}. A folder has a serverless.yml without variables.
//
//   node oracle.mjs NODE_MODULES
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(path.join(path.resolve(process.argv[2]), 'osls', 'package.json'));
const Serverless = require('./lib/serverless');
const Layers = require('./lib/plugins/aws/package/compile/layers');
const readConfiguration = require('./lib/configuration/read');

// It asks AWS for the layers of a stack that is there already; here none is.
Layers.prototype.compareWithLastLayer = async () => {};

async function compile(folder) {
  const file = path.join(folder, 'serverless.yml');
  const configuration = await readConfiguration(file);
  process.chdir(folder);
  const serverless = new Serverless({
    configuration,
    serviceDir: folder,
    configurationFilename: 'serverless.yml',
    commands: ['package'],
    options: { stage: 'dev', region: 'us-east-1' },
  });
  await serverless.init();
  await serverless.run();
  return JSON.parse(readFileSync(path.join(folder, '.serverless', 'cloudformation-template-update-stack.json'), 'utf8'));
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await compile(JSON.parse(line).folder).then(
    (template) => ({ template }),
    (error) => ({ error: error.message })
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
