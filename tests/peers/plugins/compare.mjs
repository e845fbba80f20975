// Holds templates of `driftless compile` against the framework with the real plugins, service by service.
//
//   node compare.mjs DRIFTLESS NODE_MODULES SERVICES…
//
// NODE_MODULES has osls and the plugins (package.json beside this file names their versions). Each of SERVICES is a folder
// with a serverless.yml. Where Driftless differs from the plugin on purpose, the folder has a differs.json: a list of JSON
// pointers that are not compared, each with why. Exit status 1 when a template differs, 2 when nothing was compared.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const [driftless, modules, ...services] = process.argv.slice(2);
const framework = path.join(path.resolve(modules), 'osls', 'bin', 'serverless.js');
const environment = { PATH: process.env.PATH, HOME: process.env.HOME, SLS_TELEMETRY_DISABLED: '1', CI: '1' };

// Keys on S3 and the ids of REST deployments differ on purpose everywhere: see reconcile/compile/README.md.
const plain = (text) =>
  JSON.parse(text.replace(/ApiGatewayDeployment[0-9A-Za-z]+/g, 'ApiGatewayDeployment'), (key, value) =>
    key === 'S3Key' ? 'KEY' : value);

const remove = (value, pointer) => {
  const steps = pointer.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.pop();
  for (const step of steps) value = value?.[step];
  if (value) delete value[last];
};

const differences = (found, wanted, at = '') => {
  if (found && wanted && typeof found === 'object' && typeof wanted === 'object' && Array.isArray(found) === Array.isArray(wanted)) {
    return [...new Set([...Object.keys(found), ...Object.keys(wanted)])].flatMap((key) =>
      differences(found[key], wanted[key], `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
  }
  return JSON.stringify(found) === JSON.stringify(wanted)
    ? []
    : [`${at}: ${JSON.stringify(found)} and not ${JSON.stringify(wanted)}`];
};

const ask = (service) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plugins-'));
  try {
    cpSync(service, folder, { recursive: true });
    symlinkSync(path.resolve(modules), path.join(folder, 'node_modules'));
    const run = spawnSync(process.execPath, [framework, 'package', '--stage', 'dev'], { cwd: folder, env: environment, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`the framework failed: ${run.stdout}${run.stderr}`);
    return plain(readFileSync(path.join(folder, '.serverless', 'cloudformation-template-update-stack.json'), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

if (!existsSync(framework)) {
  console.log('the plugins are not there: sh config/setup oracle build/oracle');
  process.exit(process.env.CI ? 1 : 77);
}

let different = 0;
for (const service of services) {
  try {
    const wanted = ask(service);
    const found = plain(execFileSync(driftless, ['compile', service, '--stage', 'dev'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
    const list = path.join(service, 'differs.json');
    const known = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
    for (const { pointer } of known) for (const side of [found, wanted]) remove(side, pointer);
    const lines = differences(found, wanted);
    different += lines.length > 0;
    const note = known.length > 0 ? ` but for ${known.length} places that differ on purpose` : '';
    console.log(`${lines.length === 0 ? 'equal    ' : 'DIFFERENT'} ${path.basename(service)}${note}`);
    for (const line of lines) console.log(`          ${line}`);
  } catch (error) {
    different++;
    console.log(`FAILED    ${path.basename(service)}: ${error.stderr ?? error.message}`);
  }
}
console.log(`${services.length - different} of ${services.length} equal`);
process.exitCode = services.length === 0 ? 2 : different > 0 ? 1 : 0;
