// What the translator takes for an instruction of a guest: the regions that begin at functions of Debian's kernel, one after the other on this
// thread, first while the translator is itself still interpreted and compiled by the runtime, then in turns over the same ones. Nothing is installed.
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { median } from './contest.mjs';

const PAGE = 4096;
const AT = 0x8020_0000;
/** Where the kernel has code of functions, behind its head. */
const FIRST_PAGE = 16;
const PAGES = 512;
const REGIONS = 1000;
/** c.jr ra. What follows one is the beginning of a function, as a rule. */
const RETURN = 0x8082;

export async function translate({ root, rounds }) {
  const at = (file) => import(join(root, 'dist', file));
  const { openImageStore } = await at('platform/node/index.js');
  const { unwrap } = await at('boot/index.js');
  const { Engine } = await at('engine/index.js');
  const { Translator } = await at('jit/translator.js');
  let kernel;
  try {
    kernel = (await unwrap(await (await openImageStore().pull('debian')).readKernel())).bytes;
  } catch (error) {
    console.error(`bench: translate needs the image debian: ${error.message}`);
    return undefined;
  }
  const engine = await Engine.create(Engine.createMemory(), () => 0);
  engine.u8.set(kernel.subarray(0, (FIRST_PAGE + PAGES + 1) * PAGE), AT);
  const translator = new Translator(engine, true);
  if (!translator.take()) throw new Error('there is no desk for a translator');
  const { supportedFeatures } = engine;
  const features = [Number(supportedFeatures & 0xffff_ffffn), Number((supportedFeatures >> 32n) & 0xffff_ffffn)];
  const places = beginnings(engine);

  const turn = () => {
    let instructions = 0;
    let bytes = 0;
    let milliseconds = 0;
    for (const hpa of places) {
      translator.lay(hpa, features);
      const began = performance.now();
      const translation = translator.translate(hpa & 0xffe);
      milliseconds += performance.now() - began;
      if (translation === undefined) continue;
      instructions += translator.region.instructions;
      bytes += translation.body.code.length;
    }
    return { instructions, bytes, us: (1000 * milliseconds) / instructions };
  };
  const first = turn();
  const later = Array.from({ length: Math.max(rounds, 3) * 3 }, turn).map(({ us }) => us);
  const before = getHeapStatistics().total_allocated_bytes;
  turn();
  const allocated = getHeapStatistics().total_allocated_bytes - before;
  const result = {
    regions: places.length,
    instructions: first.instructions,
    bytesOfWebAssembly: +(first.bytes / first.instructions).toFixed(1),
    usFirst: +first.us.toFixed(2),
    usLater: +median(later).toFixed(2),
    usBest: +Math.min(...later).toFixed(2),
    // The code and what is kept of it included; Node.js before version 24 does not tell.
    bytesAllocated: Number.isNaN(allocated) ? undefined : Math.round(allocated / first.instructions),
  };
  console.log(JSON.stringify(result));
  return result;
}

/** Where functions of the kernel begin, at most REGIONS of them. */
function beginnings({ view }) {
  const found = [];
  const from = AT + FIRST_PAGE * PAGE;
  const step = Math.ceil((PAGES * PAGE) / REGIONS);
  for (let at = from; at < from + PAGES * PAGE && found.length < REGIONS; at += step) {
    let hpa = at;
    while (hpa < at + step && view.getUint16(hpa, true) !== RETURN) hpa += 2;
    if (hpa + 2 < at + step) found.push(hpa + 2);
  }
  return found;
}
