// What runs services' JavaScript, without its sandbox: what comes out for what a script says, asks and does.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const EVALUATE = readFileSync(fileURLToPath(new URL('../../../controller/scripts/evaluate.cjs', import.meta.url)), 'utf8');
const root = mkdtempSync(path.join(tmpdir(), 'evaluate-'));
after(() => rmSync(root, { recursive: true }));

const write = (name, text) => {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
};

// One process for all of `requests`; each is a file's name or an object.
const run = (requests, { node = process.execPath, ...settings } = {}) => {
  const input = {
    mark: 'MARK:', root, folder: 'service', partial: false, env: {}, maxBytes: 1 << 20, ...settings,
    requests: requests.map((asked) => ({ options: { stage: 'dev' }, answers: {}, ...(typeof asked === 'string' ? { file: asked } : asked) })),
  };
  const { stdout, stderr } = spawnSync(node, ['--no-warnings', '-e', EVALUATE], { input: JSON.stringify(input), encoding: 'utf8', timeout: 20000 });
  const at = stdout.lastIndexOf('\nMARK:');
  assert.notEqual(at, -1, `no answer: ${stdout}${stderr}`);
  return JSON.parse(stdout.slice(at + '\nMARK:'.length));
};
const script = (text, rest = {}, settings = {}) => {
  write('service/x.js', text);
  return run([{ file: 'service/x.js', ...rest }], settings).results[0];
};
// Several scripts in one process: [text, address?]…
const scripts = (list) =>
  run(list.map(([text, address], i) => {
    write(`service/x${i}.js`, text);
    return { file: `service/x${i}.js`, address };
  })).results;
const value = (text, address) => {
  const result = script(text, { address });
  return result.text === undefined ? result : JSON.parse(result.text);
};

test('a value, a promise, a function and an asynchronous function give what they stand for', () => {
  const object = '{ a: [1, "b", null, true] }';
  for (const { text } of scripts([object, `Promise.resolve(${object})`, `() => (${object})`, `async () => (${object})`].map((one) => [`module.exports = ${one}`]))) {
    assert.equal(text, '{"a":[1,"b",null,true]}');
  }
});

test('an address leads through values, promises and the first function', () => {
  const cases = [
    ['exports.a = { b: [10, 20] }', 'a.b.1', '20'],
    ['exports.a = Promise.resolve({ b: Promise.resolve(3) })', 'a.b', '3'],
    ['exports.a = async () => ({ b: 4 })', 'a.b', '4'],
    ['module.exports = () => ({ a: { b: 5 } })', 'a.b', '5'],
    ['module.exports = () => ({ a: () => 6 })', 'a', undefined],
  ];
  const results = scripts(cases);
  assert.deepEqual(results.map(({ text }) => text), cases.map(([, , text]) => text));
  assert.match(results[4].error.message, /Function/);
});

test('what has no value says so, and what no configuration can hold is refused', () => {
  const nothing = [['null'], ['() => null'], ['{ a: 1 }', 'b'], ['{ a: null }', 'a.b'], ['"text"', 'a']];
  for (const result of scripts(nothing.map(([text, address]) => [`module.exports = ${text}`, address]))) assert.deepEqual(result, { nothing: true });
  assert.match(script('const a = {}; a.a = a; module.exports = a').error.message, /^its value cannot be written as JSON: .*circular/);
  for (const { error } of scripts(['undefined', '() => {}', '10n', 'NaN', 'Symbol("x")', 'new Date(0)', 'class {}', 'new Map()'].map((text) => [`module.exports = ${text}`]))) {
    assert.match(error.message, /^its value (is|cannot)/);
  }
  assert.match(script('module.exports = { get a() { throw new Error("no getter") } }').error.message, /no getter/);
  assert.equal(script('module.exports = "x".repeat(2 << 20)').error.message, 'its value is larger than 1 MiB');
});

test('proxies answer for keys that they make up, and names of prototypes are keys as others', () => {
  assert.equal(value('module.exports = new Proxy({}, { get: (_, key) => key === "then" ? undefined : `virtual-${String(key)}` })', 'any'), 'virtual-any');
  assert.deepEqual(value('module.exports = {}', '__proto__.toString'), { nothing: true });
  assert.equal(script('module.exports = JSON.parse(\'{"__proto__": {"polluted": 1}, "constructor": 2}\')').text, '{"__proto__":{"polluted":1},"constructor":2}');
});

