// The floating-point instructions that never round, in all formats: sign injection, minimum and maximum, comparison,
// classification, constants, moves. Implements Unpriv. ISA, F, D, Zfh and Zfa.
import {
  OP_FCLASS_D,
  OP_FCLASS_H,
  OP_FCLASS_S,
  OP_FCVTMOD_W_D,
  OP_FEQ_D,
  OP_FEQ_H,
  OP_FEQ_S,
  OP_FLEQ_D,
  OP_FLEQ_H,
  OP_FLEQ_S,
  OP_FLE_D,
  OP_FLE_H,
  OP_FLE_S,
  OP_FLI_D,
  OP_FLI_H,
  OP_FLI_S,
  OP_FLTQ_D,
  OP_FLTQ_H,
  OP_FLTQ_S,
  OP_FLT_D,
  OP_FLT_H,
  OP_FLT_S,
  OP_FMAXM_D,
  OP_FMAXM_H,
  OP_FMAXM_S,
  OP_FMAX_D,
  OP_FMAX_H,
  OP_FMAX_S,
  OP_FMINM_D,
  OP_FMINM_H,
  OP_FMINM_S,
  OP_FMIN_D,
  OP_FMIN_H,
  OP_FMIN_S,
  OP_FMV_D_X,
  OP_FMV_H_X,
  OP_FMV_W_X,
  OP_FMV_X_D,
  OP_FMV_X_H,
  OP_FMV_X_W,
  OP_FSGNJN_D,
  OP_FSGNJN_H,
  OP_FSGNJN_S,
  OP_FSGNJX_D,
  OP_FSGNJX_H,
  OP_FSGNJX_S,
  OP_FSGNJ_D,
  OP_FSGNJ_H,
  OP_FSGNJ_S,
} from '../generated/isa';
import { classify } from './classify';
import { equal, injectOppositeSign, injectSign, less, lessOrEqual, multiplySign } from './compare';
import { constant } from './constants';
import { toModular } from './convert';
import { Half } from './format';
import { maximum, maximumNumber, minimum, minimumNumber } from './minmax';
import {
  readDouble,
  readHalf,
  readInteger,
  readSingle,
  writeDouble,
  writeHalf,
  writeInteger,
  writeSingle,
} from './registers';

