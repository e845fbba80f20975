// Holds the archives of `driftless package` against the framework's, over services made up from a seed: the names, modes and
// contents in every zip, or that both refuse.
//
//   node compare.mjs DRIFTLESS NODE_MODULES SEED [COUNT [ONE]]
//
// NODE_MODULES has osls (config/setup oracle). COUNT services are made (500); ONE keeps that one service and tells its folder.
// Exit status 1 when an archive differs.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { listZip, Oracle } from './oracle.mjs';
import { makeService } from './services.mjs';

const [driftless, modules, seed, count = '500', one] = process.argv.slice(2);
if (!existsSync(path.join(modules, 'osls'))) {
  console.log(`${modules}: no osls there (sh config/setup oracle FOLDER)`);
  process.exit(process.env.CI ? 1 : 77);
}
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir(); // nothing there waits for a disk
const oracle = new Oracle(modules);

const pack = (folder, output) => {
  const run = spawnSync(driftless, ['package', folder, '--stage', 'dev', '--region', 'us-east-1', '--output', output], { encoding: 'utf8' });
  if (run.status === null) throw new Error(`driftless ended by ${run.signal}`);
  if (run.status !== 0) return { refused: run.stderr.trim().split('\n').at(-1) };
  const archives = {};
  for (const name of readdirSync(output)) if (name.endsWith('.zip')) archives[name] = listZip(path.join(output, name));
  return archives;
};

// Two files of one name are in the framework's zip, and none of ours.
const hasTwins = (archives) => Object.values(archives).some((lines) => new Set(lines.map((line) => line.split(' ').slice(2).join(' '))).size < lines.length);

const ask = async (folder, config) => {
  try {
    return await oracle.pack(folder, config);
  } catch (error) {
    return { refused: error.message };
  }
};

const differences = (found, wanted) => {
  if (found.refused !== undefined || wanted.refused !== undefined || hasTwins(wanted)) {
    const both = found.refused !== undefined && (wanted.refused !== undefined || hasTwins(wanted));
    return both ? [] : [`driftless: ${found.refused ?? 'packs'}`, `framework: ${wanted.refused ?? 'packs'}`];
  }
  return [...new Set([...Object.keys(found), ...Object.keys(wanted)])].flatMap((name) => [
    ...(found[name] ?? []).filter((line) => !wanted[name]?.includes(line)).map((line) => `${name}: only driftless has ${line}`),
    ...(wanted[name] ?? []).filter((line) => !found[name]?.includes(line)).map((line) => `${name}: only the framework has ${line}`),
    ...(String(found[name]) !== String(wanted[name]) ? [`${name}: the archives differ`] : []),
  ]);
};

let different = 0;
let packed = 0;
let files = 0;
for (let i = one === undefined ? 0 : Number(one); i < (one === undefined ? Number(count) : Number(one) + 1); i++) {
  const top = mkdtempSync(path.join(place, 'selection-'));
  try {
    const config = makeService(Number(seed) * 100003 + i, top, oracle);
    const folder = path.join(top, 'service');
    const wanted = await ask(folder, config);
    const found = pack(folder, path.join(top, 'output'));
    const lines = differences(found, wanted);
    different += lines.length > 0;
    packed += wanted.refused === undefined;
    files += Object.values(wanted.refused === undefined ? wanted : {}).flat().length;
    if (lines.length > 0 || one !== undefined) {
      console.log(`DIFFERENT seed ${seed}, service ${i}: ${JSON.stringify({ package: config.package, functions: config.functions, layers: config.layers, plugins: config.plugins, useDotenv: config.useDotenv })}`);
      for (const line of lines.slice(0, 6)) console.log(`          ${line}`);
    }
  } finally {
    if (one === undefined) rmSync(top, { recursive: true });
    else console.log(top);
  }
}
console.log(`seed ${seed}: ${count} services, ${packed} that the framework packs, ${files} files; ${different} differ`);
process.exitCode = different > 0 || packed === 0 ? 1 : 0;
