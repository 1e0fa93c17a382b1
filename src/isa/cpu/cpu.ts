// What a hart is, from what a user calls it: `max`, a profile, or an ISA string.
import { HypercraftError } from '../error.js';
import { featureSet } from '../extensions/features.js';
import { readIsaString } from './isa-string.js';
import { closeNames, everything } from './names.js';

/** All that the engine has. The default. */
export const MAX_CPU = 'max';

/**
 * The extensions of a hart by name, all that they bring with them included, in lower case. `cpu` is `max`, a profile (`rva20s64`,
 * `rva22s64`, `rva23s64`, the last without vector), or an ISA string (`rv64gc_zba_zbb`); more names may follow any of them, each after
 * an underscore. Case does not matter. Machine, supervisor and user level are always there; without a name of a larger page-table
 * format (`sv48`, `sv57`) an ISA string has all of them, a profile Sv39.
 * @throws HypercraftError `CPU_NAME` with one line that says what is unknown or contradicts itself
 * @example
 * ```ts
 * cpuExtensions('rv64gc_zba').includes('zicsr'); // true
 * ```
 */
export function cpuExtensions(cpu: string): readonly string[] {
  const text = cpu.toLowerCase();
  const [first] = text.split('_');
  if (first === MAX_CPU) {
    const all = everything();
    const more = text === MAX_CPU ? [] : readIsaString(`rv64i${text.slice(MAX_CPU.length)}`);
    return [...new Set([...all, ...closeNames(more)])];
  }
  const named = [...readIsaString(cpu)];
  const formats = named.some((name) => /^sv\d+$/.test(name)) ? [] : ['sv57'];
  const names = closeNames([...named, 'zicsr', ...formats]);
  if (names.has('zca') && names.has('d') && !names.has('c')) {
    throw new HypercraftError('CPU_NAME', `cpu '${cpu}': zca beside d has the loads of zcd too: name zcd, or c`);
  }
  for (const note of [...names].filter((name) => /^s[sm]1p/.test(name))) names.delete(note);
  return [...names];
}

/** The feature set of a hart with these extensions, as {@link cpuExtensions} gives them. */
export function cpuFeatures(extensions: Iterable<string>): bigint {
  const names = [...extensions].map((name) => name.charAt(0).toUpperCase() + name.slice(1));
  return featureSet(['I', 'S', ...names]);
}
