// Writes the interpreter's operation numbers and its loop: one row of the table below is one operation of the switch.
//
// A row is [name, body, forms]. `body` is an expression whose value goes to rd, or statements; `forms` says whether a 2-byte
// form exists. Operations with a 2-byte form get an even number, the form itself the odd one after it.
import { readFileSync } from 'node:fs';

const BOTH = true;

// ---- arithmetic: expressions over a (rs1), b (rs2) and i (the immediate) ----------------------------------------------
const arithmetic = [
  ['LI', 'i', BOTH],
  ['MV', 'a', BOTH],
  ['ADDI', 'a + i', BOTH],
  ['ADDIW', 'sext32(<u32>a + <u32>imm(ip))', BOTH],
  ['ANDI', 'a & i', BOTH],
  ['XORI', 'a ^ i', BOTH],
  ['SLLI', 'a << i', BOTH],
  ['SRLI', 'a >> i', BOTH],
  ['SRAI', '<u64>(<i64>a >> <i64>i)', BOTH],
  ['ADD', 'a + b', BOTH],
  ['SUB', 'a - b', BOTH],
  ['XOR', 'a ^ b', BOTH],
  ['OR', 'a | b', BOTH],
  ['AND', 'a & b', BOTH],
  ['MUL', 'a * b', BOTH],
  ['ADDW', 'sext32(<u32>a + <u32>b)', BOTH],
  ['SUBW', 'sext32(<u32>a - <u32>b)', BOTH],
  ['ADD_UW', '<u64>(<u32>a) + b', BOTH],
  ['SEXT_B', '<u64>(<i64>(<i8>a))', BOTH],
  ['SEXT_H', '<u64>(<i64>(<i16>a))', BOTH],
  ['ZEXT_H', '<u64>(<u16>a)', BOTH],
  ['AUIPC', 'pcOf(ip, base, page) + i'],
  ['SLTI', '<u64>(<i64>a < <i64>i)'],
  ['SLTIU', '<u64>(a < i)'],
  ['ORI', 'a | i'],
  ['SLLIW', 'sext32(<u32>a << imm(ip))'],
  ['SRLIW', 'sext32(<u32>a >> imm(ip))'],
  ['SRAIW', '<u64>(<i64>(<i32>a >> imm(ip)))'],
  ['SLL', 'a << (b & 63)'],
  ['SLT', '<u64>(<i64>a < <i64>b)'],
  ['SLTU', '<u64>(a < b)'],
  ['SRL', 'a >> (b & 63)'],
  ['SRA', '<u64>(<i64>a >> <i64>(b & 63))'],
  ['SLLW', 'sext32(<u32>a << (<u32>b & 31))'],
  ['SRLW', 'sext32(<u32>a >> (<u32>b & 31))'],
  ['SRAW', '<u64>(<i64>(<i32>a >> (<i32>b & 31)))'],
  ...['MULH', 'MULHSU', 'MULHU', 'DIV', 'DIVU', 'REM', 'REMU', 'DIVW', 'DIVUW', 'REMW', 'REMUW'].map((name) => [
    name,
    `alu.${name.toLowerCase()}(a, b)`,
  ]),
  ['MULW', 'sext32(<u32>a * <u32>b)'],
  ['SH1ADD', '(a << 1) + b'],
  ['SH2ADD', '(a << 2) + b'],
  ['SH3ADD', '(a << 3) + b'],
  ['SH1ADD_UW', '(<u64>(<u32>a) << 1) + b'],
  ['SH2ADD_UW', '(<u64>(<u32>a) << 2) + b'],
  ['SH3ADD_UW', '(<u64>(<u32>a) << 3) + b'],
  ['SLLI_UW', '<u64>(<u32>a) << i'],
  ['ANDN', 'a & ~b'],
  ['ORN', 'a | ~b'],
  ['XNOR', '~(a ^ b)'],
  ['CLZ', 'clz<u64>(a)'],
  ['CTZ', 'ctz<u64>(a)'],
  ['CPOP', 'popcnt<u64>(a)'],
  ['CLZW', '<u64>clz<u32>(<u32>a)'],
  ['CTZW', '<u64>ctz<u32>(<u32>a)'],
  ['CPOPW', '<u64>popcnt<u32>(<u32>a)'],
  ['MAX', '<u64>(<i64>a > <i64>b ? a : b)'],
  ['MAXU', 'a > b ? a : b'],
  ['MIN', '<u64>(<i64>a < <i64>b ? a : b)'],
  ['MINU', 'a < b ? a : b'],
  ['ROL', 'rotl<u64>(a, b)'],
  ['ROR', 'rotr<u64>(a, b)'],
  ['RORI', 'rotr<u64>(a, i)'],
  ['ROLW', 'sext32(rotl<u32>(<u32>a, <u32>b))'],
  ['RORW', 'sext32(rotr<u32>(<u32>a, <u32>b))'],
  ['RORIW', 'sext32(rotr<u32>(<u32>a, <u32>imm(ip)))'],
  ['REV8', 'alu.rev8(a)'],
  ['ORC_B', 'alu.orcb(a)'],
  ['BCLR', 'a & ~(<u64>1 << (b & 63))'],
  ['BCLRI', 'a & ~(<u64>1 << i)'],
  ['BEXT', '(a >> (b & 63)) & 1'],
  ['BEXTI', '(a >> i) & 1'],
  ['BINV', 'a ^ (<u64>1 << (b & 63))'],
  ['BINVI', 'a ^ (<u64>1 << i)'],
  ['BSET', 'a | (<u64>1 << (b & 63))'],
  ['BSETI', 'a | (<u64>1 << i)'],
  ['CZERO_EQZ', 'b == 0 ? 0 : a'],
  ['CZERO_NEZ', 'b != 0 ? 0 : a'],
];

