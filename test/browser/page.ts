// The page of the browser test: boots `hello` with the package's public API and gives back what it printed.
import { helloImage, planBoot, virtMachine } from '../../dist/boot/index.js';
import { Host, Vm, webPlatform } from '../../dist/index.js';

export interface PageResult {
  readonly isolated: boolean;
  readonly threads: boolean;
  readonly end: string;
  readonly console: string;
}

async function bootHello(mode: 'hypervisor' | 'firmware'): Promise<PageResult> {
  const platform = webPlatform({ workerUrl: '/worker.js' });
  const machine = virtMachine({ mode, memory: { base: 0x8000_0000n, size: 64n << 20n } });
  const boot = await planBoot({ machine, kernel: helloImage().bytes });
  const host = await Host.create({ platform });
  await using vm = await Vm.create(host, platform, { machine, boot });
  let text = '';
  vm.on('output', (bytes) => {
    text += String.fromCharCode(...bytes);
    if (text.includes('tick 2')) void vm.input(new TextEncoder().encode('hi q'));
  });
  const end = await vm.run();
  return {
    isolated: crossOriginIsolated,
    threads: platform.spawnWorker !== undefined,
    end: end.kind,
    console: text,
  };
}

/** Goes on with a guest that was saved in Node.js, from the body of a response. */
async function restoreHello(): Promise<PageResult> {
  const platform = webPlatform({ workerUrl: '/worker.js' });
  const host = await Host.create({ platform });
  await using vm = await Vm.restore(host, platform, (await fetch('/hello.snapshot')).body!);
  let text = '';
  vm.on('output', (bytes) => {
    text += String.fromCharCode(...bytes);
  });
  const ended = vm.run();
  await vm.input(new TextEncoder().encode('from Node q'));
  const end = await ended;
  return {
    isolated: crossOriginIsolated,
    threads: platform.spawnWorker !== undefined,
    end: end.kind,
    console: text,
  };
}

Object.assign(globalThis, { bootHello, restoreHello });
