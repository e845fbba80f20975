// Runs in the sandbox, in the service's folder (read-only): bundles what serverless-webpack 5.16 and serverless-bundle 6.3 bundle,
// with the service's own webpack, into /out/ARCHIVE. Standard input: {plugin, individually, archives: {NAME: {extras: [file]}},
// functions: {KEY: {file, archive}}, service, stage, region, options, env, hidden}.
const fs = require('fs');
const path = require('path');
const {spawnSync} = require('child_process');
const {isBuiltin} = require('module');
const {pathToFileURL} = require('url');
const {isDeepStrictEqual} = require('util');

const request = JSON.parse(fs.readFileSync(0, 'utf8'));
const root = process.cwd();
const out = '/out';

function fail(message) {
  console.error(message);
  process.exit(1);
}

function resolve(name, from) {
  try {
    return require.resolve(name, {paths: [from]});
  } catch (error) {
    return fail(`${name} cannot be loaded from node_modules: ${error.message.split('\n')[0]}\n` +
      'commit node_modules, or add a build step that installs it: npm ci');
  }
}

// ---- what the framework and the plugin show to webpack's configuration

// a value with a secret in it is not here: whoever asks is told, and does not bundle something else
function hide(value) {
  for (const [key, inner] of Object.entries(value ?? {}))
    if (typeof inner === 'string' && request.hidden && inner.includes(request.hidden))
      Object.defineProperty(value, key, {enumerable: false, get() {
        throw new Error(`${key} of the service holds a secret, which what is bundled must not: read it when the function runs`);
      }});
    else if (inner && typeof inner === 'object')
      hide(inner);
  return value;
}

// what the sandbox has, and what steers Node or npm, stays
function grant(environment) {
  for (const [name, value] of Object.entries(environment))
    if (!(name in process.env) && !/^(NODE_OPTIONS$|NODE_PATH$|npm_)/i.test(name))
      process.env[name] = value;
}

function framework() {
  const {stage, region, options} = request;
  const service = hide({functions: {}, custom: {}, package: {}, ...request.service});

  service.provider = {...service.provider, stage, region};
  Object.defineProperties(service, Object.getOwnPropertyDescriptors({
    getAllFunctions: () => Object.keys(service.functions),
    getAllFunctionsNames: () => Object.values(service.functions).map(({name}) => name),
    getFunction: (name) => service.functions[name],
    getServiceName: () => service.service,
    getServiceObject: () => ({name: service.service}),
  }));
  const provider = {getStage: () => stage, getRegion: () => region};

  return {
    service, serviceDir: root, config: {servicePath: root, serviceDir: root}, providers: {aws: provider}, getProvider: () => provider,
    configurationInput: service, processedInput: {commands: ['package'], options}, classes: {Error}, getVersion: () => '4.0.0',
    cli: {log: console.log, consoleLog: console.log}, utils: {fileExistsSync: fs.existsSync},
  };
}

// Answers require('serverless-webpack'). The installed one is not run: it would load what zips and installs, for a newer Node.
class ServerlessWebpack {
  static lib = {entries: {}, webpack: {isLocal: false}};

  constructor() {
    this.hooks = {};
  }
}

const {lib} = ServerlessWebpack;

function answer(file) {
  require.cache[file] = Object.assign(new module.constructor(file), {filename: file, loaded: true, exports: ServerlessWebpack});
}

// ---- the plugin's settings, entries and defaults

// custom.webpack, which serverless-bundle writes itself
function settings(serverless) {
  const {custom} = serverless.service;

  if (request.plugin === 'serverless-bundle') {
    const file = resolve('serverless-bundle', root);

    answer(resolve('serverless-webpack', path.dirname(file)));
    const plugin = new (require(file))(serverless, request.options);

    plugin.hooks['before:webpack:validate:validate']();
  } else {
    answer(resolve('serverless-webpack', root));
  }
  const written = typeof custom.webpack === 'string' ? {webpackConfig: custom.webpack} : {...custom.webpack};

  return {webpackConfig: 'webpack.config.js', packager: 'npm', packagerOptions: {}, ...written,
    includeModules: written.includeModules || custom.webpackIncludeModules || false};
}

const preferred = ['.js', '.ts', '.jsx', '.tsx'];

function extension(file, candidates) {
  const start = `${path.normalize(file)}.`;
  const found = candidates.filter((name) => path.normalize(name).startsWith(start));

  if (!found.length)
    return fail(`No matching handler found for '${file}' in the service: all files of that name are in excludeFiles`);
  const sorted = found.filter((name) => preferred.includes(path.extname(name))).sort((a, b) => a.length - b.length);

  return path.extname(sorted[0] ?? found[0]);
}

