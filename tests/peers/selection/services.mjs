// Services made up from a seed: a folder with files of all kinds, one beside it, and a serverless.yml whose package
// patterns are about them.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync, existsSync, lstatSync } from 'node:fs';
import path from 'node:path';

const folders = ['src', 'lib', 'node_modules', 'test', 'a', 'b', 'docs', '.hidden', 'a b', 'ö', '@s', 'v1', 'v2', 'v10', '[id]', '(g)', 'x+y'];
const files = ['index.js', 'app.ts', 'a.js', 'b.js', 'a.test.js', 'x.d.ts', 'README.md', '.env', '.env.local', '.gitignore', '.DS_Store', 'a1', 'a2',
  'a10', '[id].js', '{x}.js', '!n.js', 'a+b.js', '$p', 'é.js', '日本.txt', '😀', 'noext', 'a b.js', '(g).js', '-d', '_u', 'B.JS', 'x,y', 'npm-debug.log',
  'yarn-error.log', "it's", '#h', '~t', '@at', 'a|b', '^c', 'a=b', '%d'];

export class Dice {
  constructor(seed) {
    this.state = seed | 0;
  }
  roll() { // mulberry32
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  below(count) {
    return Math.floor(this.roll() * count);
  }
  pick(list) {
    return list[this.below(list.length)];
  }
  often(probability) {
    return this.roll() < probability;
  }
  some(most, make) {
    return Array.from({ length: 1 + this.below(most) }, make);
  }
}

const makeTree = (dice, top) => {
  const names = [];
  const write = (name) => {
    const file = path.join(top, name);
    try {
      if (existsSync(file)) return;
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, `${name} ${'x'.repeat(dice.below(300))}`);
      if (dice.often(0.2)) chmodSync(file, dice.pick([0o755, 0o700, 0o744, 0o640]));
      names.push(name);
    } catch (error) {
      if (!['ENOTDIR', 'EEXIST', 'EISDIR'].includes(error.code)) throw error;
    }
  };
  const folder = () => Array.from({ length: dice.below(4) }, () => dice.pick(folders)).join('/');
  for (let left = 5 + dice.below(35); left > 0; left--) write(path.posix.join('service', folder(), dice.pick(files)));
  for (let left = dice.below(6); left > 0; left--) write(path.posix.join('shared', dice.often(0.5) ? folder() : '', dice.pick(files)));
  if (dice.often(0.3)) write('service/.serverless_plugins/p.js');
  if (dice.often(0.1)) write('service/.serverless/old.zip');
  for (let left = dice.below(4); left > 0; left--) {
    const target = dice.pick(names);
    const link = path.posix.join('service', dice.often(0.5) ? dice.pick(folders) : '', `link${left}${dice.pick(['', '.js'])}`);
    const goal = dice.often(0.5) ? target : path.posix.dirname(target);
    const above = path.posix.relative(goal, link); // a folder that a link within it leads to has no end
    if (goal === 'service' || !above.startsWith('..') || lstatSync(path.join(top, path.posix.dirname(link)), { throwIfNoEntry: false })?.isSymbolicLink()) continue;
    try {
      mkdirSync(path.join(top, path.posix.dirname(link)), { recursive: true });
      symlinkSync(dice.often(0.1) ? 'nowhere' : path.posix.relative(path.posix.dirname(link), goal), path.join(top, link));
    } catch (error) {
      if (!['ENOTDIR', 'EEXIST'].includes(error.code)) throw error;
    }
  }
  return names;
};

const literals = ['a', 'b', 'src', 'lib', 'index', 'js', 'ts', 'test', '.', '.js', '.ts', 'é', '日本', '1', 'a b', '-', '_', 'A', '.env', 'x', '@', 'v', 'node_modules', 'it'];
const classes = ['[ab]', '[a-c]', '[^a]', '[!a]', '[[:alpha:]]', '[[:digit:]]', '[^[:alpha:]]', '[a-zA-Z0-9]', '[.]', '[]a]', '[-a]', '[[:alnum:]_]', '[é]', '[0-9]', '[id]', '[\\]]'];
const escapes = ['\\*', '\\[', '\\]', '\\!', '\\{', '\\?', '\\(', '\\)', '\\a', '\\.', '\\@', '\\+'];

