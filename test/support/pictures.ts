import { deflateSync } from 'node:zlib';

const rowBytes = 1;

function chunk(name: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  // No reader of ours looks at the checksum; browsers are shown pictures in SVG.
  return Buffer.concat([length, Buffer.from(name, 'latin1'), data, Buffer.alloc(4)]);
}

/** A PNG of one colour. */
export function pngOf(width: number, height: number): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const rows = deflateSync(Buffer.alloc(height * (rowBytes + Math.ceil(width / 8))));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** As much of a WebP as tells that it is one. */
export function webpOf(payload = Buffer.alloc(8)): Buffer {
  const head = Buffer.from('RIFF\0\0\0\0WEBPVP8L', 'latin1');
  head.writeUInt32LE(head.length - 8 + payload.length, 4);
  return Buffer.concat([head, payload]);
}

/** A round picture in one colour. */
export function svgOf(inner = "<circle cx='12' cy='12' r='10' fill='#0550ae'/>", before = ''): string {
  return `${before}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${inner}</svg>\n`;
}