function entries() {
  const all = {};

  for (const {file, archive} of Object.values(request.functions))
    all[file] = `./${file}${extension(file, request.archives[archive].extras)}`;
  return all;
}

async function configuration({config, webpackConfig}) {
  if (config && typeof config !== 'string')
    return config;
  const name = config || webpackConfig, file = path.join(root, name);

  try {
    if (name.endsWith('.ts'))
      require(resolve('ts-node/register', root));
    let loaded;

    try {
      loaded = require(file);
    } catch (error) {
      if (error?.code !== 'ERR_REQUIRE_ESM')
        throw error;
      loaded = await import(pathToFileURL(file));
    }
    return await (loaded.default || loaded);
  } catch (error) {
    return fail(`Could not load webpack config "${name}"\n${error?.stack ?? error}`);
  }
}

const isEmpty = (value) => !value || Object.keys(value).length === 0;

function complete(config) {
  if (typeof config !== 'object' || Array.isArray(config))
    fail(`webpack's configuration is ${Array.isArray(config) ? 'a list' : 'a function'}; the plugin packages one object, or a promise of it`);
  config.context ||= root;
  config.target ||= 'node';
  if (isEmpty(config.output))
    config.output = {libraryTarget: 'commonjs', path: path.join(root, '.webpack'), filename: '[name].js'};
  if (isEmpty(config.node))
    config.node = false;
  return config;
}

// [{archives: [name], config}]: one compilation for all that shares a handler's file
function compilations(config, all) {
  if (!request.individually)
    return [{archives: Object.keys(request.archives), config}];
  if (config.entry && !isDeepStrictEqual(config.entry, all))
    fail('Webpack entry must be automatically resolved when package.individually is set to true. ' +
      'In webpack.config.js, remove the entry declaration or set entry to slsw.lib.entries.');
  const {cloneDeep} = require(resolve('lodash', path.dirname(resolve('serverless-webpack/package.json', pluginFolder()))));

  return Object.entries(all).map(([key, value]) => ({
    archives: Object.values(request.functions).filter(({file}) => path.normalize(file) === path.normalize(key)).map(({archive}) => archive),
    config: {...cloneDeep(config), entry: {[key]: value}},
  }));
}

const pluginFolder = () => request.plugin === 'serverless-bundle' ? path.dirname(resolve('serverless-bundle', root)) : root;

// ---- webpack

// what is emitted elsewhere, like declarations beside their sources, is not packaged
function keepInside(compiler) {
  const inner = compiler.outputFileSystem;
  const inside = (file) => [`${out}/`, '/tmp/'].some((folder) => `${file}/`.startsWith(folder));
  const move = (file) => inside(file) ? file : path.join('/tmp/elsewhere', file);

  compiler.outputFileSystem = Object.assign(Object.create(inner), {
    mkdir: (folder, ...rest) => inside(folder) ? inner.mkdir(folder, ...rest) : fs.mkdir(move(folder), {recursive: true}, rest.at(-1)),
    writeFile: (file, ...rest) => inner.writeFile(move(file), ...rest),
  });
}

// plugins that know by heart where the real one has its output find it there
function redirect(from, to) {
  const two = /^(copyFile|cp|link|rename|symlink)/;
  const move = (file) => typeof file === 'string' && `${path.resolve(file)}/`.startsWith(`${from}/`)
    ? path.join(to, path.relative(from, file)) : file;

  for (const functions of [fs, fs.promises])
    for (const [name, original] of Object.entries(functions))
      if (typeof original === 'function' && /^[a-z]/.test(name))
        functions[name] = new Proxy(original, {apply: (call, self, [first, second, ...rest]) =>
          Reflect.apply(call, self, [move(first), two.test(name) ? move(second) : second, ...rest])});
}

const quiet = {all: false, errors: false, warnings: false, errorsCount: false, warningsCount: false};

// loaders colour what they quote, whoever reads it
const plain = (text) => text.replace(/\u001b\[[0-9;]*m/g, '').replaceAll(`${root}/`, '');

function compile(webpack, config) {
  return new Promise((done, reject) => {
    const compiler = webpack(config);

    keepInside(compiler);
    compiler.run((error, stats) => {
      if (error)
        return reject(error);
      if (stats.hasErrors())
        return fail(plain(stats.toString({...quiet, errors: true, errorDetails: false, colors: false})));
      console.log(stats.toString({...quiet, warnings: true, colors: false}));
      return done(externals(stats.compilation));
    });
  });
}

// [{external, origin}]: packages that stay outside, and who asks for each
function externals(compilation) {
  const graph = compilation.moduleGraph;
  const issuer = (module) => graph ? graph.getIssuer(module) : module.issuer;
  const found = [];

  for (const module of compilation.modules) {
    const identifier = module.identifier();

    if (!identifier.startsWith('external '))
      continue;
    const named = /^external .*"(.*?)"$/.exec(identifier);

    if (!named)
      fail(`Unable to extract module name from Webpack identifier: ${identifier}`);
    const [first, second] = named[1].split('/');
    const external = first.startsWith('@') ? `${first}/${second}` : first;
    let origin = issuer(module);

    while (origin?.rawRequest?.startsWith('./'))
      origin = issuer(origin);
    if (!isBuiltin(external) && (graph ? graph.getUsedExports(module) : module.usedExports) !== false)
      found.push({external, origin: origin?.rawRequest});
  }
  return found;
}

// ---- what stays outside of the bundle: packages out of node_modules, where the plugin has them installed anew

const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

function installed(name, from) {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const found = path.join(folder, 'node_modules', name);

    if (fs.existsSync(path.join(found, 'package.json')))
      return found;
    if (folder === path.dirname(folder))
      return null;
  }
}