// ---- memory: [name, type in memory, bytes, value] ---------------------------------------------------------------------
const loads = [
  ['LB', 'i8', 1],
  ['LH', 'i16', 2],
  ['LW', 'i32', 4],
  ['LD', 'u64', 8],
  ['LBU', 'u8', 1],
  ['LHU', 'u16', 2],
  ['LWU', 'u32', 4],
];
const stores = [
  ['SB', 'u8', 1],
  ['SH', 'u16', 2],
  ['SW', 'u32', 4],
  ['SD', 'u64', 8],
];
const floats = [
  ['W', 'u32', 4, ' | 0xffffffff00000000'],
  ['D', 'u64', 8, ''],
];

const lastByte = (bytes) => (bytes === 1 ? 'va' : `(va + ${bytes - 1})`);
const hit = (bytes, tag) => [
  'const va = address(x, ip);',
  'const entry = entryOf(tlb, va);',
  `if (load<u64>(entry${tag ? `, ${tag}` : ''}) != ${lastByte(bytes)} >> 12) break;`,
];
const wide = (type) =>
  type[0] === 'i' ? `<u64>(<i64>load<${type}>(hostOf(entry, va)))` : `<u64>load<${type}>(hostOf(entry, va))`;

const expression = (text) =>
  text.replace(/\ba\b/g, 'rs1(x, ip)').replace(/\bb\b/g, 'rs2(x, ip)').replace(/\bi\b/g, '<u64>(<i64>imm(ip))');

/** A jump within the page. The loop that looks ahead stops at one when little of the budget is left. */
const near = (to) => [
  `ip = ${to};`,
  'if (n >= DECODED_SLOTS) continue; // @ahead',
  'target = NEAR_TARGET; // @ahead',
  'break; // @ahead',
  'continue; // @exactly',
];

