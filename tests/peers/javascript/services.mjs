// Services whose configuration is JavaScript or TypeScript in one form each: files by name. What is not in `files` is a
// handler. `up` is written beside the service's folder, for `../`.
const provider = "provider:\n  name: aws\n  runtime: nodejs20.x\n";
const functions = 'functions:\n  main:\n    handler: handler.main\n';
const environment = (values) => `    environment:\n${Object.entries(values).map(([key, value]) => `      ${key}: ${value}\n`).join('')}`;

// A service that puts variables into a function's environment; `rest` is more of its YAML.
const asks = (values, files, rest = '') => ({ files: { 'serverless.yml': `service: asks\n${provider}${functions}${environment(values)}${rest}`, ...files } });
const custom = 'custom:\n  name: orders\n  list: [a, b]\n  deep: {size: 3, text: "${sls:stage}!"}\n';

const base = "service: 'whole', provider: { name: 'aws', runtime: 'nodejs20.x' }";
const main = "functions: { main: { handler: 'handler.main' } }";

export const services = {
  // values
  'text': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = 'a text'" }),
  'number and truth': asks({ A: '${file(x.js):n}', B: 'is ${file(x.js):t}' }, { 'x.js': 'module.exports = { n: 1.5, t: true }' }),
  'large numbers': asks({ A: '${file(x.js):big}', B: '${file(x.js):small}' }, { 'x.js': 'module.exports = { big: 1e21, small: 1e-7 }' }),
  'object with exports': asks({ A: '${file(x.js):a}', B: '${file(x.js):b.c}' }, { 'x.js': "exports.a = 'A'; exports.b = { c: 'C' };" }),
  'list with index': asks({ A: '${file(x.js):list.1}' }, { 'x.js': "module.exports.list = ['zero', 'one'];" }),
  'extension cjs': asks({ A: '${file(./conf/x.cjs):a}' }, { 'conf/x.cjs': "module.exports = { a: 'cjs' }" }),
  'whole environment': { files: { 'serverless.yml': `service: whole\n${provider}${functions}    environment: \${file(env.js)}\n`, 'env.js': "module.exports = { A: '1', B: 'b' }" } },
  'whole functions': { files: { 'serverless.yml': `service: whole\n${provider}functions: \${file(functions.js)}\n`, 'functions.js': "const one = (name) => ({ handler: `handler.${name}`, events: [{ httpApi: { path: `/${name}`, method: 'get' } }] }); module.exports = { get: one('get'), put: one('put') };" } },
  'whole resources': { files: { 'serverless.yml': `service: whole\n${provider}${functions}resources: \${file(resources.js)}\n`, 'resources.js': "module.exports = { Resources: Object.fromEntries(['A', 'B'].map((n) => [`Queue${n}`, { Type: 'AWS::SQS::Queue', Properties: { QueueName: `q-${n}` } }])) };" } },
  'resources in a list': { files: { 'serverless.yml': `service: whole\n${provider}${functions}resources:\n  - \${file(a.js)}\n  - \${file(b.js):more}\n`, 'a.js': "module.exports = { Resources: { A: { Type: 'AWS::SNS::Topic' } } };", 'b.js': "exports.more = { Outputs: { Out: { Value: { Ref: 'A' } } } };" } },
  'nulls and undefined members': asks({ A: '${file(x.js):o.a}', B: "${file(x.js):o.b, 'fallback'}" }, { 'x.js': 'module.exports = { o: { a: 1, b: null, c: undefined } }' }),
  'dates in objects become texts': asks({ A: '${file(x.js):o.at}' }, { 'x.js': 'module.exports = () => ({ o: JSON.parse(JSON.stringify({ at: new Date(0) })) })' }),
  'module of its own and packages of Node': asks({ A: '${file(x.js):hash}' }, { 'x.js': "const { createHash } = require('node:crypto'); const lib = require('./lib'); exports.hash = createHash('sha256').update(lib.seed).digest('hex');", 'lib.js': "exports.seed = require('./seed.json').seed;", 'seed.json': '{"seed": "s"}' }),
  'files read by the script': asks({ A: '${file(x.js):a}' }, { 'x.js': "const fs = require('fs'); const path = require('path'); exports.a = fs.readFileSync(path.join(__dirname, 'note.txt'), 'utf8').trim() + fs.readdirSync('conf').length;", 'note.txt': 'noted\n', 'conf/one': '', 'conf/two': '' }),
  'outside of the folder': { ...asks({ A: '${file(../shared/x.js):a}', B: '${file(y.js)}' }, { 'y.js': "module.exports = require('../shared/x.js').b" }), up: { 'shared/x.js': "exports.a = 'up'; exports.b = 'beside';" } },
  'missing with fallback': asks({ A: "${file(none.js), 'none'}", B: "${file(x.js):none, 'none too'}" }, { 'x.js': 'module.exports = {}' }),
  'getters and classes with toJSON': asks({ A: '${file(x.js):got}', B: '${file(x.js):o.money}' }, { 'x.js': "class Money { toJSON() { return '3 EUR'; } } module.exports = { get got() { return 'got'; }, o: { money: new Money().toJSON() } };" }),
  'proxy': asks({ A: '${file(x.js):anything}' }, { 'x.js': "module.exports = new Proxy({}, { get: (_, key) => key === 'then' ? undefined : `made up ${String(key)}` });" }),
  'keys of prototypes': asks({ A: "${file(x.js):constructor, 'not followed'}", B: '${file(x.js):o}' }, { 'x.js': "module.exports = { o: JSON.stringify(JSON.parse('{\"__proto__\": 1}')) }" }),
  'program text of other extensions': asks({ A: '${file(x.mjs)}', B: '${file(y.ts)}' }, { 'x.mjs': 'export default 1;\n', 'y.ts': 'export const a = 1;\n' }),
  'variables in values': asks({ A: '${file(x.js):a}', B: '${file(x.js):deep.b}' }, { 'x.js': "module.exports = { a: 'on ${sls:stage}', deep: { b: '${self:custom.name}' } };" }, custom),
  'variables on the way': asks({ A: '${file(x.js):a.size}' }, { 'x.js': "module.exports = { a: '${self:custom.deep}' };" }, custom),
  'path made of variables': asks({ A: '${file(${sls:stage}.js):${self:custom.name}}' }, { 'dev.js': "module.exports = { orders: 'found' };" }, custom),

  // functions
  'function': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = () => 'called'" }),
  'asynchronous function': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = async () => { await new Promise((done) => setTimeout(done, 20)); return 'waited'; }" }),
  'promise': asks({ A: '${file(x.js):a.b}' }, { 'x.js': "module.exports = Promise.resolve({ a: Promise.resolve({ b: 'inner' }) })" }),
  'function behind an address': asks({ A: '${file(x.js):get}', B: '${file(x.js):more.get.value}' }, { 'x.js': "module.exports = { get: () => 'got', more: { get: async () => ({ value: 'more' }) } };" }),
  'value of a function': asks({ A: '${file(x.js):a.b}' }, { 'x.js': "module.exports = async () => ({ a: { b: 'in the result' } })" }),
  'options': asks({ A: '${file(x.js):stage}', B: '${file(x.js):all}' }, { 'x.js': 'exports.stage = ({ options }) => options.stage; exports.all = ({ options }) => JSON.stringify(options, Object.keys(options).sort());' }),
  'command line': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = process.argv.slice(2).join(' ')" }),
  'environment': asks({ A: '${file(x.js)}' }, { 'x.js': 'module.exports = process.env.GRANTED' }),
  'environment from .env': asks({ A: '${file(x.js)}' }, { 'x.js': 'module.exports = () => `${process.env.FROM_FILE}-${process.env.GRANTED}`', '.env': 'FROM_FILE=file\nGRANTED=not taken\n' }, 'useDotenv: true\n'),
  'resolveVariable': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = async ({ resolveVariable }) => `${await resolveVariable('self:custom.name')} ${await resolveVariable('sls:stage')} ${await resolveVariable('env:GRANTED')}`" }, custom),
  'resolveVariable of objects and lists': asks({ A: '${file(x.js):a}', B: '${file(x.js):b}' }, { 'x.js': "exports.a = async ({ resolveVariable }) => (await resolveVariable('self:custom.deep')).text; exports.b = async ({ resolveVariable }) => (await resolveVariable('self:custom.list')).join('+');" }, custom),
  'resolveVariable of files': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = async ({ resolveVariable }) => (await resolveVariable('file(y.yml):inner')).text + (await resolveVariable('file(z.js)'))", 'y.yml': 'inner:\n  text: "${self:custom.name}?"\n', 'z.js': "module.exports = async ({ resolveVariable }) => resolveVariable('self:custom.deep.size')" }, custom),
  'resolveVariable with fallback': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = ({ resolveVariable }) => resolveVariable('env:NOT_THERE, self:custom.name')" }, custom),
  'resolveVariable that is caught': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = async ({ resolveVariable }) => { try { return await resolveVariable('env:NOT_THERE'); } catch { return 'caught'; } }" }),
  'parameters': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = ({ resolveVariable }) => resolveVariable('param:size')" }, 'params:\n  default: {size: "3"}\n  dev: {size: "4"}\n'),
  'parameters that are caught come too late': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = async ({ resolveVariable }) => { try { return await resolveVariable('param:size'); } catch (error) { return error.code; } }" }, 'params:\n  default: {size: "3"}\n'),
  'aws:region': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = ({ resolveVariable }) => resolveVariable('aws:region')" }),
  'resolveConfigurationProperty': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = async ({ resolveConfigurationProperty }) => `${await resolveConfigurationProperty(['service'])} ${await resolveConfigurationProperty(['custom', 'deep', 'text'])} ${(await resolveConfigurationProperty(['custom', 'list', '1']))} ${await resolveConfigurationProperty(['none'])}`" }, custom),
  'all at once': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = async ({ resolveVariable, resolveConfigurationProperty }) => (await Promise.all([resolveVariable('self:custom.name'), resolveConfigurationProperty(['custom', 'deep', 'size']), resolveVariable('sls:stage')])).join()" }, custom),
  'one after the other': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = async ({ resolveVariable }) => { let text = ''; for (const n of ['name', 'list.0', 'list.1', 'deep.size', 'deep.text', 'name']) text += await resolveVariable(`self:custom.${n}`); return text; }" }, custom),
  'scripts that need scripts': asks({ A: '${file(a.js)}' }, { 'a.js': "module.exports = async ({ resolveVariable }) => `a(${await resolveVariable('self:custom.b')})`", 'b.js': "module.exports = async ({ resolveVariable }) => `b(${await resolveVariable('file(c.js):c')})`", 'c.js': "exports.c = () => 'c'" }, 'custom:\n  b: ${file(b.js)}\n'),
  'stage from a script': { files: { 'serverless.yml': `service: staged\nprovider:\n  name: aws\n  runtime: nodejs20.x\n  stage: \${file(x.js):stage}\n  region: \${file(x.js):region}\n${functions}${environment({ A: '${sls:stage}', B: '${self:provider.region}', C: '${param:p}' })}params:\n  other: {p: "\${env:NOT_THERE}"}\n  default: {p: ok}\n`, 'x.js': "module.exports = { stage: 'fromscript', region: 'eu-west-1' }" }, stage: null },
  'modules keep their state': asks({ A: '${file(x.js):a}', B: '${file(y.js):b}' }, { 'x.js': "exports.a = require('./state').value;", 'y.js': "exports.b = require('./state').value;", 'state.js': "exports.value = require('crypto').createHash('md5').update('x').digest('hex');" }),
  'prints': asks({ A: '${file(x.js)}' }, { 'x.js': "console.log('printed'); console.error('printed'); process.stdout.write('printed'); module.exports = 'value'" }),

  // the configuration itself
  'serverless.js': { files: { 'serverless.js': `module.exports = { ${base}, ${main} };` } },
  'serverless.js as a promise': { files: { 'serverless.js': `module.exports = (async () => ({ ${base}, ${main} }))();` } },
  'serverless.js with variables': { files: { 'serverless.js': `module.exports = { ${base}, custom: { a: '\${sls:stage}', b: undefined }, functions: { main: { handler: 'handler.main', environment: { A: '\${self:custom.a}', B: '\${file(x.js)}' } } } };`, 'x.js': "module.exports = 'inner'" } },
  'serverless.js of parts': { files: { 'serverless.js': `const { functions } = require('./parts'); module.exports = { ${base}, functions };`, 'parts/index.js': "exports.functions = { a: { handler: 'handler.main' }, b: { handler: 'handler.main', memorySize: 512 } };" } },
  'serverless.mjs': { files: { 'serverless.mjs': `import { readFileSync } from 'node:fs';\nconst { size } = JSON.parse(readFileSync(new URL('./size.json', import.meta.url)));\nexport default { ${base}, functions: { main: { handler: 'handler.main', memorySize: size } } };`, 'size.json': '{"size": 256}' } },
  'serverless.mjs with await': { files: { 'serverless.mjs': `const size = await Promise.resolve(384);\nexport default { ${base}, functions: { main: { handler: 'handler.main', memorySize: size } } };` } },
  'serverless.cjs': { files: { 'serverless.cjs': `module.exports = { ${base}, ${main} };`, 'package.json': '{"type": "module"}' } },
  'serverless.yml before serverless.js': { files: { 'serverless.yml': `service: first\n${provider}${functions}`, 'serverless.js': 'throw new Error("not read")' } },
  'serverless.ts': { files: { 'serverless.ts': `import type { AWS } from '@serverless/typescript';\nconst config: AWS = { ${base}, ${main} };\nexport default config;` } },
  'serverless.ts with module.exports': { files: { 'serverless.ts': `const config: { service: string } = { ${base}, ${main} } as any;\nmodule.exports = config;` } },
  'serverless.ts with enums and generics': { files: { 'serverless.ts': `enum Size { Small = 128, Large = 1024 }\nfunction id<T>(value: T): T { return value; }\nexport default { ${base}, functions: { main: { handler: 'handler.main', memorySize: id<number>(Size.Large) } } } satisfies object;` } },
  'serverless.ts with local files': { files: { 'serverless.ts': `import { hello } from './src/functions';\nimport settings from './src/settings.json';\nimport { prefix } from './src/prefix.js';\nexport default { ${base}, functions: { hello: { ...hello, environment: { A: settings.a, P: prefix } } } };`, 'src/functions/index.ts': "import { handlerOf } from './handler';\nexport const hello = { handler: handlerOf('main') };", 'src/functions/handler.ts': 'export const handlerOf = (name: string): string => `handler.${name}`;', 'src/settings.json': '{"a": "from json"}', 'src/prefix.ts': "export const prefix: string = 'p';" } },
  'serverless.ts with paths of tsconfig.json': { files: { 'serverless.ts': `import hello from '@functions/hello';\nexport default { ${base}, functions: { hello } };`, 'tsconfig.json': '{\n  // comments and commas\n  "extends": "./tsconfig.paths.json",\n}', 'tsconfig.paths.json': '{"compilerOptions": {"baseUrl": ".", "paths": {"@functions/*": ["src/functions/*"]}}}', 'src/functions/hello/index.ts': "import { handlerPath } from '@functions/../libs/path';\nexport default { handler: handlerPath('main') };", 'src/libs/path.ts': 'export const handlerPath = (name: string) => `handler.${name}`;' } },
  'serverless.ts with packages of Node': { files: { 'serverless.ts': `import * as path from 'path';\nimport fs from 'node:fs';\nexport default { ${base}, functions: { main: { handler: 'handler.main', description: path.posix.join('a', 'b') + fs.existsSync('serverless.ts') } } };` } },
  'serverless.ts with variables and scripts': { files: { 'serverless.ts': `export default { ${base}, functions: { main: { handler: 'handler.main', environment: { A: '\${file(x.js):a}', B: '\${sls:stage}' } } } };`, 'x.js': "exports.a = async ({ resolveConfigurationProperty }) => resolveConfigurationProperty(['service']);" } },
  'serverless.ts as a promise': { files: { 'serverless.ts': `export default Promise.resolve({ ${base}, ${main} });` } },
};

