// Debian in firmware mode is a hypervisor, too: its KVM runs a guest, whose G stage is the middle one of three.
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openImageStore } from '../../src/platform/node/index.js';
import { hypercraft } from './program.js';

const compiler = 'riscv64-linux-gnu-gcc';
const program = fileURLToPath(new URL('../../examples/nested-kvm/run.mjs', import.meta.url));

/** Whether there is a compiler with a static C library and Linux's headers. */
function compiles(): boolean {
  const input = '#include <linux/kvm.h>\nint main(void) { return 0; }\n';
  const { status } = spawnSync(compiler, ['-static', '-x', 'c', '-o', '/dev/null', '-'], { input });
  return status === 0;
}

await hypercraft(['images', 'pull', 'debian']);
const ready = compiles() && (await openImageStore().get('debian')) !== undefined;
if (!ready) console.log(`nested KVM not tested, for want of ${compiler} or the image debian`);

describe.skipIf(!ready)('nested KVM', () => {
  it.each(['on', 'off', 'always'])(
    'kvm of debian_jit %s_runs a guest with a device, a timer, a dirty log and two vCPUs',
    (jit) => {
      const output = execFileSync(process.execPath, [program, jit], { encoding: 'utf8', timeout: 550_000 });
      const said = [...output.matchAll(/^nested-kvm: (.*?)\r?$/gm)].map(([, line]) => line);
      expect(said).toEqual([
        "KVM's interface is version 0xc as it should be",
        'load from offset 0x8 as it should be',
        'the guest says: hello from the middle',
        'the number came back: 0x123456789abcdef as it should be',
        'timer interrupt, scause 0x8000000000000005 as it should be',
        'dirty pages 64 to 127: 0x1000002021 as it should be',
        'interrupt of the other hart, scause 0x8000000000000001 as it should be',
        'two harts added up to 0x64 as it should be',
        'the guest ended by event 0x1 as it should be',
        'passed',
      ]);
      expect(output).toMatch(/the guest ended by power-off\n$/);
    },
  );
});
