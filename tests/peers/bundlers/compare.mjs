// Holds the archives of `driftless package --build` against the framework with the real plugin: names, modes and contents.
//
//   node compare.mjs DRIFTLESS SERVERLESS NODE_MODULES SERVICES…
//
// SERVERLESS starts the framework (config/setup oracle), NODE_MODULES has the plugins and bundlers (config/setup).
// A service with said.txt is refused by both, in words that hold each of its lines. The lines of build.txt are steps: of driftless,
// and run by hand before the framework. A service with a package.json installs its packages itself; one
// whose programs (needs.txt) the machine lacks is left out.
// Exit status 1 when an archive differs, 77 when the peers are missing (1 with CI=true).
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const [driftless, serverless, modules, ...services] = process.argv.slice(2).map((file) => path.resolve(file));
if (!existsSync(serverless) || !existsSync(modules)) {
  console.error('compare: the peers are missing: sh config/setup oracle build/oracle WORD build/WORD (bundlers, webpack, serverless_bundle)');
  process.exit(process.env.CI === 'true' ? 1 : 77);
}

// what the plugin for webpack installs was downloaded before
const cache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
const run = (command, args, cwd) => {
  const env = { PATH: process.env.PATH, HOME: home, npm_config_cache: cache, npm_config_prefer_offline: 'true', SLS_TELEMETRY_DISABLED: '1', CI: '1' };
  const done = spawnSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 150000 });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stdout}${done.stderr}`);
  return done.stdout;
};

const lines = (folder, name) => {
  const file = path.join(folder, name);
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};

// that it fails, and says each of the words
const refuse = (command, args, cwd, words) => {
  let said;
  try {
    run(command, args, cwd);
  } catch (error) {
    said = error.message;
  }
  const missing = words.filter((word) => !said?.includes(word));
  if (missing.length) throw new Error(`${command} does not say ${missing.join(' | ')}: ${said}`);
};

// the packages of config/setup
const give = (folder) => {
  execFileSync('cp', ['-al', modules, path.join(folder, 'node_modules')]);
  for (const file of ['package.json', 'package-lock.json'].filter((name) => existsSync(path.join(path.dirname(modules), name))))
    cpSync(path.join(path.dirname(modules), file), path.join(folder, file));
};

const home = mkdtempSync(path.join(tmpdir(), 'bundlers-'));
const registry = new URL(execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: home } })).hostname;
let different = 0;
for (const service of services) {
  const lacking = lines(service, 'needs.txt').filter((name) => !['/usr/local/bin', '/usr/bin'].some((bin) => existsSync(path.join(bin, name))));
  if (lacking.length) {
    console.log(`left out  ${path.basename(service)}: it needs ${lacking} (sh config/setup ${lacking})`);
    continue;
  }
  // beside the modules, so that they can be linked file by file: no link leads out of what is built
  const folder = mkdtempSync(path.join(path.dirname(modules), 'compare-'));
  try {
    cpSync(service, folder, { recursive: true });
    if (!existsSync(path.join(folder, 'package.json'))) give(folder);
    const steps = lines(folder, 'build.txt');
    const asked = steps.flatMap((step) => ['--build-step', step, '--build-network', registry]);
    const sides = [[driftless, ['package', '.', '--build', ...asked, '--output', 'ours']], ...steps.map((step) => ['sh', ['-ec', step]]),
      [serverless, ['package']]];
    const words = lines(folder, 'said.txt');
    if (words.length) {
      for (const [command, args] of sides) refuse(command, args, folder, words);
      console.log(`same  ${path.basename(service)}: refused by both, in the same words`);
      continue;
    }
    for (const [command, args] of sides) run(command, args, folder);
    const archives = readdirSync(path.join(folder, '.serverless')).filter((name) => name.endsWith('.zip'));
    if (!archives.length) throw new Error('the framework packaged nothing');
    for (const archive of archives) {
      for (const side of ['ours', '.serverless'])
        run('unzip', ['-q', '-d', `${side}-${archive}`, `${side}/${archive}`], folder);
      const told = spawnSync('diff', ['-r', `ours-${archive}`, `.serverless-${archive}`], { cwd: folder, encoding: 'utf8' });
      if (told.status !== 0) throw new Error(`${archive}: ${told.stdout.slice(0, 4000)}`);
      const [files, theirs] = ['ours', '.serverless'].map((side) => run('unzip', ['-Z', `${side}/${archive}`], folder).split('\n')
        .filter((line) => line.startsWith('-')).map((line) => `${line.slice(0, 10)} ${line.split(' ').at(-1)}`).sort());
      if (files.join('\n') !== theirs.join('\n')) throw new Error(`${archive}: modes ${files.filter((file) => !theirs.includes(file))}`);
      console.log(`same  ${path.basename(service)}/${archive}: ${files.length} files`);
    }
  } catch (error) {
    different++;
    console.error(`DIFFERS  ${path.basename(service)}: ${error.message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
rmSync(home, { recursive: true, force: true });
process.exit(different ? 1 : 0);
