// A region's guest code beside the WebAssembly it becomes, for people who want to know what the translator makes of theirs.

import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { disassemble } from '../isa/index.js';
import { decodedAnywhere, noHeads } from './heads.js';
import { assembleModule } from './module.js';
import { ANYWHERE } from './setting.js';
import { textOf } from './text.js';
import { type Features, Translator } from './translator.js';

const LIVE = 1;

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
 * has run yet, or the first instruction is one for the interpreter. If not all that it reaches has room, it is as the first region of its page would be: others leave out
 * what those begin with that were there before.
 * @param va where the guest has the code, for its addresses in the text; `hpa` by default
 * @param setting where it is run; by default as code of a system whose pages lie anywhere
 */
export function explainRegion(
  engine: Engine,
  hpa: number,
  va = BigInt(hpa),
  setting = ANYWHERE,
): Explanation | undefined {
  const features = featuresAnywhere(engine, hpa);
  if (features === undefined) return undefined;
  const page = hpa - (hpa % 4096);
  const translator = new Translator(engine, false);
  const { region, writer } = translator;
  const guest = new Map<number, string>();
  const end = page + 4096;
  writer.trace = (at, position) => {
    const long = (engine.u8[page + at]! & 3) === 3;
    const low = engine.view.getUint16(page + at, true);
    // The upper half of one that crosses the page is not the region's; what it is taken for stands in it.
    const high = page + at + 4 <= end ? engine.view.getUint16(page + at + 2, true) : (region.secondHalf ?? 0);
    const bits = long ? (low | (high << 16)) >>> 0 : low;
    const pc = va - (va % 4096n) + BigInt(at);
    guest.set(position, `${pc.toString(16)}: ${disassemble(bits, pc, { aliases: true }).replace('\t', ' ')}`);
  };
  if (!translator.take()) return undefined;
  translator.lay(hpa, features);
  const translation = translator.translate(hpa & 0xffe, setting, noHeads);
  translator.leave();
  if (translation === undefined) return undefined;
  const { body } = translation;
  const { code } = body;
  const lines = [`;; ${region.instructions} instructions, ${region.blocks} blocks, ${code.length} bytes`, 'func'];
  for (const { position, text } of textOf(code, new Set(guest.keys()), writer.registerNames())) {
    const comment = guest.get(position);
    if (comment !== undefined) lines.push(`${/^ */.exec(text)![0]};; ${comment}`);
    lines.push(text);
  }
  const module = assembleModule([body]).slice();
  return { instructions: region.instructions, blocks: region.blocks, module, text: `${lines.join('\n')}\n` };
}

/** The features that any realm has decoded the page of a host address for. */
function featuresAnywhere(engine: Engine, hpa: number): Features | undefined {
  for (const base of decodedAnywhere(engine, hpa >>> 12)) {
    const at = (engine.decodedHead(base) + L.HEAD_FEATURES) >>> 2;
    return [engine.u32[at]!, engine.u32[at + 1]!];
  }
  return undefined;
}

/** Host addresses of all regions that are translated now, in ascending order; each once, whatever number of realms has it. */
export function translatedRegions({ u32 }: Engine): number[] {
  const found = new Set<number>();
  for (let region = 0; region < L.MAX_REGIONS; region++) {
    const record = (L.REGION_AREA + region * L.REGION_BYTES) >>> 2;
    if (u32[record + 3] !== LIVE) continue;
    const slot = u32[record + 1]!;
    const area = L.REALM_AREA + Math.floor((slot - L.REALM_AREA) / L.REALM_STRIDE) * L.REALM_STRIDE;
    const place = slot - area - L.REALM_PAGES;
    const page = u32[((area + L.REALM_DECODED_OWNER) >>> 2) + Math.floor(place / L.DECODED_STRIDE)]!;
    found.add(page * 4096 + (place % L.DECODED_STRIDE) / (L.SLOT_BYTES / 2));
  }
  return [...found].sort((a, b) => a - b);
}
