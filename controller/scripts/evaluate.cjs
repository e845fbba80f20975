// What runs a service's JavaScript: started by controller/scripts/evaluator.c in a sandbox, `node -e` with this text.
//
// In, on standard input:  {mark, root, folder, partial, env, maxBytes, requests: [{file, address?, whole?,
//                          options, answers}]}. `root` is where the repository lies, `folder` the service's below it,
//                          `partial` says that nothing else of the repository is there.
// Out, the last line:     MARK{results: [{text} | {nothing} | {late} | {needs: [{key, variable} | {key, property} | {key, text}]} |
//                          {error: {message, file?, line?, column?}}], output} or MARK{outside: PATH}
//
// A script that asks for a variable gets a promise; when nothing else can go on, what it needs goes out, and the next run
// has it among its answers (by the JSON text of the need): {value} | {} (undefined) | {late} | {error}.
// The rules are osls 4.3.1's (lib/configuration/read.js, lib/configuration/variables/sources/file.js).
'use strict';
const fs = require('fs');
const Module = require('module');
const path = require('path');
const util = require('util');
const { pathToFileURL, fileURLToPath } = require('url');

const TAIL = 2000;
const writeSync = fs.writeSync;
const readFileSync = fs.readFileSync;
const statSync = fs.statSync;
const request = JSON.parse(readFileSync(0, 'utf8'));
const [major] = process.versions.node.split('.').map(Number);
const folder = path.join(request.root, request.folder);
const results = request.requests.map(() => null);
const needs = request.requests.map(() => []);
let output = '';
let done = false;
let isQuiet = false;

const clean = (text) => String(text).replace(/\0/g, '').replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');