/** [name, statements(length of the instruction), forms, moves ip itself] */
const operations = [
  ...arithmetic.map(([name, text, both]) => [name, () => [`setRd(x, ip, ${expression(text)});`], both, false]),
  ...loads.map(([name, type, bytes]) => [name, () => [...hit(bytes, 0), `setRd(x, ip, ${wide(type)});`], BOTH, false]),
  ...stores.map(([name, type, bytes]) => [
    name,
    () => [...hit(bytes, 8), `store<${type}>(hostOf(entry, va), <${type}>stored(x, ip));`],
    BOTH,
    false,
  ]),
  ...floats.map(([name, type, bytes, box]) => [
    `FL${name}`,
    () => [
      'if (load<u32>(x, FP_STATE) != FP_DIRTY) break;',
      ...hit(bytes, 0),
      `store<u64>(x + fa(ip), ${wide(type)}${box}, F);`,
    ],
    BOTH,
    false,
  ]),
  ...floats.map(([name, type, bytes]) => [
    `FS${name}`,
    () => [
      'if (load<u32>(x, FP_STATE) == FP_OFF) break;',
      ...hit(bytes, 8),
      `store<${type}>(hostOf(entry, va), load<${type}>(x + fa(ip), F));`,
    ],
    BOTH,
    false,
  ]),
  ['NOP', () => [], BOTH, false],
  ['J', () => [...near('ip + imm(ip)')], BOTH, true],
  ['J_FAR', () => ['target = pcOf(ip, base, page) + <u64>(<i64>imm(ip));', 'break;'], BOTH, true],
  ['JAL', () => ['setRd(x, ip, pcOf(ip, base, page) + 4);', ...near('ip + imm(ip)')], false, true],
  [
    'JAL_FAR',
    () => ['target = pcOf(ip, base, page);', 'setRd(x, ip, target + 4);', 'target += <u64>(<i64>imm(ip));', 'break;'],
    false,
    true,
  ],
  ...['JR', 'JALR'].map((name) => [
    name,
    (length) => [
      'const to = (rs1(x, ip) + <u64>(<i64>imm(ip))) & ~1;',
      ...(name === 'JALR' ? [`setRd(x, ip, pcOf(ip, base, page) + ${length});`] : []),
      'if ((to & ~0xfff) == page) {',
      ...near('base + ((<usize>to & 0xffe) << 2)').map((line) => `  ${line}`),
      '}',
      'target = to;',
      'break;',
    ],
    BOTH,
    true,
  ]),
  // Beside its slot an instruction has no page to stay in.
  ['JR_FAR', () => ['target = (rs1(x, ip) + <u64>(<i64>imm(ip))) & ~1;', 'break;'], BOTH, true],
  [
    'JALR_FAR',
    (length) => [
      'target = (rs1(x, ip) + <u64>(<i64>imm(ip))) & ~1;',
      `setRd(x, ip, pcOf(ip, base, page) + ${length});`,
      'break;',
    ],
    BOTH,
    true,
  ],
  ...[
    ['BEQ', '==', 'u64'],
    ['BNE', '!=', 'u64'],
    ['BLT', '<', 'i64'],
    ['BGE', '>=', 'i64'],
    ['BLTU', '<', 'u64'],
    ['BGEU', '>=', 'u64'],
  ].flatMap(([name, compare, type]) => {
    const taken = `<${type}>branchA(x, ip) ${compare} <${type}>branchB(x, ip)`;
    const both = name === 'BEQ' || name === 'BNE';
    return [
      [
        name,
        (length) => [
          `if (${taken}) {`,
          ...near('ip + imm(ip)').map((line) => `  ${line}`),
          '}',
          `ip += ${length * 4};`,
          'continue;',
        ],
        both,
        true,
      ],
      [
        `${name}_FAR`,
        (length) => [
          `if (${taken}) {`,
          '  target = pcOf(ip, base, page) + <u64>(<i64>imm(ip));',
          '  break;',
          '}',
          `ip += ${length * 4};`,
          'continue;',
        ],
        both,
        true,
      ],
    ];
  }),
];

/** Operations written out in the template, and those that it always leaves to what is out of line. */
const written = ['FENCE', 'FADD_D', 'FSUB_D', 'FMUL_D', 'FP', 'CSR', 'SYSTEM', 'ATOMIC', 'RARE', 'FLH', 'FSH', 'JIT'];

/** The same numbers for the translator, which is TypeScript. */
export function generateSlotsForTranslator() {
  return generateSlots().replaceAll(': u32', '');
}

export function generateSlots() {
  const lines = [
    "// The interpreter's operation numbers. Generated by scripts/generate-interpreter.mjs. Do not edit.",
    '',
    'export const S_UNDECODED: u32 = 0; // decode from here, then go on',
    'export const S_PAGE_END: u32 = 1; // one past the last halfword of the page',
    'export const S_CROSS: u32 = 2; // a 4-byte instruction whose second half lies in the next page',
    'export const S_ILLEGAL: u32 = 3;',
    'export const S_FIRST_PAIR: u32 = 4;',
  ];
  let n = 4;
  for (const [name, , both] of operations) {
    if (!both) continue;
    lines.push(`export const S_${name}: u32 = ${n};`, `export const S_${name}_C: u32 = ${n + 1};`);
    n += 2;
  }
  lines.push(`export const S_FIRST_SINGLE: u32 = ${n};`);
  for (const name of [...operations.filter(([, , both]) => !both).map(([name]) => name), ...written])
    lines.push(`export const S_${name}: u32 = ${n++};`);
  return `${lines.join('\n')}\n`;
}

export function generateLoop(templateFile) {
  const cases = [];
  for (const [name, statements, both, moves] of operations) {
    for (const [suffix, length] of both
      ? [
          ['', 4],
          ['_C', 2],
        ]
      : [['', 4]]) {
      cases.push(`        case S.S_${name}${suffix}: {`);
      for (const line of statements(length)) cases.push(`          ${line}`);
      if (!moves) cases.push(`          ip += ${length * 4};`, '          continue;');
      cases.push('        }');
    }
  }
  const [before, loop, after] = readFileSync(templateFile, 'utf8').split(/\/\/ @loop\n|\/\/ @end\n/);
  const whole = loop.replace('// @operations\n', `${cases.join('\n')}\n`);
  const of = (kind) =>
    whole
      .split('\n')
      .filter((line) => !/\/\/ @/.test(line) || line.endsWith(`// @${kind}`))
      .map((line) => line.replace(` // @${kind}`, ''))
      .join('\n');
  const exactly = of('exactly').replace('function interpret(', 'function interpretExactly(');
  return [before, of('ahead'), exactly, after].join('\n');
}
