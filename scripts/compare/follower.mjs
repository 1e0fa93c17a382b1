// Our hart one instruction at a time behind another one. It has memory and nothing else: what it reads from devices and
// clocks, and when it is interrupted, it takes from the other.
import { TIME_MODE, TIME_SHIFT } from '../../dist/engine/hart/layout.js';
import { Host, NestedPageTable, webPlatform } from '../../dist/index.js';
import { decode, featureSet, gprNames } from '../../dist/isa/index.js';
import { RAM, ROM, ROM_BYTES } from './qemu-trace.mjs';

const INTERRUPT = 1n << 63n;
const ACCESS_FAULT = { fetch: 1, load: 5, store: 7 };
/** They tell of the world or of the make of the hart: cycle, time, instret and the like, mip, sip, vsip, hip, seed, ids. */
const OUTSIDE = new Set([0x344, 0x144, 0x244, 0x644, 0x645, 0x015, 0xf11, 0xf12, 0xf13, 0xb00, 0xb02]);
const isOutside = (csr) => OUTSIDE.has(csr) || (csr >= 0xc00 && csr < 0xc20) || (csr >= 0xb03 && csr < 0xb20);

export class Follower {
  #vcpu;
  #host;

  static async create({ ram, rom, extensions }) {
    const follower = new Follower();
    await follower.#start(ram, rom, extensions);
    return follower;
  }

  async #start(ram, rom, extensions) {
    const host = await Host.create({ platform: webPlatform(), jit: 'off' });
    const table = new NestedPageTable(host);
    const give = (gpa, bytes) => {
      const pages = bytes.length / 4096;
      const address = host.allocPages(pages, { align: bytes.length >= 1 << 21 ? 1 << 21 : 4096 });
      table.mapRegion(BigInt(gpa), address, bytes.length, 'rwx');
      host.memory.write(Number(address), bytes);
    };
    give(RAM, ram);
    give(ROM, rom.subarray(0, ROM_BYTES));
    this.#host = host;
    this.#vcpu = host.perCpu(0).createVcpu(0, BigInt(ROM), { table, composition: 'bare' });
    const names = ['machine', 'zicntr', 'zihpm', 'sstc', 'svadu', 'svpbmt', 'svnapot', ...extensions];
    host.engine.setFeatures(this.#vcpu.area, featureSet(names.map((name) => name[0].toUpperCase() + name.slice(1))));
    // Time stands still: no timer of ours fires by itself.
    host.engine.view.setUint32(this.#vcpu.area + TIME_MODE, 1, true);
    host.engine.view.setUint32(this.#vcpu.area + TIME_SHIFT, 63, true);
  }

  get pc() {
    return this.#vcpu.read('pc');
  }

  x(n) {
    return this.#vcpu.read(gprNames[n]);
  }

  setX(n, value) {
    this.#vcpu.write(gprNames[n], value);
  }

  csr(name) {
    return this.#vcpu.read(name);
  }

  get level() {
    return `${this.#vcpu.virtual ? 'V' : ''}${['U', 'S', '?', 'M'][this.#vcpu.privilege]}`;
  }

  /** The instruction about to be executed, as bits. */
  get instruction() {
    return this.#vcpu.fetchInstruction();
  }

  /** One instruction, to where the other one is then. */
  step(next) {
    const vcpu = this.#vcpu;
    const bits = this.instruction;
    const decoded = bits === undefined ? undefined : decode(bits);
    const before = this.pc;
    const exit = vcpu.run({ budget: 1 });
    if (exit.kind === 'guest-page-fault') this.#outside(exit, next, before, decoded);
    if (decoded?.name.startsWith('csrr') && isOutside(decoded.csr)) this.setX(decoded.rd, next.x[decoded.rd]);
    this.#interrupt(next);
  }

  /** An access to a device, or to where QEMU has nothing either. */
  #outside(exit, next, before, decoded) {
    const vcpu = this.#vcpu;
    const access = vcpu.mmioAccess();
    const goesOn = decoded !== undefined && next.pc === before + BigInt(decoded.length);
    if (access === undefined || !goesOn) vcpu.injectException(ACCESS_FAULT[exit.access], exit.gva);
    else if (access.kind === 'store') vcpu.completeMmioWrite();
    else {
      vcpu.completeMmioRead(0n);
      if (!access.float) this.setX(access.register, next.x[access.register]);
    }
  }

  /** The other one was interrupted before its next instruction: so are we. */
  #interrupt(next) {
    const { engine } = this.#host;
    for (const [cause, epc] of [
      ['mcause', 'mepc'],
      ['scause', 'sepc'],
      ['vscause', 'vsepc'],
    ]) {
      const value = next.csr.get(cause) ?? 0n;
      if (!(value & INTERRUPT) || next.csr.get(epc) !== this.pc || next.pc === this.pc) continue;
      if (this.csr(cause) === value && this.csr(epc) === this.pc) continue;
      const line = 1 << Number(value & 63n);
      engine.setLines(this.#vcpu.area, line, true);
      this.#vcpu.run({ budget: 1 });
      engine.setLines(this.#vcpu.area, line, false);
      return;
    }
  }
}
