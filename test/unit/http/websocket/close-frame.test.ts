import { describe, expect, test } from '@jest/globals';
import { reasonCodes } from '../../../../src/decision/reason.ts';
import { closeCodeOf, closeFrame, closeReason } from '../../../../src/http/websocket/close-frame.ts';

describe('a close frame', () => {
  test('holds code and reason', () => {
    const frame = closeFrame(3000, 'why');
    expect([frame[0], frame[1], frame.readUInt16BE(2), frame.toString('utf8', 4)]).toEqual([0x88, 5, 3000, 'why']);
  });

  test('towards an app is masked', () => {
    const frame = closeFrame(1001, 'x', Buffer.of(1, 2, 3, 4));
    expect(frame.toString('hex')).toBe('8883010203040' + '2eb7b');
  });

  test('never has a payload over 125 bytes', () => {
    expect(() => closeFrame(3000, 'é'.repeat(62))).toThrow(RangeError);
    expect(closeFrame(3000, 'x'.repeat(123))).toHaveLength(127);
  });
});

test.each(reasonCodes)('the reason %s and a decision id fit into 123 bytes', (code) => {
  const reason = closeReason(code, `dec_${'0'.repeat(26)}`);
  expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  expect(JSON.parse(reason)).toEqual({ code, id: `dec_${'0'.repeat(26)}` });
});

test('a reason that would not fit goes without the id', () => {
  expect(closeReason('session_expired', 'é'.repeat(60))).toBe('{"code":"session_expired"}');
});

test.each([
  ['login_required', 3000],
  ['session_revoked', 3000],
  ['step_up_required', 3000],
  ['explicit_deny', 3003],
  ['route_unknown', 3003],
  ['shutting_down', 1012],
  ['state_unavailable', 1013],
  ['rate_limited', 1013],
  ['upstream_unreachable', 1014],
] as const)('%s closes with %i', (reason, code) => {
  expect(closeCodeOf(reason)).toBe(code);
});
