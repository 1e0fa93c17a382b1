// A region's guest code beside the WebAssembly it becomes, for people who want to know what the translator makes of theirs.

import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { disassemble } from '../isa/index.js';
import { FunctionWriter } from './function.js';
import { assembleModule } from './module.js';
import { Region } from './region.js';
import { textOf } from './text.js';

/** What {@link explainRegion} tells. */
export interface Explanation {
  /** Guest instructions in the region: the most that one way through it has. */
  readonly instructions: number;
  /** Basic blocks in it. */
  readonly blocks: number;
  /** A WebAssembly module with this region only. */
  readonly module: Uint8Array<ArrayBuffer>;
  /** The function's text; every guest instruction stands as a comment before what it became. */
  readonly text: string;
}

/**
 * Translates the region that begins at host address `hpa` as vCPU area `x` would run it, and installs nothing. Undefined if nothing there
 * has been decoded yet, or the first instruction is one for the interpreter.
 * @param va where the guest has the code, for its addresses in the text; `hpa` by default
 */
export function explainRegion(engine: Engine, x: number, hpa: number, va = BigInt(hpa)): Explanation | undefined {
  if (!engine.ensureDecoded(x, hpa)) return undefined;
  const page = hpa - (hpa % 4096);
  const base = engine.u32[(L.PAGE_DECODED + (hpa >>> 12) * 4) >>> 2]!;
  const slots = { u16: new Uint16Array(engine.memory.buffer), i32: new Int32Array(engine.memory.buffer) };
  const region = new Region();
  const decode = (offset: number) => engine.ensureDecoded(x, page + offset);
  if (!region.build(slots, base, hpa & 0xffe, decode) || region.size[0] === 0) return undefined;
  const writer = new FunctionWriter(region, 0, false);
  const guest = new Map<number, string>();
  const end = page + 4096;
  writer.trace = (at, position) => {
    const long = (engine.u8[page + at]! & 3) === 3;
    // The upper half of an instruction that crosses the page is on a page that is not the region's.
    const bits =
      long && page + at + 4 <= end ? engine.view.getUint32(page + at, true) : engine.view.getUint16(page + at, true);
    const pc = va - (va % 4096n) + BigInt(at);
    guest.set(position, `${pc.toString(16)}: ${disassemble(bits, pc, { aliases: true }).replace('\t', ' ')}`);
  };
  writer.write(slots);
  const code = writer.out.take();
  const lines = [`;; ${region.instructions} instructions, ${region.blocks} blocks, ${code.length} bytes`, 'func'];
  for (const { position, text } of textOf(code, new Set(guest.keys()))) {
    const comment = guest.get(position);
    if (comment !== undefined) lines.push(`${/^ */.exec(text)![0]};; ${comment}`);
    lines.push(text);
  }
  const module = assembleModule([{ code, hints: writer.hints.slice() }]);
  return { instructions: region.instructions, blocks: region.blocks, module, text: `${lines.join('\n')}\n` };
}
