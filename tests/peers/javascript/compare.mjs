// Holds templates of services written in JavaScript and TypeScript (services.mjs) against the framework.
//
//   node compare.mjs DRIFTLESS ORACLE
//
// ORACLE is the folder that `config/setup oracle` fills: it has osls, and the tsx that it reads TypeScript with. Exit status
// 1 when something differs, 2 when nothing was compared, 77 (with CI=1: 1) without osls.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { refused, services } from './services.mjs';

const [driftless, oracle] = process.argv.slice(2).map((one) => path.resolve(one));
if (!existsSync(path.join(oracle, 'serverless'))) {
  console.error(`there is no osls in ${oracle}: sh config/setup oracle ${oracle}`);
  process.exit(process.env.CI ? 1 : 77);
}
const root = mkdtempSync(path.join(tmpdir(), 'javascript-'));
const environment = { PATH: process.env.PATH, HOME: process.env.HOME, SLS_TELEMETRY_DISABLED: '1', CI: '1', GRANTED: 'yes' };

const run = (program, args, cwd) =>
  new Promise((done) => {
    const child = spawn(program, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk) => (said.out += chunk));
    child.stderr.on('data', (chunk) => (said.err += chunk));
    child.on('close', (status) => done({ status, ...said }));
  });

// Keys on S3 and the ids of REST deployments differ on purpose everywhere: see reconcile/compile/README.md.
const plain = (text) =>
  JSON.stringify(sorted(JSON.parse(text.replace(/ApiGatewayDeployment[0-9A-Za-z]+/g, 'ApiGatewayDeployment'), (key, value) =>
    ['S3Key', 'CodeSha256'].includes(key) ? undefined : value)), null, 1).replace(/LambdaVersion[0-9A-Za-z]+/g, 'LambdaVersion');
const sorted = (value) =>
  Array.isArray(value) ? value.map(sorted)
  : value && typeof value === 'object' ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
  : value;

// A repository with the service in it, and tsx beside it where packages of a repository lie.
const write = (name, { files, up = {} }) => {
  const repository = path.join(root, name.replaceAll(/\W+/g, '-'));
  const folder = path.join(repository, 'service');
  const all = { 'service/handler.js': 'exports.main = 1;\n', '.git/HEAD': '', ...up };
  for (const [file, text] of Object.entries(files)) all[`service/${file}`] = text;
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(repository, file)), { recursive: true });
    writeFileSync(path.join(repository, file), text);
  }
  if ('serverless.ts' in files) {
    for (const one of ['tsx', 'esbuild', '@esbuild', 'get-tsconfig', 'resolve-pkg-maps']) {
      const from = path.join(oracle, 'node_modules', one);
      if (existsSync(from)) cpSync(from, path.join(repository, 'node_modules', one), { recursive: true, dereference: true });
    }
  }
  return folder;
};

const compare = async (name, service, isRefused) => {
  const folder = write(name, service);
  const stage = service.stage === null ? [] : ['--stage', 'dev'];
  const theirs = await run(path.join(oracle, 'serverless'), ['package', ...stage], folder);
  const template = path.join(folder, '.serverless', 'cloudformation-template-update-stack.json');
  const wanted = theirs.status === 0 ? plain(readFileSync(template, 'utf8')) : null;
  rmSync(path.join(folder, '.serverless'), { recursive: true, force: true });
  const ours = await run(driftless, ['compile', folder, ...stage, '--allow-javascript'], root);
  const found = ours.status === 0 ? plain(ours.out) : null;
  if (isRefused ? found === null && wanted === null && ours.status === 2 : found !== null && found === wanted) return null;
  if (!isRefused && wanted === null) return `the framework failed: ${theirs.out}${theirs.err}`;
  if (found === null) return `driftless failed: ${ours.err}`;
  const [a, b] = [found, wanted ?? ''].map((text) => text.split('\n'));
  const lines = a.filter((line) => !b.includes(line)).map((line) => `- ${line}`).concat(b.filter((line) => !a.includes(line)).map((line) => `+ ${line}`));
  return lines.slice(0, 20).join('\n');
};

const cases = [...Object.entries(services).map(([name, service]) => [name, service, false]), ...Object.entries(refused).map(([name, service]) => [name, service, true])]
  .filter(([name]) => !process.argv[4] || name.includes(process.argv[4]));
let different = 0;
const work = async () => {
  for (let one; (one = cases.shift());) {
    const difference = await compare(...one);
    different += difference !== null;
    console.log(`${difference === null ? (one[2] ? 'refused by both' : 'equal          ') : 'DIFFERENT      '} ${one[0]}${difference === null ? '' : `\n${difference}`}`);
  }
};
const count = cases.length;
await Promise.all([work(), work()]);
rmSync(root, { recursive: true });
console.log(`${count - different} of ${count} as the framework`);
process.exitCode = count === 0 ? 2 : different > 0 ? 1 : 0;
