import { expect, test } from '@jest/globals';
import { cafe, minute, stageSession } from '../support/judgement-risk.ts';

test('a stolen credential is no calmer for its owner’s step-up, and never makes the thief’s network known', () => {
  const { ask, wait, stepUp, proof } = stageSession();
  const stolen = { address: cafe, lastProofAtMs: proof.atMs };
  ask();
  for (let round = 0; round < 5; round += 1) {
    wait(minute);
    expect(ask(stolen).score).toBe(40);
    wait(minute);
    expect(ask().score).toBe(40);
    stepUp();
    expect(ask().score).toBe(0);
  }
  wait(minute);
  expect(ask(stolen).score).toBe(40);
});

test('a thief who waits is not forgotten', () => {
  const { ask, wait, proof } = stageSession();
  const stolen = { address: cafe, lastProofAtMs: proof.atMs };
  ask();
  ask(stolen);
  wait(7 * 24 * 60 * minute);
  expect(ask(stolen).score).toBe(40);
});
