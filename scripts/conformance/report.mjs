// docs/conformance.md: how the suites are built and run, a table of counts for each, and every failure with its cause.

const PREFACE = `# Conformance

What public suites make of the hart. Written by \`npm run conformance -- --write\` from runs on the author's machine. None of the
suites is part of the project: fetch and build them in a folder beside it, each in a folder under its own name.

    HYPERCRAFT_SUITES=~/suites npm run conformance -- riscv-tests            # one suite, interpreted and translated
    HYPERCRAFT_SUITES=~/suites npm run conformance -- riscv-tests/rv64ui     # a group or a test of it
    HYPERCRAFT_SUITES=~/suites npm run conformance -- --jit always --write   # all that are there, and this page

The bar is every test that both reference models pass, Spike (\`HYPERCRAFT_SPIKE\`) and QEMU 10 (\`HYPERCRAFT_QEMU\`). A failure is
asked of those that are installed. Against QEMU there is also \`npm run fuzz:cpu\`,
against Spike \`npm run fuzz:cpu -- --paging --spike\`.
`;

/** @param {{ suite: object, runs: { jit: string, models: object, tests: object[] }[] }[]} results */
export function reportText(results, causes) {
  const lines = [PREFACE, '| suite | tests | pass, interpreted | pass, translated |', '|---|---:|---:|---:|'];
  for (const { suite, runs } of results) {
    const [off, always] = ['off', 'always'].map((jit) => runs.find((run) => run.jit === jit)?.tests);
    lines.push(`| ${suite.name} | ${(off ?? always)?.length ?? ''} | ${count(off)} | ${count(always)} |`);
  }
  for (const { suite, runs } of results) lines.push('', ...suiteLines(suite, runs, causes));
  return `${lines.join('\n').trimEnd()}\n`;
}

const count = (tests) => (tests ? tests.filter((test) => test.passed).length : 'not run');

function suiteLines(suite, runs, causes) {
  const lines = [`## ${suite.name}`, '', `${suite.about}.`, ''];
  if (runs.length === 0) return [...lines, 'Not run.'];
  const models = Object.entries(runs[0].models).map(([name, version]) => `${name} ${version}`);
  lines.push(`Reference models of this run: ${models.join(', ') || 'none'}.`, '');
  lines.push('| group | tests | pass |', '|---|---:|---:|');
  for (const [group, members] of groupsOf(runs[0].tests))
    lines.push(`| ${group} | ${members.length} | ${count(members)} |`);
  const failures = failuresOf(runs);
  if (failures.size === 0) return [...lines, '', 'No failures.'];
  lines.push('', '| failure | what happened | in the reference models | cause |', '|---|---|---|---|');
  for (const [name, { detail, others, jits }] of failures) {
    const elsewhere = Object.entries(others ?? {}).map(([model, ok]) => `${ok ? 'passes' : 'fails'} in ${model}`);
    const which = jits.length === runs.length ? '' : ` (only with \`--jit ${jits[0]}\`)`;
    const cause = causes[`${suite.name}/${name}`] ?? 'unknown';
    lines.push(
      `| ${name}${which} | ${detail} | ${elsewhere.join(', ') || (suite.unasked ?? 'not asked')} | ${cause} |`,
    );
  }
  return lines;
}

/** The failing tests of all runs by name, with the runs in which they fail. */
function failuresOf(runs) {
  const failures = new Map();
  for (const { jit, tests } of runs) {
    for (const { name, passed, detail, others } of tests) {
      if (passed) continue;
      const known = failures.get(name) ?? { detail, others, jits: [] };
      if (!known.jits.includes(jit)) known.jits.push(jit);
      failures.set(name, known);
    }
  }
  return failures;
}

function groupsOf(tests) {
  const groups = new Map();
  for (const test of tests) groups.set(test.group, [...(groups.get(test.group) ?? []), test]);
  return groups;
}
