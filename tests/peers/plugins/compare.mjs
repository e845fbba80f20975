// Holds templates of `driftless compile` against the framework with the real plugins, service by service.
//
//   node compare.mjs DRIFTLESS NODE_MODULES SERVICES…
//
// NODE_MODULES has osls and the plugins (package.json beside this file names their versions). Each of SERVICES is a folder
// with a serverless.yml. Where Driftless differs from the plugin on purpose, the folder has a differs.json: a list of JSON
// pointers that are not compared, each with why. Exit status 1 when a template differs, 2 when nothing was compared.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compileByDriftless, compileByFramework, differences, remove, requireFramework } from './framework.mjs';

const [driftless, modules, ...services] = process.argv.slice(2);

requireFramework(modules);

let different = 0;
for (const service of services) {
  try {
    const wanted = compileByFramework(service, modules);
    const found = compileByDriftless(service, driftless);
    const list = path.join(service, 'differs.json');
    const known = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
    for (const { pointer } of known) for (const side of [found, wanted]) remove(side, pointer);
    const lines = differences(found, wanted);
    different += lines.length > 0;
    const note = known.length > 0 ? ` but for ${known.length} places that differ on purpose` : '';
    console.log(`${lines.length === 0 ? 'equal    ' : 'DIFFERENT'} ${path.basename(service)}${note}`);
    for (const line of lines) console.log(`          ${line}`);
  } catch (error) {
    different++;
    console.log(`FAILED    ${path.basename(service)}: ${error.stderr ?? error.message}`);
  }
}
console.log(`${services.length - different} of ${services.length} equal`);
process.exitCode = services.length === 0 ? 2 : different > 0 ? 1 : 0;
