// Runs in the sandbox, in the service's folder (read-only): makes in /out what serverless-plugin-typescript 2.1 makes in .build,
// with the service's own TypeScript. Standard input: {tsconfig, dotted, archives: {'.': {entries: [file], extras: [file]}}}.
const fs = require('fs');
const path = require('path');

const request = JSON.parse(fs.readFileSync(0, 'utf8'));
const {entries, extras} = request.archives['.'];
const folder = process.cwd();
const out = '/out';

function fail(message) {
  console.error(message);
  process.exit(1);
}

function typescript() {
  try {
    return require(require.resolve('typescript', {paths: [folder]}));
  } catch (error) {
    return fail(`typescript cannot be loaded from node_modules: ${error.message.split('\n')[0]}\n` +
      'commit node_modules, or add a build step that installs it: npm ci');
  }
}

const ts = typescript();

function text(diagnostic) {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');

  if (!diagnostic.file)
    return message;
  const {line, character} = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);

  return `${diagnostic.file.fileName}:${line + 1}:${character + 1}: ${message}`;
}

// what a tsconfig says, relative to `from`; null where there is none
function read(name, from) {
  const file = path.join(folder, name);

  if (!fs.existsSync(file))
    return null;
  const {config, error} = ts.parseConfigFileTextToJson(file, fs.readFileSync(file, 'utf8'));

  if (error)
    return fail(`${name}: ${text(error)}`);
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, from);

  return parsed.errors.length ? fail(parsed.errors.map((told) => `${name}: ${text(told)}`).join('\n')) : parsed;
}

function options() {
  const own = read(request.tsconfig, path.dirname(path.join(folder, request.tsconfig)));

  if (own)
    return {...own.options, rootDir: folder};
  return {preserveConstEnums: true, strictNullChecks: true, sourceMap: true, allowJs: true, target: ts.ScriptTarget.ES5,
    moduleResolution: ts.ModuleResolutionKind.NodeJs, lib: ['lib.es2015.d.ts'], rootDir: './'};
}

function compile() {
  // the plugin takes files from this one alone, whatever is read for options
  const named = (read('tsconfig.json', folder)?.fileNames ?? []).map((file) => file.replace(`${folder}/`, ''));
  // source maps and declarations tell paths from where the plugin compiles to
  const program = ts.createProgram([...new Set([...entries, ...named])], {...options(), outDir: '.build', listEmittedFiles: true});
  const emitted = program.emit(undefined, (file, content, mark) => {
    const name = path.relative(path.join(folder, '.build'), path.resolve(folder, file));

    if (!name.startsWith('..'))
      write(name, mark ? `\uFEFF${content}` : content);
  });
  const told = [...ts.getPreEmitDiagnostics(program), ...emitted.diagnostics];

  told.forEach((diagnostic) => console.error(text(diagnostic)));
  if (emitted.emitSkipped || told.some((diagnostic) => !diagnostic.file))
    fail('TypeScript compiled nothing');
}

function write(name, content) {
  const file = path.join(out, name);

  fs.mkdirSync(path.dirname(file), {recursive: true});
  fs.writeFileSync(file, content);
}

// what was compiled wins
function copy(name) {
  const to = path.join(out, name);

  if (fs.existsSync(to) || !fs.existsSync(name))
    return;
  fs.mkdirSync(path.dirname(to), {recursive: true});
  fs.copyFileSync(name, to);
}

// the plugin's wildcards find no names with a dot in front; such a pattern says the dot itself
const dotted = /(^|\/)\.[^./]/;

compile();
extras.filter((name) => request.dotted || !dotted.test(name)).forEach(copy);
fs.rmSync(path.join(out, 'node_modules'), {recursive: true, force: true});
if (!fs.existsSync('node_modules'))
  fail('there is no node_modules beside serverless.yml, where the plugin takes packages from: add a build step, npm ci');
fs.cpSync('node_modules', path.join(out, 'node_modules'), {recursive: true, verbatimSymlinks: true});
copy('package.json');
