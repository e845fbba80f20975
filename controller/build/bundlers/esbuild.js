// Runs in the sandbox, in the service's folder (read-only): bundles what serverless-esbuild 1.54 bundles, with the service's own
// esbuild, into /out/ARCHIVE. Standard input: {options, extension, archives: {NAME: {entries: [file], extras: [file]}}}.
const fs = require('fs');
const path = require('path');

const request = JSON.parse(fs.readFileSync(0, 'utf8'));
const left_out = ['package.json', 'package-lock.json', 'yarn.lock', 'pnpm-lock.yaml'];

function esbuild() {
  try {
    return require(require.resolve('esbuild', {paths: [process.cwd()]}));
  } catch (error) {
    console.error(`esbuild cannot be loaded from node_modules: ${error.message.split('\n')[0]}\n` +
      'commit node_modules, or add a build step that installs it: npm ci');
    process.exit(1);
  }
}

function write(file, content) {
  fs.mkdirSync(path.dirname(file), {recursive: true});
  fs.writeFileSync(file, content);
}

function copy(from, to) {
  fs.mkdirSync(path.dirname(to), {recursive: true});
  fs.copyFileSync(from, to);
}

async function main() {
  const {build} = esbuild();
  const options = {...request.options};

  if (request.extension !== '.js')
    options.outExtension = {'.js': request.extension};
  for (const [name, archive] of Object.entries(request.archives)) {
    const folder = path.join('/out', name);
    // where the plugin builds: source maps and metafiles tell paths from there
    const built = path.join(process.cwd(), '.esbuild', '.build');

    for (const entry of new Set(archive.entries)) {
      const result = await build({...options, entryPoints: [entry], outdir: path.join(built, path.dirname(entry)), write: false});

      for (const file of result.outputFiles)
        write(path.join(folder, path.relative(built, file.path)), file.contents);
      if (options.metafile)
        write(path.join(folder, `${entry.replace(/\.[^/.]+$/, '')}-meta.json`), JSON.stringify(result.metafile, null, 2));
    }
    for (const extra of archive.extras)
      if (!left_out.includes(extra))
        copy(extra, path.join(folder, extra));
  }
}

main().then(() => process.exit(0), (error) => {
  if (!error.errors) // else esbuild has told them
    console.error(error.message);
  process.exit(1);
});
