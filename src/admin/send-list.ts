import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { takeTurns } from '../config/take-turns.ts';

/** So many characters are sent at once. */
const chunkLength = 32_768;

/**
 * Answers with a JSON object that has a long list in it, so that neither its text nor the time that it takes grows with the
 * list: what was described is sent as it comes, at the speed of whoever reads. A fault on the way breaks the answer off.
 * @param after the fields behind the list, asked when all of it was sent
 */
export async function sendList(
  response: Response,
  before: Readonly<Record<string, unknown>>,
  name: string,
  entries: AsyncIterable<unknown> | Iterable<unknown>,
  after: (length: number) => Readonly<Record<string, unknown>>,
): Promise<void> {
  async function* text(): AsyncGenerator<string> {
    const turns = takeTurns();
    let waiting = `{${fieldsOf(before)
      .map((field) => `${field},`)
      .join('')}${JSON.stringify(name)}:[`;
    let length = 0;
    for await (const entry of entries) {
      waiting += (length === 0 ? '' : ',') + JSON.stringify(entry);
      length += 1;
      if (waiting.length >= chunkLength) {
        yield waiting;
        waiting = '';
      }
      await turns();
    }
    yield `${waiting}]${fieldsOf(after(length))
      .map((field) => `,${field}`)
      .join('')}}`;
  }

  response.type('application/json');
  try {
    await pipeline(Readable.from(text(), { objectMode: true, highWaterMark: 1 }), response);
  } catch (thrown) {
    // Somebody who left needs no answer.
    if (!response.destroyed || (thrown as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw thrown;
  }
}

function fieldsOf(fields: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${JSON.stringify(name)}:${JSON.stringify(value)}`],
  );
}
