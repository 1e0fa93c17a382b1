// docs/conformance.md: a table of counts for every suite, and every failure with its cause.

/** @param {{ models: Record<string, string>, causes: Record<string, string> }} about */
export function reportText(results, { models, causes }) {
  const names = Object.entries(models).map(([name, version]) => `${name} ${version}`);
  const lines = [
    '# Conformance',
    '',
    'What public suites make of the hart. Written by `npm run conformance`, which runs the suites that lie built beside the',
    'project (`HYPERCRAFT_SUITES`); none of them is part of it. The bar is every test that both reference models, Spike and',
    `QEMU, pass. Reference models of this run: ${names.join(', ') || 'none'}.`,
    '',
    '| suite | tests | pass | fail |',
    '|---|---:|---:|---:|',
    ...results.map(({ suite, tests }) => {
      if (tests.length === 0) return `| ${suite.name} | not run | | |`;
      const passed = tests.filter((test) => test.passed).length;
      return `| ${suite.name} | ${tests.length} | ${passed} | ${tests.length - passed} |`;
    }),
    '',
  ];
  for (const { suite, tests } of results) lines.push(...suiteLines(suite, tests, causes));
  return `${lines.join('\n').trimEnd()}\n`;
}

function suiteLines(suite, tests, causes) {
  const lines = [`## ${suite.name}`, '', `${suite.about}.`, ''];
  if (tests.length === 0) return [...lines, 'Not run: there was no build of it.', ''];
  lines.push('| group | tests | pass |', '|---|---:|---:|');
  for (const [group, members] of groupsOf(tests)) {
    lines.push(`| ${group} | ${members.length} | ${members.filter((test) => test.passed).length} |`);
  }
  lines.push('');
  const failures = tests.filter((test) => !test.passed);
  if (failures.length === 0) return lines;
  lines.push('| failure | what happened | in the reference models | cause |', '|---|---|---|---|');
  for (const { name, detail, others } of failures) {
    const elsewhere = Object.entries(others ?? {})
      .filter(([, ok]) => ok !== undefined)
      .map(([model, ok]) => `${ok ? 'passes' : 'fails'} in ${model}`);
    const cause = causes[`${suite.name}/${name}`] ?? 'unknown';
    lines.push(`| ${name} | ${detail} | ${elsewhere.join(', ') || 'not asked'} | ${cause} |`);
  }
  return [...lines, ''];
}

function groupsOf(tests) {
  const groups = new Map();
  for (const test of tests) groups.set(test.group, [...(groups.get(test.group) ?? []), test]);
  return groups;
}
