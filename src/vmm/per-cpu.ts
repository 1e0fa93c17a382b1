// Per-hart state, after the original's `PerCpu`: the queue of vCPUs that this hart runs, and their creation.
import type { GuestPhysAddr, HostMachine } from '../host/index.js';
import { cpuExtensions } from '../isa/cpu/cpu.js';
import { HypercraftError } from '../isa/error.js';
import type { Composition } from './composition.js';
import type { NestedPageTableLike } from './nested-pte.js';
import { VCpu } from './vcpu.js';

/** What a new vCPU runs on: its nested page table, and which levels TypeScript owns. */
export interface CreateVcpuOptions {
  /** Its nested page table; can also be given later, by `setNestedPageTable`. */
  readonly table?: NestedPageTableLike;
  /** `hypervisor` by default. */
  readonly composition?: Composition;
  /** What its hart has: `max` (the default), a profile or an ISA string, see {@link cpuExtensions}. */
  readonly cpu?: string;
}

/** A hart of the host and the queue of vCPUs that are to run on it. */
export class PerCpu {
  /** The hart. */
  readonly id: number;
  readonly #host: HostMachine;
  readonly #queue: VCpu[] = [];

  constructor(host: HostMachine, id: number) {
    this.#host = host;
    this.id = id;
  }

  /** The vCPUs of this hart, the next one to run first. */
  get vcpuQueue(): readonly VCpu[] {
    return this.#queue;
  }

  /**
   * Creates a vCPU that starts at `entry` with its id in a0, and queues it on this hart.
   * @throws HypercraftError `NO_HYPERVISOR_EXTENSION` on harts without it, `NO_SLOT`, `CPU_NAME`
   */
  createVcpu(id: number, entry: GuestPhysAddr, options: CreateVcpuOptions = {}): VCpu {
    if (!this.#host.hasHypervisorExtension()) {
      throw new HypercraftError('NO_HYPERVISOR_EXTENSION', 'the harts of this host lack the hypervisor extension');
    }
    const { cpu, ...rest } = options;
    const extensions = cpu === undefined ? undefined : cpuExtensions(cpu);
    const vcpu = new VCpu(this.#host, { id, area: this.#host.allocVcpuArea(), extensions, ...rest });
    vcpu.entry = entry;
    vcpu.write('a0', BigInt(id));
    this.#queue.push(vcpu);
    return vcpu;
  }

  /** Moves the vCPU at the head of the queue to its end and returns it: whose turn it is. */
  nextVcpu(): VCpu | undefined {
    const vcpu = this.#queue.shift();
    if (vcpu !== undefined) this.#queue.push(vcpu);
    return vcpu;
  }

  /** Takes a vCPU off this hart and gives its state back to the host; it must not be used any more. */
  removeVcpu(vcpu: VCpu): void {
    const index = this.#queue.indexOf(vcpu);
    if (index < 0) throw new HypercraftError('INVALID_ARGUMENT', `vCPU ${vcpu.id} is not on hart ${this.id}`);
    this.#queue.splice(index, 1);
    this.#host.deallocVcpuArea(vcpu.area);
  }
}
