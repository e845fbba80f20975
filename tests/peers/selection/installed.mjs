// Holds what is left out as development dependencies against the framework, which asks `npm ls`: on projects that npm, yarn
// and pnpm have installed from the registry (sh install FOLDER).
//
//   node installed.mjs DRIFTLESS NODE_MODULES PROJECTS
//
// Exit status 1 when an archive differs.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { listZip, Oracle } from './oracle.mjs';

const [driftless, modules, projects] = process.argv.slice(2);
if (!existsSync(path.join(modules, 'osls')) || !existsSync(projects)) {
  console.log(`${modules} or ${projects}: not there (sh config/setup oracle FOLDER projects FOLDER)`);
  process.exit(process.env.CI ? 1 : 77);
}
const oracle = new Oracle(modules);
const config = {
  service: 'made',
  provider: { name: 'aws', runtime: 'java21', deploymentBucket: 'somewhere' },
  functions: { one: { handler: 'index.handler' } },
};

let different = 0;
for (const name of readdirSync(projects).sort()) {
  const folder = path.join(path.resolve(projects), name);
  const output = mkdtempSync(path.join(tmpdir(), 'installed-'));
  try {
    writeFileSync(path.join(folder, 'serverless.yml'), JSON.stringify(config));
    const started = Date.now();
    const wanted = (await oracle.pack(folder, config))['made.zip'];
    const asked = Date.now();
    const run = spawnSync(driftless, ['package', folder, '--stage', 'dev', '--region', 'us-east-1', '--output', output], { encoding: 'utf8' });
    const found = run.status === 0 ? listZip(path.join(output, 'made.zip')) : [];
    const lines = [
      ...(run.status === 0 ? [] : [run.stderr.trim()]),
      ...found.filter((line) => !wanted.includes(line)).map((line) => `only driftless has ${line}`),
      ...wanted.filter((line) => !found.includes(line)).map((line) => `only the framework has ${line}`),
    ];
    different += lines.length > 0;
    console.log(`${lines.length === 0 ? 'equal    ' : 'DIFFERENT'} ${name}: ${wanted.length} files; framework ${asked - started} ms, driftless ${Date.now() - asked} ms`);
    for (const line of lines.slice(0, 8)) console.log(`          ${line}`);
  } finally {
    rmSync(output, { recursive: true });
  }
}
process.exitCode = different > 0 ? 1 : 0;
