// Every instruction of every extension, made when somebody asks: most programs that run guests never do, and start the sooner.

import type { Instruction, Table } from '../instruction.js';
import { zaamo, zalrsc } from './a.js';
import { c } from './c.js';
import { d } from './d.js';
import { f } from './f.js';
import { h } from './h.js';
import { m } from './m.js';
import { machine, smrnmi, supervisor } from './privileged.js';
import { rv64i } from './rv64i.js';
import { svinval, svinvalH } from './svinval.js';
import { zabha, zabhaZacas } from './zabha.js';
import { zacas } from './zacas.js';
import { zawrs } from './zawrs.js';
import { zba } from './zba.js';
import { zbb, zbbZbkb } from './zbb.js';
import { zbc, zbcZbkc } from './zbc.js';
import { zbkb, zbkx } from './zbk.js';
import { zbs } from './zbs.js';
import { zcb } from './zcb.js';
import { zfa, zfaD, zfaZfh } from './zfa.js';
import { zfh, zfhmin, zfhminD } from './zfh.js';
import { zicbom, zicbop, zicboz } from './zicbo.js';
import { zicfilp, zicfiss, zicfissZcmop } from './zicfi.js';
import { zicond } from './zicond.js';
import { zicsr } from './zicsr.js';
import { zifencei } from './zifencei.js';
import { zihintntl, zihintpause } from './zihint.js';
import { zcmop, zimop } from './zimop.js';
import { zknd, zkndZkne, zkne, zknh, zksed, zksh } from './zk.js';

const tables: readonly Table[] = [
  ...[rv64i, m, zalrsc, zaamo, f, d, c, zicsr, zifencei],
  ...[machine, supervisor, h, svinval, svinvalH, smrnmi],
  ...[zba, zbb, zbbZbkb, zbs, zicond, zicbom, zicboz, zicbop, zawrs, zihintpause, zihintntl],
  ...[zbcZbkc, zbc, zbkb, zbkx, zknd, zkne, zkndZkne, zknh, zksed, zksh],
  ...[zfhmin, zfhminD, zfh, zfa, zfaD, zfaZfh, zacas, zabha, zabhaZacas],
  ...[zcb, zimop, zcmop, zicfilp, zicfiss, zicfissZcmop],
];

let all: readonly Instruction[] | undefined;

/** All instructions, base sets first. Overlapping encodings are allowed where one is a special case of the other. */
export function allInstructions(): readonly Instruction[] {
  all ??= tables.flatMap((table) => table());
  return all;
}
