// The example of a guest that is saved in Node.js and goes on in a page, as a reader of the guide runs it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';

const EXECUTABLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const SERVER = fileURLToPath(new URL('../../examples/snapshot-to-browser/serve.mjs', import.meta.url));

/** The address that the server prints. */
function address(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    server.stdout!.on('data', (piece) => {
      text += piece;
      const found = /http:\S+/.exec(text)?.[0];
      if (found !== undefined) resolve(found);
    });
    server.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
}

describe.skipIf(EXECUTABLE === undefined)('the example snapshot-to-browser', () => {
  it('opened in Chromium_goes on with the guest and answers keys', { retry: 1, timeout: 180_000 }, async () => {
    const server = spawn(process.execPath, [SERVER, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    const browser = await chromium.launch({ executablePath: EXECUTABLE!, headless: true, timeout: 120_000, args });
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(await address(server));
      await page.waitForFunction('document.querySelector("#state").textContent.startsWith("going on")');
      await page.keyboard.type('from the page');
      // The guest ticks once a second, also between two keys where the machine is slow.
      await page.waitForFunction(() =>
        document
          .querySelector<HTMLTextAreaElement>('#console')!
          .value.replace(/tick \d+\r?\n/g, '')
          .includes('from the page'),
      );
      await page.keyboard.type('q');
      await page.waitForFunction('document.querySelector("#state").textContent === "ended by power-off"');
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
      server.kill();
    }
  });
});
