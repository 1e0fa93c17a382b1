// On which harts of its host a guest is, what it got of them, and whether and how it goes to others: the vCPUs of one on several threads by
// themselves, one on a single thread as a whole, by its life (life.ts).
import { HypercraftError } from '../../isa/error.js';
import type { Movable } from './balancer.js';
import type { Body } from './body.js';

export interface PlacementParts {
  /** For messages. */
  readonly name: string;
  readonly body: Body;
  /** Whether nothing that concerns more than the guest itself keeps it on its hart. */
  loose(): boolean;
  /** Whether it runs, and nobody wants it to stand still. */
  running(): boolean;
  /** Has the whole guest go on on another hart. */
  moveAll(hart: number): Promise<void>;
}

export class Placement implements Movable {
  readonly #parts: PlacementParts;

  constructor(parts: PlacementParts) {
    this.#parts = parts;
  }

  get harts(): readonly number[] {
    const { driver, vcpus } = this.#parts.body;
    return vcpus.map(({ id }) => driver.hartOf(id));
  }

  get reach(): readonly number[] | undefined {
    return this.#spread ? this.#parts.body.driver.harts : undefined;
  }

  get movable(): boolean {
    if (!this.#parts.running()) return false;
    return this.#spread || (this.#parts.body.config.pin === undefined && !this.#bound);
  }

  get waited(): readonly number[] {
    const { vcpus, control } = this.#parts.body;
    return vcpus.map(({ id }) => control.time(id).stolen);
  }

  get ran(): readonly number[] {
    const { vcpus, control } = this.#parts.body;
    return vcpus.map(({ id }) => control.time(id).ran);
  }

  get weight(): number {
    return this.#parts.body.config.share?.weight ?? 1;
  }

  get rationed(): boolean {
    return this.#parts.body.config.share?.quota !== undefined;
  }

  async move(hart: number, vcpu: number): Promise<void> {
    if (this.#spread) this.#parts.body.driver.send(vcpu, hart);
    else await this.#parts.moveAll(hart);
  }

  /**
   * Has the guest go on on another hart, or one of its vCPUs if it is on several.
   * @throws HypercraftError `VM_BOUND`, `INVALID_ARGUMENT`
   */
  async moveTo(hart: number, vcpu?: number): Promise<void> {
    const { name, body } = this.#parts;
    const { vcpus, host, driver } = body;
    if (!(hart in host.harts) || (vcpu !== undefined && !(vcpu in vcpus))) {
      throw new HypercraftError('INVALID_ARGUMENT', `there is no hart ${hart}, or no vCPU ${vcpu}`);
    }
    if (this.reach?.includes(hart) === false || (this.reach === undefined && this.#bound)) {
      throw new HypercraftError('VM_BOUND', `${name} cannot be moved to hart ${hart}`);
    }
    await driver.built;
    const moved = this.#spread && vcpu === undefined ? [...vcpus.keys()] : [vcpu ?? 0];
    for (const each of moved) await this.move(hart, each);
  }

  /** Whether it is on several threads, between which its vCPUs go one by one, whatever else it has. */
  get #spread(): boolean {
    return this.#parts.body.driver.harts.length > 1;
  }

  /** Whether it has to stay on the thread that it has. */
  get #bound(): boolean {
    const { config, driver, virtual } = this.#parts.body;
    const { devices = [], boot } = config;
    const own = virtual || devices.length > 0 || boot.htif !== undefined;
    return own || !driver.threaded || !this.#parts.loose();
  }
}