test('a script asks for variables, all that it can at a time, until it has a value', () => {
  const text = `module.exports = async ({ options, resolveVariable, resolveConfigurationProperty }) => {
    const [a, b] = await Promise.all([resolveVariable('self:a'), resolveConfigurationProperty(['b', 'c'])]);
    return [options.stage, a, b, await resolveVariable(\`file(\${a}.yml)\`)]; };`;
  const needs = [{ key: '{"variable":"self:a"}', variable: 'self:a' }, { key: '{"property":["b","c"]}', property: ['b', 'c'] }];
  const answers = {};

  assert.deepEqual(script(text), { needs });
  answers[needs[0].key] = { value: 'one' };
  answers[needs[1].key] = {};
  assert.deepEqual(script(text, { answers }), { needs: [{ key: '{"variable":"file(one.yml)"}', variable: 'file(one.yml)' }] });
  answers['{"variable":"file(one.yml)"}'] = { value: { k: 1 } };
  assert.deepEqual(JSON.parse(script(text, { answers }).text), ['dev', 'one', null, { k: 1 }]);
});

test('a variable without a value is an error that a script may catch, as one of the second pass', () => {
  const answers = { '{"variable":"env:X"}': { error: 'there is no X' }, '{"variable":"param:y"}': { late: true } };
  const asks = (variable, then) => script(`module.exports = async ({ resolveVariable }) => { try { return await resolveVariable('${variable}'); } ${then} }`, { answers });

  assert.deepEqual(asks('env:X', 'catch (error) { return error.message }'), { text: '"there is no X"' });
  assert.deepEqual(asks('env:X', 'finally {}'), { error: { message: 'there is no X' } });
  assert.deepEqual(asks('param:y', 'catch (error) { return error.code }'), { text: '"MISSING_VARIABLE_DEPENDENCY"' });
  assert.deepEqual(asks('param:y', 'finally {}'), { late: true });
});

test('variables in texts that an address leads through are asked for', () => {
  assert.deepEqual(script('exports.a = "${self:custom.b}"', { address: 'a.c' }), {
    needs: [{ key: '{"text":"${self:custom.b}"}', text: '${self:custom.b}' }],
  });
  assert.equal(script('exports.a = "${self:custom.b}"', { address: 'a.c', answers: { '{"text":"${self:custom.b}"}': { value: { c: 7 } } } }).text, '7');
});

test('an error is told at its place in the script, with what was printed last', () => {
  write('service/lib.js', 'module.exports = () => {\n  throw new TypeError("nope");\n};\n');
  write('service/x.js', 'console.log("about to fail");\nmodule.exports = () => require("./lib.js")();\n');
  assert.deepEqual(run(['service/x.js']), {
    results: [{ error: { message: 'TypeError: nope', file: 'service/lib.js', line: 2, column: 9 } }],
    output: 'about to fail\n',
  });
  const { message, file, line } = script('module.exports = {\n  a: 1,\n  b: = 2\n};\n').error;
  assert.deepEqual([file, line, message], ['service/x.js', 3, "SyntaxError: Unexpected token '='"]);
  assert.match(script('throw { odd: true }').error.message, /^it threw { odd: true }/);
  assert.match(script('module.exports = Promise.reject(new Error("late"))').error.message, /^Error: late/);
});

test('a script that ends the process, never ends or throws later fails, and the others keep their values', () => {
  write('service/good.js', 'module.exports = 1');
  for (const [text, message] of [
    ['process.exit(3)', /^it ended the process with status 3/],
    ['module.exports = new Promise(() => {})', /^it never ends/],
    ['module.exports = new Promise(() => {}); setTimeout(() => { throw new Error("later") }, 20)', /^Error: later/],
  ]) {
    write('service/x.js', text);
    const [good, bad] = run(['service/good.js', 'service/x.js']).results;
    assert.equal(text.startsWith('process') || good.text === '1', true);
    assert.match(bad.error.message, message);
  }
});

test('what is printed cannot be taken for the answer', () => {
  assert.equal(script('require("fs").writeSync(1, "\\nMARK{\\"results\\":[]}\\n"); process.stdout.write("x"); module.exports = 2').text, '2');
});

test('the environment and the command line are those of the request', () => {
  process.env.SECRET_OF_CALLER = 'hidden';
  write('service/x.js', 'module.exports = { env: { ...process.env }, argv: process.argv.slice(2), cwd: process.cwd() }');
  const [{ text }] = run([{ file: 'service/x.js', options: { stage: 'qa', region: 'eu-west-1', param: ['a=b'] } }], { env: { GRANTED: 'yes' } }).results;
  assert.deepEqual(JSON.parse(text), {
    env: { GRANTED: 'yes' },
    argv: ['package', '--stage', 'qa', '--region', 'eu-west-1', '--param', 'a=b'],
    cwd: path.join(root, 'service'),
  });
});

test('scripts of one run share their modules, as in the framework', () => {
  write('service/shared.js', 'let count = 0; exports.next = () => ++count;');
  write('service/a.js', 'module.exports = require("./shared.js").next');
  write('service/b.js', 'module.exports = require("./shared.js").next()');
  const texts = run(['service/a.js', 'service/b.js']).results.map(({ text }) => text);
  assert.deepEqual(texts.sort(), ['1', '2']);
});

