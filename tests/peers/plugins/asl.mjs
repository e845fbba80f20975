// Holds what `validate: true` accepts and refuses against the validator that serverless-step-functions calls, over definitions that
// are right but for one change made from a seed.
//
//   node asl.mjs DRIFTLESS NODE_MODULES SEED COUNT [FOLDER]
//
// Prints a table by the kind of change. Driftless is stricter in one thing on purpose: a target has to stand beside the state
// that leads to it, as Step Functions wants it; the validator looks for it in the whole definition. FOLDER keeps what
// differs. Exit status 1 when anything else differs.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { requireFramework } from './framework.mjs';

const [driftless, modules, seed, count, kept] = process.argv.slice(2);

requireFramework(modules);
const validate = createRequire(join(resolve(modules), 'x.js'))('asl-validator');

let state = Number(seed) || 1;
const random = () => { // mulberry32: a linear congruence would give some changes to some places alone
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];

const arn = 'arn:aws:lambda:us-east-1:111122223333:function:work';
const retry = [{ ErrorEquals: ['States.Timeout', 'Own'], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 1.5, JitterStrategy: 'FULL' }];
const paths = { InputPath: '$.in', OutputPath: '$', ResultPath: '$.result' };
const template = { 'id.$': '$.id', text: 'words', 'made.$': "States.Format('{}', $.a)", list: [1, 'two', { deep: true }], nothing: null };