const say = (answer) => {
  if (done) return;
  done = true;
  const bytes = Buffer.from(`\n${request.mark}${JSON.stringify(answer)}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') break;
    }
  }
  process.reallyExit(0);
};

// Where it came about: the first place of the stack that is a file of the repository, its own before a package's.
const place = (stack) => {
  const places = [...String(stack).matchAll(/(?:file:\/\/|(?<![\w:./]))(\/[^():\n]*):(\d+)(?::(\d+))?/g)].filter((match) =>
    match[1].startsWith(`${request.root}/`.replace('//', '/')));
  const best = places.find((match) => !match[1].includes('/node_modules/')) ?? places[0];
  return best && { file: path.relative(request.root, best[1]), line: +best[2], column: +(best[3] ?? 1) };
};

const describe = (thrown) => {
  const isError = util.types.isNativeError(thrown) || thrown instanceof Error;
  const located = thrown?.errors?.[0]?.location; // esbuild's
  const message = isError ? `${thrown.name}: ${thrown.message}` : `it threw ${util.inspect(thrown, { depth: 1 })}`;
  const at = located
    ? { file: path.relative(request.root, path.resolve(folder, located.file)), line: located.line, column: located.column + 1 }
    : isError && place(thrown.stack);
  return { error: { message: clean(message).slice(0, TAIL), ...at } };
};

const refuse = (message) => Object.assign(new Error(message), { refused: true });
const failure = (thrown) => (thrown?.refused ? { error: { message: clean(thrown.message) } } : describe(thrown));

const report = () => {
  const rest = { error: { message: 'it never ends: a promise is left that nothing fulfils' } };
  say({ results: results.map((result, i) => result ?? (needs[i].length > 0 ? { needs: needs[i] } : rest)), output: clean(output) });
};

const fail = (answer) => {
  results.forEach((result, i) => (results[i] = result ?? answer));
  report();
};

// Looking out of the service's folder when only that is there: the caller starts again with all of the repository.
const notice = (file) => {
  if (!request.partial || done) return;
  const full = path.resolve(file);
  const isBelow = (above) => full === above || full.startsWith(above === '/' ? '/' : `${above}/`);
  if (isBelow(request.root) && !isBelow(folder)) say({ outside: path.relative(request.root, full) });
};

const noticePackage = (name) => notice(path.join(path.dirname(folder), 'node_modules', name));

const noticeMissing = (specifier, parent) => {
  if (path.isAbsolute(specifier) || specifier.startsWith('.')) notice(path.resolve(path.dirname(parent), specifier));
  else if (!parent.includes('/node_modules/')) noticePackage(specifier);
};

const noticeFailure = (error) => {
  if (!['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error?.code)) return;
  const [, specifier] = String(error.message).match(/^Cannot find (?:module|package) '([^']+)'/) ?? [];
  if (specifier) noticeMissing(specifier, error.requireStack?.[0] ?? path.join(folder, 'serverless.js'));
};

const watch = (object) => {
  for (const name of Object.keys(object)) {
    const original = object[name];
    if (typeof original !== 'function' || /^[A-Z_]/.test(name)) continue;
    const watched = function (first, ...others) {
      if (typeof first === 'string') notice(first);
      else if (first instanceof URL && first.protocol === 'file:') notice(fileURLToPath(first));
      else if (Buffer.isBuffer(first)) notice(first.toString());
      return Reflect.apply(original, this, [first, ...others]);
    };
    Object.defineProperties(watched, Object.getOwnPropertyDescriptors(original));
    object[name] = watched;
  }
};

// What the script asks of the configuration.
class ServerlessError extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}
ServerlessError.prototype.name = 'Error';

const tools = (index) => {
  const { options, answers } = request.requests[index];
  const need = (what) => {
    const key = JSON.stringify(what);
    if (clean(key) !== key || key.includes('\\u0000')) throw new TypeError('a variable cannot hold NUL or half characters');
    if (!Object.hasOwn(answers, key)) {
      needs[index].push({ key, ...what });
      setTimeout(finish, 200).unref();
      return new Promise(() => {});
    }
    const answer = answers[key];
    if (answer.late) throw new ServerlessError('Cannot resolve variable', 'MISSING_VARIABLE_DEPENDENCY');
    if ('error' in answer) throw Object.assign(new ServerlessError(answer.error, 'VARIABLE_RESOLUTION_ERROR'), { refused: true });
    return 'value' in answer ? JSON.parse(JSON.stringify(answer.value)) : undefined;
  };
  const text = (value) => {
    if (value == null || (typeof value === 'object' && typeof value.toString !== 'function')) throw new TypeError(`${util.inspect(value)} is not a string`);
    return `${value}`;
  };
  return {
    script: {
      options: { ...options },
      resolveConfigurationProperty: async (keys) => {
        if (!Array.isArray(keys)) throw new TypeError(`${util.inspect(keys)} is not an array`);
        return need({ property: keys.map(text) });
      },
      resolveVariable: async (variable) => need({ variable: text(variable) }),
    },
    text: async (value) => (value.includes('${') ? need({ text: value }) : value),
  };
};

// Files
const load = createLoader();

function createLoader() {
  const require = Module.createRequire(path.join(folder, 'serverless.js'));
  return async ({ file, whole }) => {
    const full = path.join(request.root, file);
    const extension = path.extname(full);
    if (!whole) return { value: require(full) };
    if (extension === '.mjs') return { value: (await import(pathToFileURL(full).href)).default };
    if (extension !== '.ts') return { value: require(full) };
    const content = await loadTypeScript(full);
    return { value: content.default || content };
  };
}

// In the service's node_modules, or among what is installed beside Node.
function findModule(name) {
  for (const where of [folder, path.resolve(process.execPath, '../../lib/node_modules')]) {
    try {
      isQuiet = true;
      return Module.createRequire(path.join(where, 'package.json')).resolve(name, { paths: [where] });
    } catch {
      // the next
    } finally {
      isQuiet = false;
    }
  }
  return null;
}

function loadTypeScript(full) {
  const tsx = findModule('tsx/cjs/api');
  if (tsx) return require(tsx).require(full, path.join(folder, 'serverless.js'));
  const compile = findCompiler();
  if (compile) {
    for (const extension of ['.ts', '.cts', '.mts', '.tsx']) {
      Module._extensions[extension] = (module, file) => module._compile(compile(readFileSync(file, 'utf8'), file), file);
    }
    return Module.createRequire(full)(full);
  }
  if (Module.registerHooks && Module.stripTypeScriptTypes) return loadStripped(full);
  noticePackage('tsx');
  throw refuse(
    `TypeScript needs a compiler, and Node ${process.versions.node} has none: commit tsx, esbuild or typescript in node_modules, ` +
      'install one of them beside Node (npm install -g tsx), or give Driftless a Node from 22.15 on');
}

function findCompiler() {
  const esbuild = findModule('esbuild');
  if (esbuild) {
    const { transformSync } = require(esbuild);
    return (code, file) =>
      transformSync(code, { loader: file.endsWith('x') ? 'tsx' : 'ts', format: 'cjs', target: `node${process.versions.node}`, sourcemap: 'inline', sourcefile: file }).code;
  }
  const found = findModule('typescript');
  if (!found) return null;
  const typescript = require(found);
  return (code, file) => {
    const { outputText, diagnostics } = typescript.transpileModule(code, {
      fileName: file,
      reportDiagnostics: true,
      compilerOptions: { module: typescript.ModuleKind.CommonJS, target: typescript.ScriptTarget.ES2022, esModuleInterop: true, inlineSourceMap: true, experimentalDecorators: true },
    });
    if (diagnostics.length === 0) return outputText;
    const { line, character } = diagnostics[0].file.getLineAndCharacterOfPosition(diagnostics[0].start);
    throw Object.assign(new SyntaxError(typescript.flattenDiagnosticMessageText(diagnostics[0].messageText, '\n')), {
      errors: [{ location: { file, line: line + 1, column: character } }],
    });
  };
}

function loadStripped(full) {
  const strip = (code, file) => {
    try {
      return Module.stripTypeScriptTypes(code, { mode: 'transform', sourceMap: true, sourceUrl: file });
    } catch (error) {
      if (error.code !== 'ERR_INVALID_ARG_VALUE') throw error;
      return Module.stripTypeScriptTypes(code, { mode: 'strip' });
    }
  };
  Module.registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL?.startsWith('file:') ? fileURLToPath(context.parentURL) : full;
      const isOurs = !parent.includes('/node_modules/') && !/^(node|file|data):/.test(specifier) && !Module.builtinModules.includes(specifier);
      const file = isOurs && typeScriptFile(specifier, parent);
      return file ? { url: pathToFileURL(file).href, shortCircuit: true } : next(specifier, context);
    },
    load(url, context, next) {
      if (!/\.[cm]?ts$/.test(url)) return next(url, context);
      const file = fileURLToPath(url);
      const code = readFileSync(file, 'utf8');
      const format = /^\s*(import|export)\b/m.test(code) ? 'module' : 'commonjs';
      return { format, source: strip(code, file), shortCircuit: true };
    },
  });
  return import(pathToFileURL(full).href);
}

// './x' and './x.js' may be x.ts; '@functions/x' may be one of tsconfig.json's paths.
function typeScriptFile(specifier, parent) {
  const isFile = (file) => statSync(file, { throwIfNoEntry: false })?.isFile();
  const bases = /^\.{0,2}\//.test(specifier) ? [path.resolve(path.dirname(parent), specifier)] : mappedPaths(specifier);
  for (const base of bases) {
    const stem = base.replace(/\.([cm]?)js$/, '.$1ts');
    for (const file of [base, stem, `${base}.ts`, `${base}.tsx`, `${base}.js`, `${base}.json`, path.join(base, 'index.ts'), path.join(base, 'index.js')]) {
      if (isFile(file)) return file;
    }
  }
  return null;
}

let settings = null;

// The nearest tsconfig.json: that of the service, or one above it in the repository.
function settingsFile() {
  for (let at = folder; ; at = path.dirname(at)) {
    const file = path.join(at, 'tsconfig.json');
    if (at === request.root || fs.existsSync(file)) return file;
  }
}

function mappedPaths(specifier) {
  settings ??= readSettings(settingsFile(), 0);
  const { paths, base } = settings;
  const found = [];
  for (const [pattern, targets] of Object.entries(paths ?? {})) {
    const [head, tail] = pattern.split('*');
    if (tail === undefined ? specifier !== pattern : !specifier.startsWith(head) || !specifier.endsWith(tail) || specifier.length < head.length + tail.length) continue;
    const star = tail === undefined ? '' : specifier.slice(head.length, specifier.length - tail.length);
    found.push(...targets.map((target) => path.resolve(base, target.replace('*', star))));
  }
  if (settings.hasBase) found.push(path.resolve(base, specifier));
  return found;
}

// tsconfig.json is JSON with comments and trailing commas.
function readSettings(file, depth) {
  if (depth > 8 || !fs.existsSync(file)) return { paths: {}, base: path.dirname(file), hasBase: false };
  const text = fs.readFileSync(file, 'utf8').replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[^]*?\*\//g, '$1').replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, '$1');
  const { compilerOptions = {}, extends: parents = [] } = JSON.parse(text);
  let result = { paths: {}, base: path.dirname(file), hasBase: false };
  for (const parent of [parents].flat()) {
    const next = parent.startsWith('.') || path.isAbsolute(parent) ? path.resolve(path.dirname(file), parent) : findModule(parent);
    if (next) result = readSettings(fs.existsSync(next) ? next : `${next}.json`, depth + 1);
  }
  if (compilerOptions.baseUrl) result = { ...result, base: path.resolve(path.dirname(file), compilerOptions.baseUrl), hasBase: true };
  if (compilerOptions.paths) result = { ...result, paths: compilerOptions.paths, base: compilerOptions.baseUrl ? result.base : result.hasBase ? result.base : path.dirname(file) };
  return result;
}

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (specifier, parent, ...others) {
  const file = parent?.filename ?? path.join(folder, 'serverless.js');
  const isTypeScript = Module._extensions['.ts'] && !file.includes('/node_modules/') && !Module.builtinModules.includes(specifier.replace(/^node:/, ''));
  const found = isTypeScript && typeScriptFile(specifier, file);
  if (found) return found;
  try {
    return resolveFilename.call(this, specifier, parent, ...others);
  } catch (error) {
    if (!isQuiet) noticeMissing(specifier, file);
    throw error;
  }
};

// Values
const isPlainFunction = (value) =>
  typeof value === 'function' && !/^\s*class[\s{/}]/.test(Function.prototype.toString.call(value));

const isPlainObject = (value) => {
  if (value === null || typeof value !== 'object') return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.hasOwn(prototype, 'propertyIsEnumerable');
};

const canFollow = (value, key) =>
  value != null && (Object.hasOwn(value, key) || (util.types.isProxy(value) && !['__proto__', 'prototype', 'constructor'].includes(key)));

async function valueOf(asked, index) {
  const { script, text } = tools(index);
  const { value: loaded } = await load(asked);
  if (asked.whole) return loaded;
  let isCalled = isPlainFunction(loaded);
  let value = await (isCalled ? loaded(script) : loaded);
  if (asked.address === undefined) return value;
  for (const key of asked.address.split('.')) {
    if (typeof value === 'string') value = await text(value);
    if (value == null || !canFollow(value, key)) return null;
    value = value[key];
    if (value == null) return null;
    if (isCalled) continue;
    isCalled = isPlainFunction(value);
    value = await (isCalled ? value(script) : value);
    if (!isCalled && value == null) return null;
  }
  return value;
}

// As JSON, which is all that a configuration can hold.
const settle = (asked, value) => {
  const shown = () => util.inspect(value, { depth: 0, breakLength: Infinity }).slice(0, 200);
  if (asked.whole && !isPlainObject(value)) throw refuse(`it has to export a plain object (or a promise of one), and exports ${shown()}`);
  let text;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw refuse(`its value cannot be written as JSON: ${error.message}`);
  }
  if (text === undefined) throw refuse(`its value is ${shown()}, which no configuration can hold`);
  if (!isPlainObject(value) && !Array.isArray(value) && JSON.parse(text) !== value) throw refuse(`its value is ${shown()}, which no configuration can hold`);
  if (Buffer.byteLength(text) > request.maxBytes) throw refuse(`its value is larger than ${request.maxBytes >> 20} MiB`);
  return text === 'null' ? { nothing: true } : { text };
};

function finish() {
  if (results.every((result, i) => result || needs[i].length > 0)) report();
}

const evaluate = async (asked, index) => {
  try {
    results[index] = settle(asked, await valueOf(asked, index));
  } catch (error) {
    noticeFailure(error);
    results[index] = error?.code === 'MISSING_VARIABLE_DEPENDENCY' ? { late: true } : failure(error);
  }
  if (results.every(Boolean)) report();
};

for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, callback) => {
    output = (output + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).slice(-TAIL);
    const then = typeof encoding === 'function' ? encoding : callback;
    if (typeof then === 'function') process.nextTick(then);
    return true;
  };
}

const commandLine = ({ stage, region, param }) => {
  const given = [['--stage', stage], ['--region', region], ...(param ?? []).map((pair) => ['--param', pair])];
  return [process.execPath, 'serverless', 'package', ...given.filter(([, value]) => value != null).flat()];
};

process.on('uncaughtException', (error) => fail(failure(error)));
process.on('beforeExit', report);
process.on('exit', (status) => fail({ error: { message: `it ended the process with status ${status}` } }));
Error.stackTraceLimit = 100;
process.setSourceMapsEnabled?.(true);
for (const name of Object.keys(process.env)) delete process.env[name];
Object.assign(process.env, request.env);
process.argv = commandLine(request.requests[0].options);
process.chdir(folder);
if (request.partial) {
  watch(fs);
  watch(fs.promises);
  Module.syncBuiltinESMExports();
}
if (major < 18) fail({ error: { message: `Node.js 18 or newer is needed, and this is ${process.versions.node}` } });
else request.requests.forEach(evaluate);