/** Executes `op` if it is one of these. */
export function executeUnrounded(x: usize, op: u32, rd: u32, rs1: u32, rs2: u32): bool {
  switch (op) {
    case OP_FSGNJ_S:
      writeSingle(x, rd, <u32>injectSign<f32>(readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FSGNJN_S:
      writeSingle(x, rd, <u32>injectOppositeSign<f32>(readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FSGNJX_S:
      writeSingle(x, rd, <u32>multiplySign<f32>(readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FMIN_S:
      writeSingle(x, rd, <u32>minimumNumber<f32>(x, readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FMAX_S:
      writeSingle(x, rd, <u32>maximumNumber<f32>(x, readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FMINM_S:
      writeSingle(x, rd, <u32>minimum<f32>(x, readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FMAXM_S:
      writeSingle(x, rd, <u32>maximum<f32>(x, readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FEQ_S:
      writeInteger(x, rd, u64(equal<f32>(x, readSingle(x, rs1), readSingle(x, rs2))));
      return true;
    case OP_FLT_S:
      writeInteger(x, rd, u64(less<f32>(x, readSingle(x, rs1), readSingle(x, rs2), false)));
      return true;
    case OP_FLE_S:
      writeInteger(x, rd, u64(lessOrEqual<f32>(x, readSingle(x, rs1), readSingle(x, rs2), false)));
      return true;
    case OP_FLTQ_S:
      writeInteger(x, rd, u64(less<f32>(x, readSingle(x, rs1), readSingle(x, rs2), true)));
      return true;
    case OP_FLEQ_S:
      writeInteger(x, rd, u64(lessOrEqual<f32>(x, readSingle(x, rs1), readSingle(x, rs2), true)));
      return true;
    case OP_FCLASS_S:
      writeInteger(x, rd, classify<f32>(readSingle(x, rs1)));
      return true;
    case OP_FLI_S:
      writeSingle(x, rd, <u32>constant<f32>(rs1));
      return true;
    case OP_FMV_X_W:
      writeInteger(x, rd, <u64>(<i64>(<i32>readDouble(x, rs1))));
      return true;
    case OP_FMV_W_X:
      writeSingle(x, rd, <u32>readInteger(x, rs1));
      return true;
    case OP_FSGNJ_D:
      writeDouble(x, rd, injectSign<f64>(readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FSGNJN_D:
      writeDouble(x, rd, injectOppositeSign<f64>(readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FSGNJX_D:
      writeDouble(x, rd, multiplySign<f64>(readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FMIN_D:
      writeDouble(x, rd, minimumNumber<f64>(x, readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FMAX_D:
      writeDouble(x, rd, maximumNumber<f64>(x, readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FMINM_D:
      writeDouble(x, rd, minimum<f64>(x, readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FMAXM_D:
      writeDouble(x, rd, maximum<f64>(x, readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FEQ_D:
      writeInteger(x, rd, u64(equal<f64>(x, readDouble(x, rs1), readDouble(x, rs2))));
      return true;
    case OP_FLT_D:
      writeInteger(x, rd, u64(less<f64>(x, readDouble(x, rs1), readDouble(x, rs2), false)));
      return true;
    case OP_FLE_D:
      writeInteger(x, rd, u64(lessOrEqual<f64>(x, readDouble(x, rs1), readDouble(x, rs2), false)));
      return true;
    case OP_FLTQ_D:
      writeInteger(x, rd, u64(less<f64>(x, readDouble(x, rs1), readDouble(x, rs2), true)));
      return true;
    case OP_FLEQ_D:
      writeInteger(x, rd, u64(lessOrEqual<f64>(x, readDouble(x, rs1), readDouble(x, rs2), true)));
      return true;
    case OP_FCLASS_D:
      writeInteger(x, rd, classify<f64>(readDouble(x, rs1)));
      return true;
    case OP_FLI_D:
      writeDouble(x, rd, constant<f64>(rs1));
      return true;
    case OP_FMV_X_D:
      writeInteger(x, rd, readDouble(x, rs1));
      return true;
    case OP_FMV_D_X:
      writeDouble(x, rd, readInteger(x, rs1));
      return true;
    case OP_FCVTMOD_W_D:
      writeInteger(x, rd, toModular(x, readDouble(x, rs1)));
      return true;
    case OP_FSGNJ_H:
      writeHalf(x, rd, <u32>injectSign<Half>(readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FSGNJN_H:
      writeHalf(x, rd, <u32>injectOppositeSign<Half>(readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FSGNJX_H:
      writeHalf(x, rd, <u32>multiplySign<Half>(readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FMIN_H:
      writeHalf(x, rd, <u32>minimumNumber<Half>(x, readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FMAX_H:
      writeHalf(x, rd, <u32>maximumNumber<Half>(x, readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FMINM_H:
      writeHalf(x, rd, <u32>minimum<Half>(x, readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FMAXM_H:
      writeHalf(x, rd, <u32>maximum<Half>(x, readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FEQ_H:
      writeInteger(x, rd, u64(equal<Half>(x, readHalf(x, rs1), readHalf(x, rs2))));
      return true;
    case OP_FLT_H:
      writeInteger(x, rd, u64(less<Half>(x, readHalf(x, rs1), readHalf(x, rs2), false)));
      return true;
    case OP_FLE_H:
      writeInteger(x, rd, u64(lessOrEqual<Half>(x, readHalf(x, rs1), readHalf(x, rs2), false)));
      return true;
    case OP_FLTQ_H:
      writeInteger(x, rd, u64(less<Half>(x, readHalf(x, rs1), readHalf(x, rs2), true)));
      return true;
    case OP_FLEQ_H:
      writeInteger(x, rd, u64(lessOrEqual<Half>(x, readHalf(x, rs1), readHalf(x, rs2), true)));
      return true;
    case OP_FCLASS_H:
      writeInteger(x, rd, classify<Half>(readHalf(x, rs1)));
      return true;
    case OP_FLI_H:
      writeHalf(x, rd, <u32>constant<Half>(rs1));
      return true;
    case OP_FMV_X_H:
      writeInteger(x, rd, <u64>(<i64>(<i16>readDouble(x, rs1))));
      return true;
    case OP_FMV_H_X:
      writeHalf(x, rd, <u32>readInteger(x, rs1) & 0xffff);
      return true;
    default:
      return false;
  }
}