// What neither evaluates.
export const refused = {
  'function as configuration': { files: { 'serverless.js': `module.exports = () => ({ ${base}, ${main} });` } },
  'function that throws': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = () => { throw new Error('thrown'); }" }),
  'rejection': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = Promise.reject(new Error('rejected'))" }),
  'syntax error': asks({ A: '${file(x.js)}' }, { 'x.js': 'module.exports = {' }),
  'circular value': asks({ A: '${file(x.js)}' }, { 'x.js': 'const a = {}; a.a = a; module.exports = a;' }),
  'function as value': asks({ A: '${file(x.js)}' }, { 'x.js': 'module.exports = () => () => 1' }),
  'undefined': asks({ A: '${file(x.js)}' }, { 'x.js': 'module.exports = () => {}' }),
  'date': asks({ A: '${file(x.js)}' }, { 'x.js': 'module.exports = new Date(0)' }),
  'not a number': asks({ A: '${file(x.js)}' }, { 'x.js': 'module.exports = NaN' }),
  'getter that throws': asks({ A: '${file(x.js):a}' }, { 'x.js': "module.exports = { get a() { throw new Error('got'); } }" }),
  'variable without a value': asks({ A: '${file(x.js)}' }, { 'x.js': "module.exports = ({ resolveVariable }) => resolveVariable('env:NOT_THERE')" }),
  'no value': asks({ A: '${file(x.js):none}' }, { 'x.js': 'module.exports = {}' }),
};
