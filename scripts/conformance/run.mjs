// `npm run conformance [-- SUITE[/GROUP]... --suites DIR --jit off|always --write]`: runs public conformance suites that lie
// built in DIR (or $HYPERCRAFT_SUITES, or `suites` beside the project), a folder each under its own name; docs/conformance.md
// says how they are built. Each is run interpreted and translated. Results are kept, and --write makes docs/conformance.md of
// all that there are. Nothing of a suite is part of this project, and nothing is fetched.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { endText, library, runGuest, runImage, setJit } from './guest.mjs';
import { references } from './reference.mjs';
import { reportText } from './report.mjs';
import * as kvmUnitTests from './suites/kvm-unit-tests.mjs';
import * as archTest from './suites/riscv-arch-test.mjs';
import * as hypTests from './suites/riscv-hyp-tests.mjs';
import * as riscvTests from './suites/riscv-tests.mjs';
import * as testfloat from './suites/testfloat.mjs';

const SUITES = [riscvTests, archTest, hypTests, kvmUnitTests, testfloat];
const JITS = ['off', 'always'];
const root = fileURLToPath(new URL('../..', import.meta.url));
const kept = join(root, 'node_modules', '.cache', 'hypercraft', 'conformance');

function fail(message) {
  console.error(`conformance: ${message}`);
  process.exit(2);
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        suites: { type: 'string', default: process.env.HYPERCRAFT_SUITES ?? join(root, '..', 'suites') },
        jit: { type: 'string', multiple: true, default: JITS },
        write: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return fail(error.message);
  }
}

const { values: options, positionals } = parse();
for (const jit of options.jit) if (!JITS.includes(jit)) fail(`--jit is ${JITS.join(' or ')}, not ${jit}`);

const asked = positionals.map((text) => {
  const [name, ...group] = text.split('/');
  const suite = SUITES.find((each) => each.name === name);
  if (!suite) fail(`no suite is called ${name}; there are ${SUITES.map((each) => each.name).join(', ')}`);
  return { suite, group: group.join('/') };
});
const models = references();
let failed = 0;

for (const suite of SUITES) {
  const wanted = asked.filter((each) => each.suite === suite);
  if (asked.length > 0 && wanted.length === 0) continue;
  const folder = join(resolve(options.suites), suite.name);
  const found = existsSync(folder) ? suite.tests(folder) : [];
  if (found.length === 0) {
    const missing = existsSync(folder) ? `nothing is built in ${folder}` : `there is no ${folder}`;
    const message = `${suite.name}: ${missing}; docs/conformance.md says how to build it (--suites gives another place)`;
    if (wanted.length > 0) fail(message);
    console.log(message);
    continue;
  }
  const groups = wanted.map(({ group }) => group).filter((group) => group !== '');
  const tests = found.filter(
    ({ group, name }) => groups.length === 0 || groups.some((g) => group.startsWith(g) || name === g),
  );
  if (tests.length === 0) fail(`${suite.name} has no group or test ${groups.join(' or ')}`);
  for (const jit of options.jit) {
    const outcomes = await runTests(suite, tests, jit);
    if (groups.length === 0) keep(suite, jit, outcomes);
    failed += outcomes.filter(({ passed, others }) => !passed && !Object.values(others ?? {}).includes(false)).length;
  }
}
if (options.write) writeReport();
process.exit(failed > 0 ? 1 : 0);

async function runTests(suite, tests, jit) {
  setJit(jit);
  const tools = { runGuest, runImage, endText, assemble: library.assemble, models: Object.keys(models) };
  const started = performance.now();
  const outcomes = [];
  for (const { path, ...test } of tests) {
    const outcome = await suite.run({ path, ...test }, tools);
    // A program of many assertions counts as these, and as itself only where it went wrong as a whole.
    const { parts = [] } = outcome;
    const counted = outcome.passed && parts.length > 0 ? [] : [outcome];
    for (const { passed, detail, ...part } of [...counted, ...parts]) {
      const { group, name } = { ...test, ...part };
      const told = { group, name, passed };
      if (!passed) {
        told.detail = detail;
        told.others = await inReferences(suite, { path, ...test, group, name });
        console.log(`${suite.name}/${name}: ${detail} (${elsewhere(told.others)})`);
      }
      outcomes.push(told);
    }
  }
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  const seconds = (performance.now() - started) / 1000;
  console.log(`${suite.name}, --jit ${jit}: ${passed} of ${outcomes.length} pass, ${seconds.toFixed(1)} s`);
  return outcomes;
}

/** What the reference models that are installed make of a test: whether it passes, by name. */
async function inReferences(suite, test) {
  const others = {};
  for (const model of Object.keys(models)) {
    const passes = await suite.inReference?.(model, test);
    if (passes !== undefined) others[model] = passes;
  }
  return others;
}

function elsewhere(others) {
  const words = Object.entries(others).map(([model, passes]) => `${passes ? 'passes' : 'fails'} in ${model}`);
  return words.join(', ') || 'no reference model was asked';
}

function keep(suite, jit, tests) {
  mkdirSync(kept, { recursive: true });
  writeFileSync(join(kept, `${suite.name}.${jit}.json`), JSON.stringify({ models, tests }));
}

function writeReport() {
  const files = existsSync(kept) ? readdirSync(kept) : [];
  const results = SUITES.map((suite) => {
    const runs = JITS.filter((jit) => files.includes(`${suite.name}.${jit}.json`));
    return {
      suite,
      runs: runs.map((jit) => ({ jit, ...JSON.parse(readFileSync(join(kept, `${suite.name}.${jit}.json`), 'utf8')) })),
    };
  });
  const causes = JSON.parse(readFileSync(new URL('./causes.json', import.meta.url), 'utf8'));
  const file = join(root, 'docs', 'conformance.md');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, reportText(results, causes));
  console.log(`wrote ${file}`);
}
