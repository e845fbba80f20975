// The framework's own packaging, many times in one process: what osls 4 would put into its archives.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';

// What a zip holds, as its directory tells: lines "MODE SHA1 NAME", in order.
export const listZip = (file) => {
  const data = readFileSync(file);
  let end = data.length - 22;
  while (end >= 0 && data.readUInt32LE(end) !== 0x06054b50) end--;
  const lines = [];
  let at = data.readUInt32LE(end + 16);
  for (let left = data.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packed] = [data.readUInt16LE(at + 10), data.readUInt32LE(at + 20)];
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => data.readUInt16LE(at + offset));
    const mode = (data.readUInt32LE(at + 38) >>> 16).toString(8);
    const local = data.readUInt32LE(at + 42);
    const start = local + 30 + data.readUInt16LE(local + 26) + data.readUInt16LE(local + 28);
    const body = data.subarray(start, start + packed);
    const content = method === 8 ? inflateRawSync(body) : body;
    const name = data.subarray(at + 46, at + 46 + nameLength).toString();
    lines.push(`${mode} ${createHash('sha1').update(content).digest('hex')} ${name}`);
    at += 46 + nameLength + extra + comment;
  }
  return lines;
};

const repeatsNothing = (expression) => {
  try {
    new RegExp(expression);
    return false;
  } catch (error) {
    return /nothing to repeat/i.test(error.message);
  }
};

export class Oracle {
  // `modules`: a node_modules folder with osls.
  constructor(modules) {
    const require = createRequire(path.join(path.resolve(modules), 'osls', 'package.json'));
    this.Package = require('./lib/plugins/package/package.js');
    this.micromatch = require('micromatch');
    this.picomatch = require('picomatch');
  }

  // Packs the service `config` in `folder` as the framework does; archives by name, or throws as it throws.
  async pack(folder, config) {
    const service = {
      ...structuredClone(config),
      package: structuredClone(config.package ?? {}),
      getAllFunctions: () => Object.keys(service.functions ?? {}),
      getFunction: (name) => service.functions[name],
      getAllLayers: () => Object.keys(service.layers ?? {}),
      getLayer: (name) => service.layers[name],
    };
    const serverless = {
      serviceDir: folder,
      service,
      configurationFilename: 'serverless.yml',
      configurationInput: config,
      pluginManager: { parsePluginsObject: (plugins) => ({ localPath: plugins?.localPath }) },
      utils: { writeFileDir: (file) => mkdirSync(path.dirname(file), { recursive: true }) },
    };
    const output = path.join(folder, '.serverless');
    rmSync(output, { recursive: true, force: true });
    const packager = new this.Package(serverless, {});
    const resolve = packager.resolveFilePathsFromPatterns;
    // It packs its own archives while it writes them, when a pattern brings .serverless back.
    packager.resolveFilePathsFromPatterns = async (...given) =>
      (await resolve.apply(packager, given)).filter((file) => !/(^|\/)(made|one|two|three)\.zip$/.test(file));
    await packager.packageService();
    const artifacts = {
      ...Object.fromEntries(Object.entries(service.functions ?? {}).map(([name, one]) => [name, one.package?.artifact])),
      ...Object.fromEntries(Object.entries(service.layers ?? {}).map(([name, one]) => [name, one.package?.artifact])),
      [service.service]: service.package.artifact,
    };
    const archives = {};
    for (const [name, file] of Object.entries(artifacts))
      if (file?.startsWith(output)) archives[`${name}.zip`] = listZip(file);
    rmSync(output, { recursive: true, force: true });
    return archives;
  }

  // Where the framework loses what a pattern says, or ends (reconcile/package/README.md): text in pieces beside a named class or
  // a range, a group in braces that hold no comma, a quote behind a brace, a regular expression that is none.
  loses(pattern) {
    if (/\{.*["'`]/.test(pattern)) return true;
    const text = pattern.replace(/^!/, '').replace(/^(\.\/)+/, '');
    try {
      const parsed = this.picomatch.parse(text, { dot: true });
      return (
        /\{[^,{}]*[?*+!@]\([^,]*\}/.test(text) ||
        (parsed.backtrack &&
          /[^\\/{}()[\],*?+][.|@!$^\\]|[|@!$^\\][^/{}()[\],*?+]/.test(text)) ||
        repeatsNothing(parsed.output)
      );
    } catch {
      return false;
    }
  }

  // Patterns that the matcher's regular expressions may take years for: a repetition within a repetition.
  explodes(pattern) {
    return /[*+]\([^)]*[*?(+]/.test(pattern);
  }
}
