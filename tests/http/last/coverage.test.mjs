import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { coverageFolder, operations } from '../lib/contract.mjs';

test('every operation of the contract was exercised', () => {
  const told = readdirSync(coverageFolder).flatMap((name) => JSON.parse(readFileSync(join(coverageFolder, name), 'utf8')));
  const exercised = new Set(told);
  assert.deepEqual(
    operations.filter((operation) => !exercised.has(operation)),
    [],
  );
});
