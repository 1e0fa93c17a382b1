// Prints a device tree as source text (`hypercraft dtb`), guessing what each property's bytes mean as `dtc` does.
// Devicetree Specification 0.4, chapter 6, "Devicetree Source (DTS) Format".

import { encodeFdtValue, type Fdt, type FdtNode } from './fdt.js';

/** The tree as DTS text that `dtc` compiles back to the same tree. */
export function formatDts(fdt: Fdt): string {
  const lines = ['/dts-v1/;', ''];
  for (const { address, size } of fdt.reservations ?? []) {
    lines.push(`/memreserve/ 0x${address.toString(16)} 0x${size.toString(16)};`);
  }
  formatNode({ ...fdt.root, name: '/' }, '', lines);
  return `${lines.join('\n')}\n`;
}

function formatNode(node: FdtNode, indent: string, lines: string[]): void {
  lines.push(`${indent}${node.name} {`);
  const inner = `${indent}\t`;
  for (const [name, value] of Object.entries(node.properties)) {
    const text = formatValue(encodeFdtValue(value));
    lines.push(text === '' ? `${inner}${name};` : `${inner}${name} = ${text};`);
  }
  for (const child of node.children ?? []) {
    lines.push('');
    formatNode(child, inner, lines);
  }
  lines.push(`${indent}};`);
}

function formatValue(bytes: Uint8Array): string {
  if (bytes.length === 0) return '';
  const strings = printableStrings(bytes);
  if (strings) return strings.map((text) => `"${text.replace(/[\\"]/g, '\\$&')}"`).join(', ');
  if (bytes.length % 4 === 0) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const cells = Array.from({ length: bytes.length / 4 }, (_, i) => `0x${view.getUint32(i * 4).toString(16)}`);
    return `<${cells.join(' ')}>`;
  }
  return `[${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}]`;
}

/** The strings in `bytes`, where they are nothing but non-empty printable strings, each terminated. */
function printableStrings(bytes: Uint8Array): string[] | undefined {
  if (bytes.at(-1) !== 0) return undefined;
  for (const byte of bytes) if (byte !== 0 && (byte < 0x20 || byte > 0x7e)) return undefined;
  const strings = new TextDecoder().decode(bytes.subarray(0, -1)).split('\0');
  return strings.every((text) => text !== '') ? strings : undefined;
}
