// A region's guest code beside the WebAssembly it becomes, for people who want to know what the translator makes of theirs.

import type { Engine } from '../engine/index.js';
import { disassemble } from '../isa/index.js';
import { assembleModule } from './module.js';
import { textOf } from './text.js';
import { featuresOf, Translator } from './translator.js';

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
 * Translates the region that begins at host address `hpa` as harts run it, and installs nothing. Undefined if nothing of its page
 * has run yet, or the first instruction is one for the interpreter.
 * @param va where the guest has the code, for its addresses in the text; `hpa` by default
 */
export function explainRegion(engine: Engine, hpa: number, va = BigInt(hpa)): Explanation | undefined {
  const features = featuresOf(engine, hpa);
  if (features === undefined) return undefined;
  const page = hpa - (hpa % 4096);
  const translator = new Translator(engine, false);
  const { region, writer } = translator;
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
  if (!translator.take()) return undefined;
  translator.lay(hpa, features);
  const translation = translator.translate(hpa & 0xffe);
  translator.leave();
  if (translation === undefined) return undefined;
  const { body } = translation;
  const { code } = body;
  const lines = [`;; ${region.instructions} instructions, ${region.blocks} blocks, ${code.length} bytes`, 'func'];
  for (const { position, text } of textOf(code, new Set(guest.keys()))) {
    const comment = guest.get(position);
    if (comment !== undefined) lines.push(`${/^ */.exec(text)![0]};; ${comment}`);
    lines.push(text);
  }
  const module = assembleModule([body]);
  return { instructions: region.instructions, blocks: region.blocks, module, text: `${lines.join('\n')}\n` };
}
