// Device trees: written and read back, printed, compared with Debian's `dtc` where it is installed.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenCopies, onlyTypedErrors } from './broken.test-support.js';
import { amendChosen, buildDeviceTree, describeMachine } from './device-tree.js';
import { formatDts } from './dts.js';
import { encodeFdtValue, type FdtNode, type FdtReadNode, readFdt, writeFdt } from './fdt.js';
import { type MachineMode, virtMachine } from './machine-description.js';

const MEMORY = { base: 0x8000_0000n, size: 512n << 20n };

function machine(mode: MachineMode, harts = 2) {
  return virtMachine({ mode, harts, memory: MEMORY, virtioMmio: [{ base: 0x1000_1000n, size: 0x1000n, irq: 1 }] });
}

/** The node at `path`, whose parts may leave out the unit address. */
function at(root: FdtReadNode, path: string): FdtReadNode {
  return path
    .split('/')
    .filter(Boolean)
    .reduce((node, part) => {
      const child = node.children.find(({ name }) => name === part || name.startsWith(`${part}@`));
      if (!child) throw new Error(`no ${part} in ${node.name}`);
      return child;
    }, root);
}

function cells(node: FdtReadNode, property: string): number[] {
  const bytes = node.properties[property]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4));
}

function text(node: FdtReadNode, property: string): string[] {
  return new TextDecoder().decode(node.properties[property]).replace(/\0$/, '').split('\0');
}

