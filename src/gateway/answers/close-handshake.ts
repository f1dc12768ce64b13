import { endConnection } from '../../http/end-connection.ts';
import { acceptHandshake } from '../../http/websocket/accept-handshake.ts';
import { closeCodeOf, closeFrame, closeReason } from '../../http/websocket/close-frame.ts';
import { originOn } from '../arrival.ts';
import { reasonAgainstUpgrade } from '../authorize.ts';
import type { Denial } from './denial.ts';

/**
 * `websocket: {deny: close}`: takes the handshake, only to close it with a code and a reason that page script can read;
 * of an HTTP status it would see nothing but 1006. The app hears of none of it. Answers false, and has done nothing,
 * where the route does not say so, the handshake is none, or a page of another origin asks: that one gets its status.
 */
export function closeHandshake(denial: Denial): boolean {
  const { arrival, decisionId } = denial.opening;
  const { upgrade, request, response } = arrival;
  if (upgrade === undefined || denial.client !== 'websocket' || denial.route?.websocketDeny !== 'close') return false;
  if (denial.target === undefined || request.method !== 'GET') return false;
  const origin = { given: request.headers.origin, own: originOn(arrival.listener, denial.target.host) };
  if (reasonAgainstUpgrade(origin, denial.route) !== undefined) return false;
  const accepted = acceptHandshake(request.headers);
  if (accepted === undefined) return false;

  const { socket } = upgrade;
  response.detachSocket(request.socket);
  const lines = ['HTTP/1.1 101 Switching Protocols', `Postern-Decision-Id: ${decisionId}`];
  for (let at = 0; at + 1 < accepted.length; at += 2) lines.push(`${accepted[at]}: ${accepted[at + 1]}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  socket.write(closeFrame(closeCodeOf(denial.reason), closeReason(denial.reason, decisionId)));
  // What the client sends is read and dropped, its answer to the close too.
  socket.resume();
  endConnection(socket);
  return true;
}
