// The core in a real browser: Debian's headless Chromium boots `hello`, in a worker where the page is cross-origin isolated
// and in slices on the page's own thread where it is not.
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helloImage, planBoot, virtMachine } from '../../dist/boot/index.js';
import { Host, Vm } from '../../dist/index.js';
import { nodePlatform } from '../../dist/platform/node/index.js';
import type { PageResult, TogetherResult } from './page.js';

const EXECUTABLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Bundles for a browser: fails on any `node:` import. */
async function bundle(entry: string): Promise<string> {
  const path = fileURLToPath(new URL(entry, import.meta.url));
  const options = { bundle: true, format: 'esm', platform: 'browser', target: 'es2022', write: false } as const;
  const { outputFiles } = await build({ ...options, entryPoints: [path], logLevel: 'silent' });
  return outputFiles[0]!.text;
}

/** Serves the page, and with `isolated` the headers that let it share memory with workers. */
function serve(files: Record<string, [type: string, body: string | Uint8Array]>, isolated: boolean): Promise<Server> {
  const server = createServer((request, response) => {
    const file = files[request.url ?? ''];
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    const isolation = isolated
      ? { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
      : {};
    response.writeHead(200, { 'content-type': file[0], ...isolation }).end(file[1]);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/** `hello` as it is after its greeting, saved here. */
async function savedHello(): Promise<Uint8Array> {
  const machine = virtMachine({ memory: { base: 0x8000_0000n, size: 64n << 20n } });
  const boot = await planBoot({ machine, kernel: helloImage().bytes });
  const host = await Host.create({ platform: nodePlatform() });
  await using vm = await Vm.create(host, host.platform, { machine, boot });
  const greeted = new Promise((resolve) => vm.on('output', resolve));
  vm.run().catch(() => {});
  await greeted;
  return await vm.snapshot();
}

it('the core_bundled for a browser_imports nothing of Node.js', async () => {
  const text = await bundle('../../dist/index.js');
  expect(text).not.toMatch(/["']node:/);
});

describe.skipIf(EXECUTABLE === undefined)('in Chromium', () => {
  let browser: Browser;
  let files: Record<string, [string, string | Uint8Array]>;

  beforeAll(async () => {
    files = {
      '/': ['text/html', '<!doctype html><title>hypercraft</title><script type="module" src="/page.js"></script>'],
      '/page.js': ['text/javascript', await bundle('./page.ts')],
      '/hello.snapshot': ['application/octet-stream', await savedHello()],
      '/worker.js': ['text/javascript', await bundle('../../dist/platform/browser/worker.js')],
    };
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    browser = await chromium.launch({ executablePath: EXECUTABLE!, headless: true, timeout: 120_000, args });
  });

  afterAll(() => browser?.close());

  it.each([
    ['hypervisor', true],
    ['hypervisor', false],
    ['firmware', true],
  ] as const)('hello in %s mode with isolation %s_booted_ticks, echoes and powers off', async (mode, isolated) => {
    const server = await serve(files, isolated);
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(200_000);
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.waitForFunction('globalThis.bootHello !== undefined');
      const result = (await page.evaluate(`bootHello('${mode}')`)) as PageResult;
      expect(result).toMatchObject({ isolated, threads: isolated, end: 'power-off' });
      expect(result.console).toMatch(/^Hello from a hypercraft guest: hart 0/);
      expect(result.console).toContain('tick 2\nhi Bye.\n');
      expect(problems).toEqual([]);
      await page.close();
    } finally {
      server.close();
    }
  });

  it.each([true, false])('a guest saved in Node.js_restored with isolation %s_goes on', async (isolated) => {
    const server = await serve(files, isolated);
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(200_000);
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.waitForFunction('globalThis.restoreHello !== undefined');
      const result = (await page.evaluate('restoreHello()')) as PageResult;
      expect(result).toMatchObject({ isolated, threads: isolated, end: 'power-off' });
      expect(result.console).not.toContain('Hello');
      expect(result.console).toMatch(/from Node Bye\.\n$/);
      await page.close();
    } finally {
      server.close();
    }
  });

  it.skipIf(availableParallelism() < 2)(
    'two harts of a guest_isolated_run on two workers at the same time',
    async () => {
      const server = await serve(files, true);
      try {
        const page = await browser.newPage();
        page.setDefaultTimeout(80_000);
        await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
        await page.waitForFunction('globalThis.together !== undefined');
        const result = (await page.evaluate('together()')) as TogetherResult;
        expect(result).toMatchObject({ isolated: true, end: 'power-off', answers: [3_000, 3_000] });
        expect(result.cores).toBeGreaterThan(1);
        // Taking turns on one thread an answer takes a turn of 4 ms each time; on two it does where there is no core for one of them.
        expect(result.hundred).toBeLessThan(200);
        await page.close();
      } finally {
        server.close();
      }
    },
  );
});
