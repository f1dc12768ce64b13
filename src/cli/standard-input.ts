/** All of standard input, or a little more than `maxBytes` of it. */
export async function readStandardInput(maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    total += chunk.length;
    chunks.push(chunk);
    if (total > maxBytes) break;
  }
  return Buffer.concat(chunks);
}
