// Compiles a service with the framework and its real plugins, and with Driftless, and tells where the templates differ.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const environment = { PATH: process.env.PATH, HOME: process.env.HOME, SLS_TELEMETRY_DISABLED: '1', CI: '1' };
const program = (modules) => path.join(path.resolve(modules), 'osls', 'bin', 'serverless.js');

// Keys on S3 and the ids of REST deployments differ on purpose everywhere: see reconcile/compile/README.md.
const plain = (text) =>
  JSON.parse(text.replace(/ApiGatewayDeployment[0-9A-Za-z]+/g, 'ApiGatewayDeployment'), (key, value) =>
    key === 'S3Key' ? 'KEY' : value);

export const remove = (value, pointer) => {
  const steps = pointer.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.pop();
  for (const step of steps) value = value?.[step];
  if (value) delete value[last];
};

export const differences = (found, wanted, at = '') => {
  if (found && wanted && typeof found === 'object' && typeof wanted === 'object' && Array.isArray(found) === Array.isArray(wanted)) {
    return [...new Set([...Object.keys(found), ...Object.keys(wanted)])].flatMap((key) =>
      differences(found[key], wanted[key], `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
  }
  return JSON.stringify(found) === JSON.stringify(wanted)
    ? []
    : [`${at}: ${JSON.stringify(found)} and not ${JSON.stringify(wanted)}`];
};

export const requireFramework = (modules) => {
  if (existsSync(program(modules))) return;
  console.log('the plugins are not there: sh config/setup oracle build/oracle');
  process.exit(process.env.CI ? 1 : 77);
};

export const compileByFramework = (service, modules) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plugins-'));
  try {
    cpSync(service, folder, { recursive: true });
    symlinkSync(path.resolve(modules), path.join(folder, 'node_modules'));
    const run = spawnSync(process.execPath, [program(modules), 'package', '--stage', 'dev'], { cwd: folder, env: environment, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`the framework failed: ${run.stdout}${run.stderr}`);
    return plain(readFileSync(path.join(folder, '.serverless', 'cloudformation-template-update-stack.json'), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export const compileByDriftless = (service, driftless) =>
  plain(execFileSync(driftless, ['compile', service, '--stage', 'dev'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
