// `npm run conformance [-- --suites DIR] [--only SUITE[/GROUP]]... [--no-write]`: runs the public conformance suites that
// lie built in DIR (or $HYPERCRAFT_SUITES), a folder each under its own name, and writes docs/conformance.md: counts, and
// every failure with what QEMU and Spike make of the same test, where they are installed. A suite that is not there is
// reported as not run. Nothing of a suite is part of this project.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { endText, library, runGuest, runImage } from './guest.mjs';
import { references } from './reference.mjs';
import { reportText } from './report.mjs';
import * as kvmUnitTests from './suites/kvm-unit-tests.mjs';
import * as archTest from './suites/riscv-arch-test.mjs';
import * as hypTests from './suites/riscv-hyp-tests.mjs';
import * as riscvTests from './suites/riscv-tests.mjs';
import * as testfloat from './suites/testfloat.mjs';

const SUITES = [riscvTests, archTest, hypTests, kvmUnitTests, testfloat];
const tools = { runGuest, runImage, endText, assemble: library.assemble };

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    suites: { type: 'string', default: process.env.HYPERCRAFT_SUITES ?? join(root, '..', 'suites') },
    only: { type: 'string', multiple: true, default: [] },
    'no-write': { type: 'boolean', default: false },
  },
});

const models = references();
const results = [];
for (const suite of SUITES) {
  const wanted = options.only.filter((only) => only.split('/')[0] === suite.name);
  if (options.only.length > 0 && wanted.length === 0) continue;
  const groups = wanted.map((only) => only.slice(suite.name.length + 1)).filter((group) => group !== '');
  results.push(await runSuite(suite, groups));
}

async function runSuite(suite, groups) {
  const folder = join(resolve(options.suites), suite.name);
  const found = existsSync(folder) ? suite.tests(folder) : [];
  const tests = found.filter(
    ({ group, name }) => groups.length === 0 || groups.some((g) => group.startsWith(g) || name === g),
  );
  if (tests.length === 0) {
    console.log(`${suite.name}: not run, nothing built in ${folder}`);
    return { suite, tests: [] };
  }
  const started = performance.now();
  const outcomes = [];
  for (const test of tests) {
    const outcome = await suite.run(test, { ...tools, models: Object.keys(models) });
    // A program of many assertions counts as these, and as itself only where it went wrong as a whole.
    const { parts = [] } = outcome;
    const counted = outcome.passed && parts.length > 0 ? [] : [{ ...test, ...outcome }];
    outcomes.push(...counted, ...parts.map((part) => ({ ...test, ...part })));
  }
  for (const test of outcomes.filter((outcome) => !outcome.passed)) {
    const others = {};
    for (const model of Object.keys(models)) others[model] = await suite.inReference?.(model, test);
    test.others = others;
    const words = Object.entries(others).map(
      ([model, ok]) => `${model}: ${ok === undefined ? 'not asked' : ok ? 'passes' : 'fails'}`,
    );
    console.log(`${suite.name}/${test.name}: ${test.detail} (${words.join(', ') || 'no reference model'})`);
  }
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  const seconds = (performance.now() - started) / 1000;
  console.log(`${suite.name}: ${passed} of ${outcomes.length} pass, ${seconds.toFixed(1)} s`);
  return { suite, tests: outcomes };
}

if (!options['no-write'] && options.only.length === 0) {
  const causes = JSON.parse(readFileSync(new URL('./causes.json', import.meta.url), 'utf8'));
  writeFileSync(join(root, 'docs', 'conformance.md'), reportText(results, { models, causes }));
}
const failed = results
  .flatMap(({ tests }) => tests)
  .filter(({ passed, others }) => {
    const known = Object.values(others ?? {}).filter((ok) => ok !== undefined);
    return !passed && !(known.length > 0 && known.includes(false));
  });
process.exit(failed.length > 0 ? 1 : 0);