// Every field of every type of state, in both query languages.
const withPaths = () => ({
  Comment: 'all', StartAt: 'Task', TimeoutSeconds: 60, Version: '1.0',
  States: {
    Task: { Type: 'Task', Comment: 'c', Resource: arn, ...paths, Parameters: template, ResultSelector: { 'a.$': '$.b' }, Credentials: { 'RoleArn.$': '$.role' }, TimeoutSeconds: 5, HeartbeatSecondsPath: '$.beat', Retry: retry, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed', ResultPath: '$.e' }], Assign: { 'x.$': '$.y' }, Next: 'Placed' },
    Placed: { Type: 'Task', Resource: '${Function}', HeartbeatSeconds: 3, TimeoutSecondsPath: '$.time', Next: 'Known' },
    Known: { Type: 'Task', Resource: { 'Fn::GetAtt': ['Work', 'Arn'] }, ResultPath: null, Next: 'Pass' },
    Pass: { Type: 'Pass', Result: { any: ['thing'] }, ...paths, Parameters: { a: 1 }, Assign: { b: 2 }, Next: 'Choice' },
    Choice: {
      Type: 'Choice', InputPath: '$', OutputPath: null, Default: 'Until', Assign: { c: 3 },
      Choices: [
        { Variable: '$.a', StringEquals: 'x', Next: 'For', Assign: { d: 4 } },
        { Variable: '$.n', NumericLessThanEqualsPath: '$.max', Next: 'For' },
        { And: [{ Variable: '$.a', IsPresent: true }, { Not: { Variable: '$.b', TimestampGreaterThan: '2026-01-31T12:00:00Z' } }], Next: 'Until' },
        { Or: [{ Variable: '$$.x', BooleanEquals: false }, { Variable: '$.t', IsTimestamp: true }, { Variable: '$.s', StringMatches: 'a*' }], Next: 'Map' },
      ],
    },
    For: { Type: 'Wait', Seconds: 1.5, InputPath: '$', Next: 'Each' },
    Until: { Type: 'Wait', Timestamp: '2026-01-31T12:00:00.5+01:00', Next: 'UntilPath' },
    UntilPath: { Type: 'Wait', TimestampPath: '$.at', Next: 'ForPath' },
    ForPath: { Type: 'Wait', SecondsPath: '$.for', Next: 'Each' },
    Each: { Type: 'Parallel', ...paths, Parameters: ['$.no', { 'a.$': '$' }], ResultSelector: { 'b.$': '$[0]' }, Branches: [{ StartAt: 'One', Comment: 'branch', TimeoutSeconds: 3, States: { One: { Type: 'Succeed', InputPath: '$.a' } } }, { StartAt: 'Two', States: { Two: { Type: 'Pass', End: true } } }], Retry: retry, Catch: [{ ErrorEquals: ['x'], Next: 'Failed' }], Assign: { e: 5 }, Next: 'Map' },
    Map: {
      Type: 'Map', ...paths, ItemsPath: "$['list'][0]", Label: 'label', MaxConcurrency: 2, ToleratedFailureCount: 1, ToleratedFailurePercentagePath: '$.p',
      ItemReader: { Resource: 'arn:aws:states:::s3:getObject', Parameters: { 'Bucket.$': '$.bucket' }, ReaderConfig: { InputType: 'CSV', MaxItems: 10 } },
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' }, StartAt: 'Item', States: { Item: { Type: 'Fail', Cause: 'c', ErrorPath: '$.e' } } },
      ItemSelector: { 'value.$': '$$.Map.Item.Value' }, ItemBatcher: { MaxItemsPerBatch: 5, MaxInputBytesPerBatchPath: '$.bytes', BatchInput: { a: 'b' } },
      ResultSelector: { 'r.$': '$' }, ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'out' } }, Retry: retry, Next: 'Old',
    },
    Old: { Type: 'Map', Iterator: { StartAt: 'Inner', States: { Inner: { Type: 'Pass', End: true } } }, Parameters: { 'v.$': '$' }, MaxConcurrencyPath: '$.n', ToleratedFailureCountPath: '$.c', ToleratedFailurePercentage: 50, End: true },
    Failed: { Type: 'Fail', Comment: 'c', CausePath: '$.c', Error: 'Own' },
  },
});
const withJsonata = () => ({
  StartAt: 'Task', QueryLanguage: 'JSONata',
  States: {
    Task: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: { Payload: '{% $states.input %}', Plain: 'x', list: [1, '{% $x %}', { a: null }] }, TimeoutSeconds: '{% $x %}', HeartbeatSeconds: 4, Credentials: { RoleArn: '{% $role %}' }, Output: { a: '{% $b %}' }, Assign: { x: '{% 1 + 2 %}', y: [true] }, Retry: retry, Catch: [{ ErrorEquals: ['x'], Next: 'Failed' }], Next: 'Choice' },
    Choice: { Type: 'Choice', Choices: [{ Condition: '{% $x > 1 %}', Next: 'Wait', Assign: { z: 1 } }], Default: 'Pass', Output: '{% $x %}' },
    Wait: { Type: 'Wait', Seconds: '{% $n %}', Output: { a: 1 }, Next: 'Until' },
    Until: { Type: 'Wait', Timestamp: '{% $when %}', Assign: { q: 'text' }, Next: 'Pass' },
    Pass: { Type: 'Pass', Result: 1, Output: '{% $a %}', Next: 'Each' },
    Each: { Type: 'Parallel', Arguments: '{% $x %}', Branches: [{ StartAt: 'One', States: { One: { Type: 'Succeed', Output: '{% $y %}' } } }], Output: { b: '{% $z %}' }, Next: 'Map' },
    Map: {
      Type: 'Map', Items: '{% $list %}', MaxConcurrency: '{% 3 %}', ToleratedFailureCount: 3, ToleratedFailurePercentage: '{% 5 %}', ItemSelector: { v: '{% $v %}' }, Label: 'l',
      ItemReader: { Resource: 'r', Arguments: { Bucket: '{% $b %}' }, ReaderConfig: { MaxItems: '{% 7 %}', Arguments: '{% $a %}' } },
      ItemBatcher: { MaxItemsPerBatch: '{% 5 %}', MaxInputBytesPerBatch: 1000, BatchInput: { a: '{% $b %}' } }, ResultWriter: { Resource: 'w', Arguments: { Bucket: 'x' } },
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Item', States: { Item: { Type: 'Pass', QueryLanguage: 'JSONPath', 'InputPath': '$.a', End: true } } }, Output: '{% $o %}', End: true,
    },
    Failed: { Type: 'Fail', Cause: '{% $c %}', Error: 'Own' },
  },
});

