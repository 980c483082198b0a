import { readFile } from 'node:fs/promises';

/** Prints the counts of a vitest JSON report as one plain line, the last of `.ci/run`. */
const [, , file = '.out/test-results.json'] = process.argv;
const report = JSON.parse(await readFile(file, 'utf8')) as {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
};
const skipped = report.numPendingTests + report.numTodoTests;
process.stdout.write(`${report.numPassedTests} passed, ${report.numFailedTests} failed, ${skipped} skipped\n`);
