// What was translated, for `--trace jit`: loaded only for that, since it brings the whole disassembler.
import type { Engine } from '../engine/index.js';
import { explainRegion, translatedRegions } from '../jit/explain.js';

/** Every region that is translated, its guest code beside its WebAssembly. */
export function* regionLines(engine: Engine): Generator<string, void, void> {
  const regions = translatedRegions(engine);
  yield `hypercraft: ${regions.length} translated regions, by their addresses in the host's memory`;
  for (const hpa of regions) {
    const text = explainRegion(engine, hpa)?.text;
    if (text === undefined) continue;
    yield `;; 0x${hpa.toString(16)}`;
    yield* text.trimEnd().split('\n');
  }
}