const values = [
  null, true, false, 0, 1, -1, 1.5, 101, 3e5, '', 'text', 'two\nlines', [], {}, ['text'], [null], [['text']], { a: 1 }, { 'a.$': '$.x' }, { 'a.$': 'text' }, { abc: [null] }, { a: 1, 'a.$': '$.x' },
  '$', '$.a.b', "$['a'][0]", '$.a[*]', '$..a', '$[-1]', '$[0:2]', '$[0,1]', '$[?(@.a > 3)]', '$[(@.length-1)]', '$$', '$$.a', '$name', '$name.a', '$.a[$.b]', '$ ', '$.', '$a b', '@', '@.a', "$.a['it\\'s']", '$.*',
  'States.UUID()', "States.Format('{}', $.a, 1)", 'States.MathAdd($.a, -1)', 'States.Array($.a,$.b , $.c)', 'States.Unknown($.a)', 'States.ArrayLength()', "States.Hash($.a, 'MD5') ",
  '{% $x %}', '{%$x%}', '{% $x\n %}', '{% $x', 'text %}', '2026-01-31T12:00:00Z', '2026-02-30T12:00:00Z', '2024-02-29 23:59:60+00:00', '2026-01-31T12:00:00', '2026-01-31',
  arn, 'arn:aws-cn:states:::sns:publish', 'arn:other:lambda:us-east-1:1:x', 'arn:aws:lambda:us-east-1:1:function:', 'arn:aws:s3:::*', '${One}', '${}', '${One}${Two}', { Ref: 'One' }, { Ref: 1 }, { 'Fn::Sub': 5 },
];
const fieldNames = () => {
  const names = new Set(['Unheard', 'Text.$', 'a.$', 'Comments']);
  const walk = (value) => {
    if (value && typeof value === 'object') for (const [key, below] of Object.entries(value)) { if (!Array.isArray(value)) names.add(key); walk(below); }
  };
  walk(withPaths());
  walk(withJsonata());
  return [...names];
};
const names = fieldNames();

const places = (value, at = []) =>
  value && typeof value === 'object' ? Object.keys(value).flatMap((key) => [[...at, key], ...places(value[key], [...at, key])]) : [];
const around = (definition, place) => place.slice(0, -1).reduce((value, key) => value[key], definition);
const stateNames = (definition) => places(definition).filter((place) => place.at(-2) === 'States').map((place) => place.at(-1));

// The validator takes "States", "Next" and their like for transitions and machines wherever they stand, payloads included (and ends
// with a TypeError where they hold something else): they are put into states alone.
const leads = ['States', 'StartAt', 'Next', 'Default', 'Branches', 'Iterator'];
const otherName = (parent) => pick(names.filter((name) => 'Type' in parent || !leads.includes(name)));

const changes = {
  'value of another kind': (definition, place) => { around(definition, place)[place.at(-1)] = structuredClone(pick(values)); },
  'field left out': (definition, place) => { const parent = around(definition, place); if (Array.isArray(parent)) parent.splice(Number(place.at(-1)), 1); else delete parent[place.at(-1)]; },
  'field added': (definition, place) => { const parent = around(definition, place); if (!Array.isArray(parent)) parent[otherName(parent)] ??= structuredClone(pick(values)); },
  'field of another state': (definition, place) => {
    const states = places(definition).filter((one) => one.at(-2) === 'States').map((one) => around(definition, one)[one.at(-1)]);
    const [from, to] = [pick(states), pick(states)];
    if (!from || !to || typeof from !== 'object' || typeof to !== 'object' || place.length === 0) return;
    const key = pick(Object.keys(from).filter((name) => !['Type', 'Branches', 'Iterator', 'ItemProcessor'].includes(name)));
    to[key] ??= structuredClone(from[key]);
  },
  'field renamed': (definition, place) => {
    const parent = around(definition, place), key = place.at(-1);
    if (Array.isArray(parent)) return;
    const value = parent[key];
    delete parent[key];
    parent[pick([`${key}x`, key.slice(0, -1), `${key}Path`, `${key}.$`, key.toLowerCase(), otherName(parent)])] = value;
  },
  'value in a list': (definition, place) => { const parent = around(definition, place); parent[place.at(-1)] = [parent[place.at(-1)]]; },
  'other target': (definition) => {
    const place = pick(places(definition).filter((one) => ['Next', 'StartAt', 'Default'].includes(one.at(-1))));
    around(definition, place)[place.at(-1)] = pick([...stateNames(definition), 'Nowhere']);
  },
};

