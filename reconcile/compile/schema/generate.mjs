// Writes data/schema_chunks.c: the configuration schema that an installed osls builds for an AWS service without plugins.
//
//   npm install osls@4.3.1 && node generate.mjs node_modules/osls > data/schema_chunks.c
//
// The schema is cut into chunks that refer to each other ("$ref": "#/events/http"), so that a process parses only what a
// service uses. The list of function events, which the framework keeps as one anyOf of maps with a single key, becomes
// {"$events": [names]}: a service's event can match no other entry than the one of its key.
import { createRequire } from 'node:module';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const CHUNK_BYTES = 120;
const root = path.resolve(process.argv[2] ?? 'node_modules/osls');
const require = createRequire(path.join(root, 'package.json'));
const Serverless = require('./lib/serverless');
const { version } = require('./package.json');

const serverless = new Serverless({
  configuration: { service: 'schema', provider: { name: 'aws' } },
  serviceDir: mkdtempSync(path.join(tmpdir(), 'schema-')),
  configurationFilename: 'serverless.yml',
  commands: ['package'],
  options: {},
});
await serverless.init();
const schema = structuredClone(serverless.configSchemaHandler.schema);

const chunks = new Map();
const cut = (folder, name, part) => {
  chunks.set(`${folder}/${name}`, part);
  return { $ref: `#/${folder}/${name}` };
};
const cutProperties = (folder, properties) => {
  for (const [name, part] of Object.entries(properties)) {
    cutBelow(`${folder}/${name}`, part);
    if (JSON.stringify(part).length > CHUNK_BYTES) properties[name] = cut(folder, name, part);
  }
};
const cutBelow = (folder, part) => {
  if (part?.properties) cutProperties(folder, part.properties);
  if (part?.items && !Array.isArray(part.items)) cutBelow(folder, part.items);
  for (const key of ['anyOf', 'oneOf', 'allOf']) part?.[key]?.forEach((branch, index) => cutBelow(`${folder}/${index}`, branch));
};

const [functionSchema] = Object.values(schema.properties.functions.patternProperties);
const events = [];
for (const { properties } of functionSchema.properties.events.items.anyOf) {
  const [[name, part]] = Object.entries(properties);
  if (name.startsWith('__')) continue; // a filler of the framework
  events.push(name);
  cutBelow(`events/${name}`, part);
  cut('events', name, part);
}
functionSchema.properties.events.items = { $events: events };
cutProperties('function', functionSchema.properties);
cutProperties('provider', schema.properties.provider.properties);
for (const [name, part] of Object.entries(schema.definitions)) {
  cutBelow(`definitions/${name}`, part);
  cut('definitions', name, part);
}
delete schema.definitions;
const [pattern] = Object.keys(schema.properties.functions.patternProperties);
schema.properties.functions.patternProperties[pattern] = cut('service', 'function', functionSchema);
cutProperties('service', schema.properties);
chunks.set('root', schema);

const asJson = (value) =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
// "??" would start a trigraph.
const asC = (text) => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\?\?/g, '?\\?')}"`;
const names = [...chunks.keys()].sort();

console.log(`/* Made by generate.mjs from osls ${version} (MIT, see LICENSE.osls). Sorted by name. */`);
console.log('#include "reconcile/compile/schema/schema_chunk.h"\n\n// clang-format off\nconst SchemaChunk schema_chunks[] = {');
for (const name of names) console.log(`    {${asC(name)},\n     ${asC(asJson(chunks.get(name)))}},`);
console.log('};\nconst size_t schema_chunk_count = sizeof schema_chunks / sizeof *schema_chunks;\n// clang-format on');
