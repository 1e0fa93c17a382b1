// The page of the browser benchmark: the same program in hypercraft and in v86.
import { webPlatform } from '../../dist/index.js';
import { runGuest } from './guest.mjs';
import { Marks } from './marks.mjs';

const bytesOf = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

async function hypercraft(url) {
  return runGuest(webPlatform({ workerUrl: '/worker.js' }), await bytesOf(url));
}

async function v86(url, turns) {
  const module = '/v86.mjs';
  const { V86 } = await import(module);
  const image = (await bytesOf(url)).buffer;
  const machine = { wasm_path: '/v86.wasm', memory_size: 64 << 20, vga_memory_size: 2 << 20 };
  const emulator = new V86({ ...machine, multiboot: { buffer: image }, autostart: true, disable_speaker: true });
  const marks = new Marks();
  let begun = '';
  return new Promise((resolve) => {
    emulator.add_listener('serial0-output-byte', (byte) => {
      const text = String.fromCharCode(byte);
      if (begun === 'begin\n') marks.take(text, 16);
      else {
        begun += text;
        if (begun === 'begin\n') marks.start();
      }
      if (marks.times.length === turns) resolve(marks.run);
    });
  });
}

Object.assign(globalThis, { contestants: { hypercraft, v86 } });