const accepted = (definition) => {
  try {
    return validate(structuredClone(definition)).isValid;
  } catch {
    return false; // the plugin ends with this error
  }
};

const folder = mkdtempSync(join(tmpdir(), 'asl-'));
const compile = (definition) => {
  const service = {
    service: 'asl', plugins: ['serverless-step-functions'], provider: { name: 'aws', runtime: 'nodejs22.x' }, package: { artifact: 'code.zip' },
    stepFunctions: { validate: true, stateMachines: { one: { definition } } },
  };
  writeFileSync(join(folder, 'serverless.json'), JSON.stringify(service, null, 1));
  const run = spawnSync(driftless, ['compile', folder, '--stage', 'dev'], { encoding: 'utf8' });
  if (run.status !== 0 && run.status !== 2) throw new Error(`driftless compile ended with status ${run.status}: ${run.stderr}`);
  return { good: run.status === 0, told: run.stderr };
};

const onlyTargets = (told) =>
  told.split('\n').filter((line) => line.includes(' error: ')).every((line) => /leads to .*, which is no state|is never reached/.test(line));
const withoutLine = (told) => told.split('\n').filter((line) => line.includes(' error: ') && !/serverless\.json:\d+:\d+: /.test(line));

for (const right of [withPaths(), withJsonata()]) {
  const ours = compile(right);
  if (!accepted(right) || !ours.good) throw new Error(`an unchanged definition is refused: ${ours.told}`);
}
const table = Object.fromEntries(Object.keys(changes).map((kind) => [kind, { both: 0, neither: 0, stricter: 0, differ: 0 }]));
let different = 0;
for (let i = 0; i < Number(count); i++) {
  const definition = structuredClone(random() < 0.6 ? withPaths() : withJsonata()); // which share parts with the next
  const kind = pick(Object.keys(changes));
  const place = pick(places(definition));
  const before = JSON.stringify(definition);
  changes[kind](definition, place);
  if (JSON.stringify(definition) === before) { i--; continue; }
  const theirs = accepted(definition), ours = compile(definition), unplaced = withoutLine(ours.told);
  const column = theirs === ours.good ? (theirs ? 'both' : 'neither') : theirs && onlyTargets(ours.told) ? 'stricter' : 'differ';
  table[kind][column]++;
  if (column !== 'differ' && unplaced.length === 0) continue;
  different++;
  console.log(`DIFFERENT ${i} of seed ${seed}: ${kind} at /${place.join('/')}: the validator ${theirs ? 'accepts' : 'refuses'} it`);
  console.log(theirs ? ours.told.split('\n').slice(0, 6).join('\n') : unplaced.join('\n'));
  if (kept) { mkdirSync(kept, { recursive: true }); writeFileSync(join(kept, `${i}.json`), JSON.stringify(definition, null, 1)); }
}
rmSync(folder, { recursive: true });

const width = 24, row = (cells) => cells.map((cell, i) => String(cell)[i ? 'padStart' : 'padEnd'](i ? 18 : width)).join('');
console.log(row(['change', 'both accept', 'both refuse', 'target elsewhere', 'differ']));
for (const [kind, { both, neither, stricter, differ }] of Object.entries(table)) console.log(row([kind, both, neither, stricter, differ]));
const sum = (column) => Object.values(table).reduce((total, one) => total + one[column], 0);
console.log(row(['all', sum('both'), sum('neither'), sum('stricter'), sum('differ')]));
process.exitCode = different > 0 || sum('both') < 20 || sum('neither') < 100 ? 1 : 0;