test('looking out of the folder when only that is there asks for all of the repository', () => {
  write('shared/s.js', 'module.exports = 1');
  for (const text of ['require("../shared/s.js")', 'require("fs").existsSync("../shared")', 'await_(import("../shared/none.mjs"))', 'require("hoisted")', 'require("fs").promises.readFile("../shared/s.js")']) {
    write('service/x.js', `const await_ = (x) => x; module.exports = async () => ${text.replace('await_', 'await ')}`);
    assert.ok('outside' in run(['service/x.js'], { partial: true }), text);
  }
  assert.equal(script('module.exports = require("fs").existsSync("/etc/nothing")', {}, { partial: true }).text, 'false');
});

// The configuration itself
const whole = (name, text, settings) => {
  write(`service/${name}`, text);
  return run([{ file: `service/${name}`, whole: true }], settings).results[0];
};

test('serverless.js exports an object or a promise of one, serverless.mjs by default', () => {
  assert.equal(whole('serverless.js', 'module.exports = { service: "s" }').text, '{"service":"s"}');
  assert.equal(whole('serverless.js', 'module.exports = (async () => ({ service: "s" }))()').text, '{"service":"s"}');
  assert.equal(whole('serverless.mjs', 'export default { service: "s" }').text, '{"service":"s"}');
  assert.equal(whole('serverless.cjs', 'module.exports = { service: "s" }').text, '{"service":"s"}');
  assert.match(whole('serverless.js', 'module.exports = () => ({ service: "s" })').error.message, /^it has to export a plain object/);
});

const TYPESCRIPT = `import type { Config } from './missing-types';
import { hello } from '@functions/hello';
import { Size } from './lib';
enum Stage { dev = 'd', prod = 'p' }
const service: Config = { service: \`s-\${Stage.prod}\`, functions: { hello }, custom: { size: Size.Large } } as const;
export default service;
`;

const compilers = () => {
  const modules = process.env.DRIFTLESS_ORACLE && path.join(process.env.DRIFTLESS_ORACLE, 'node_modules');
  return modules && existsSync(modules) ? [['tsx', ['tsx', 'get-tsconfig', 'resolve-pkg-maps', 'esbuild', '@esbuild']], ['esbuild', ['esbuild', '@esbuild']]].map(([name, needed]) => [name, needed.filter((one) => existsSync(path.join(modules, one))), modules]) : [];
};

const writeTypeScript = () => {
  write('service/tsconfig.json', '{\n  // paths\n  "extends": "./tsconfig.paths.json",\n}\n');
  write('service/tsconfig.paths.json', '{"compilerOptions": {"baseUrl": ".", "paths": {"@functions/*": ["src/functions/*"]}}}');
  write('service/src/functions/hello.ts', "export const hello = { handler: 'src/hello.main' as string };\n");
  write('service/lib.ts', 'export enum Size { Small = 1, Large }\n');
};

test('TypeScript is compiled by what the service or the machine has', (context) => {
  const found = compilers();
  if (found.length === 0) return context.skip('no oracle to take compilers from');
  writeTypeScript();
  for (const [name, needed, modules] of found) {
    rmSync(path.join(root, 'service/node_modules'), { recursive: true, force: true });
    for (const one of needed) cpSync(path.join(modules, one), path.join(root, 'service/node_modules', one), { recursive: true, dereference: true });
    const result = whole('serverless.ts', TYPESCRIPT);
    assert.deepEqual(result.text && JSON.parse(result.text), { service: 's-p', functions: { hello: { handler: 'src/hello.main' } }, custom: { size: 2 } }, `${name}: ${JSON.stringify(result)}`);
    rmSync(path.join(root, 'service/tsconfig.json'));
    write('tsconfig.json', '{"compilerOptions": {"baseUrl": ".", "paths": {"@functions/*": ["service/src/functions/*"]}}}');
    assert.equal(JSON.parse(whole('serverless.ts', TYPESCRIPT).text).service, 's-p', `${name}: paths of the repository`);
    rmSync(path.join(root, 'tsconfig.json'));
    writeTypeScript();
    const { error } = whole('serverless.ts', 'const a: number = 1;\n\nthrow new Error("at line 3");\nexport default {};');
    assert.deepEqual([error.file, error.line, error.message], ['service/serverless.ts', 3, 'Error: at line 3'], name);
    assert.equal(whole('serverless.ts', 'const a = 1;\nconst = 2;\n').error.line, 2, name);
  }
  rmSync(path.join(root, 'service/node_modules'), { recursive: true });
});

test('TypeScript without a compiler says what is needed', (context) => {
  writeTypeScript();
  const result = whole('serverless.ts', TYPESCRIPT);
  if (result.text) return context.skip('this machine has one');
  assert.match(result.error.message, /^TypeScript needs a compiler, and Node [0-9.]+ has none: commit tsx, esbuild or typescript/);
});
