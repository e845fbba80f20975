// Holds the archives of `driftless package --build` against the framework with the real plugin: names, modes and contents.
//
//   node compare.mjs DRIFTLESS SERVERLESS NODE_MODULES SERVICES…
//
// SERVERLESS starts the framework (config/setup oracle), NODE_MODULES has the plugins and bundlers (config/setup bundlers).
// Exit status 1 when an archive differs, 77 when the peers are missing (1 with CI=true).
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const [driftless, serverless, modules, ...services] = process.argv.slice(2);
if (!existsSync(serverless) || !existsSync(modules)) {
  console.error('compare: the peers are missing: sh config/setup oracle build/oracle bundlers build/bundlers');
  process.exit(process.env.CI === 'true' ? 1 : 77);
}

const run = (command, args, cwd) => {
  const env = { PATH: process.env.PATH, HOME: home, SLS_TELEMETRY_DISABLED: '1', CI: '1' };
  const done = spawnSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 150000 });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stdout}${done.stderr}`);
  return done.stdout;
};

const home = mkdtempSync(path.join(tmpdir(), 'bundlers-'));
let different = 0;
for (const service of services) {
  // beside the modules, so that they can be linked file by file: no link leads out of what is built
  const folder = mkdtempSync(path.join(path.dirname(path.resolve(modules)), 'compare-'));
  try {
    cpSync(service, folder, { recursive: true });
    execFileSync('cp', ['-al', path.resolve(modules), path.join(folder, 'node_modules')]);
    cpSync(path.join(path.dirname(path.resolve(modules)), 'package.json'), path.join(folder, 'package.json'));
    run(driftless, ['package', '.', '--build', '--output', 'ours'], folder);
    run(path.resolve(serverless), ['package'], folder);
    const archives = readdirSync(path.join(folder, '.serverless')).filter((name) => name.endsWith('.zip'));
    if (!archives.length) throw new Error('the framework packaged nothing');
    for (const archive of archives) {
      for (const side of ['ours', '.serverless'])
        run('unzip', ['-q', '-d', `${side}-${archive}`, `${side}/${archive}`], folder);
      const told = spawnSync('diff', ['-r', `ours-${archive}`, `.serverless-${archive}`], { cwd: folder, encoding: 'utf8' });
      if (told.status !== 0) throw new Error(`${archive}: ${told.stdout.slice(0, 4000)}`);
      const files = run('unzip', ['-Z1', `ours/${archive}`], folder).trim().split('\n');
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