class Modules {
  constructor({includeModules, packager, packagerOptions}) {
    Object.assign(this, {includes: includeModules, packager, options: packagerOptions ?? {}});
    this.file = path.join(root, includeModules.packagePath || './package.json');
    this.folder = path.dirname(this.file);
    this.packageJson = readJson(this.file);
    this.excluded = includeModules.forceExclude ?? [];
  }

  // the version of a package that package.json does not name: as the lock file, or what npm lists, has it
  transitive(external, origin) {
    const lock = this.lock();
    const text = this.packager === 'npm' && lock && readJson(lock);

    if (text?.lockfileVersion === 2)
      return text.dependencies?.[origin]?.dependencies?.[external]?.version ?? text.dependencies?.[external]?.version;
    const direct = origin && this.packageJson.dependencies[origin] && installed(origin, this.folder);
    const found = direct && installed(external, fs.realpathSync(direct));

    return found ? readJson(path.join(found, 'package.json')).version : undefined;
  }

  // [[name, version]] for package.json
  wanted(modules) {
    const {dependencies, devDependencies = {}} = this.packageJson;
    const found = [];

    for (const {external, origin} of dependencies ? modules : []) {
      if (dependencies[external])
        found.push([external, dependencies[external]], ...this.peers(external));
      else if (!devDependencies[external])
        found.push([external, this.transitive(external, origin) ?? '']);
      else if (!this.excluded.includes(external) && external !== 'aws-sdk')
        throw new Error(`Runtime dependency '${external}' found in devDependencies. Move it to dependencies or use forceExclude to ` +
          'explicitly exclude it.');
    }
    return found;
  }

  peers(name) {
    const {nodeModulesRelativeDir: other} = this.includes;
    const own = other && path.join(root, other, 'node_modules');
    const file = path.join(own && fs.existsSync(own) ? own : path.join(this.folder, 'node_modules'), name, 'package.json');

    try {
      const {peerDependencies = {}, peerDependenciesMeta = {}} = readJson(file);
      const needed = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true);

      return this.wanted(needed.map((external) => ({external})));
    } catch {
      console.log(`Could not check for peer dependencies of ${name}. Set nodeModulesRelativeDir if node_modules is in different directory.`);
      return [];
    }
  }

  // {name: version}, sorted
  dependencies(modules) {
    const all = this.wanted([...modules, ...(this.includes.forceInclude ?? []).map((external) => ({external}))]);

    return Object.fromEntries(all.filter(([name]) => !this.excluded.includes(name)).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0));
  }

  lock() {
    const name = this.options.lockFile || (this.packager === 'yarn' ? 'yarn.lock' : 'package-lock.json');
    let top = this.folder;

    for (let folder = top; folder !== path.dirname(folder); folder = path.dirname(folder)) {
      const file = path.join(folder, 'package.json');

      if (fs.existsSync(file) && readJson(file).workspaces) {
        top = folder;
        break;
      }
    }
    return fs.existsSync(path.join(top, name)) ? path.join(top, name) : null;
  }

  add(folder, dependencies) {
    const text = `Packaged externals for ${request.service.service}`;
    const sections = this.options.copyPackageSectionNames ?? (this.packager === 'yarn' ? ['resolutions'] : []);
    const scripts = Object.fromEntries((this.options.scripts ?? []).map((script, index) => [`script${index}`, script]));
    const packageJson = {name: request.service.service, version: '1.0.0', description: text, private: true, scripts, dependencies};
    const lock = this.lock();

    for (const section of sections)
      packageJson[section] ??= this.packageJson[section];
    fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(packageJson, null, 2));
    fs.mkdirSync(path.join(folder, 'node_modules'), {recursive: true}); // npm notes what is in it, also where nothing is
    this.copy(folder, Object.keys(dependencies));
    if (lock)
      fs.writeFileSync(path.join(folder, path.basename(this.packager === 'yarn' ? 'yarn.lock' : 'package-lock.json')),
        fs.readFileSync(lock, 'utf8').trim());
    if (this.packager === 'npm')
      run(folder, 'npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund']);
    for (const script of Object.keys(scripts))
      run(folder, this.packager, ['run', script]);
  }

  // the packages with all they need, where they are in node_modules
  copy(folder, names) {
    const placed = new Map();
    const waiting = names.map((name) => ({name, from: this.folder, above: ''}));

    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const {name, from, above, optional} = next;
      const found = installed(name, from);

      if (!found && !optional)
        throw new Error(`${name} is not installed in node_modules, and is needed outside of the bundle: add a build step, npm ci`);
      if (!found)
        continue;
      const real = fs.realpathSync(found);
      const kept = real === found ? found.slice(found.indexOf('/node_modules/') + 1) : `node_modules/${name}`;
      const place = (placed.get(kept) ?? real) === real ? kept : path.join(above, 'node_modules', name);

      if (placed.has(place))
        continue;
      placed.set(place, real);
      copyPackage(real, found, path.join(folder, place));
      const {dependencies = {}, optionalDependencies = {}, peerDependencies = {}} = readJson(path.join(real, 'package.json'));

      for (const needed of Object.keys({...dependencies, ...optionalDependencies, ...peerDependencies}))
        waiting.push({name: needed, from: real, above: place, optional: needed in optionalDependencies || needed in peerDependencies});
    }
  }
}