function dtc(args: string[], input: Uint8Array | string): Buffer | undefined {
  try {
    return execFileSync('dtc', ['-q', ...args], { input, stdio: ['pipe', 'pipe', 'pipe'] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

describe('writeFdt and readFdt', () => {
  it('everyKindOfValue_comesBackAsItsBytes', () => {
    const properties = {
      empty: true,
      cell: 0x1234,
      cells: [1, 0xffff_ffff],
      wide: 0x1_0000_0000n,
      wides: [1n, 2n],
      string: 'text',
      strings: ['one', 'two'],
      bytes: new Uint8Array([1, 2, 3]),
    } as const;
    const child: FdtNode = { name: 'child@1', properties: { 'a-property': 1 } };
    const blob = writeFdt({
      root: { name: '', properties, children: [child] },
      reservations: [{ address: 0x8000_0000n, size: 0x1000n }],
      bootCpu: 3,
    });
    const read = readFdt(blob);
    expect(read.totalSize).toBe(blob.length);
    expect(read.bootCpu).toBe(3);
    expect(read.reservations).toEqual([{ address: 0x8000_0000n, size: 0x1000n }]);
    for (const [name, value] of Object.entries(properties)) {
      expect([...read.root.properties[name]!], name).toEqual([...encodeFdtValue(value)]);
    }
    expect([...encodeFdtValue(['one', 'two'])]).toEqual([...Buffer.from('one\0two\0')]);
    expect([...encodeFdtValue(0x1_0000_0000n)]).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
    expect(read.root.children.map(({ name }) => name)).toEqual(['child@1']);
  });

  it.each([
    ['an empty file', () => new Uint8Array(0), 'DTB_TRUNCATED'],
    ['zeros', () => new Uint8Array(100), 'DTB_MAGIC'],
    ['half a blob', () => buildDeviceTree(machine('bare')).slice(0, 600), 'DTB_TRUNCATED'],
    ['version 1', () => withWord(5, 1), 'DTB_VERSION'],
    ['version 99 only', () => withWord(6, 99), 'DTB_VERSION'],
    ['structure behind the end', () => withWord(2, 0x10_0000), 'DTB_TRUNCATED'],
    ['reservations behind the end', () => withWord(4, 0xffff_fff0), 'DTB_TRUNCATED'],
    ['structure in the header', () => withWord(2, 0), 'DTB_CORRUPT'],
  ])('file_with_%s_isATypedError', (_, make, code) => {
    expect(() => readFdt(make())).toThrowError(expect.objectContaining({ name: 'HypercraftError', code }));
  });

  it('nodesNestedWithoutEnd_areATypedError', () => {
    let node: FdtNode = { name: 'leaf', properties: {} };
    for (let i = 0; i < 100; i++) node = { name: 'n', properties: {}, children: [node] };
    expect(() => readFdt(writeFdt({ root: node }))).toThrowError(expect.objectContaining({ code: 'DTB_CORRUPT' }));
  });

  it('brokenFiles_giveOnlyTypedErrors', async () => {
    const whole = buildDeviceTree(machine('bare', 1));
    await fc.assert(
      fc.asyncProperty(brokenCopies(whole), (file) =>
        onlyTypedErrors(() => {
          formatDts(readFdt(file));
          amendChosen(file, { bootargs: 'x' });
        }),
      ),
      { numRuns: 1000 },
    );
  });

  function withWord(index: number, value: number): Uint8Array {
    const blob = buildDeviceTree(machine('bare', 1));
    new DataView(blob.buffer).setUint32(index * 4, value);
    return blob;
  }
});

describe('buildDeviceTree', () => {
  it('hypervisorMachine_hasNoClintAndNoMachineContexts', () => {
    const { root } = readFdt(buildDeviceTree(machine('hypervisor')));
    expect(cells(at(root, 'soc/plic'), 'interrupts-extended')).toEqual([
      0x10, 0xffff_ffff, 0x10, 9, 0x12, 0xffff_ffff, 0x12, 9,
    ]);
    expect(at(root, 'soc').children.map(({ name }) => name)).not.toContain('clint@2000000');
    expect(text(at(root, 'cpus/cpu@1'), 'riscv,isa-extensions')).not.toContain('h');
    expect(text(at(root, 'cpus/cpu@1'), 'riscv,isa')[0]).not.toMatch(/_s[hm]/);
  });

  it('bareMachine_showsWhatMachineModeNeeds', () => {
    const { root } = readFdt(buildDeviceTree(machine('bare')));
    expect(cells(at(root, 'soc/plic'), 'interrupts-extended')).toEqual([0x10, 11, 0x10, 9, 0x12, 11, 0x12, 9]);
    expect(cells(at(root, 'soc/clint'), 'interrupts-extended')).toEqual([0x10, 3, 0x10, 7, 0x12, 3, 0x12, 7]);
    expect(cells(at(root, 'soc/interrupt-controller'), 'interrupts-extended')).toEqual([0x10, 1, 0x12, 1]);
    expect(text(at(root, 'cpus/cpu@0'), 'riscv,isa-extensions')).toContain('h');
  });

  it('chosen_hasWhatThisBootNeedsAndNothingElse', () => {
    const initrd = { start: 0x9000_0000n, end: 0x9000_1000n };
    const { root } = readFdt(buildDeviceTree(machine('firmware'), { bootargs: 'console=ttyS0', initrd }));
    const chosen = at(root, 'chosen');
    expect(Object.keys(chosen.properties).sort()).toEqual([
      'bootargs',
      'linux,initrd-end',
      'linux,initrd-start',
      'stdout-path',
    ]);
    expect(text(chosen, 'stdout-path')).toEqual(['/soc/serial@10000000']);
    expect(cells(chosen, 'linux,initrd-start')).toEqual([0, 0x9000_0000]);
  });

  it('devices_areAsQemuDescribesThem', () => {
    const { root } = readFdt(buildDeviceTree(machine('firmware')));
    const serial = at(root, 'soc/serial');
    expect(text(serial, 'compatible')).toEqual(['ns16550a']);
    expect(cells(serial, 'clock-frequency')).toEqual([3_686_400]);
    expect(cells(serial, 'interrupts')).toEqual([10]);
    expect(cells(at(root, 'poweroff'), 'value')).toEqual([0x5555]);
    expect(cells(at(root, 'reboot'), 'regmap')).toEqual(cells(at(root, 'soc/test'), 'phandle'));
    expect(cells(at(root, 'memory'), 'reg')).toEqual([0, 0x8000_0000, 0, 0x2000_0000]);
    expect(cells(at(root, 'cpus'), 'timebase-frequency')).toEqual([10_000_000]);
    expect(cells(at(root, 'soc/virtio_mmio'), 'interrupts')).toEqual([1]);
  });

  it('usersNodesAndReservedMemory_standInTheTree', () => {
    const { root } = readFdt(
      buildDeviceTree({
        ...machine('firmware'),
        devices: [{ name: 'mine@20000000', properties: { compatible: 'my,device' } }],
        nodes: [{ name: 'firmware', properties: {} }],
        reserved: [{ name: 'secret', base: 0x8000_0000n, size: 0x1000n }],
      }),
    );
    expect(text(at(root, 'soc/mine'), 'compatible')).toEqual(['my,device']);
    expect(at(root, 'firmware')).toBeDefined();
    expect(at(root, 'reserved-memory/secret').properties['no-map']).toHaveLength(0);
  });

  it('harts_areShownAsTheyWereChosen', () => {
    const chosen = (cpu: string) => {
      const memory = { base: 0x8000_0000n, size: 0x1000_0000n };
      return at(readFdt(buildDeviceTree(virtMachine({ mode: 'firmware', cpu, memory }))).root, 'cpus/cpu@0');
    };
    const plain = chosen('rv64i2p1mac');
    expect(text(plain, 'riscv,isa')).toEqual(['rv64imac_zicsr_zaamo_zalrsc_zca']);
    expect(text(plain, 'riscv,isa-base')).toEqual(['rv64i']);
    expect(text(plain, 'riscv,isa-extensions')).toEqual(['i', 'm', 'a', 'c', 'zicsr', 'zaamo', 'zalrsc', 'zca']);
    expect(text(plain, 'mmu-type')).toEqual(['riscv,sv57']);
    expect(Object.keys(plain.properties).filter((name) => name.endsWith('block-size'))).toEqual([]);
    const profile = chosen('rva22s64');
    expect(text(profile, 'riscv,isa-extensions')).toEqual(expect.arrayContaining(['zicboz', 'zba', 'svpbmt']));
    expect(text(profile, 'mmu-type')).toEqual(['riscv,sv39']);
    for (const name of ['cbom', 'cbop', 'cboz']) expect(cells(profile, `riscv,${name}-block-size`)).toEqual([64]);
    expect(text(chosen('rv64i_sv48'), 'mmu-type')).toEqual(['riscv,sv48']);
  });

  it('isaString_ofAnyHart_fitsWhereUBootReadsIt', () => {
    const memory = { base: 0x8000_0000n, size: 0x1000_0000n };
    for (const mode of ['hypervisor', 'firmware', 'bare'] as const) {
      for (const cpu of ['max_smdbltrp_zk', 'rva23s64', 'rva20s64']) {
        const [isa] = text(
          at(readFdt(buildDeviceTree(virtMachine({ mode, cpu, memory }))).root, 'cpus/cpu@0'),
          'riscv,isa',
        );
        expect([mode, cpu, isa!.length < 512]).toEqual([mode, cpu, true]);
        expect(isa).toContain('zicsr');
      }
    }
  });

  it('machineWithoutHarts_isATypedError', () => {
    expect(() => describeMachine(machine('bare', 0))).toThrowError(expect.objectContaining({ code: 'MACHINE_HARTS' }));
  });

  it('amendChosen_replacesTheCommandLineAndKeepsTheRest', () => {
    const own = buildDeviceTree(machine('firmware'), { bootargs: 'old', kaslrSeed: 7n });
    const { root } = readFdt(amendChosen(own, { bootargs: 'new' }));
    expect(text(at(root, 'chosen'), 'bootargs')).toEqual(['new']);
    expect(cells(at(root, 'chosen'), 'kaslr-seed')).toEqual([0, 7]);
    expect(at(root, 'soc/serial')).toBeDefined();
  });

  it.for(['hypervisor', 'firmware', 'bare'] as const)('%s_dtcReadsTheSameTree', (mode, { skip }) => {
    const blob = buildDeviceTree(machine(mode), { bootargs: 'console=ttyS0 "quoted"' });
    const normalised = dtc(['-I', 'dtb', '-O', 'dtb', '-'], blob);
    if (!normalised) return skip('dtc is not installed');
    const fromText = dtc(['-I', 'dts', '-O', 'dtb', '-'], formatDts(readFdt(blob)));
    expect(Buffer.compare(fromText!, normalised)).toBe(0);
    expect(readFdt(new Uint8Array(normalised)).root).toEqual(readFdt(blob).root);
  });
});