const piece = (dice, depth) => {
  const roll = dice.roll();
  const inner = () => (dice.often(0.1) ? `${text(dice, depth + 1)}/${text(dice, depth + 1)}` : dice.often(0.1) ? '**' : text(dice, depth + 1));
  if (roll < 0.42) return dice.pick(literals);
  if (roll < 0.6) return '*';
  if (roll < 0.66) return '?';
  if (roll < 0.74) return dice.pick(classes);
  if (roll < 0.83 && depth < 2) return `{${dice.some(3, () => (dice.often(0.1) ? '' : inner())).join(',')}}`;
  if (roll < 0.87) return dice.pick(['{1..3}', '{a..c}', '{01..10}', '{1..10..2}', '{c..a}', '{x}']);
  if (roll < 0.95 && depth < 2) return `${dice.pick(['@', '?', '*', '+', '!'])}(${dice.some(3, inner).join('|')})`;
  return dice.pick(escapes);
};
const text = (dice, depth) => dice.some(3, () => piece(dice, depth)).join('');

const quote = (name) => name.replace(/[\\*?[\]{}()!+@|]/g, '\\$&');

// A pattern about a file that is there, from named to merely like it.
const about = (dice, names) => {
  const name = dice.pick(names);
  const inside = name.startsWith('service/') ? name.slice(8) : `../${name}`;
  const folder = path.posix.dirname(inside);
  const [first] = inside.split('/');
  const extension = path.posix.extname(inside);
  switch (dice.below(14)) {
    case 0: return inside;
    case 1: return quote(inside);
    case 2: return folder === '.' ? '*' : `${folder}/**`;
    case 3: return folder === '.' ? '**' : `${quote(folder)}/**`;
    case 4: return folder === '.' ? '*' : `${folder}/*${extension}`;
    case 5: return `**/*${extension}`;
    case 6: return `**/${path.posix.basename(inside)}`;
    case 7: return first;
    case 8: return `${folder}/**/*`;
    case 9: return `./${inside}`;
    case 10: return `{${inside},${dice.pick(names).replace(/^service\//, '')}}`;
    case 11: return `*/${path.posix.basename(inside)}`;
    case 12: return `${first}/**/${path.posix.basename(inside)}`;
    default: return folder;
  }
};

const usual = ['**', '*', '**/*', '.*', '**/.*', '*.*', '*/*', '**/*.js', '**.js', '*/**', 'node_modules/**', './**', '**/node_modules/**', '../shared/**', '../shared/*', '***', 'src', 'src/', 'src/**/', '/src/**', '..', '../**/*.js'];

const pattern = (dice, names) => {
  const roll = dice.roll();
  const positive = roll < 0.45 ? about(dice, names) : roll < 0.65 ? dice.pick(usual)
    : dice.some(3, () => (dice.often(0.2) ? '**' : text(dice, 0))).join('/');
  return dice.often(0.01) ? dice.pick(['!', '']) : dice.often(0.45) ? `!${dice.often(0.03) ? '!' : ''}${positive}` : positive;
};

const patterns = (dice, names, oracle) => dice.some(6, () => pattern(dice, names)).filter((one) => !oracle.loses(one) && !oracle.explodes(one));

const packaging = (dice, names, oracle) => ({ patterns: patterns(dice, names, oracle), ...(dice.often(0.3) ? { individually: dice.often(0.7) } : {}) });

// Makes the service in `top`/service (a repository's root is at `top`) and gives what its serverless.yml says.
export const makeService = (seed, top, oracle) => {
  const dice = new Dice(seed);
  const names = makeTree(dice, top);
  const config = {
    service: 'made',
    provider: { name: 'aws', runtime: 'java21', deploymentBucket: 'somewhere' },
    ...(dice.often(0.85) ? { package: packaging(dice, names, oracle) } : {}),
    functions: { one: { handler: 'index.handler' }, two: { handler: 'index.handler' } },
  };
  if (dice.often(0.3)) config.functions.one.package = packaging(dice, names, oracle);
  if (dice.often(0.2)) config.functions.two.package = { individually: true };
  if (dice.often(0.1)) config.useDotenv = true;
  if (dice.often(0.1)) config.plugins = { localPath: dice.pick(['src', './lib', '.serverless_plugins', 'a/b']), modules: [] };
  const layer = dice.pick(names);
  if (dice.often(0.15) && layer.startsWith('service/') && layer.split('/').length > 2)
    config.layers = { three: { path: path.posix.dirname(layer).slice(8), ...(dice.often(0.5) ? { package: { patterns: patterns(dice, [layer], oracle) } } : {}) } };
  writeFileSync(path.join(top, 'service', 'serverless.yml'), JSON.stringify(config, null, 1));
  mkdirSync(path.join(top, '.git'));
  return config;
};