function copyPackage(real, found, to) {
  const modules = found.slice(0, found.lastIndexOf('/node_modules/') + '/node_modules'.length);
  const links = path.join(modules, '.bin');

  fs.cpSync(real, to, {recursive: true, verbatimSymlinks: true, filter: (file) => file !== path.join(real, 'node_modules')});
  for (const name of fs.existsSync(links) ? fs.readdirSync(links) : []) {
    const link = path.join(links, name);

    if (!fs.lstatSync(link).isSymbolicLink() || !path.resolve(links, fs.readlinkSync(link)).startsWith(`${found}/`))
      continue;
    const copy = path.join(to.slice(0, to.lastIndexOf('/node_modules/')), 'node_modules/.bin', name);

    fs.mkdirSync(path.dirname(copy), {recursive: true});
    if (!fs.existsSync(copy))
      fs.symlinkSync(fs.readlinkSync(link), copy);
  }
}

function run(folder, program, words) {
  const env = {...process.env, npm_config_update_notifier: 'false'};
  const {status, error} = spawnSync(program, words, {cwd: folder, env, stdio: ['ignore', 'inherit', 'inherit']});

  if (error || status !== 0)
    throw new Error(`${program} ${words.join(' ')}: ${error?.message ?? `it ended with status ${status}`}\n` +
      'packages outside of the bundle come from node_modules, without network: install what the lock file says, npm ci');
}

// ---- all of it

async function main() {
  grant(request.env);
  const serverless = framework();
  const chosen = settings(serverless);
  const all = entries();

  Object.assign(lib, {serverless, options: request.options, entries: all});
  const config = complete(await configuration(chosen));
  const webpack = require(resolve('webpack', path.dirname(resolve('serverless-webpack/package.json', pluginFolder()))));
  const made = [];

  for (const name of Object.keys(request.archives))
    redirect(path.join(config.output.path, request.individually ? name : 'service'), path.join(out, name));
  for (const {archives: [first, ...others], config: one} of compilations(config, all)) {
    one.output.path = path.join(out, first);
    const outside = await compile(webpack, one);

    made.push({name: first, others, outside});
  }
  if (chosen.includeModules)
    include(new Modules(chosen), made);
  for (const {name, others} of made)
    for (const other of others)
      fs.cpSync(path.join(out, name), path.join(out, other), {recursive: true, verbatimSymlinks: true});
  if (chosen.excludeRegex)
    exclude(new RegExp(chosen.excludeRegex), out);
}

// where no compilation needs any, there is no package.json either
function include(modules, made) {
  const needed = made.map(({name, outside}) => [name, modules.dependencies(outside)]);

  if (needed.some(([, dependencies]) => !isEmpty(dependencies)))
    for (const [name, dependencies] of needed)
      modules.add(path.join(out, name), dependencies);
}

function exclude(pattern, folder, name = '') {
  for (const entry of fs.readdirSync(path.join(folder, name), {withFileTypes: true})) {
    const below = path.join(name, entry.name);

    if (entry.isDirectory())
      exclude(pattern, folder, below);
    else if (pattern.test(below.slice(below.indexOf('/') + 1)))
      fs.rmSync(path.join(folder, below));
  }
}

main().then(() => process.exit(0), (error) => fail(error?.message ?? error));
